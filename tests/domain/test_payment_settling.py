"""What moved comes to the bank once, as what it was."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from oms_core.domain.payment import commands, events
from oms_core.domain.payment.asking import UnknownPayment
from oms_core.domain.payment.commands import Step
from oms_core.domain.payment.decider import payment
from oms_core.domain.payment.events import Method, MovementKind
from oms_core.domain.payment.settling import MovementDiffers, UnknownMovement
from tests.support.payment import (
    ASK,
    ASK_CASH,
    ORDER,
    PAYMENT,
    authorized,
    by_card,
    charge_back,
    give_back,
    given_back,
    take,
    taken,
    told,
)

BEFORE = (ASK, authorized(), take("f1", 600), taken("f1"), give_back("r1", 100), given_back("r1"))


def settle(kind, name, amount, **others):
    terms = {
        "currency": "EUR",
        "payout_id": "stripe:po_1",
        "transaction_id": f"txn_{name}",
        "paid_minor": amount,
        "payout_currency": "EUR",
        "fee_minor": 9,
        **others,
    }
    return commands.SettleMovement(PAYMENT, kind, name, amount, **terms)


def state_after(*wishes):
    state = payment.initial
    for event in told(*wishes):
        state = payment.evolve(state, event)
    return state


def decided(command, *before):
    return tuple(payment.decide(command, state_after(*before)))


@pytest.mark.parametrize(
    ("kind", "name", "amount"),
    [(MovementKind.CAPTURE, "f1", 600), (MovementKind.REFUND, "r1", -100)],
)
def test_a_movement_is_settled_as_what_it_was(kind, name, amount):
    assert decided(settle(kind, name, amount), *BEFORE) == (
        events.MovementSettled(
            PAYMENT,
            ORDER,
            kind,
            name,
            amount,
            "EUR",
            "stripe:po_1",
            f"txn_{name}",
            amount,
            "EUR",
            9,
        ),
    )


def test_a_chargeback_is_settled_too():
    settled = settle(MovementKind.CHARGEBACK, "d1", -200)
    (event,) = decided(settled, *BEFORE, charge_back("d1", 200))
    assert (event.movement_id, event.amount_minor) == ("d1", -200)


def test_a_movement_is_settled_once_whatever_a_second_file_says():
    first = settle(MovementKind.CAPTURE, "f1", 600)
    again = settle(MovementKind.CAPTURE, "f1", 600, payout_id="stripe:po_2", transaction_id="x")
    assert decided(first, *BEFORE, first) == ()
    assert decided(again, *BEFORE, first) == ()


def test_what_is_in_another_currency_is_settled_at_what_the_provider_made_of_it():
    wish = settle(MovementKind.CAPTURE, "f1", 600, payout_currency="GBP", paid_minor=510)
    (event,) = decided(wish, *BEFORE)
    assert (event.amount_minor, event.paid_minor, event.payout_currency) == (600, 510, "GBP")


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (settle(MovementKind.CAPTURE, "f2", 600), "movement_id 'f2' is no capture here."),
        (settle(MovementKind.REFUND, "f1", 600), "movement_id 'f1' is no refund here."),
        (settle(MovementKind.CAPTURE, "f3", 50), "movement_id 'f3' is no capture here."),
    ],
)
def test_what_has_not_moved_is_not_settled(wish, reason):
    with pytest.raises(UnknownMovement) as refusal:
        decided(wish, *BEFORE, take("f3", 50))
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    "others", [{}, {"currency": "GBP"}, {"paid_minor": 599}], ids=["amount", "currency", "paid"]
)
def test_what_has_moved_otherwise_is_not_settled(others):
    wish = settle(MovementKind.CAPTURE, "f1", 600 if others else 599, **others)
    with pytest.raises(MovementDiffers):
        decided(wish, *BEFORE)


BY_GIFT_CARD = (
    replace(ASK, method=Method.GIFT_CARD),
    by_card(Step.AUTHORIZATION),
    take("f1", 600),
    by_card(Step.CAPTURE, "f1"),
    give_back("r1", 100),
    by_card(Step.REFUND, "r1"),
)


@pytest.mark.parametrize(
    ("wish", "before"),
    [
        (settle(MovementKind.CAPTURE, "f1", 600), (ASK_CASH, take("f1", 600))),
        (settle(MovementKind.CAPTURE, "f1", 600), BY_GIFT_CARD),
        (settle(MovementKind.REFUND, "r1", -100), BY_GIFT_CARD),
    ],
    ids=["cash", "taken off a gift card", "given back to a gift card"],
)
def test_what_stays_in_the_house_needs_no_payout(wish, before):
    with pytest.raises(UnknownMovement):
        decided(wish, *before)
    assert not state_after(*before).in_clearing


def test_a_payment_that_nobody_asked_for_is_not_settled():
    with pytest.raises(UnknownPayment):
        decided(settle(MovementKind.CAPTURE, "f1", 600))
