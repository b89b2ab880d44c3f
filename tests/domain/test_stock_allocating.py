"""Reserved units are tied to a place, and leave it or are untied: each allocation ends once."""

import pytest

from oms_core.domain.stock.commands import (
    AllocateStock,
    DeallocateStock,
    Demand,
    ReserveStock,
    ShipStock,
)
from oms_core.domain.stock.commitments import (
    NotPositive,
    UnknownAllocation,
    UnknownReservation,
)
from oms_core.domain.stock.decider import stock
from oms_core.domain.stock.events import (
    AdjustmentReason,
    AllocationDeclined,
    Available,
    LocationConfigured,
    QuarantineLifted,
    RingFenceSet,
    Shortfall,
    StockAdjusted,
    StockAllocated,
    StockCounted,
    StockDeallocated,
    StockQuarantined,
    StockReceived,
    StockReserved,
    StockShipped,
    StockShorted,
)
from tests.support.spec import Specification

given = Specification(stock)

LINE = "web:1/1"
LYON, NICE = "LYON", "NICE"
TEN = StockReceived("MUG", "R1", LYON, 10, 1_000, "EUR")
FIVE_IN_NICE = StockReceived("MUG", "R2", NICE, 5, 500, "EUR")
TEN_THERE = (Available(LYON, 10),)
FOUR = StockReserved("MUG", LINE, "web", 4, 0, 0, TEN_THERE)
ALL = StockReserved("MUG", LINE, "web", 10, 0, 0, TEN_THERE)
TIED = StockAllocated("MUG", LINE, "F1", LYON, 4, 0)
SHIPPED = StockShipped("MUG", LINE, "F1", LYON, 4, 0, 400, "EUR")


def reserve(quantity, line=LINE, shortfall=Shortfall.DECLINE, expires_at=0, channel="web"):
    return ReserveStock("MUG", channel, (Demand(line, quantity),), shortfall, expires_at)


# Tying to a place


def allocate(quantity=4, location=LYON, fulfilment="F1"):
    return AllocateStock("MUG", LINE, fulfilment, location, quantity)


def test_reserved_units_can_be_tied_to_a_place():
    given(TEN, FOUR).when(allocate()).then(TIED)


def test_tying_twice_is_tying_once():
    given(TEN, FOUR, TIED).when(allocate()).then_nothing()


def test_a_line_may_be_tied_to_two_places():
    given(TEN, FIVE_IN_NICE, FOUR, StockAllocated("MUG", LINE, "F1", LYON, 3, 0)).when(
        allocate(1, NICE, "F2")
    ).then(StockAllocated("MUG", LINE, "F2", NICE, 1, 0))


def test_no_more_is_tied_than_is_reserved():
    given(TEN, FOUR).when(allocate(5)).then_rejected(
        UnknownReservation, f"line {LINE!r} has 4 units reserved, not 5."
    )


def test_what_was_never_reserved_cannot_be_tied():
    given(TEN).when(allocate(1)).then_rejected(
        UnknownReservation, f"line {LINE!r} has 0 units reserved, not 1."
    )


def test_no_fewer_than_one_unit_can_be_tied():
    given(TEN, FOUR).when(allocate(0)).then_rejected(NotPositive, "quantity is 0.")


def test_a_place_that_has_too_few_says_who_has_more():
    given(TEN, StockReceived("MUG", "R2", NICE, 3, 0, "EUR"), FOUR).when(allocate(4, NICE)).then(
        AllocationDeclined("MUG", LINE, "F1", NICE, 4, 3, (Available(LYON, 10), Available(NICE, 3)))
    )


def test_a_place_that_does_not_sell_gives_nothing():
    given(TEN, FOUR, LocationConfigured("MUG", LYON, 0, selling=False)).when(allocate()).then(
        AllocationDeclined("MUG", LINE, "F1", LYON, 4, 0, ())
    )


def test_untied_units_stay_reserved_for_their_line():
    untied = StockDeallocated("MUG", LINE, "F1", LYON, 4, 0, TEN_THERE)
    given(TEN, FOUR, TIED).when(DeallocateStock("MUG", LINE, "F1")).then(untied)
    assert stock.fold((TEN, FOUR, TIED, untied)) == stock.fold((TEN, FOUR))


def test_untying_twice_is_untying_once():
    given(TEN, FOUR).when(DeallocateStock("MUG", LINE, "F1")).then_nothing()


# Leaving


