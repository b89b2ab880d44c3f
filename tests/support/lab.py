"""A shop on a log in memory, which survives when the process that works on it dies at any point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from adapters.memory import MemoryLog, MemoryRecorder, memory_environment
from adapters.payments.follower import SOURCE, PaymentFollower
from adapters.payments.simulated import Fate, Odds, SimulatedGateway
from oms_core.domain.payment import events as paid
from oms_core.effects.cashier import Alert, Cashier
from oms_core.effects.ports import Result
from oms_core.effects.rounds import NEVER
from oms_core.engine.application import Engine
from oms_core.engine.cause import Answer, Cause, SourcePosition
from oms_core.kernel import Command, Event, Instant, Recorded
from oms_core.kernel.money import Money
from oms_core.policies.config import EUROPE_AND_ASIA, Policies

SECOND = 1_000_000
START = Instant(1_767_571_200 * SECOND)
QUIET = Odds(message_none=1_000, query_unheard=0)
"""A gateway that answers and never speaks of its own accord."""


class Crash(BaseException):
    """The process died here. Nothing in it can catch that."""


class Fuse:
    """Counts the points at which the process could die, and lets it die at one of them."""

    def __init__(self, blows_at: int | None = None) -> None:
        """Die at no point, or at this one."""
        self.blows_at = blows_at
        self.points = 0

    def pass_by(self) -> None:
        """Live on, or not."""
        self.points += 1
        if self.points - 1 == self.blows_at:
            raise Crash


class Disk(MemoryRecorder):
    """A log that survives its process. It can die before an append and after it."""

    def __init__(self, fuse: Fuse) -> None:
        """Begin with an empty log."""
        super().__init__()
        self.fuse = fuse

    def append(self, *args: Any, **kwargs: Any) -> int:
        """Append, unless the process dies first; it may also die before it knows."""
        self.fuse.pass_by()
        last = super().append(*args, **kwargs)
        self.fuse.pass_by()
        return last


class Wire:
    """The way to the gateway. The process can die before a call and after it."""

    def __init__(self, gateway: SimulatedGateway, fuse: Fuse) -> None:
        """Lead to `gateway`."""
        self._gateway = gateway
        self._fuse = fuse

    def _call(self, ask: Callable[[], Any]) -> Any:
        self._fuse.pass_by()
        answer = ask()
        self._fuse.pass_by()
        return answer

    def authorize(self, key: str, amount: Money, token: str) -> Result:
        return self._call(lambda: self._gateway.authorize(key, amount, token))

    def capture(self, key: str, provider_ref: str, amount: Money) -> Result:
        return self._call(lambda: self._gateway.capture(key, provider_ref, amount))

    def void(self, key: str, provider_ref: str) -> Result:
        return self._call(lambda: self._gateway.void(key, provider_ref))

    def refund(self, key: str, provider_ref: str, amount: Money) -> Result:
        return self._call(lambda: self._gateway.refund(key, provider_ref, amount))

    def query(self, key: str, provider_ref: str = "") -> Result | None:
        return self._call(lambda: self._gateway.query(key, provider_ref))


def engine_on(
    recorder: MemoryRecorder,
    clock: Callable[[], Instant],
    policies: Policies = EUROPE_AND_ASIA,
) -> Engine:
    """Open an engine on a log that is there already."""

    class Reopened(Engine):
        name = "oms"

        def construct_recorder(self) -> MemoryRecorder:
            return recorder

    return Reopened(memory_environment(), clock=clock, policies=policies)


class Lab:
    """A shop with its payments. `fates` scripts the gateway by operation; all else succeeds."""

    def __init__(
        self,
        fates: Mapping[str, Fate] | None = None,
        blows_at: int | None = None,
        odds: Odds = QUIET,
    ) -> None:
        """Open the shop for the first time."""
        self.now = START
        self.fuse = Fuse(blows_at)
        script = fates or {}
        self.gateway = SimulatedGateway(
            lambda: self.now, odds=odds, fates=lambda _, operation: script.get(operation, Fate.DONE)
        )
        self.disk = Disk(self.fuse)
        self.log = MemoryLog(self.disk)
        self.alerts: list[Alert] = []
        self.open()

    def open(self) -> None:
        """Open the shop, again: everything that was only in memory is gone."""
        self.engine = engine_on(self.disk, lambda: self.now)
        cashier = Cashier(Wire(self.gateway, self.fuse), jitter=lambda: 0.5)
        self.follower = PaymentFollower(self.log, self.disk.source_position(SOURCE), cashier)

    def ask(self, *commands: Command) -> list[Answer]:
        """Give commands in one batch."""
        return self.engine.handle([Cause(c, f"c{n}", "test") for n, c in enumerate(commands)])

    def take_in(self, commands: Iterable[Command]) -> None:
        """Give commands one after the other, each of them once, however often this is called."""
        for number, command in enumerate(commands):
            if self.disk.source_position("test") == number:
                position = SourcePosition("test", number, number + 1)
                self.engine.handle([Cause(command, f"test-{number}", "test")], [position])
            self.rest()

    def settle(self) -> None:
        """Let the payments come to rest, as far as they can without time going by."""
        while turn := self.follower.turn(self.now):
            self.alerts += turn.alerts
            self.engine.handle(turn.causes, [turn.position])

    def rest(self) -> None:
        """Let as much time go by as it takes until every answer has come."""
        self.settle()
        while self.follower.next_due < NEVER:
            self.wait(60)

    def wait(self, seconds: int) -> None:
        """Let time go by, and the payments come to rest again."""
        self.now = Instant(self.now + seconds * SECOND)
        self.settle()

    def events(self) -> list[Event]:
        """Return everything that happened."""
        return [recorded.event for recorded in self.history()]

    def history(self) -> list[Recorded]:
        """Return everything that happened, with where and when."""
        found: list[Recorded] = []
        while page := self.log.read(found[-1].position if found else 0):
            found += page
        return found

    def streams(self) -> dict[str, list[Event]]:
        """Return what happened in each stream."""
        found: dict[str, list[Event]] = {}
        for recorded in self.history():
            found.setdefault(recorded.stream, []).append(recorded.event)
        return found

    def count(self, kind: type[Event]) -> int:
        """Count the events of a type."""
        return sum(isinstance(event, kind) for event in self.events())


@contextmanager
def surviving(lab: Lab) -> Iterator[None]:
    """Open the shop again if its process dies inside."""
    try:
        yield
    except Crash:
        lab.open()


IN_HOUSE = (paid.Method.CASH, paid.Method.GIFT_CARD)
"""What no provider is asked for."""


def our_money(events: Iterable[Event]) -> dict[str, tuple[int, int]]:
    """Return what each payment has captured and refunded by our own book, in minor units."""
    captured: Counter[str] = Counter()
    refunded: Counter[str] = Counter()
    for event in events:
        match event:
            case paid.CaptureSucceeded() if event.method not in IN_HOUSE:
                captured[event.payment_id] += event.amount_minor
            case paid.RefundSucceeded() if event.method not in IN_HOUSE:
                refunded[event.payment_id] += event.amount_minor
    return {payment_id: (total, refunded[payment_id]) for payment_id, total in captured.items()}


def gateways_money(gateway: SimulatedGateway) -> dict[str, tuple[int, int]]:
    """Return what each payment has captured and refunded by the gateway's book."""
    return {
        account.payment_id: (account.captured_minor, account.refunded_minor)
        for account in gateway.accounts.values()
        if account.captured_minor
    }


def open_authorizations(gateway: SimulatedGateway, now: Instant) -> set[str]:
    """Return the payments for which the gateway still keeps money aside."""
    return {
        account.payment_id
        for account in gateway.accounts.values()
        if not account.voided
        and account.captured_minor < account.authorized_minor
        and account.expires_at > now
    }
