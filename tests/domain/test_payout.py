"""A payout is booked once, as it is."""

from __future__ import annotations

import pytest

from oms_core.domain.payout.commands import BookPayout
from oms_core.domain.payout.decider import PayoutChanged, UnknownCurrency, payout
from oms_core.domain.payout.events import PayoutBooked
from tests.support.spec import Specification

BOOK = BookPayout("stripe:po_1", "stripe", "po_1", "EUR", 9_700, 200, "2026-01-05")
BOOKED = PayoutBooked("stripe:po_1", "stripe", "po_1", "EUR", 9_700, 200, "2026-01-05")
given = Specification(payout)


def test_a_payout_is_booked():
    given().when(BOOK).then(BOOKED)


def test_a_payout_that_takes_money_from_the_bank_is_booked_too():
    taken = BookPayout("stripe:po_2", "stripe", "po_2", "EUR", -500, 0)
    given().when(taken).then(PayoutBooked("stripe:po_2", "stripe", "po_2", "EUR", -500, 0))


def test_the_same_payout_again_changes_nothing():
    given(BOOKED).when(BOOK).then()


@pytest.mark.parametrize(
    "other",
    [
        BookPayout("stripe:po_1", "stripe", "po_1", "EUR", 9_701, 200),
        BookPayout("stripe:po_1", "stripe", "po_1", "EUR", 9_700, 201),
        BookPayout("stripe:po_1", "stripe", "po_1", "GBP", 9_700, 200),
    ],
    ids=["net", "fee", "currency"],
)
def test_a_payout_is_not_booked_with_another_sum(other):
    given(BOOKED).when(other).then_rejected(PayoutChanged)


def test_a_payout_needs_a_currency():
    given().when(BookPayout("s:1", "s", "1", "euro", 1, 0)).then_rejected(UnknownCurrency)
