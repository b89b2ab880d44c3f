"""Goods are expected, arrive, come back and are set aside, each paper once."""

import pytest
from msgspec.structs import replace

from oms_core.domain.stock.commands import (
    DispatchTransfer,
    ExpectSupply,
    LiftQuarantine,
    QuarantineStock,
    ReceiveStock,
    ReturnStock,
)
from oms_core.domain.stock.commitments import NotPositive
from oms_core.domain.stock.decider import stock
from oms_core.domain.stock.events import (
    Available,
    QuarantineLifted,
    StockOversold,
    StockQuarantined,
    StockReceived,
    StockReserved,
    StockReturned,
    SupplyExpected,
    SupplyWithdrawn,
)
from oms_core.domain.stock.movements import (
    NegativeAmount,
    NotEnoughOnHand,
    OtherCurrency,
)
from oms_core.domain.stock.state import Supply
from tests.support.spec import Specification

given = Specification(stock)

LYON, NICE, LINE = "LYON", "NICE", "web:1/1"
TEN = StockReceived("MUG", "R1", LYON, 10, 1_000, "EUR")
SIX = StockReserved("MUG", LINE, "web", 6, 0, 0, (Available(LYON, 10),))
ASIDE = StockQuarantined("MUG", "Q1", LYON, 4, "wet")

receive = ReceiveStock("MUG", "R1", LYON, 10, 1_000, "EUR")
expect = ExpectSupply("MUG", "R1", LYON, 10, 99)
take_back = ReturnStock("MUG", "B1", LINE, LYON, 2, False, 200, "EUR")
quarantine = QuarantineStock("MUG", "Q1", LYON, 4, "wet")
lift = LiftQuarantine("MUG", "L1", LYON, 4)
send = DispatchTransfer("MUG", "T1", LYON, NICE, 4)


# Receiving


def test_goods_arrive_with_their_cost():
    given().when(receive).then(TEN)
    assert stock.fold((TEN,)).value_minor == 1_000


def test_a_receipt_is_booked_once():
    given(TEN).when(receive).then_nothing()


def test_goods_may_cost_nothing():
    given().when(replace(receive, cost_minor=0)).then(replace(TEN, cost_minor=0))


@pytest.mark.parametrize("command", [receive, expect, take_back, quarantine, lift, send])
def test_no_fewer_than_one_unit_moves(command):
    given(TEN, ASIDE).when(replace(command, quantity=0)).then_rejected(
        NotPositive, "quantity is 0."
    )


@pytest.mark.parametrize("command", [receive, take_back])
def test_goods_cannot_cost_less_than_nothing(command):
    given().when(replace(command, cost_minor=-1)).then_rejected(NegativeAmount, "cost_minor is -1.")


@pytest.mark.parametrize("command", [receive, take_back])
def test_an_item_is_valued_in_one_currency(command):
    given(TEN).when(replace(command, currency="USD")).then_rejected(
        OtherCurrency, "currency 'USD' is not EUR."
    )


@pytest.mark.parametrize("command", [receive, take_back])
def test_a_cost_needs_a_currency(command):
    given().when(replace(command, currency="euro")).then_rejected(
        OtherCurrency, "currency 'euro' is not an ISO 4217 code."
    )


def test_the_first_goods_with_a_value_say_in_which_currency():
    returned = StockReturned("MUG", "B1", LINE, LYON, 2, 0, 200, "EUR")
    given().when(take_back).then(returned)
    assert stock.fold((returned,)).currency == "EUR"


def test_a_value_without_a_currency_does_not_come_back():
    given(TEN).when(replace(take_back, currency="")).then_rejected(
        OtherCurrency, "currency '' is not EUR."
    )


# Expecting


def test_supply_can_be_expected():
    given().when(expect).then(SupplyExpected("MUG", "R1", LYON, 10, 99))


def test_expecting_twice_is_expecting_once():
    given(SupplyExpected("MUG", "R1", LYON, 10, 99)).when(expect).then_nothing()


