"""Carts hold units for a while: what there is, for whom, for how long, and how it ends."""

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from oms_core.domain.stock.carts import NegativeWish
from oms_core.domain.stock.commands import (
    Demand,
    ExpireSoftReservation,
    ReserveStock,
    SoftReserveStock,
)
from oms_core.domain.stock.decider import stock
from oms_core.domain.stock.events import (
    Available,
    Limit,
    LocationConfigured,
    ReservationDeclined,
    RingFenceSet,
    Shortfall,
    SoftReservationConverted,
    SoftReservationDeclined,
    SoftReservationExpired,
    SoftReservationExtended,
    SoftReservationReleased,
    StockBackordered,
    StockReceived,
    StockReserved,
    StockSoftReserved,
)
from oms_core.domain.stock.state import SoftReservation
from tests.support.spec import Specification

given = Specification(stock)

CART, PHONE, TILL, LINE = "web:c1", "phone:c2", "till:c3", "web:1/1"
TEN = StockReceived("MUG", "R1", "LYON", 10, 1_000, "EUR")
TEN_THERE = (Available("LYON", 10),)
FOUR = StockSoftReserved("MUG", CART, "web", "C1", 4, 0, 60)
SIX = StockSoftReserved("MUG", PHONE, "phone", "C2", 6, 0, 90)
WAITING = StockBackordered("MUG", LINE, "web", 3, 0)


def hold(quantity, cart=CART, customer="C1", expires_at=60, units_max=100):
    channel = cart.partition(":")[0]
    return SoftReserveStock("MUG", cart, channel, customer, quantity, units_max, expires_at)


def order(*quantities, cart=CART, shortfall=Shortfall.DECLINE):
    demands = tuple(Demand(f"web:1/{n}", units) for n, units in enumerate(quantities, 1))
    return ReserveStock("MUG", "web", demands, shortfall, cart_id=cart)


def declined(requested, available, limit=Limit.STOCK, cart=CART):
    channel = cart.partition(":")[0]
    return SoftReservationDeclined("MUG", cart, channel, requested, available, limit)


# Putting in


def test_units_in_a_cart_are_set_aside_until_their_time_is_over():
    given(TEN).when(hold(4)).then(FOUR)


def test_holding_twice_is_holding_once():
    given(TEN, FOUR).when(hold(4)).then_nothing()


def test_what_is_in_a_cart_is_gone_for_every_channel():
    assert given(TEN, FOUR).state.available("phone") == 6
    given(TEN, FOUR).when(hold(6, PHONE, "C2", 90)).then(SIX)


def test_s52_an_addition_that_cannot_be_had_in_full_says_how_many_could_be():
    given(TEN, SIX).when(hold(5)).then(FOUR, declined(5, 4))


def test_nothing_left_is_said_too():
    given().when(hold(1)).then(declined(1, 0))


def test_more_is_added_to_what_the_cart_has_and_all_of_it_is_kept_for_longer():
    more = StockSoftReserved("MUG", CART, "web", "C1", 2, 0, 80)
    given(TEN, FOUR).when(hold(6, expires_at=80)).then(more)
    state = given(TEN, FOUR, more).state
    assert dict(state.soft.items()) == {CART: SoftReservation("web", "C1", 6, 0, 80)}
    assert (state.soft_reserved, dict(state.held.items())) == (6, {"C1": 6})


def test_less_than_nothing_cannot_be_held():
    given(TEN, FOUR).when(hold(-1)).then_rejected(NegativeWish, "quantity is -1.")


def test_units_on_an_order_cannot_be_put_into_a_cart():
    reserved = StockReserved("MUG", LINE, "web", 8, 0, 0, TEN_THERE)
    two = StockSoftReserved("MUG", CART, "web", "C1", 2, 0, 60)
    given(TEN, reserved).when(hold(3)).then(two, declined(3, 2))


def test_units_in_a_cart_cannot_be_promised_to_another_order():
    given(TEN, FOUR).when(order(7, cart="")).then(
        ReservationDeclined("MUG", LINE, "web", 7, 6),
    )


def test_safety_stock_is_kept_back_from_carts_too():
    given(TEN, LocationConfigured("MUG", "LYON", 7, selling=True)).when(hold(4)).then(
        StockSoftReserved("MUG", CART, "web", "C1", 3, 0, 60), declined(4, 3)
    )


def test_a_cart_takes_from_the_fence_of_its_channel_and_gives_back_to_it():
    fenced = (TEN, RingFenceSet("MUG", "web", 3), RingFenceSet("MUG", "till", 5))
    held = StockSoftReserved("MUG", CART, "web", "C1", 5, 3, 60)
    given(*fenced).when(hold(6)).then(held, declined(6, 5))
    given(*fenced, held).when(hold(0)).then(SoftReservationReleased("MUG", CART, 5, 3))
    state = given(*fenced, held, SoftReservationReleased("MUG", CART, 5, 3)).state
    assert state == given(*fenced).state


