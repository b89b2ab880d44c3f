"""Renewing: what a card's bank sets aside lapses after days, and goods may take weeks."""

from __future__ import annotations

from oms_core.kernel import Instant, State

HOUR_MICROS = 3_600_000_000


class Renewing(State, frozen=True):
    """How many hours before it lapses an amount is authorized anew; zero: never.

    So long a person has if that is declined. Both amounts are set aside until the answer is there.
    """

    hours_before: int = 24

    def renew_at(self, expires_at: Instant) -> Instant:
        """Return when an amount is to be authorized anew; zero if it does not lapse, or never."""
        if not expires_at or not self.hours_before:
            return Instant(0)
        return Instant(max(0, expires_at - self.hours_before * HOUR_MICROS))
