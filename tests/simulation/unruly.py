"""Lives through a simulated world with everything going wrong that can.

Messages come twice and in another order, the process dies before and after appends, answers of the
payment provider are lost or late, and the clock jumps. The world outside goes on: it sends again
what it got no answer to. The dice of the mishaps are not those of the world.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from adapters.memory import MemoryLog
from adapters.payments.follower import SOURCE
from adapters.payments.simulated import Odds
from adapters.simulation.run import START
from adapters.simulation.world import Tick, World
from oms_core.effects.cashier import HEARD, Cashier
from oms_core.engine.cause import Cause, SourcePosition
from oms_core.kernel import Instant, Recorded
from tests.support.lab import Crash, Disk, engine_on

HOUR = 3_600_000_000
DEATHS = 40
SENT_TWICE = 60
JUMPS = 15
ROUGH = Odds(done_unheard=90, lost=90, query_unheard=200, message_none=200, message_again=500)


class Mishaps:
    """Lets the process die at random, so many times in a thousand."""

    def __init__(self, seed: int, deaths: int) -> None:
        """Throw dice of its own."""
        self.dice = Random(f"mishaps {seed}")
        self.deaths = deaths
        self.died = 0

    def chance(self, permille: int) -> bool:
        """Throw the dice."""
        return self.dice.randrange(1_000) < permille

    def pass_by(self) -> None:
        """Live on, or not."""
        if self.chance(self.deaths):
            self.died += 1
            raise Crash


class Unruly:
    """One world, one log that survives, and a process that often does not."""

    def __init__(self, seed: int, orders: int, deaths: int = DEATHS) -> None:
        """Open the shop."""
        self.world = World(seed, orders, START, ROUGH)
        self.mishaps = Mishaps(seed, deaths)
        self.disk = Disk(self.mishaps)  # type: ignore[arg-type]
        self.log = MemoryLog(self.disk)
        self.history: list[Recorded] = []
        self._late: list[Cause] = []
        self._ticks = 0
        self._skew = 0
        self._open()

    def _clock(self) -> Instant:
        return Instant(self.world.now - self._skew)

    def _open(self) -> None:
        self.engine = engine_on(self.disk, self._clock)

    def _die(self) -> None:
        """Forget whatever was only in memory: the engine's states, the cashier's open requests."""
        self._open()
        cashier = Cashier(self.world.gateway, jitter=lambda: 0.5)
        cashier.hear([r for r in self.history if type(r.event) in HEARD], asked=True)
        self.world.cashier = cashier

    def run(self) -> None:
        """Live until everything is at rest."""
        while (tick := self._next_tick()) is not None:
            messages = self._disturbed(tick.messages)
            self._take_in(Tick(tick.now, messages, tick.answers))
            page = self.log.read(len(self.history), 1_000_000)
            self.history += page
            self.world.hear(page)
            self._jump()

    def _next_tick(self) -> Tick | None:
        return self.world.next_tick()

    def _take_in(self, tick: Tick) -> None:
        """Take a tick in, however often the process dies over it."""
        self._ticks += 1
        while self.disk.source_position("world") < self._ticks:
            positions = [SourcePosition("world", self._ticks - 1, self._ticks)]
            if (read := self.disk.source_position(SOURCE)) < len(self.history):
                positions.append(SourcePosition(SOURCE, read, len(self.history)))
            try:
                self.engine.handle(tick.causes, positions)
            except Crash:
                self._die()
                if (
                    self.disk.source_position("world") < self._ticks
                ):  # Nobody hears an answer twice.
                    tick = Tick(tick.now, tick.messages, self.world.answers())

    def _disturbed(self, messages: Sequence[Cause]) -> tuple[Cause, ...]:
        """Send some messages twice, now or later, and mix what does not depend on each other."""
        chance = self.mishaps.chance
        again = [cause for cause in messages if chance(SENT_TWICE)]
        now = [cause for cause in again if chance(500)]
        threads: dict[str, list[Cause]] = {}
        for cause in (*messages, *now, *self._late):
            threads.setdefault(cause.correlation_id or cause.cause_id, []).append(cause)
        self._late = [cause for cause in again if cause not in now]
        waiting = [thread[::-1] for thread in threads.values()]
        mixed = []
        while waiting:
            thread = self.mishaps.dice.choice(waiting)
            mixed.append(thread.pop())
            if not thread:
                waiting.remove(thread)
        return tuple(mixed)

    def _jump(self) -> None:
        """Let the clock of the machine be wrong now and then, and time pass without a word."""
        self._skew = HOUR if self.mishaps.chance(JUMPS) else 0
        if self.mishaps.chance(JUMPS):
            self.world.now = Instant(self.world.now + self.mishaps.dice.randint(1, 48) * HOUR)
