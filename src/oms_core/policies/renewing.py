"""Renewing: what a card's bank sets aside lapses after days, and goods may take weeks."""

from __future__ import annotations

from oms_core.kernel import Instant, State

HOUR_MICROS = 3_600_000_000


class Renewing(State, frozen=True):
    """How many hours before it lapses an amount is authorized anew; zero: never.

    So long a person has if that is declined. Both amounts are set aside until the answer is there.
    An amount that is set aside for less than twice as long is authorized anew halfway.
    """

    hours_before: int = 24

    def renew_at(self, expires_at: Instant, authorized_at: Instant) -> Instant:
        """Return when an amount is to be authorized anew; zero if it does not lapse, or never.

        That is never in the first half of its life, or what is short-lived would be renewed at
        once, and what takes its place as well, until a tender has no names left.
        """
        if not expires_at or not self.hours_before:
            return Instant(0)
        halfway = authorized_at + max(expires_at - authorized_at, 0) // 2
        return Instant(max(halfway, expires_at - self.hours_before * HOUR_MICROS))
