"""Promises: by when goods leave and arrive, from a calendar, a cut-off, and the supply to come.

Days are those of UTC. A promise for a day is kept until that day ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from oms_core.kernel import Instant, State
from oms_core.kernel.calendar import DAY_MICROS, date_of, days_after, midnight

MINUTE_MICROS = 60_000_000
HOUR_MICROS = 60 * MINUTE_MICROS
DAYS_MAX = 3_660
"""A calendar without a working day in ten years is a mistake: its days count as they are."""


class Calendar(State, frozen=True):
    """The days on which nobody works in a country: of the week (Monday is 0), and of the year.

    `holidays` are dates, `2026-12-25`.
    """

    country: str
    holidays: tuple[str, ...] = ()
    weekend: tuple[int, ...] = (5, 6)


class Promising(State, frozen=True):
    """How a shop promises; without a `version` it promises nothing.

    Orders placed before `cutoff_minute` of a working day of `home` are begun on it, others on the
    next one. Goods leave `lead_days` working days later, and arrive after the `transit` of their
    country, or `transit_days`, in working days of that country. A promise is in jeopardy when goods
    have not left `jeopardy_hours` before the end of the promised day.
    """

    version: str = ""
    home: str = ""
    calendars: tuple[Calendar, ...] = ()
    cutoff_minute: int = 14 * 60
    lead_days: int = 1
    transit: tuple[tuple[str, int], ...] = ()
    transit_days: int = 5
    jeopardy_hours: int = 24

    def calendar(self, country: str) -> Calendar:
        """Return the calendar of a country; one that is not listed only has weekends."""
        for calendar in self.calendars:
            if calendar.country == country:
                return calendar
        return Calendar(country)

    def jeopardy_at(self, ship_by: Instant) -> Instant:
        """Return the moment from which a promise that is not kept yet is in jeopardy."""
        return Instant(ship_by - self.jeopardy_hours * HOUR_MICROS)


class Dates(State, frozen=True):
    """By when goods leave and arrive (the ends of those days), and what that is worked out from."""

    ship_by: Instant
    deliver_by: Instant
    reasons: tuple[str, ...]


def covered_at(units: int, receipts: Iterable[tuple[Instant, int]]) -> Instant:
    """Return when so many units will have come in; zero if they never will.

    `receipts` are moments with the units that are expected at them, in any order.
    """
    for due_at, quantity in sorted(receipts):
        units -= quantity
        if units <= 0:
            return due_at
    return Instant(0)


def is_working(day: date, calendar: Calendar) -> bool:
    """Say whether somebody works on a day."""
    return day.weekday() not in calendar.weekend and day.isoformat() not in calendar.holidays


def working_day(day: date, days: int, calendar: Calendar) -> date:
    """Return the working day that is so many working days after the first one from `day` on."""
    for _ in range(DAYS_MAX):
        if is_working(day, calendar):
            if not days:
                break
            days -= 1
        day = days_after(day, 1)
    return day


def dates(at: Instant, country: str, promising: Promising, because: str) -> Dates:
    """Return what can be promised for goods to a country that can be worked on from a moment on."""
    home, there = promising.calendar(promising.home), promising.calendar(country)
    today = date.fromisoformat(date_of(at))
    reasons = [because]
    begun = working_day(today, 0, home)
    late = at - midnight(today) >= promising.cutoff_minute * MINUTE_MICROS
    if begun == today and late:
        begun = working_day(days_after(today, 1), 0, home)
        reasons.append(f"after the cut-off at {_clock(promising.cutoff_minute)} UTC")
    if begun != today:
        reasons.append(f"next working day in {promising.home} is {begun}")
    leaves = working_day(begun, promising.lead_days, home)
    transit = dict(promising.transit).get(country, promising.transit_days)
    arrives = working_day(leaves, transit, there)
    reasons += [
        f"leaves on {leaves}, {promising.lead_days} working days later",
        f"arrives on {arrives}, {transit} working days of {country} later",
    ]
    return Dates(_end_of(leaves), _end_of(arrives), tuple(reasons))


def _end_of(day: date) -> Instant:
    return Instant(midnight(day) + DAY_MICROS)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
