"""Units are set aside, awaited, given back or run out of time, wherever they are."""

import pytest

from oms_core.domain.stock.commands import (
    CancelBackorder,
    Demand,
    ExpireReservation,
    ReleaseReservation,
    ReserveStock,
)
from oms_core.domain.stock.commitments import (
    NotPositive,
)
from oms_core.domain.stock.decider import stock
from oms_core.domain.stock.events import (
    Available,
    BackorderCancelled,
    ReservationDeclined,
    ReservationExpired,
    ReservationReleased,
    Shortfall,
    StockBackordered,
    StockReceived,
    StockReserved,
)
from oms_core.domain.stock.state import Reservation
from tests.support.spec import Specification

given = Specification(stock)

LINE, OTHER, TILL = "web:1/1", "web:1/2", "till:1/1"
LYON = "LYON"
TEN = StockReceived("MUG", "R1", LYON, 10, 1_000, "EUR")
TEN_THERE = (Available(LYON, 10),)
FOUR = StockReserved("MUG", LINE, "web", 4, 0, 0, TEN_THERE)
ALL = StockReserved("MUG", LINE, "web", 10, 0, 0, TEN_THERE)
WAITING = StockBackordered("MUG", TILL, "till", 3, 0)


def reserve(quantity, line=LINE, shortfall=Shortfall.DECLINE, expires_at=0, channel="web"):
    return ReserveStock("MUG", channel, (Demand(line, quantity),), shortfall, expires_at)


# Reserving


def test_goods_on_hand_can_be_reserved():
    given(TEN).when(reserve(4)).then(FOUR)


def test_the_last_unit_can_be_reserved():
    given(TEN).when(reserve(10)).then(ALL)


def test_reserving_twice_is_reserving_once():
    given(TEN, FOUR).when(reserve(4)).then_nothing()


def test_asking_for_more_than_is_reserved_adds_the_difference():
    given(TEN, FOUR).when(reserve(6)).then(
        StockReserved("MUG", LINE, "web", 2, 0, 0, TEN_THERE),
    )


def test_asking_for_less_than_is_reserved_changes_nothing():
    given(TEN, FOUR).when(reserve(3)).then_nothing()


def test_what_is_promised_cannot_be_promised_again():
    given(TEN, FOUR).when(reserve(7, OTHER)).then(ReservationDeclined("MUG", OTHER, "web", 7, 6))


def test_stock_that_was_never_heard_of_has_nothing_to_give():
    given().when(reserve(1)).then(ReservationDeclined("MUG", LINE, "web", 1, 0))


def test_lines_of_one_order_are_judged_by_their_sum():
    demands = (Demand(LINE, 6), Demand(OTHER, 5))
    given(TEN).when(ReserveStock("MUG", "web", demands, Shortfall.DECLINE)).then(
        ReservationDeclined("MUG", LINE, "web", 6, 10),
        ReservationDeclined("MUG", OTHER, "web", 5, 10),
    )


def test_two_lines_that_fit_together_are_both_served_and_see_the_same_sources():
    demands = (Demand(LINE, 4), Demand(OTHER, 6))
    given(TEN).when(ReserveStock("MUG", "web", demands, Shortfall.DECLINE, 99)).then(
        StockReserved("MUG", LINE, "web", 4, 0, 99, TEN_THERE),
        StockReserved("MUG", OTHER, "web", 6, 0, 99, TEN_THERE),
    )


def test_a_line_that_has_its_units_does_not_weigh_on_the_other():
    demands = (Demand(LINE, 4), Demand(OTHER, 6))
    given(TEN, FOUR).when(ReserveStock("MUG", "web", demands, Shortfall.DECLINE)).then(
        StockReserved("MUG", OTHER, "web", 6, 0, 0, TEN_THERE)
    )


def test_a_line_that_has_its_units_is_not_declined_with_the_other():
    demands = (Demand(LINE, 4), Demand(OTHER, 7))
    given(TEN, FOUR).when(ReserveStock("MUG", "web", demands, Shortfall.DECLINE)).then(
        ReservationDeclined("MUG", OTHER, "web", 7, 6)
    )


def test_what_is_missing_waits_if_the_order_lets_it():
    given(TEN).when(reserve(12, shortfall=Shortfall.BACKORDER, expires_at=7)).then(
        StockReserved("MUG", LINE, "web", 10, 0, 7, TEN_THERE),
        StockBackordered("MUG", LINE, "web", 2, 7),
    )


def test_with_nothing_there_everything_waits():
    given().when(reserve(3, shortfall=Shortfall.BACKORDER)).then(
        StockBackordered("MUG", LINE, "web", 3, 0)
    )


def test_units_that_wait_are_not_asked_for_again():
    given(TEN, ALL, StockBackordered("MUG", LINE, "web", 2, 0)).when(
        reserve(12, shortfall=Shortfall.BACKORDER)
    ).then_nothing()


def test_an_order_without_demands_asks_for_nothing():
    given(TEN).when(ReserveStock("MUG", "web", (), Shortfall.DECLINE)).then_nothing()


@pytest.mark.parametrize("quantity", [0, -1])
def test_no_fewer_than_one_unit_can_be_reserved(quantity):
    demands = (Demand(OTHER, 1), Demand(LINE, quantity))
    given(TEN).when(ReserveStock("MUG", "web", demands, Shortfall.DECLINE)).then_rejected(
        NotPositive, f"quantity is {quantity}."
    )


