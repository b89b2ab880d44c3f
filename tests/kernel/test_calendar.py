"""Days of the calendar: read strictly, counted exactly, and turned into moments in UTC."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.kernel import Instant
from oms_core.kernel.calendar import (
    DAY_MICROS,
    FIRST,
    LAST,
    NotADate,
    date_of,
    days_after,
    midnight,
    read_date,
)

days = st.dates(FIRST, LAST)


@given(days)
def test_a_day_is_read_as_it_is_written(day):
    assert read_date(day.isoformat(), "due_on") == day


@pytest.mark.parametrize("text", ["", "2026-1-1", "20260131", "2026-02-29", "2026-W05-1", "now"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(NotADate) as refusal:
        read_date(text, "due_on")
    assert refusal.value.detail == f"due_on is {text!r}."


@given(days, st.integers(0, DAY_MICROS - 1))
def test_p26_a_day_begins_and_ends_at_midnight_in_utc_wherever_the_machine_is(day, moment):
    assert date_of(Instant(midnight(day) + moment)) == day.isoformat()
    assert midnight(FIRST) == 0


def test_days_are_counted_over_leap_years():
    assert days_after(date(2024, 2, 28), 2) == date(2024, 3, 1)
    assert days_after(date(2026, 2, 28), 2) == date(2026, 3, 2)
