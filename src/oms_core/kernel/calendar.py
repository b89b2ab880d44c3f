"""Calendar dates: what a document bears and a debt is due on. Written as ISO 8601, `2026-01-31`.

A date is not a moment. Whoever issues a document says which day it is where they are; from there on
everything is counted in days, and a moment is needed only to set an alarm.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from oms_core.kernel.errors import Rejected
from oms_core.kernel.message import Instant, State

FIRST = date(1970, 1, 1)
LAST = date(2999, 12, 31)
DAY_MICROS = 86_400_000_000


class Period(State, frozen=True):
    """From the first day to the last, both of them in it; an empty one has no bound there."""

    first: str = ""
    last: str = ""

    def includes(self, day: str) -> bool:
        """Say whether a day, as `2026-01-31`, is in the period."""
        return self.first <= day and (not self.last or day <= self.last)


class NotADate(Rejected):
    """The text names no day of the calendar."""

    code = "calendar.not_a_date"
    remedy = "Write the date as YYYY-MM-DD, from 1970-01-01 to 2999-12-31."


def read_date(text: str, field: str) -> date:
    """Return the day that `text` names; `field` is where it was written.

    :raises NotADate: if it names none, or one out of range.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotADate(f"{field} is {text!r}.") from None
    if day.isoformat() != text or not FIRST <= day <= LAST:
        raise NotADate(f"{field} is {text!r}.")
    return day


def days_after(day: date, days: int) -> date:
    """Return the day so many days later."""
    return day + timedelta(days=days)


def midnight(day: date) -> Instant:
    """Return the moment at which a day begins in UTC: when an alarm for that day is due."""
    return Instant((day - FIRST).days * DAY_MICROS)


def date_of(now: Instant) -> str:
    """Return the day that it is in UTC at a moment."""
    return datetime.fromtimestamp(now // 1_000_000, UTC).date().isoformat()
