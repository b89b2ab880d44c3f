"""A promise is made, moved, endangered and broken: once each, and never that of another day."""

from collections import Counter

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.order.events import (
    CancellationReason,
    LineBackordered,
    Obstacle,
    OrderCancelled,
    OrderCompleted,
    PromiseReviewed,
)
from oms_core.kernel import Instant
from oms_core.policies.config import Policies
from oms_core.policies.promising import HOUR_MICROS, Promising
from oms_core.processes.promising import (
    PromiseBroken,
    PromiseClosed,
    PromiseEndangered,
    PromiseMade,
    PromiseMoved,
    promising,
)
from tests.support.order import MUGS, ORDER, placed, wish
from tests.support.spec import Specification

TERMS = Promising("terms/1", "FR", jeopardy_hours=24)
subject = promising(Policies(promising=TERMS))
given = Specification(subject)

DAY = Instant(240 * HOUR_MICROS)
LATER = Instant(480 * HOUR_MICROS)
SOON = Instant(DAY - 24 * HOUR_MICROS)
MADE = PromiseMade(ORDER, "FR", DAY, Instant(DAY * 2), SOON, ("from stock",), "terms/1")
MOVED = PromiseMoved(
    *(ORDER, "w:1/1", LATER, Instant(LATER * 2), Instant(LATER - 24 * HOUR_MICROS)),
    *(("supply",), "terms/1"),
)
UNDATED = replace(MOVED, ship_by=Instant(0), deliver_by=Instant(0), jeopardy_at=Instant(0))
COMPLETED = OrderCompleted(ORDER, "C-1", 1, "EUR", ())
CANCELLED = OrderCancelled(ORDER, "C-1", CancellationReason.CUSTOMER, ())
WAYS = (Obstacle.HOLD, Obstacle.PAYMENT)
ENDANGERED, BROKEN = (kind(ORDER, DAY, 3, WAYS) for kind in (PromiseEndangered, PromiseBroken))


def looked(at: int, ship_by: int = DAY, units: int = 3) -> PromiseReviewed:
    return PromiseReviewed(ORDER, Instant(ship_by), SOON, Instant(at), units, WAYS)


def test_a_promise_is_endangered_before_its_day_is_over_and_broken_from_then_on():
    given(MADE).when(looked(SOON)).then(ENDANGERED)
    given(MADE).when(looked(DAY - 1)).then(ENDANGERED)
    given(MADE).when(looked(DAY)).then(BROKEN)
    given(MADE, ENDANGERED).when(looked(DAY)).then(BROKEN)


@pytest.mark.parametrize(
    ("history", "event"),
    [
        ((MADE,), looked(SOON - 1)),
        ((MADE, ENDANGERED), looked(SOON)),
        ((MADE, ENDANGERED, BROKEN), looked(DAY)),
        ((MADE, MOVED), looked(DAY)),
        ((MADE, UNDATED), looked(DAY)),
        ((MADE, UNDATED), looked(DAY, ship_by=0)),
    ],
)
def test_nothing_is_said_too_early_again_of_what_has_left_or_of_what_is_promised_no_more(
    history, event
):
    given(*history).when(event).then_nothing()


def test_a_new_promise_can_be_endangered_and_broken_anew():
    soon = looked(LATER - 1, LATER)
    given(MADE, ENDANGERED, BROKEN, MOVED).when(soon).then(replace(ENDANGERED, ship_by=LATER))
    over = looked(LATER, LATER)
    given(MADE, ENDANGERED, BROKEN, MOVED).when(over).then(replace(BROKEN, ship_by=LATER))


def test_what_is_not_broken_when_nothing_is_left_to_send_is_watched_no_more():
    closed = PromiseClosed(ORDER, DAY)
    given(MADE).when(looked(DAY, units=0)).then(closed)
    for end in (COMPLETED, CANCELLED):
        given(MADE).when(end).then(closed)
        given(MADE, ENDANGERED).when(end).then(closed)
        for history in ((MADE, BROKEN), (MADE, closed), (MADE, UNDATED), ()):
            given(*history).when(end).then_nothing()
        given(MADE, BROKEN, MOVED).when(end).then(replace(closed, ship_by=LATER))
    given(MADE, closed).when(looked(DAY)).then_nothing()


def test_a_shop_that_gave_up_its_calendar_still_judges_what_it_had_promised():
    before = Specification(promising(Policies()))
    before(MADE).when(looked(DAY)).then(BROKEN)
    before(MADE).when(looked(SOON, units=0)).then(PromiseClosed(ORDER, DAY))
    assert set(promising(Policies()).route) == {PromiseReviewed}


MOMENTS = st.integers(0, 30).map(lambda day: day * 24 * HOUR_MICROS)
HEARD = st.one_of(
    st.builds(looked, MOMENTS, st.sampled_from((DAY, LATER, 0)), st.integers(0, 2)),
    st.builds(
        LineBackordered,
        st.just(ORDER),
        st.just("w:1/1"),
        st.just("MUG"),
        st.just(1),
        MOMENTS.map(Instant),
    ),
)


@drawn(st.lists(HEARD, max_size=12))
def test_whatever_is_heard_each_promise_is_endangered_once_and_broken_once_and_in_that_order(heard):
    said, memory = [], subject.initial
    first = placed(wish(MUGS, ship_by=DAY))
    for event in (first, *heard):
        for happened in subject.react(event, memory):
            said.append((happened, event))
            memory = subject.evolve(memory, happened)
    standing = Counter()
    promised = Instant(0)
    for happened, event in said:
        if isinstance(happened, PromiseMade | PromiseMoved):
            promised, standing = happened.ship_by, Counter()
            continue
        if isinstance(happened, PromiseClosed):
            assert not event.units
            assert not standing[PromiseBroken]
            promised = Instant(0)
            continue
        assert happened.ship_by == promised == event.ship_by
        standing[type(happened)] += 1
        assert max(standing.values()) == 1
        broken = isinstance(happened, PromiseBroken)
        assert broken is (event.at >= promised)
        assert broken or not standing[PromiseBroken]
