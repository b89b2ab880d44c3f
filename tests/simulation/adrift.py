"""A world whose messages and alarms come twice, late, in another order, or never.

Whatever a channel, a customer, a warehouse, a bank, the provider or the clock says is taken to the
shop by a messenger with dice of its own. What it does is written down, so that it can be looked at;
the same seed does the same again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from random import Random
from typing import NamedTuple

from adapters.simulation.world import Tick
from oms_core.engine.cause import Cause
from oms_core.kernel import Instant
from tests.simulation.unruly import HOUR, Unruly

NEVER, TWICE, LATE, OVERTAKEN = 50, 60, 60, 40
"""In a thousand messages."""

LATE_HOURS_MAX = 96
DEATHS = 3
"""In a thousand points. Who always dies anew asks for ever: a cashier forgets how often it did."""


class Mishap(NamedTuple):
    """What became of one message on its way."""

    at: Instant
    fate: str
    message: str


class Messenger:
    """Takes messages to the shop, most of them once and at once."""

    def __init__(self, seed: int) -> None:
        """Throw dice of its own."""
        self.dice = Random(f"messenger {seed}")
        self.seed = seed
        self.journal: list[Mishap] = []
        self._late: list[tuple[Instant, int, Cause]] = []
        self._sent = 0

    @property
    def next_due(self) -> Instant | None:
        """When the next late message comes; None if all have come that ever will."""
        return self._late[0][0] if self._late else None

    def deliver(self, messages: Sequence[Cause], now: Instant) -> tuple[Cause, ...]:
        """Return what arrives now, in the order of arrival."""
        arriving = [*self._delayed(now)]
        for cause in messages:
            arriving += self._sent_off(cause, now)
        for place in range(1, len(arriving)):
            if self.dice.randrange(1_000) < OVERTAKEN:
                ahead = self.dice.randrange(place)
                self._note(now, "overtaken", arriving[ahead])
                arriving.insert(ahead, arriving.pop(place))
        return tuple(arriving)

    def _delayed(self, now: Instant) -> Iterator[Cause]:
        while self._late and self._late[0][0] <= now:
            yield heappop(self._late)[2]

    def _sent_off(self, cause: Cause, now: Instant) -> Iterator[Cause]:
        draw = self.dice.randrange(1_000)
        if self._is_mute(cause) or draw < NEVER:
            self._note(now, "never", cause)
            return
        draw -= NEVER
        if not TWICE <= draw < TWICE + LATE:
            yield cause
        if draw < TWICE and self.dice.randrange(2):
            self._note(now, "twice", cause)
            yield cause
        elif draw < TWICE + LATE:
            self._note(now, "late" if draw >= TWICE else "again, late", cause)
            self._sent += 1
            hours = self.dice.randint(1, LATE_HOURS_MAX)
            heappush(self._late, (Instant(now + hours * HOUR), self._sent, cause))

    def _is_mute(self, cause: Cause) -> bool:
        """Say whether this alarm never rings: the clock would else try again at every tick."""
        if cause.actor != "clock":
            return False
        command = cause.command
        names = [str(getattr(command, field)) for field in command.__struct_fields__[:-1]]
        dice = Random("|".join((str(self.seed), type(command).__name__, *names)))
        return dice.randrange(1_000) < NEVER

    def _note(self, now: Instant, fate: str, cause: Cause) -> None:
        self.journal.append(Mishap(now, fate, f"{type(cause.command).__name__} {cause.cause_id}"))


class Adrift(Unruly):
    """One world whose messages go astray, on a process that dies now and then."""

    def __init__(self, seed: int, orders: int) -> None:
        """Open the shop."""
        super().__init__(seed, orders, DEATHS)
        self.messenger = Messenger(seed)

    @property
    def fates(self) -> Counter[str]:
        """How often each thing went wrong."""
        return Counter(mishap.fate for mishap in self.messenger.journal)

    def _next_tick(self) -> Tick | None:
        """Return what is said next; when nobody says anything, what is still on its way."""
        tick = self.world.next_tick()
        if tick is None and (due_at := self.messenger.next_due) is not None:
            self.world.now = Instant(max(self.world.now, due_at))
            return Tick(self.world.now, (), self.world.answers())
        return tick

    def _disturbed(self, messages: Sequence[Cause]) -> tuple[Cause, ...]:
        return self.messenger.deliver(messages, self.world.now)
