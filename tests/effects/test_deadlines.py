"""P26: what lapses depends on the injected UTC clock alone, in every time zone, on every alarm."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.deadlines import Timekeeper, expiry
from oms_core.domain.cart.commands import AbandonCart, AddToCart, ExpireCart, OpenCart
from oms_core.domain.cart.events import CartAbandoned, CartExpired
from oms_core.domain.order.events import OrderCancelled
from oms_core.domain.payment.commands import ExpireAuthorization
from oms_core.domain.payment.events import AuthorizationExpired
from oms_core.domain.stock.commands import (
    Demand,
    ExpireReservation,
    ExpireSoftReservation,
    ReserveStock,
)
from oms_core.domain.stock.events import ReservationExpired, Shortfall, SoftReservationExpired
from oms_core.engine.cause import Verdict
from oms_core.kernel import Instant
from tests.support.lab import SECOND, START, Lab
from tests.support.shop import placement, receipt

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
PAYMENT = "web:1/p1"
HOUR = 3_600 * SECOND


@pytest.fixture
def zone() -> Iterator[None]:
    """Puts the machine's own time zone back after the test."""
    before = os.environ.get("TZ")
    yield
    if before is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = before
    time.tzset()


def instant(moment: datetime) -> Instant:
    return Instant(int(moment.timestamp()) * SECOND)


def edges(name: str, year: int = 2026) -> list[Instant]:
    """Return the moments of a year at which a zone's clocks are put forward or back."""
    zone, found = ZoneInfo(name), []
    hour = datetime(year, 1, 1, tzinfo=UTC)
    while hour.year == year:
        after = hour + timedelta(days=1)
        if hour.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            found.append(instant(after))
        hour = after
    return found


def shop_with(pay_by: Instant, clock: Instant) -> Lab:
    lab = Lab()
    lab.now = clock
    lab.ask(
        receipt("MUG", 5),
        replace(placement(1, ("MUG", 1)), pay_by=pay_by),
        ReserveStock("MUG", "web", (Demand("cart:7/1", 2),), Shortfall.DECLINE, pay_by),
    )
    return lab


def alarms(lab: Lab, now: Instant) -> list[str]:
    """Ring both alarms, and return what lapsed."""
    before = len(lab.history())
    lab.ask(ExpireAuthorization(PAYMENT, now), ExpireReservation("MUG", "cart:7/1", now))
    lapsed = [r.event for r in lab.history()[before:]]
    return [
        type(event).__name__
        for event in lapsed
        if isinstance(event, AuthorizationExpired | ReservationExpired)
    ]


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("name", ZONES)
def test_p26_nothing_lapses_early_or_late_in_any_time_zone_or_when_clocks_are_changed(name: str):
    os.environ["TZ"] = name
    time.tzset()
    for due in [START, *edges(name)][:3]:
        lab = shop_with(due, Instant(due - HOUR))
        assert alarms(lab, Instant(due - 1)) == []
        assert alarms(lab, due) == ["AuthorizationExpired", "ReservationExpired"]


@given(st.lists(st.integers(-3 * HOUR, 3 * HOUR), max_size=8))
def test_p26_alarms_that_ring_early_late_or_twice_do_no_harm(offsets: list[int]):
    due = Instant(START + HOUR)
    lab = shop_with(due, START)
    for offset in offsets:
        alarms(lab, Instant(due + offset))
    expected = int(any(offset >= 0 for offset in offsets))
    assert lab.count(AuthorizationExpired) == expected
    assert lab.count(ReservationExpired) == expected
    assert lab.count(OrderCancelled) == expected


def cart_with(idle_at: Instant, clock: Instant) -> Lab:
    """Return a shop with a cart that is left alone, and holds two mugs until the same time."""
    lab, hour = Lab(), HOUR // SECOND
    lab.now = clock
    last = Instant(idle_at - HOUR)
    lab.ask(
        receipt("MUG", 5),
        OpenCart("web:c1", "web", "c1", "EUR", last, "C1", hour, hour, hour),
        AddToCart("web:c1", "a", "MUG", "mug", 2, last),
    )
    return lab


def ends_of_a_cart(lab: Lab, now: Instant) -> list[str]:
    """Ring every alarm of the cart, and return what it ended."""
    before = len(lab.history())
    lab.ask(
        ExpireSoftReservation("MUG", "web:c1", now),
        AbandonCart("web:c1", now),
        ExpireCart("web:c1", now),
    )
    ends = SoftReservationExpired | CartAbandoned | CartExpired
    return [type(r.event).__name__ for r in lab.history()[before:] if isinstance(r.event, ends)]


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("name", ZONES)
def test_p26_no_cart_ends_early_or_late_in_any_time_zone_or_when_clocks_are_changed(name: str):
    os.environ["TZ"] = name
    time.tzset()
    for due in [START, *edges(name)][:3]:
        lab = cart_with(due, Instant(due - HOUR))
        assert ends_of_a_cart(lab, Instant(due - 1)) == []
        assert ends_of_a_cart(lab, due) == [
            "SoftReservationExpired",
            "CartAbandoned",
            "CartExpired",
        ]
        assert ends_of_a_cart(lab, due) == []


@given(st.lists(st.integers(-3 * HOUR, 3 * HOUR), max_size=8))
def test_p26_alarms_of_carts_that_ring_early_late_or_twice_do_no_harm(offsets: list[int]):
    due = Instant(START + HOUR)
    lab = cart_with(due, START)
    for offset in offsets:
        ends_of_a_cart(lab, Instant(due + offset))
    expected = int(any(offset >= 0 for offset in offsets))
    for end in (SoftReservationExpired, CartAbandoned, CartExpired):
        assert lab.count(end) == expected


def test_an_alarm_for_something_unknown_is_refused_or_changes_nothing():
    lab = Lab()
    payment, stock = lab.ask(
        ExpireAuthorization("web:9/p1", START), ExpireReservation("MUG", "web:9/1", START)
    )
    assert payment.code == "payment.unknown"
    assert stock.verdict is Verdict.UNCHANGED
    assert lab.history() == []


def test_the_timekeeper_rings_for_what_is_due_until_it_has_lapsed():
    due = Instant(START + HOUR)
    lab = shop_with(due, START)
    timekeeper = Timekeeper()
    timekeeper.hear(lab.history())
    assert timekeeper.next_due == due
    assert timekeeper.due(Instant(due - 1)) == ()
    rung = [expiry(deadline, due) for deadline in timekeeper.due(due)]
    assert rung == [
        ExpireAuthorization(PAYMENT, due),
        ExpireReservation("MUG", "cart:7/1", due),
    ]
    assert [expiry(deadline, due) for deadline in timekeeper.due(due)] == rung
    before = len(lab.history())
    lab.ask(*rung)
    timekeeper.hear(lab.history()[before:])
    assert timekeeper.due(due) == ()
    assert timekeeper.next_due is None


def test_the_timekeeper_is_silent_about_what_was_settled_in_time():
    lab = shop_with(Instant(START + HOUR), START)
    lab.settle()
    timekeeper = Timekeeper()
    timekeeper.hear(lab.history())
    assert [d.kind for d in timekeeper.due(Instant(START + 2 * HOUR))] == ["reservation"]
