"""The book is corrected and goods are moved, each paper once."""

import pytest
from msgspec.structs import replace

from oms_core.domain.stock.commands import (
    AdjustStock,
    CountStock,
    DispatchTransfer,
    ReceiveTransfer,
)
from oms_core.domain.stock.commitments import NotPositive
from oms_core.domain.stock.decider import stock
from oms_core.domain.stock.events import (
    AdjustmentReason,
    Available,
    QuarantineLifted,
    StockAdjusted,
    StockAllocated,
    StockCounted,
    StockOversold,
    StockQuarantined,
    StockReceived,
    StockReserved,
    TransferDispatched,
    TransferReceived,
)
from oms_core.domain.stock.movements import (
    NegativeAmount,
    NotEnoughOnHand,
    TransferTooLarge,
    UnknownTransfer,
)
from oms_core.domain.stock.state import Transfer
from tests.support.spec import Specification

given = Specification(stock)

LYON, NICE, LINE = "LYON", "NICE", "web:1/1"
TEN = StockReceived("MUG", "R1", LYON, 10, 1_000, "EUR")
SIX = StockReserved("MUG", LINE, "web", 6, 0, 0, (Available(LYON, 10),))
TIED = StockAllocated("MUG", LINE, "F1", LYON, 6, 0)
ASIDE = StockQuarantined("MUG", "Q1", LYON, 4, "wet")
SENT = TransferDispatched("MUG", "T1", LYON, NICE, 4)

adjust = AdjustStock("MUG", "A1", LYON, -3, AdjustmentReason.LOST)
count = CountStock("MUG", "C1", LYON, 8)
send = DispatchTransfer("MUG", "T1", LYON, NICE, 4)


# Correcting the book


def test_a_loss_is_booked_at_average_cost():
    given(TEN).when(adjust).then(
        StockAdjusted("MUG", "A1", LYON, -3, -300, "EUR", AdjustmentReason.LOST)
    )


def test_a_find_is_booked_at_average_cost():
    given(TEN).when(replace(adjust, quantity=3, reason=AdjustmentReason.FOUND)).then(
        StockAdjusted("MUG", "A1", LYON, 3, 300, "EUR", AdjustmentReason.FOUND)
    )


def test_a_find_where_nothing_was_is_worth_nothing():
    given().when(replace(adjust, quantity=3)).then(
        StockAdjusted("MUG", "A1", LYON, 3, 0, "", AdjustmentReason.LOST)
    )


def test_an_adjustment_is_booked_once():
    given(TEN, StockAdjusted("MUG", "A1", LYON, -3, -300, "EUR", AdjustmentReason.LOST)).when(
        adjust
    ).then_nothing()


def test_an_adjustment_by_nothing_is_a_mistake():
    given(TEN).when(replace(adjust, quantity=0)).then_rejected(NotPositive, "quantity is 0.")


def test_the_book_does_not_fall_below_nothing():
    given(TEN).when(replace(adjust, quantity=-11)).then_rejected(
        NotEnoughOnHand, "quantity -11 is more than the 10 on hand at 'LYON'."
    )
    given(TEN).when(replace(adjust, quantity=-10)).then(
        StockAdjusted("MUG", "A1", LYON, -10, -1_000, "EUR", AdjustmentReason.LOST)
    )


@pytest.mark.parametrize(("counted", "difference"), [(8, -2), (10, 0), (13, 3), (0, -10)])
def test_a_count_books_its_difference(counted, difference):
    given(TEN).when(replace(count, counted=counted)).then(
        StockCounted("MUG", "C1", LYON, counted, difference, difference * 100, "EUR")
    )


def test_a_count_is_booked_once_even_if_the_shelf_has_changed():
    counted = StockCounted("MUG", "C1", LYON, 8, -2, -200, "EUR")
    given(TEN, counted, replace(TEN, document_id="R2")).when(count).then_nothing()


def test_nobody_counts_less_than_nothing():
    given(TEN).when(replace(count, counted=-1)).then_rejected(NegativeAmount, "counted is -1.")