def test_allocated_units_leave_at_their_average_cost():
    given(TEN, FOUR, TIED).when(ShipStock("MUG", LINE, "F1", 4)).then(SHIPPED)


def test_a_parcel_leaves_once():
    given(TEN, FOUR, TIED, SHIPPED).when(ShipStock("MUG", LINE, "F1", 4)).then_rejected(
        UnknownAllocation, f"line {LINE!r} in fulfilment 'F1' has 0 units allocated, not 4."
    )


@pytest.mark.parametrize("quantity", [-1, 5])
def test_only_allocated_units_leave(quantity):
    given(TEN, FOUR, TIED).when(ShipStock("MUG", LINE, "F1", quantity)).then_rejected(
        UnknownAllocation,
        f"line {LINE!r} in fulfilment 'F1' has 4 units allocated, not {quantity}.",
    )


def test_reserved_units_without_a_place_cannot_leave():
    given(TEN, FOUR).when(ShipStock("MUG", LINE, "F1", 4)).then_rejected(UnknownAllocation)


def test_what_the_picker_does_not_find_is_written_off():
    given(TEN, FOUR, TIED).when(ShipStock("MUG", LINE, "F1", 1)).then(
        StockShipped("MUG", LINE, "F1", LYON, 1, 0, 100, "EUR"),
        StockShorted("MUG", LINE, "F1", LYON, 3, 0, 300, "EUR"),
    )


def test_a_picker_may_find_nothing_at_all():
    given(TEN, FOUR, TIED).when(ShipStock("MUG", LINE, "F1", 0)).then(
        StockShorted("MUG", LINE, "F1", LYON, 4, 0, 400, "EUR")
    )


def test_fenced_units_leave_before_others():
    given(
        TEN,
        RingFenceSet("MUG", "web", 3),
        StockReserved("MUG", LINE, "web", 4, 3, 0, TEN_THERE),
        StockAllocated("MUG", LINE, "F1", LYON, 4, 3),
    ).when(ShipStock("MUG", LINE, "F1", 2)).then(
        StockShipped("MUG", LINE, "F1", LYON, 2, 2, 200, "EUR"),
        StockShorted("MUG", LINE, "F1", LYON, 2, 1, 200, "EUR"),
    )


def test_units_that_leave_after_a_count_missed_them_are_found_first():
    """Ten of 1.00 each; a count sees one of them; the three it missed cost as much."""
    counted = StockCounted("MUG", "C1", LYON, 1, -9, -900, "EUR")
    shipped = StockShipped("MUG", LINE, "F1", LYON, 4, 0, 400, "EUR")
    found = StockAdjusted("MUG", f"F1|{LINE}", LYON, 3, 300, "EUR", AdjustmentReason.CORRECTION)
    given(TEN, FOUR, TIED, counted).when(ShipStock("MUG", LINE, "F1", 4)).then(found, shipped)
    after = stock.fold((TEN, FOUR, TIED, counted, found, shipped))
    assert (after.locations[LYON].on_hand, after.units, after.value_minor) == (0, 0, 0)


def test_a_single_unit_that_a_count_missed_is_found_too():
    counted = StockCounted("MUG", "C1", LYON, 3, -7, -700, "EUR")
    given(TEN, FOUR, TIED, counted).when(ShipStock("MUG", LINE, "F1", 4)).then(
        StockAdjusted("MUG", f"F1|{LINE}", LYON, 1, 100, "EUR", AdjustmentReason.CORRECTION),
        SHIPPED,
    )


def test_a_loss_that_a_count_has_booked_is_not_booked_again_by_the_picker():
    counted = StockCounted("MUG", "C1", LYON, 0, -10, -1_000, "EUR")
    given(TEN, FOUR, TIED, counted).when(ShipStock("MUG", LINE, "F1", 0)).then(
        StockAdjusted("MUG", f"F1|{LINE}", LYON, 4, 0, "EUR", AdjustmentReason.CORRECTION),
        StockShorted("MUG", LINE, "F1", LYON, 4, 0, 0, "EUR"),
    )


def test_units_aside_that_left_are_no_longer_aside():
    given(
        TEN,
        ALL,
        StockAllocated("MUG", LINE, "F1", LYON, 10, 0),
        StockQuarantined("MUG", "Q1", LYON, 6, "wet"),
    ).when(ShipStock("MUG", LINE, "F1", 10)).then(
        StockShipped("MUG", LINE, "F1", LYON, 10, 0, 1_000, "EUR"),
        QuarantineLifted("MUG", f"F1|{LINE}", LYON, 6),
    )
