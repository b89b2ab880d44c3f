"""Every open order has a next step, somebody who has to take it, and a time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.kernel import Instant
from oms_core.policies.patience import Patience
from projections.catalog import VIEWS
from projections.order_row import CLOSED
from projections.steps import (
    ENGINE,
    HOUR_MICROS,
    Situation,
    StandingHold,
    Step,
    next_step,
    steps,
)
from tests.projections.histories import shop_history

PATIENCE = Patience(1, 2, 3, 4, 5, 6)
NOON = Instant(100 * HOUR_MICROS)
FRAUD = StandingHold("fraud", "risk", Instant(90 * HOUR_MICROS))


def hours(count):
    return Instant(count * HOUR_MICROS)


@pytest.mark.parametrize(
    ("situation", "step"),
    [
        ({"holds": (FRAUD,)}, Step("decide about the fraud hold", "risk", hours(91))),
        ({"awaiting": 1}, Step("pay", "customer", hours(102))),
        ({"awaiting": 1, "lapses_at": hours(101)}, Step("pay", "customer", hours(101))),
        ({"awaiting": 1, "lapses_at": hours(999)}, Step("pay", "customer", hours(102))),
        ({"units_unreserved": 1}, Step("find stock", "purchasing", hours(103))),
        ({"units_backordered": 1}, Step("get supply", "purchasing", hours(104))),
        ({"units_released": 1}, Step("send the goods", "warehouse", hours(105))),
        ({}, Step("go on", ENGINE, hours(106))),
    ],
)
def test_each_thing_that_an_order_waits_for_has_an_owner_and_a_time(situation, step):
    assert next_step(Situation("web:1", NOON, **situation), PATIENCE) == step


def test_of_several_steps_the_one_that_is_due_first_is_next():
    order = Situation("web:1", NOON, (), 1, 2, 3, 4)
    assert [step.what for step in steps(order, PATIENCE)] == [
        "find stock",
        "get supply",
        "send the goods",
        "pay",
    ]
    assert next_step(order, PATIENCE).what == "pay"


def test_of_several_holds_the_oldest_comes_first():
    later = StandingHold("credit", "credit control", NOON)
    order = Situation("web:1", NOON, (later, FRAUD))
    assert next_step(order, PATIENCE).owner == "risk"


counts = st.integers(0, 3)
situations = st.builds(
    Situation,
    st.just("web:1"),
    st.integers(1, 10**15).map(Instant),
    st.lists(st.just(FRAUD), max_size=2).map(tuple),
    counts,
    counts,
    counts,
    counts,
    st.integers(0, 10**15).map(Instant),
)


@given(situations)
def test_s12_whatever_an_order_waits_for_somebody_has_to_act_by_some_time(order):
    found = tuple(steps(order, PATIENCE))
    assert found
    assert all(step.owner and step.what and step.due_at > 0 for step in found)
    waits = order.holds or any((order.awaiting, *order_units(order)))
    assert (next_step(order, PATIENCE).owner == ENGINE) is not bool(waits)


def order_units(order):
    return (order.units_unreserved, order.units_backordered, order.units_released)


def situations_of(log):
    """Return what every open order of a log waits for."""
    held = VIEWS["holds"].fold(log)
    for row in VIEWS["orders"].fold(log).values():
        if row.state not in CLOSED:
            holds = held[row.order_id].holds if row.order_id in held else ()
            yield Situation(
                row.order_id,
                row.changed_at,
                tuple(StandingHold(h.kind, h.owner, h.raised_at) for h in holds),
                len(row.awaiting),
                row.units_unreserved,
                row.units_backordered,
                row.units_released,
            )


def test_s12_no_open_order_of_a_whole_store_waits_for_nothing_at_any_time():
    """Between any two steps the engine has gone on wherever nothing stood in the way."""
    log = shop_history(140)
    seen = 0
    ends = [
        place
        for place, (one, other) in enumerate(pairwise(log), 1)
        if one.correlation_id != other.correlation_id
    ]
    for stop in (*ends[::100], len(log)):
        for order in situations_of(log[:stop]):
            seen += 1
            assert next_step(order, PATIENCE).owner != ENGINE, order
    assert seen > 100