def test_a_cart_does_not_take_from_the_fence_of_another_channel():
    given(TEN, RingFenceSet("MUG", "till", 10)).when(hold(1)).then(declined(1, 0))


# Taking out, for longer, for somebody


def test_units_that_are_taken_out_are_on_sale_again():
    given(TEN, FOUR).when(hold(1)).then(SoftReservationReleased("MUG", CART, 3, 0))


def test_an_emptied_cart_holds_nothing_and_is_forgotten():
    released = SoftReservationReleased("MUG", CART, 4, 0)
    given(TEN, FOUR).when(hold(0)).then(released)
    assert given(TEN, FOUR, released).state == given(TEN).state
    given(TEN, FOUR, released).when(hold(0)).then_nothing()


def test_units_that_are_taken_out_go_to_those_who_wait():
    six = StockReserved("MUG", "web:9/1", "web", 6, 0, 0, TEN_THERE)
    given(TEN, FOUR, six, WAITING).when(hold(2)).then(
        SoftReservationReleased("MUG", CART, 2, 0),
        StockReserved("MUG", LINE, "web", 2, 0, 0, TEN_THERE),
    )


def test_a_cart_keeps_its_units_for_longer_and_never_for_shorter():
    given(TEN, FOUR).when(hold(4, expires_at=99)).then(
        SoftReservationExtended("MUG", CART, "C1", 99)
    )
    given(TEN, FOUR).when(hold(4, expires_at=10)).then_nothing()


def test_a_customer_who_makes_themselves_known_takes_over_what_the_cart_holds():
    nobodys = StockSoftReserved("MUG", CART, "web", "", 4, 0, 60)
    extended = SoftReservationExtended("MUG", CART, "C1", 60)
    given(TEN, nobodys).when(hold(4)).then(extended)
    assert dict(given(TEN, nobodys).state.held.items()) == {CART: 4}
    assert given(TEN, nobodys, extended).state == given(TEN, FOUR).state


# No customer holds more than the shop allows


def test_one_customer_holds_no_more_than_the_cap_in_all_carts_together():
    three = StockSoftReserved("MUG", "web:c9", "web", "C1", 1, 0, 60)
    given(TEN, FOUR).when(hold(3, "web:c9", units_max=5)).then(
        three, declined(3, 1, Limit.CUSTOMER, "web:c9")
    )


def test_the_cap_of_one_customer_is_not_that_of_another():
    given(TEN, FOUR).when(hold(5, PHONE, "C2", 90, units_max=5)).then(
        StockSoftReserved("MUG", PHONE, "phone", "C2", 5, 0, 90)
    )


def test_a_customer_whose_carts_come_together_keeps_what_the_cap_allows():
    nobodys = StockSoftReserved("MUG", "web:c9", "web", "", 4, 0, 60)
    given(TEN, FOUR, nobodys).when(hold(4, "web:c9", units_max=5)).then(
        SoftReservationReleased("MUG", "web:c9", 3, 0),
        SoftReservationExtended("MUG", "web:c9", "C1", 60),
        declined(4, 1, Limit.CUSTOMER, "web:c9"),
    )


@pytest.mark.parametrize("units_max", [0, -1])
def test_a_shop_may_let_nobody_hold_anything(units_max):
    given(TEN).when(hold(1, units_max=units_max)).then(declined(1, 0, Limit.CUSTOMER))


# Running out of time


def test_units_whose_time_is_over_are_on_sale_again():
    given(TEN, FOUR).when(ExpireSoftReservation("MUG", CART, 60)).then(
        SoftReservationExpired("MUG", CART, 4, 0)
    )


@pytest.mark.parametrize("now", [0, 59])
def test_p26_an_early_alarm_does_no_harm(now):
    given(TEN, FOUR).when(ExpireSoftReservation("MUG", CART, now)).then_nothing()


def test_p26_a_late_or_repeated_alarm_ends_what_it_should_once():
    alarm, expired = ExpireSoftReservation("MUG", CART, 10_000), SoftReservationExpired
    given(TEN, FOUR).when(alarm).then(expired("MUG", CART, 4, 0))
    given(TEN, FOUR, expired("MUG", CART, 4, 0)).when(alarm).then_nothing()


def test_p26_the_alarm_of_a_time_that_was_extended_does_no_harm():
    extended = SoftReservationExtended("MUG", CART, "C1", 99)
    given(TEN, FOUR, extended).when(ExpireSoftReservation("MUG", CART, 60)).then_nothing()


