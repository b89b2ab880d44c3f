"""Payouts beside our book: what agrees is found, and what does not is named by what it is."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.payouts.entries import Entry
from adapters.payouts.mapping import Fees, Kind
from adapters.payouts.matching import Difference, DifferenceKind, Movement, match

NOON = 1_767_268_800_000_000


def entry(row, kind, reference, gross, fee=0, *, paid=None, net=None, at=NOON, word=""):
    paid_minor, paid_currency = paid or (gross, "EUR")
    net_minor = gross - fee if net is None else net
    return Entry(
        row,
        f"txn_{row}",
        "po_1",
        kind,
        word or kind.value,
        reference,
        gross,
        fee,
        net_minor,
        "EUR",
        paid_minor,
        paid_currency,
        at,
        "",
    )


def moved(reference, name, amount, kind=Kind.CAPTURE, *, at=0, currency="EUR", transaction=""):
    return Movement(
        f"web:{reference}/p1", kind, name, reference, amount, currency, NOON + at, transaction
    )


def kinds(matched):
    return [d.kind.value for d in matched.differences]


def test_captures_and_refunds_of_a_payment_are_matched_one_by_one():
    entries = [
        entry(2, Kind.CAPTURE, "pi_1", 600, 9),
        entry(3, Kind.REFUND, "pi_1", -100),
        entry(4, Kind.CAPTURE, "pi_1", 300, 5),
    ]
    ours = [
        moved("pi_1", "f2", 300, at=2),
        moved("pi_1", "f1", 600, at=1),
        moved("pi_1", "r1", -100, Kind.REFUND, at=3),
    ]
    found = match(entries, ours)
    assert [(p.entry.row, p.movement.movement_id) for p in found.pairs] == [
        (2, "f1"),
        (3, "r1"),
        (4, "f2"),
    ]
    assert (found.known, found.differences) == (0, ())


def test_two_captures_of_the_same_amount_are_two():
    entries = [entry(n, Kind.CAPTURE, "pi_1", 500) for n in (2, 3)]
    found = match(entries, [moved("pi_1", "f1", 500), moved("pi_1", "f2", 500, at=1)])
    assert [p.movement.movement_id for p in found.pairs] == ["f1", "f2"]


def test_every_kind_of_difference_is_named():
    entries = [
        entry(2, Kind.CAPTURE, "pi_1", 999),
        entry(3, Kind.CAPTURE, "pi_2", 500, paid=(430, "GBP")),
        entry(4, Kind.CAPTURE, "pi_3", 100),
        entry(5, Kind.CAPTURE, "pi_4", 700, 20, net=670),
        entry(6, Kind.OTHER, "", 50, word="adjustment"),
        entry(7, Kind.FEE, "", -300),
    ]
    ours = [
        moved("pi_1", "f1", 1_000),
        moved("pi_2", "f1", 500),
        moved("pi_4", "f1", 700),
        moved("pi_5", "f1", 250),
        moved("pi_6", "f1", 250, at=1),
    ]
    assert match(entries, ours).differences == (
        Difference(DifferenceKind.AMOUNT, "pi_1", "f1", 2, "txn_2", 999, "EUR", 1_000, "EUR"),
        Difference(DifferenceKind.CURRENCY, "pi_2", "f1", 3, "txn_3", 430, "GBP", 500, "EUR"),
        Difference(
            DifferenceKind.MISSING_IN_LEDGER, "pi_3", "capture", 4, "txn_4", 100, "EUR", None, ""
        ),
        Difference(
            DifferenceKind.MISSING_IN_LEDGER, "", "adjustment", 6, "txn_6", 50, "EUR", None, ""
        ),
        Difference(DifferenceKind.MISSING_AT_PROVIDER, "pi_5", "f1", 0, "", None, "", 250, "EUR"),
        Difference(DifferenceKind.FEE, "pi_4", "capture", 5, "txn_5", 20, "EUR", 30, "EUR"),
    )


def test_what_the_customer_paid_in_another_currency_is_matched_by_what_was_paid():
    entries = [entry(2, Kind.CAPTURE, "pi_1", 500, paid=(430, "GBP"))]
    found = match(entries, [moved("pi_1", "f1", 430, currency="GBP")])
    assert (len(found.pairs), found.differences) == (1, ())


@pytest.mark.parametrize(("fee", "agrees"), [(38, True), (39, False), (0, False)])
def test_a_fee_is_held_against_what_was_agreed(fee, agrees):
    agreed = Fees(percent=Decimal("1.25"), fixed=Decimal("0.25"))
    found = match(
        [entry(2, Kind.CAPTURE, "pi_1", 1_000, fee)], [moved("pi_1", "f1", 1_000)], agreed
    )
    assert len(found.pairs) == 1
    assert kinds(found) == ([] if agrees else ["fee"])


@pytest.mark.parametrize("transaction", ["", "txn_2"], ids=["new", "booked before"])
def test_a_fee_that_breaks_the_contract_is_listed_at_every_reading(transaction):
    agreed = Fees(percent=Decimal("1.25"), fixed=Decimal("0.25"))
    found = match(
        [entry(2, Kind.CAPTURE, "pi_1", 1_000, 39)],
        [moved("pi_1", "f1", 1_000, transaction=transaction)],
        agreed,
    )
    assert (len(found.pairs), found.known) == ((0, 1) if transaction else (1, 0))
    assert found.differences == (
        Difference(DifferenceKind.FEE, "pi_1", "capture", 2, "txn_2", 39, "EUR", 38, "EUR"),
    )


def test_entries_that_were_booked_before_are_known_and_not_missing():
    entries = [entry(2, Kind.CAPTURE, "pi_1", 500)]
    found = match(entries, [moved("pi_1", "f1", 500, transaction="txn_2")])
    assert (found.pairs, found.known, found.differences) == ((), 1, ())


amounts = st.sampled_from([100, 250, 250, 900])
book = st.lists(
    st.tuples(st.sampled_from(["pi_1", "pi_2"]), st.sampled_from([*Kind][:3]), amounts), max_size=12
)


@given(book, st.randoms(use_true_random=False))
def test_a_file_with_exactly_our_movements_agrees_in_whatever_order_it_is(ours, dice: Random):
    movements = [
        moved(ref, f"m{n}", amount if kind is Kind.CAPTURE else -amount, kind, at=-n)
        for n, (ref, kind, amount) in enumerate(ours)
    ]
    rows = [(m.kind, m.reference, m.amount_minor) for m in movements]
    dice.shuffle(rows)
    found = match([entry(n, *row) for n, row in enumerate(rows, 2)], movements)
    assert sorted(p.movement for p in found.pairs) == sorted(movements)
    assert found.differences == ()


@given(book, book)
def test_no_movement_and_no_entry_is_told_of_twice_and_none_is_left_out(ours, theirs):
    movements = [
        moved(ref, f"m{n}", amount, kind, at=-n) for n, (ref, kind, amount) in enumerate(ours)
    ]
    entries = [entry(n, kind, ref, a) for n, (ref, kind, a) in enumerate(theirs, 2)]
    found = match(entries, movements)
    rows = [p.entry.row for p in found.pairs] + [d.row for d in found.differences if d.row]
    assert sorted(rows) == [e.row for e in entries]
    names = [p.movement.movement_id for p in found.pairs] + [
        d.movement for d in found.differences if d.ours_minor is not None
    ]
    assert sorted(names) == (sorted(m.movement_id for m in movements) if entries else [])
    for difference in found.differences:
        assert difference.theirs_minor != difference.ours_minor