def test_the_first_term_of_a_reservation_stands_when_it_grows():
    history = (
        TEN,
        StockReserved("MUG", LINE, "web", 4, 1, 50, TEN_THERE),
        StockReserved("MUG", LINE, "web", 2, 1, 90, TEN_THERE),
    )
    assert stock.fold(history).reservations[LINE] == Reservation("web", 6, 2, 50)


# Releasing


def test_released_units_are_on_sale_again():
    history = given(TEN, FOUR)
    history.when(ReleaseReservation("MUG", LINE, 3)).then(ReservationReleased("MUG", LINE, 3, 0))
    given(TEN, FOUR, ReservationReleased("MUG", LINE, 3, 0)).when(reserve(9, OTHER)).then(
        StockReserved("MUG", OTHER, "web", 9, 0, 0, TEN_THERE)
    )


def test_no_more_is_released_than_is_reserved():
    given(TEN, FOUR).when(ReleaseReservation("MUG", LINE, 9)).then(
        ReservationReleased("MUG", LINE, 4, 0)
    )


def test_what_is_not_reserved_needs_no_release():
    given(TEN).when(ReleaseReservation("MUG", LINE, 1)).then_nothing()


def test_no_fewer_than_one_unit_can_be_released():
    given(TEN, FOUR).when(ReleaseReservation("MUG", LINE, 0)).then_rejected(
        NotPositive, "quantity is 0."
    )


def test_released_units_pass_to_those_who_wait():
    given(TEN, ALL, WAITING).when(ReleaseReservation("MUG", LINE, 2)).then(
        ReservationReleased("MUG", LINE, 2, 0),
        StockReserved("MUG", TILL, "till", 2, 0, 0, TEN_THERE),
    )


# Waiting


def test_a_line_may_stop_waiting_for_some_of_its_units():
    given(WAITING).when(CancelBackorder("MUG", TILL, 2)).then(BackorderCancelled("MUG", TILL, 2))


def test_a_line_stops_waiting_for_no_more_than_it_waits_for():
    given(WAITING).when(CancelBackorder("MUG", TILL, 9)).then(BackorderCancelled("MUG", TILL, 3))


def test_a_line_that_does_not_wait_cannot_stop():
    given(WAITING, BackorderCancelled("MUG", TILL, 3)).when(
        CancelBackorder("MUG", TILL, 1)
    ).then_nothing()


def test_no_fewer_than_one_unit_can_stop_waiting():
    given(WAITING).when(CancelBackorder("MUG", TILL, 0)).then_rejected(
        NotPositive, "quantity is 0."
    )


# Running out of time


def test_a_reservation_ends_at_its_time_and_not_before():
    held = given(TEN, StockReserved("MUG", LINE, "web", 4, 0, 100, TEN_THERE))
    held.when(ExpireReservation("MUG", LINE, 99)).then_nothing()
    held.when(ExpireReservation("MUG", LINE, 100)).then(ReservationExpired("MUG", LINE, 4, 0))
    held.when(ExpireReservation("MUG", LINE, 10_000)).then(ReservationExpired("MUG", LINE, 4, 0))


def test_a_second_alarm_finds_nothing_to_end():
    given(
        TEN,
        StockReserved("MUG", LINE, "web", 4, 0, 100, TEN_THERE),
        ReservationExpired("MUG", LINE, 4, 0),
    ).when(ExpireReservation("MUG", LINE, 100)).then_nothing()


def test_a_reservation_without_a_term_never_ends_by_itself():
    given(TEN, FOUR).when(ExpireReservation("MUG", LINE, 10**18)).then_nothing()


def test_the_first_moment_of_all_is_a_term_too():
    held = StockReserved("MUG", LINE, "web", 4, 0, 1, TEN_THERE)
    given(TEN, held, StockBackordered("MUG", LINE, "web", 2, 1)).when(
        ExpireReservation("MUG", LINE, 1)
    ).then(ReservationExpired("MUG", LINE, 4, 0), BackorderCancelled("MUG", LINE, 2))


def test_an_alarm_for_a_line_that_holds_nothing_does_no_harm():
    given(TEN).when(ExpireReservation("MUG", LINE, 100)).then_nothing()


def test_waiting_ends_at_its_time_too():
    waits = given(StockBackordered("MUG", LINE, "web", 3, 100))
    waits.when(ExpireReservation("MUG", LINE, 99)).then_nothing()
    waits.when(ExpireReservation("MUG", LINE, 100)).then(BackorderCancelled("MUG", LINE, 3))


def test_waiting_without_a_term_never_ends_by_itself():
    given(WAITING).when(ExpireReservation("MUG", TILL, 10**18)).then_nothing()


def test_expired_units_pass_to_those_who_wait_and_not_back_to_their_own_line():
    given(
        TEN,
        StockReserved("MUG", LINE, "web", 10, 0, 100, TEN_THERE),
        StockBackordered("MUG", LINE, "web", 2, 100),
        WAITING,
    ).when(ExpireReservation("MUG", LINE, 100)).then(
        ReservationExpired("MUG", LINE, 10, 0),
        BackorderCancelled("MUG", LINE, 2),
        StockReserved("MUG", TILL, "till", 3, 0, 0, TEN_THERE),
    )
