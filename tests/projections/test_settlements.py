"""Settlements and payouts as read models: what is awaited, and what has come."""

from __future__ import annotations

from oms_core.domain.payment import events
from oms_core.domain.payment.events import Method, MovementKind
from oms_core.domain.payout.events import PayoutBooked
from oms_core.kernel import Event, Instant, Recorded
from projections.posting import postings
from projections.settlements import Payout, Settlement, payouts, settlements

PAYMENT, ORDER = "web:1/p1", "web:1"
TAKEN = events.CaptureSucceeded(PAYMENT, ORDER, "f1", 600, "EUR", Method.CARD)
AT_HOME = tuple(
    kind("web:2/p1", "web:2", name, 600, "EUR", method)
    for method in (Method.CASH, Method.GIFT_CARD)
    for kind, name in ((events.CaptureSucceeded, "f1"), (events.RefundSucceeded, "r1"))
)
GIVEN = events.RefundSucceeded(PAYMENT, ORDER, "r1", 100, "EUR", Method.CARD)
BACK = events.PaymentChargedBack(PAYMENT, ORDER, "d1", 200, "EUR", "fraud")
SETTLED = events.MovementSettled(
    PAYMENT, ORDER, MovementKind.CAPTURE, "f1", 600, "EUR", "s:po", "t1", 510, "GBP", 9
)
BOOKED = PayoutBooked("s:po", "s", "po", "GBP", 501, 20, "2026-01-05")


def history(*happened: Event) -> list[Recorded]:
    return [
        Recorded("payment:x", n, event, Instant(n), Instant(n), "a", "c", "x", n)
        for n, event in enumerate(happened, 1)
    ]


def test_a_movement_is_open_until_it_is_in_a_payout_and_cash_and_gift_cards_make_none():
    found = settlements.fold(history(TAKEN, GIVEN, BACK, *AT_HOME, SETTLED))
    assert list(found.values()) == [
        Settlement(
            PAYMENT,
            "capture",
            "f1",
            ORDER,
            "settled",
            600,
            "EUR",
            Instant(1),
            "s:po",
            "t1",
            510,
            "GBP",
            9,
        ),
        Settlement(PAYMENT, "refund", "r1", ORDER, "open", -100, "EUR", Instant(2)),
        Settlement(PAYMENT, "chargeback", "d1", ORDER, "open", -200, "EUR", Instant(3)),
    ]


def test_a_payout_is_shown_as_it_was_booked():
    assert payouts.fold(history(BOOKED)) == {
        "s:po": Payout("s:po", "s", "po", "GBP", 501, 20, "2026-01-05", Instant(1))
    }


def test_a_movement_leaves_clearing_and_its_fee_is_an_expense():
    same = events.MovementSettled(
        PAYMENT, ORDER, MovementKind.CAPTURE, "f1", 600, "EUR", "s:po", "t1", 600, "EUR", 9
    )
    assert [(p.account.value, p.amount_minor) for p in postings(same)] == [
        ("payouts_in_transit", 600),
        ("cash_clearing", -600),
        ("payouts_in_transit", -9),
        ("payment_fees", 9),
    ]


def test_between_currencies_each_balances_by_way_of_exchange():
    moved = [(p.account.value, p.currency, p.amount_minor) for p in postings(SETTLED)]
    assert moved == [
        ("exchange", "EUR", 600),
        ("cash_clearing", "EUR", -600),
        ("payouts_in_transit", "GBP", 510),
        ("exchange", "GBP", -510),
        ("payouts_in_transit", "GBP", -9),
        ("payment_fees", "GBP", 9),
    ]


def test_a_payout_moves_its_sum_to_the_bank():
    moved = [(p.account.value, p.amount_minor) for p in postings(BOOKED)]
    assert moved == [
        ("bank", 501),
        ("payouts_in_transit", -501),
        ("payment_fees", 20),
        ("payouts_in_transit", -20),
    ]
