"""The simulated world as a whole: what its people and partners say, tick by tick.

Everything that happens in it follows from its seed and from the events that it hears. So a run that
was killed is resumed by letting a new world hear, tick by tick, what the log says it had heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from adapters.deadlines import Timekeeper, expiry
from adapters.follower import cause_of
from adapters.payments.follower import SOURCE
from adapters.payments.simulated import Odds, SimulatedGateway
from adapters.simulation.accounting import Accounting
from adapters.simulation.aftersales import Aftersales
from adapters.simulation.business import Business
from adapters.simulation.hearing import hearers
from adapters.simulation.office import Office
from adapters.simulation.purchasing import Purchasing
from adapters.simulation.selling import TRADING_DAYS, Selling
from adapters.simulation.stage import DAY, MINUTE, SECOND, Stage
from adapters.simulation.stocktaking import Stocktaking
from adapters.simulation.tally import Tally
from adapters.simulation.warehousing import Warehousing
from oms_core.effects.cashier import Cashier
from oms_core.effects.rounds import NEVER
from oms_core.engine.cause import Cause
from oms_core.kernel import Command, Instant, Recorded

TICK = 30 * MINUTE
"""Messages are taken in together so often."""

CAUSES_MAX = 250
CLOSING_DAYS = 25
"""So long after the last day of trading the run waits for deadlines, and no longer."""


class Tick(NamedTuple):
    """What is taken in together at one moment: what the world says, and the provider's answers."""

    now: Instant
    messages: tuple[Cause, ...]
    answers: tuple[Cause, ...]

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Both, in this order."""
        return self.messages + self.answers


class World:
    """All people and partners of one shop, and the clock that they live by.

    The ticks fall on whole seconds and `mark` microseconds, which tells this world's events from
    all others.
    """

    def __init__(
        self,
        seed: int,
        orders: int,
        start: Instant,
        odds: Odds | None = None,
        *,
        carts: bool = True,
    ) -> None:
        """Plan everything that does not depend on what the shop will do.

        Without `carts`, which are the shop's own as codes and gift cards are, everybody orders at
        once and without those.
        """
        self.mark = seed % SECOND
        self.now = Instant(start + self.mark)
        self.stage = Stage(seed, start)
        self.gateway = SimulatedGateway(lambda: self.now, seed, odds or Odds())
        self.cashier = Cashier(self.gateway, jitter=self.stage.dice.random)
        self.tally = Tally(orders)
        self._spoken = 0
        self._timekeeper = Timekeeper()
        self._closes = start + (TRADING_DAYS + CLOSING_DAYS) * DAY
        purchasing = Purchasing(self.stage, orders)
        selling = Selling(self.stage, orders, carts=carts)
        self._tell = hearers(
            (
                purchasing,
                selling.shopping,
                Warehousing(self.stage),
                Stocktaking(self.stage),
                Aftersales(self.stage, selling),
                Office(self.stage),
                Business(self.stage, orders, selling),
                Accounting(self.stage),
                self.tally,
            )
        )

    def next_tick(self) -> Tick | None:
        """Return what is said next; None if everything is at rest."""
        due_at = self._next_due()
        if due_at is None:
            return None
        self.now = self._next_time(due_at)
        messages = self.stage.play(self.now, CAUSES_MAX)
        for sent_at, command in self.gateway.messages(self.now):
            messages.append(self._cause(command, "provider", sent_at))
        for deadline in self._timekeeper.due(self.now):
            messages.append(self._cause(expiry(deadline, self.now), "clock", self.now))
        return Tick(self.now, tuple(messages), self.answers())

    def answers(self) -> tuple[Cause, ...]:
        """Call the payment provider for whatever is due now, and return its answers."""
        return tuple(cause_of(said, SOURCE) for said in self.cashier.act(self.now).said)

    def hear(self, page: Sequence[Recorded]) -> None:
        """Let everybody know what happened at this tick."""
        self.stage.now = self.now
        self.cashier.hear(page)
        self._timekeeper.hear(page)
        self._tell(page)

    def _next_time(self, due_at: Instant) -> Instant:
        """Return the next full half hour after `due_at`; the next second, if there is a backlog."""
        if (self.stage.next_due or NEVER) <= self.now:
            return Instant(self.now + SECOND)
        return Instant(max(due_at, self.now) // TICK * TICK + TICK + self.mark)

    def _cause(self, command: Command, actor: str, at: Instant) -> Cause:
        self._spoken += 1
        return Cause(command, f"{actor}:{self.stage.seed}:{self._spoken}", actor, at)

    def _next_due(self) -> Instant | None:
        cashier = self.cashier.next_due
        due = [self.stage.next_due, self.gateway.next_due, cashier if cashier < NEVER else None]
        deadline = self._timekeeper.next_due
        if deadline is not None and self.now < deadline < self._closes:
            due.append(deadline)
        return min((at for at in due if at is not None), default=None)
