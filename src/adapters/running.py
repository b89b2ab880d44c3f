"""The loop of a running shop: take in, pay, keep time, project; and stop without losing anything.

Every step is one transaction, and remembers how far it came in it. So it does not matter where the
loop is stopped, or killed: it goes on from there. It runs in one thread, because the engine is one
writer; a provider that is slow to answer holds up the rest for as long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from random import random
from threading import Event as Flag
from typing import Any

import structlog

from adapters.attending import Attendant
from adapters.bootstrap import Shop
from adapters.clock import system_clock
from adapters.deadlines import expiry
from adapters.email.follower import SOURCE as NOTICES
from adapters.email.follower import NoticeFollower
from adapters.follower import Round
from adapters.heralding import heralding_of
from adapters.inflow import Batch, Channels, Inbound
from adapters.mailing import mailing_of
from adapters.noting import note_all
from adapters.payments.follower import SOURCE, PaymentFollower
from adapters.payments.opening import Gateway, gateway
from adapters.postgres.due import due_deadlines
from adapters.postgres.lease import Lease
from adapters.postgres.projections import Projector, install
from adapters.redriving import Redriving
from adapters.serving import serve
from adapters.taking import take_in, take_in_overlapping
from adapters.telemetry import telemetry
from adapters.webhooks.follower import SOURCE as WEBHOOKS
from adapters.webhooks.follower import WebhookFollower
from oms_core.effects.cashier import Cashier
from oms_core.engine.application import Engine
from oms_core.engine.cause import Answer, Cause, SourcePosition
from oms_core.kernel import Command, Instant
from projections.deadline import Deadline

LOOK_MICROS = 50_000
"""How often it is looked for deadlines that have passed, while none have."""

LATE_MICROS = 1_000_000
"""How long to wait before a deadline is asked about again, if asking ended nothing."""

Opening = Callable[[Engine], AbstractContextManager[Channels]]
"""Opens the channels that publish, for an engine."""

log = structlog.get_logger("oms")


class Loop:
    """One shop at work."""

    def __init__(
        self,
        engine: Engine,
        follower: PaymentFollower,
        provider: Gateway,
        projector: Projector | None,
        due: Callable[[Instant], Mapping[str, Deadline]],
        inbound: Sequence[Inbound] = (),
        channels: Channels | None = None,
        redriving: Redriving | None = None,
        mailing: NoticeFollower | None = None,
        heralding: WebhookFollower | None = None,
        answered: Callable[[Sequence[Answer]], None] = lambda _: None,
        clock: Callable[[], Instant] = system_clock,
    ) -> None:
        """Put the parts together.

        Without a projector, another process keeps the read models; without mailing, nobody writes
        to customers; without heralding, nobody tells webhooks.
        """
        self._engine = engine
        self._follower = follower
        self._provider = provider
        self._projector = projector
        self._due = due
        self._inbound = inbound
        self._channels = channels
        self._redriving = redriving
        self._mailing, self._heralding = mailing, heralding
        self._answered = answered
        self._clock = clock
        self._asked: dict[str, Instant] = {}
        self._look_at = Instant(0)

    def turn(self) -> bool:
        """Do each kind of work once, and say whether there was any."""
        took_in = [take_in(self._engine, inbound, self._note) for inbound in self._inbound]
        if self._channels is not None:
            took_in.append(take_in_overlapping(self._engine, self._channels, self._note))
        if self._redriving is not None:
            took_in.append(self._redriving.turn())
        work = (self._hear, self._pay, self._keep_time, self._write_letters, self._tell_webhooks)
        return any((*[do() for do in (*work, self._project)], *took_in))

    def _hear(self) -> bool:
        messages = list(self._provider.messages())
        return self._tell("provider", messages)

    def _pay(self) -> bool:
        turn = self._follower.turn(self._clock())
        for alert in turn.alerts if turn else ():
            log.warning("payment.alert", key=alert.key, text=alert.text)
        return self._book(turn)

    def _write_letters(self) -> bool:
        turn = self._mailing.turn(self._clock()) if self._mailing else None
        for alert in turn.alerts if turn else ():
            log.warning("notice.alert", text=alert)
        return self._book(turn)

    def _tell_webhooks(self) -> bool:
        turn = self._heralding.turn(self._clock()) if self._heralding else None
        for alert in turn.alerts if turn else ():
            log.warning("webhook.alert", text=alert)
        return self._book(turn)

    def _book(self, turn: Round[Any] | None) -> bool:
        """Book what came of a round, if there was one, and say whether that was anything."""
        if turn is None:
            return False
        self._handle(turn.position.source, turn.causes, (turn.position,))
        return bool(turn.causes)

    def _keep_time(self) -> bool:
        now = self._clock()
        if now < self._look_at:
            return False
        self._asked = {k: at for k, at in self._asked.items() if at > now - LATE_MICROS}
        due = {k: each for k, each in self._due(now).items() if k not in self._asked}
        self._asked.update(dict.fromkeys(due, now))
        self._look_at = now if due else Instant(now + LOOK_MICROS)
        return self._tell("clock", [expiry(deadline, now) for deadline in due.values()])

    def _project(self) -> bool:
        if self._projector is None:
            return False
        before = self._projector.position
        return self._projector.step() > before

    def _tell(self, actor: str, commands: Sequence[Command]) -> bool:
        now = self._clock()
        causes = [Cause(c, f"{actor}:{now}:{n}", actor) for n, c in enumerate(commands)]
        if causes:
            self._handle(actor, causes, ())
        return bool(causes)

    def _handle(
        self, source: str, causes: Sequence[Cause], positions: Sequence[SourcePosition]
    ) -> None:
        answers = self._engine.handle(causes, positions)
        self._answered(answers)
        note_all(source, causes, answers)

    def _note(self, batch: Batch, answers: Sequence[Answer]) -> None:
        self._answered(answers)
        note_all("intake", batch.causes, answers)


def beating(lease: Lease, turn: Callable[[], bool]) -> Callable[[], bool]:
    """Return a turn that begins by saying that we are at work.

    :raises LeaseLost: if another process may do the work now.
    """

    def beaten() -> bool:
        lease.beat()
        return turn()

    return beaten


def run_shop(
    shop: Shop,
    stop: Flag,
    inbound: Sequence[Inbound] = (),
    seed: int = 1,
    *,
    standby: bool = False,
    opening: Opening | None = None,
) -> None:
    """Run a shop until `stop` is set: engine, payments, deadlines and read models in one process.

    The payment provider is Stripe if the settings have a key for it, or else a simulated one, whose
    journal is kept in the shop's home. With `standby`
    it waits until no other process does the work. `opening` opens the channels that publish; the
    read models are then kept by other processes.

    :raises EngineRunning: if another process holds the shop's lease, and we do not stand by.
    :raises LeaseLost: if we stood still for so long that another process may have taken over.
    :raises StoodBy: if `stop` was set before there was anything to do for us.
    """
    views = shop.settings.views_schema
    with ExitStack() as stack:
        told = stack.enter_context(telemetry(shop.settings, "run"))
        stand_by = partial(told.beat, ready=True, why="standing by")
        lease = stack.enter_context(shop.lease(wait=standby, stop=stop, on_wait=stand_by))
        engine = stack.enter_context(shop.engine(held=lease))
        reader = stack.enter_context(shop.log())
        connection = stack.enter_context(shop.connection())
        install(connection, schema=views)
        provider = stack.enter_context(gateway(shop.settings, system_clock, seed))
        channels = stack.enter_context(opening(engine)) if opening else None
        projector = None if channels else Projector(connection, reader, schema=views)
        found, schema = engine.store.source_position, shop.settings.log_schema
        reopening = channels.reopening if channels else None
        redriving = Redriving(engine, connection, schema, system_clock, reopening)
        attendant = Attendant(told, engine, reader, connection, schema, projector)
        paying = PaymentFollower(reader, found(SOURCE), Cashier(provider, jitter=random))
        mailing = stack.enter_context(mailing_of(shop, found(NOTICES)))
        heralding = stack.enter_context(heralding_of(shop, found(WEBHOOKS)))
        due, answered = due_deadlines(connection, views), attendant.answered
        parts = (engine, paying, provider, projector, due, inbound)
        loop = Loop(*parts, channels, redriving, mailing, heralding, answered)
        turn = attendant.attend(beating(lease, loop.turn))
        log.info("started", position=reader.head(), schema=schema)
        serve(turn, stop, wait=channels.wait if channels else None)
        log.info("stopped", position=reader.head())
