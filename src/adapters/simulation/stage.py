"""What the actors of the simulated world share: time, dice, an agenda, and a way to speak."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random

from oms_core.domain.order.commands import PlaceOrder
from oms_core.engine.cause import Cause
from oms_core.kernel import Command, Instant

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

Act = Callable[[], None]


class Stage:
    """One world: `now` is the time of whatever is going on, `dice` its only source of chance."""

    def __init__(self, seed: int, start: Instant) -> None:
        """Begin at `start` with an empty agenda."""
        self.seed = seed
        self.start = start
        self.now = start
        self.dice = Random(seed)  # noqa: S311  (a game, not a secret)
        self.said: list[Cause] = []
        self.orders: dict[str, PlaceOrder] = {}
        self._agenda: list[tuple[Instant, int, Act]] = []
        self._planned = 0
        self._spoken = 0

    def at(self, due_at: int, act: Act) -> None:
        """Plan an act."""
        self._planned += 1
        heappush(self._agenda, (Instant(due_at), self._planned, act))

    def later(self, shortest: int, longest: int, act: Act) -> None:
        """Plan an act after a time between two spans, in microseconds."""
        self.at(self.now + self.dice.randint(shortest, longest), act)

    def chance(self, permille: int) -> bool:
        """Throw the dice: true so many times in a thousand."""
        return self.dice.randrange(1_000) < permille

    def say(self, command: Command, actor: str, topic: str) -> None:
        """Send a command at this moment; `topic` is the conversation that it belongs to."""
        self._spoken += 1
        cause_id = f"simulation:{self.seed}:{self._spoken}"
        self.said.append(Cause(command, cause_id, actor, self.now, topic))

    def repeat(self, cause: Cause) -> None:
        """Send the same message once more, as channels do."""
        self.said.append(cause)

    @property
    def next_due(self) -> Instant | None:
        """When the next act is due; None if nobody plans anything."""
        return self._agenda[0][0] if self._agenda else None

    def play(self, until: Instant, causes_max: int) -> list[Cause]:
        """Let everybody act who is due by `until`, and return what they said, bounded in number."""
        while self._agenda and self._agenda[0][0] <= until and len(self.said) < causes_max:
            due_at, _, act = heappop(self._agenda)
            self.now = due_at
            act()
        said, self.said = self.said, []
        return said