def test_units_whose_time_is_over_go_to_those_who_wait():
    given(TEN, FOUR, SIX, WAITING).when(ExpireSoftReservation("MUG", CART, 60)).then(
        SoftReservationExpired("MUG", CART, 4, 0),
        StockReserved("MUG", LINE, "web", 3, 0, 0, TEN_THERE),
    )


# Becoming an order


def test_p4_the_order_has_what_its_cart_held_though_nothing_else_is_left():
    given(TEN, FOUR, SIX).when(order(4)).then(
        SoftReservationConverted("MUG", CART, 4, 0, 4),
        StockReserved("MUG", LINE, "web", 4, 0, 0, TEN_THERE),
    )


def test_p4_what_the_order_leaves_goes_to_those_who_wait():
    waiting = StockBackordered("MUG", "web:9/1", "web", 3, 0)
    given(TEN, FOUR, SIX, waiting).when(order(3)).then(
        SoftReservationConverted("MUG", CART, 4, 0, 3),
        StockReserved("MUG", LINE, "web", 3, 0, 0, TEN_THERE),
        StockReserved("MUG", "web:9/1", "web", 1, 0, 0, TEN_THERE),
    )


def test_p4_what_the_order_takes_beyond_its_cart_comes_from_what_is_free():
    given(TEN, FOUR).when(order(9)).then(
        SoftReservationConverted("MUG", CART, 4, 0, 4),
        StockReserved("MUG", LINE, "web", 9, 0, 0, TEN_THERE),
    )


def test_p4_an_order_that_waits_for_the_rest_has_what_its_cart_held():
    given(TEN, FOUR, SIX).when(order(7, shortfall=Shortfall.BACKORDER)).then(
        SoftReservationConverted("MUG", CART, 4, 0, 4),
        StockReserved("MUG", LINE, "web", 4, 0, 0, TEN_THERE),
        StockBackordered("MUG", LINE, "web", 3, 0),
    )


def test_p4_an_order_that_gets_nothing_gives_back_what_its_cart_held():
    given(TEN, FOUR, SIX).when(order(7)).then(
        SoftReservationReleased("MUG", CART, 4, 0),
        ReservationDeclined("MUG", LINE, "web", 7, 4),
    )


def test_p4_the_order_keeps_what_came_out_of_its_channels_fence():
    fence = RingFenceSet("MUG", "web", 3)
    held = StockSoftReserved("MUG", CART, "web", "C1", 4, 3, 60)
    given(TEN, fence, held).when(order(4)).then(
        SoftReservationConverted("MUG", CART, 4, 3, 4),
        StockReserved("MUG", LINE, "web", 4, 3, 0, TEN_THERE),
    )


def test_an_order_takes_nothing_from_a_cart_that_it_does_not_come_from():
    given(TEN, FOUR).when(order(6, cart=PHONE)).then(
        StockReserved("MUG", LINE, "web", 6, 0, 0, TEN_THERE)
    )


def test_a_cart_whose_goods_were_lost_gives_its_order_only_what_there_is():
    lost = StockReceived("MUG", "R2", "LYON", 2, 200, "EUR")
    held = StockSoftReserved("MUG", CART, "web", "C1", 4, 0, 60)
    given(lost, held).when(order(4, shortfall=Shortfall.BACKORDER)).then(
        SoftReservationConverted("MUG", CART, 4, 0, 2),
        StockReserved("MUG", LINE, "web", 2, 0, 0, (Available("LYON", 2),)),
        StockBackordered("MUG", LINE, "web", 2, 0),
    )


@whatever(parts=st.lists(st.integers(1, 4), min_size=1, max_size=5), there=st.integers(1, 12))
def test_p2_putting_units_in_one_by_one_gives_what_putting_them_in_at_once_gives(parts, there):
    """Whoever splits a wish in several is given no more and no less of it."""
    received = StockReceived("MUG", "R1", "LYON", there, 100, "EUR")
    at_once = given(received).state
    for event in stock.decide(hold(sum(parts)), at_once):
        at_once = stock.evolve(at_once, event)
    one_by_one, wanted = given(received).state, 0
    for units in parts:
        have = one_by_one.soft.get(CART, SoftReservation()).quantity
        wanted = have + units
        for event in stock.decide(hold(wanted), one_by_one):
            one_by_one = stock.evolve(one_by_one, event)
    assert one_by_one == at_once


@whatever(parts=st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_p2_lines_of_one_item_are_judged_by_their_sum_when_a_cart_becomes_an_order(parts):
    together = answered(order(sum(parts)))
    apart = answered(order(*parts))
    assert together == apart


def answered(command):
    """Return how many units are granted of nine, four of which the cart holds."""
    nine = StockReceived("MUG", "R1", "LYON", 9, 900, "EUR")
    events = stock.decide(command, given(nine, FOUR).state)
    return sum(e.quantity for e in events if isinstance(e, StockReserved))