@pytest.mark.parametrize("change", [{"quantity": 9}, {"due_at": 100}], ids=str)
def test_supply_may_change_its_terms_before_it_arrives(change):
    expected = SupplyExpected("MUG", "R1", LYON, 10, 99)
    given(expected).when(replace(expect, **change)).then(replace(expected, **change))


def test_supply_that_comes_to_another_location_is_not_expected_at_the_first():
    expected, gone = SupplyExpected("MUG", "R1", LYON, 10, 99), SupplyWithdrawn("MUG", "R1", LYON)
    given(expected).when(replace(expect, location_id=NICE)).then(
        gone, replace(expected, location_id=NICE)
    )
    given(expected).when(ReceiveStock("MUG", "R1", NICE, 10, 1_000, "EUR")).then(
        gone, StockReceived("MUG", "R1", NICE, 10, 1_000, "EUR")
    )
    assert not stock.fold((expected, gone)).expected


@pytest.mark.parametrize("quantity", [4, 10, 12])
def test_what_has_arrived_is_no_longer_expected(quantity):
    history = (SupplyExpected("MUG", "R1", LYON, 10, 99), replace(TEN, quantity=quantity))
    assert not stock.fold(history).expected
    given(*history).when(expect).then_nothing()


def test_other_supply_is_still_expected():
    history = (SupplyExpected("MUG", "R2", NICE, 7, 99), TEN)
    assert dict(stock.fold(history).expected) == {"R2": Supply(NICE, 7, 99)}


# Returning


def test_returned_goods_go_back_on_sale():
    given(TEN).when(take_back).then(StockReturned("MUG", "B1", LINE, LYON, 2, 0, 200, "EUR"))


def test_returned_goods_may_wait_for_inspection():
    returned = StockReturned("MUG", "B1", LINE, LYON, 2, 2, 200, "EUR")
    given(TEN).when(replace(take_back, quarantine=True)).then(returned)
    after = stock.fold((TEN, returned))
    assert (after.locations[LYON].on_hand, after.available()) == (12, 10)


def test_a_return_is_booked_once():
    given(TEN, StockReturned("MUG", "B1", LINE, LYON, 2, 0, 200, "EUR")).when(
        take_back
    ).then_nothing()


def test_goods_that_left_without_a_value_come_back_without_one():
    returned = StockReturned("MUG", "B1", LINE, LYON, 2, 0, 0, "")
    given(TEN).when(replace(take_back, cost_minor=0, currency="")).then(returned)
    assert stock.fold((TEN, returned)).currency == "EUR"


# Setting aside


def test_units_can_be_set_aside_and_put_back():
    given(TEN).when(quarantine).then(ASIDE)
    given(TEN, ASIDE).when(lift).then(QuarantineLifted("MUG", "L1", LYON, 4))
    assert stock.fold((TEN, ASIDE)).available() == 6
    assert stock.fold((TEN, ASIDE, QuarantineLifted("MUG", "L1", LYON, 4))).available() == 10


def test_setting_aside_and_putting_back_are_booked_once():
    given(TEN, ASIDE).when(quarantine).then_nothing()
    given(TEN, ASIDE, QuarantineLifted("MUG", "L1", LYON, 4)).when(lift).then_nothing()


def test_no_more_is_set_aside_than_is_there():
    given(TEN, ASIDE).when(replace(quarantine, document_id="Q2", quantity=7)).then_rejected(
        NotEnoughOnHand, "quantity 7 is more than the 6 at 'LYON'."
    )
    given(TEN, ASIDE).when(replace(quarantine, document_id="Q2", quantity=6)).then(
        StockQuarantined("MUG", "Q2", LYON, 6, "wet")
    )


def test_no_more_is_put_back_than_is_aside():
    given(TEN, ASIDE).when(replace(lift, quantity=5)).then_rejected(
        NotEnoughOnHand, "quantity 5 is more than the 4 in quarantine."
    )


def test_a_person_is_told_when_promised_units_are_set_aside():
    given(TEN, SIX).when(replace(quarantine, quantity=5)).then(
        replace(ASIDE, quantity=5), StockOversold("MUG", 1)
    )
