"""Receivables in the ledger: a sale is booked once, an invoice moves it on, money settles it."""

from __future__ import annotations

from msgspec.structs import replace

from oms_core.domain.invoice.events import DocumentKind, InvoiceVoided, InvoiceWrittenOff
from projections.deadlines import deadlines
from projections.posting import postings
from tests.projections.records import recorded
from tests.support.receivables import (
    ACCOUNT,
    CONTENT,
    DRAFTED,
    INVOICE,
    ISSUED,
    NUMBER,
    ORDER,
    applied,
    paid,
    received,
)
from tests.support.receivables import FIRST_REMINDER as FIRST

WRITTEN_OFF = InvoiceWrittenOff(INVOICE, ACCOUNT, ORDER, 1_007, "EUR", "insolvent")
VOIDED = InvoiceVoided(INVOICE, ACCOUNT, ORDER, NUMBER, 1_707, "EUR", "wrong", CONTENT)


def moved(event):
    """Return what an event moves: account and amount."""
    return [(p.account.value, p.amount_minor) for p in postings(event)]


def test_an_invoice_books_no_sale_but_asks_for_what_was_booked():
    assert moved(DRAFTED) == []
    assert moved(ISSUED) == [("trade_receivables", 1_707), ("receivables", -1_707)]


def test_a_void_invoice_asks_for_nothing_and_a_void_draft_never_did():
    assert moved(VOIDED) == [("receivables", 1_707), ("trade_receivables", -1_707)]
    assert moved(replace(VOIDED, number="", amount_minor=0)) == []


def test_money_is_unapplied_until_it_pays_an_invoice():
    assert moved(received(700)) == [("cash_clearing", 700), ("unapplied_cash", -700)]
    assert moved(applied(INVOICE, 700)) == []
    assert moved(paid(700, 1_007)) == [("unapplied_cash", 700), ("trade_receivables", -700)]


def test_a_credit_note_for_a_return_puts_what_was_booked_back_at_the_customers_disposal():
    note = replace(ISSUED, kind=DocumentKind.CREDIT_NOTE)
    assert moved(note) == [("receivables", 1_707), ("unapplied_cash", -1_707)]


def test_a_correction_takes_revenue_and_tax_back():
    note = replace(ISSUED, kind=DocumentKind.CORRECTION)
    assert moved(note) == [
        ("refunds", 1_500),
        ("unapplied_cash", -1_500),
        ("tax_payable", 207),
        ("unapplied_cash", -207),
    ]


def test_what_is_given_up_is_a_bad_debt():
    assert moved(WRITTEN_OFF) == [("bad_debt", 1_007), ("trade_receivables", -1_007)]


def due(*events):
    """Return what is due for the invoice: the kind of alarm, and when it rings."""
    log = recorded(*events)
    found = deadlines.fold(log).get(f"invoice:{INVOICE}")
    return (found.kind, found.due_at, found.document_id) if found else None


def test_a_draft_is_due_at_once_and_an_invoice_when_its_customer_is_to_be_reminded():
    assert due(DRAFTED) == ("issue", recorded(DRAFTED)[0].recorded_at, INVOICE)
    assert due(DRAFTED, ISSUED) == ("dunning", FIRST, INVOICE)


def test_nobody_is_reminded_of_what_was_given_up_or_void_or_is_a_credit_note():
    assert due(DRAFTED, ISSUED, WRITTEN_OFF) is None
    assert due(DRAFTED, ISSUED, VOIDED) is None
    assert due(DRAFTED, replace(ISSUED, dun_at=0)) is None
