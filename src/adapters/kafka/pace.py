"""How fast a channel's messages are taken: a token bucket on a clock that is given."""

from __future__ import annotations

from collections.abc import Callable

from oms_core.kernel import Instant

MICROSECONDS = 1_000_000
UNLIMITED = 1_000_000_000


class Pace:
    """So many messages a second, and up to a second's worth at once after a pause."""

    def __init__(self, per_second: float | None, clock: Callable[[], Instant]) -> None:
        """Begin with a full bucket; without a rate there is no limit."""
        self._rate = per_second
        self._most = max(1.0, per_second or 0.0)
        self._left = self._most
        self._clock = clock
        self._at = clock()

    def room(self) -> int:
        """Return how many messages may be taken now."""
        if self._rate is None:
            return UNLIMITED
        now = self._clock()
        passed = max(0, now - self._at) / MICROSECONDS
        self._left = min(self._most, self._left + passed * self._rate)
        self._at = now
        return int(self._left)

    def spend(self, count: int) -> None:
        """Note that messages were taken: no more than there was room for."""
        if self._rate is not None:
            self._left -= count
