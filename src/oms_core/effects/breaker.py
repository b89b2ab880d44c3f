"""A partner that does not answer is left alone for a while."""

from __future__ import annotations

from oms_core.kernel import Instant

FAILURES_MAX = 5
"""So many answers in a row must be missing before the partner is left alone."""

PAUSE_MICROS = 60_000_000
"""How long it is left alone before one request tries again."""


class CircuitBreaker:
    """Counts missing answers in a row, and says whether the partner may be called now."""

    def __init__(self) -> None:
        """Begin closed: calls go through."""
        self._failures = 0
        self.opens_at = Instant(0)

    def allows(self, now: Instant) -> bool:
        """Say whether a call may go out. After the pause each call is a trial."""
        return self._failures < FAILURES_MAX or now >= self.opens_at

    def succeeded(self) -> None:
        """Note that the partner answered, whatever it said."""
        self._failures = 0

    def failed(self, now: Instant) -> bool:
        """Note that no answer came, and say whether the partner is now left alone."""
        self._failures += 1
        if self._failures < FAILURES_MAX:
            return False
        self.opens_at = Instant(now + PAUSE_MICROS)
        return True
