"""A term is a point in time, wherever the clocks on the walls are set."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.domain.stock import commands, events
from oms_core.domain.stock.decider import stock
from tests.support.stock import MUG, ask

LINE = "web:1/1"
ZONES = sorted(available_timezones())
HOUR = timedelta(hours=1)


def micros(moment):
    """Return microseconds since 1970, without a float in between."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def held_until(expires_at):
    """Return a history in which three units are set aside until then."""
    return (
        events.StockReceived(MUG, "R1", "A", 5, 0, "EUR"),
        events.StockReserved(MUG, LINE, "web", 3, 0, expires_at, ()),
    )


def has_ended(expires_at, *alarms):
    """Say whether these alarms end a reservation of that term, in whole and only once."""
    rung = ask(
        held_until(expires_at), *(commands.ExpireReservation(MUG, LINE, now) for now in alarms)
    )[2:]
    ended = rung == (events.ReservationExpired(MUG, LINE, 3, 0),)
    assert ended or rung == ()
    assert stock.fold((*held_until(expires_at), *rung)).available() == (5 if ended else 2)
    return ended


def changes_of_the_clock(zone: ZoneInfo, year: int) -> Iterator[datetime]:
    """Return the hours of a year, in UTC, in which the clocks of a zone are put forward or back."""
    start = datetime(year, 1, 1, tzinfo=UTC)
    for day in range(365):
        morning = start + timedelta(days=day)
        if (
            morning.astimezone(zone).utcoffset()
            != (morning + 24 * HOUR).astimezone(zone).utcoffset()
        ):
            for hour in range(24):
                moment = morning + hour * HOUR
                if (
                    moment.astimezone(zone).utcoffset()
                    != (moment + HOUR).astimezone(zone).utcoffset()
                ):
                    yield moment


@pytest.fixture
def wall_clock() -> Iterator[None]:
    """Put the machine's own time zone back after the test."""
    before = os.environ.get("TZ")
    yield
    if before is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = before
    time.tzset()


def test_p26_at_every_edge_of_every_zone_only_the_instant_counts(wall_clock):
    """Local times that do not exist, or exist twice, end reservations neither early nor late."""
    edges = 0
    for name in ZONES:
        zone = ZoneInfo(name)
        os.environ["TZ"] = name
        time.tzset()
        for edge in changes_of_the_clock(zone, 2025):
            local = (edge + HOUR / 2).astimezone(zone).replace(tzinfo=None)
            for fold in (0, 1):
                term = micros(local.replace(tzinfo=zone, fold=fold).astimezone(UTC))
                assert not has_ended(term, term - 1)
                assert has_ended(term, term)
            edges += 1
    assert edges > 100  # The database of zones is there, and many zones have summer time.


moments = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001 - the zone is drawn beside it
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from(ZONES).map(ZoneInfo),
)


@given(term=moments, now=moments)
def test_p26_a_reservation_has_ended_exactly_if_its_instant_has_passed(term, now):
    assert has_ended(micros(term), micros(now)) == (micros(now) >= micros(term))


@given(term=st.integers(1, 2**53), alarms=st.lists(st.integers(-3, 3), max_size=6))
def test_p26_early_late_repeated_and_missing_alarms_end_it_once_or_not_at_all(term, alarms):
    assert has_ended(term, *(term + n for n in alarms)) == any(n >= 0 for n in alarms)
