"""By when goods leave and arrive: working days, holidays, cut-off, transit, and supply to come."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.kernel import Instant
from oms_core.kernel.calendar import DAY_MICROS, date_of, midnight
from oms_core.policies.promising import (
    Calendar,
    Promising,
    covered_at,
    dates,
    is_working,
    working_day,
)

FRANCE = Calendar("FR", ("2026-01-01", "2026-05-01"))
KUWAIT = Calendar("KW", (), (4, 5))
TERMS = Promising(
    "v1", "FR", (FRANCE, KUWAIT), 14 * 60, 1, (("FR", 1), ("KW", 3), ("DE", 2)), 5, 24
)


def at(text: str) -> Instant:
    """Return a moment in UTC."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return Instant(int(moment.timestamp()) * 1_000_000)


def promised(text: str, country: str = "FR", terms: Promising = TERMS) -> tuple[str, str]:
    """Return the last days on which goods leave and arrive in time."""
    found = dates(at(text), country, terms, "from stock")
    return tuple(date_of(Instant(end - 1)) for end in (found.ship_by, found.deliver_by))


@pytest.mark.parametrize(
    ("placed", "leaves", "arrives"),
    [
        ("2026-01-05T13:59:59", "2026-01-06", "2026-01-07"),  # A Monday, before the cut-off.
        ("2026-01-05T14:00:00", "2026-01-07", "2026-01-08"),  # After it: begun on Tuesday.
        ("2026-01-09T13:00:00", "2026-01-12", "2026-01-13"),  # Friday: Monday is the next day.
        ("2026-01-09T15:00:00", "2026-01-13", "2026-01-14"),
        ("2026-01-10T09:00:00", "2026-01-13", "2026-01-14"),  # Saturday: begun on Monday.
        ("2026-01-10T23:00:00", "2026-01-13", "2026-01-14"),  # It has no cut-off.
        ("2025-12-31T09:00:00", "2026-01-02", "2026-01-05"),  # New Year's Day is nobody's.
    ],
)
def test_goods_leave_and_arrive_on_working_days(placed, leaves, arrives):
    assert promised(placed) == (leaves, arrives)


def test_a_promise_ends_with_its_day():
    found = dates(at("2026-01-05T09:00:00"), "FR", TERMS, "from stock")
    assert found.ship_by == at("2026-01-07T00:00:00")
    assert TERMS.jeopardy_at(found.ship_by) == at("2026-01-06T00:00:00")


def test_goods_travel_on_the_working_days_of_where_they_go():
    assert promised("2026-01-07T09:00:00", "DE") == ("2026-01-08", "2026-01-12")
    assert promised("2026-01-05T09:00:00", "KW") == ("2026-01-06", "2026-01-11")
    assert promised("2026-01-07T09:00:00", "US") == ("2026-01-08", "2026-01-15")


def test_a_day_on_which_nobody_works_has_no_cut_off():
    found = dates(at("2026-01-10T23:00:00"), "FR", TERMS, "from stock")
    assert found.reasons[:2] == ("from stock", "next working day in FR is 2026-01-12")


def test_the_reasons_say_what_the_days_are_worked_out_from():
    found = dates(at("2026-01-09T15:00:00"), "DE", TERMS, "from stock")
    assert found.reasons == (
        "from stock",
        "after the cut-off at 14:00 UTC",
        "next working day in FR is 2026-01-12",
        "leaves on 2026-01-13, 1 working days later",
        "arrives on 2026-01-15, 2 working days of DE later",
    )


JANUARY_10, JANUARY_20 = at("2023-01-10T00:00:00"), at("2023-01-20T00:00:00")


def test_gv6_supply_to_come_is_taken_in_the_order_in_which_it_comes():
    """10 on hand and 10 on the 10th are enough for 20; the 10 of the 20th are not waited for."""
    receipts = [(JANUARY_20, 10), (JANUARY_10, 10)]
    assert covered_at(20 - 10, receipts) == JANUARY_10
    assert covered_at(21 - 10, receipts) == JANUARY_20
    assert covered_at(31 - 10, receipts) == 0
    assert promised("2023-01-10T00:00:00", terms=replace(TERMS, lead_days=0))[0] == "2023-01-10"


receipts = st.lists(st.tuples(st.integers(1, 50).map(Instant), st.integers(1, 9)), max_size=8)


@given(st.integers(1, 60), receipts)
def test_supply_covers_units_at_the_first_moment_at_which_it_adds_up(units, expected):
    found = covered_at(units, expected)

    def there(by: int) -> int:
        return sum(quantity for due_at, quantity in expected if due_at <= by)

    if found:
        assert there(found) >= units > there(found - 1)
    else:
        assert sum(quantity for _, quantity in expected) < units


days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(days, st.integers(0, 30), st.sampled_from((FRANCE, KUWAIT)))
def test_as_many_working_days_lie_between_as_were_asked_for(day, count, calendar):
    found = working_day(day, count, calendar)
    between = [day + timedelta(n) for n in range((found - day).days)]
    assert is_working(found, calendar)
    assert sum(is_working(other, calendar) for other in between) == count


@given(days, st.integers(0, DAY_MICROS - 1), st.integers(0, 3 * DAY_MICROS), st.booleans())
def test_whoever_orders_later_is_not_promised_an_earlier_day(day, moment, later, to_kuwait):
    start, country = Instant(midnight(day) + moment), "KW" if to_kuwait else "FR"
    first = dates(start, country, TERMS, "")
    second = dates(Instant(start + later), country, TERMS, "")
    assert start < first.ship_by <= second.ship_by
    assert first.ship_by < first.deliver_by <= second.deliver_by


def test_a_calendar_without_working_days_ends():
    nobody = Calendar("FR", (), (0, 1, 2, 3, 4, 5, 6))
    assert working_day(date(2026, 1, 1), 1, nobody) > date(2035, 1, 1)