def test_a_person_is_told_once_when_more_is_promised_than_is_counted():
    counted = StockCounted("MUG", "C1", LYON, 4, -6, -600, "EUR")
    given(TEN, SIX, TIED).when(replace(count, counted=4)).then(counted, StockOversold("MUG", 2))
    given(TEN, SIX, TIED, counted).when(CountStock("MUG", "C2", LYON, 4)).then(
        StockCounted("MUG", "C2", LYON, 4, 0, 0, "EUR")
    )


def test_units_aside_that_a_count_misses_are_no_longer_aside():
    given(TEN, ASIDE).when(replace(count, counted=1)).then(
        StockCounted("MUG", "C1", LYON, 1, -9, -900, "EUR"),
        QuarantineLifted("MUG", "C1", LYON, 3),
    )


def test_units_aside_that_are_scrapped_are_no_longer_aside():
    given(TEN, replace(ASIDE, quantity=10)).when(adjust).then(
        StockAdjusted("MUG", "A1", LYON, -3, -300, "EUR", AdjustmentReason.LOST),
        QuarantineLifted("MUG", "A1", LYON, 3),
    )


# Moving


def test_free_units_can_be_sent_to_another_place():
    given(TEN, ASIDE).when(replace(send, quantity=6)).then(replace(SENT, quantity=6))
    after = stock.fold((TEN, SENT))
    assert (after.locations[LYON].on_hand, after.units, after.available()) == (6, 10, 6)
    assert dict(after.transfers) == {"T1": Transfer(NICE, 4)}


def test_a_transfer_is_sent_once():
    given(TEN, SENT).when(send).then_nothing()


@pytest.mark.parametrize("history", [(TEN, ASIDE, SIX, TIED), (TEN, SIX, TIED)], ids=len)
def test_units_that_are_aside_or_tied_are_not_sent_away(history):
    free = 0 if ASIDE in history else 4
    given(*history).when(replace(send, quantity=5)).then_rejected(
        NotEnoughOnHand, f"quantity 5 is more than the {free} free at 'LYON'."
    )


def test_a_transfer_arrives_whole():
    arrived = TransferReceived("MUG", "T1", NICE, 4, 0, 0, "EUR")
    given(TEN, SENT).when(ReceiveTransfer("MUG", "T1", 4)).then(arrived)
    after = stock.fold((TEN, SENT, arrived))
    assert (after.locations[NICE].on_hand, after.units, dict(after.transfers)) == (4, 10, {})


@pytest.mark.parametrize(("quantity", "lost"), [(3, 1), (0, 4)])
def test_what_does_not_arrive_is_lost_at_average_cost(quantity, lost):
    arrived = TransferReceived("MUG", "T1", NICE, quantity, lost, lost * 100, "EUR")
    given(TEN, SENT).when(ReceiveTransfer("MUG", "T1", quantity)).then(arrived)
    after = stock.fold((TEN, SENT, arrived))
    assert (after.units, after.value_minor) == (10 - lost, 1_000 - lost * 100)


def test_a_transfer_arrives_once():
    given(TEN, SENT, TransferReceived("MUG", "T1", NICE, 4, 0, 0, "EUR")).when(
        ReceiveTransfer("MUG", "T1", 4)
    ).then_nothing()


def test_no_more_arrives_than_was_sent():
    given(TEN, SENT).when(ReceiveTransfer("MUG", "T1", 5)).then_rejected(
        TransferTooLarge, "quantity 5 is more than the 4 dispatched."
    )


def test_nothing_arrives_that_was_not_sent():
    given(TEN).when(ReceiveTransfer("MUG", "T9", 1)).then_rejected(
        UnknownTransfer, "transfer_id 'T9' is not on its way."
    )


def test_no_fewer_than_no_units_arrive():
    given(TEN, SENT).when(ReceiveTransfer("MUG", "T1", -1)).then_rejected(
        NegativeAmount, "quantity is -1."
    )
