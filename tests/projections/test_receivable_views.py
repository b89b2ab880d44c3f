"""Invoices, quotes and credit accounts, by example."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from oms_core.domain.account import events as trusted
from oms_core.domain.invoice.events import (
    DocumentKind,
    DunningRaised,
    InvoiceSettled,
    InvoiceVoided,
    InvoiceWrittenOff,
)
from oms_core.domain.quote import events as quoted
from oms_core.domain.series.events import NumberAssigned
from oms_core.kernel import Instant
from projections.books import Books
from projections.credit_accounts import credit_accounts
from projections.deadlines import deadlines
from projections.invoices import BUCKETS, bucket, invoices
from projections.quotes import quotes
from tests.projections.records import recorded
from tests.support.receivables import (
    ACCOUNT,
    CONTENT,
    DRAFTED,
    FIRST_REMINDER,
    INVOICE,
    ISSUED,
    NUMBER,
    OPENED,
    ORDER,
    OUT,
    TOTAL,
    applied,
    charged,
    declined,
    granted,
    paid,
    received,
)

SETTLED = InvoiceSettled(INVOICE, ACCOUNT, ORDER)


def invoice(*events):
    return invoices.fold(recorded(*events))[INVOICE]


def account(*events):
    return credit_accounts.fold(recorded(*events))[ACCOUNT]


# Invoices


def test_a_draft_shows_what_will_be_asked_for_and_an_invoice_what_is_open():
    draft, out = invoice(DRAFTED), invoice(*OUT)
    assert (draft.state, draft.number, draft.total_minor, draft.open_minor) == (
        "draft",
        "",
        TOTAL,
        0,
    )
    assert (out.state, out.number, out.net_minor, out.tax_minor, out.open_minor, out.lines) == (
        "open",
        NUMBER,
        1_500,
        207,
        TOTAL,
        2,
    )
    assert (out.issued_on, out.due_on, out.dun_at) == ("2026-01-31", "2026-03-02", FIRST_REMINDER)


def test_what_is_paid_is_not_open_and_a_reminder_is_counted():
    part = invoice(*OUT, paid(700, 1_007), DunningRaised(INVOICE, ACCOUNT, ORDER, 1, 1_007, "EUR"))
    assert (part.state, part.paid_minor, part.open_minor, part.level) == ("open", 700, 1_007, 1)
    whole = invoice(*OUT, paid(TOTAL, 0), SETTLED)
    assert (whole.state, whole.open_minor, whole.dun_at) == ("settled", 0, 0)


def test_what_is_given_up_or_void_asks_for_nothing_and_keeps_its_number():
    lost = invoice(*OUT, InvoiceWrittenOff(INVOICE, ACCOUNT, ORDER, TOTAL, "EUR", "insolvent"))
    void = invoice(
        *OUT, InvoiceVoided(INVOICE, ACCOUNT, ORDER, NUMBER, TOTAL, "EUR", "wrong", CONTENT)
    )
    assert (lost.state, lost.open_minor, lost.written_off_minor) == ("written_off", 0, TOTAL)
    assert (void.state, void.open_minor, void.number) == ("void", 0, NUMBER)


def test_a_credit_note_asks_for_nothing():
    note = invoice(DRAFTED, replace(ISSUED, kind=DocumentKind.CREDIT_NOTE))
    assert (note.state, note.total_minor, note.open_minor) == ("credited", TOTAL, 0)


@pytest.mark.parametrize(
    ("as_of", "name"),
    [
        ("2026-01-01", "not due"),
        ("2026-03-02", "not due"),
        ("2026-03-03", "1-30 days"),
        ("2026-04-01", "1-30 days"),
        ("2026-04-02", "31-60 days"),
        ("2026-05-01", "31-60 days"),
        ("2026-05-02", "61-90 days"),
        ("2026-05-31", "61-90 days"),
        ("2026-06-01", "over 90 days"),
        ("2027-06-01", "over 90 days"),
    ],
)
def test_a_debt_ages_day_by_day(as_of, name):
    assert bucket("2026-03-02", as_of) == name
    assert name in BUCKETS


# Credit accounts


def test_what_is_ordered_and_invoiced_is_used_of_the_limit():
    row = account(OPENED, granted("web:1", 3_000), charged("I1", "web:1", 2_000))
    assert (row.customer_id, row.currency, row.opened) == ("C1", "EUR", True)
    assert (row.ordered_minor, row.invoiced_minor, row.exposure_minor, row.free_minor) == (
        1_000,
        2_000,
        3_000,
        2_000,
    )
    less = account(
        OPENED,
        granted("web:1", 3_000),
        charged("I1", "web:1", 2_000),
        trusted.InvoiceReduced(ACCOUNT, "I1", 500),
        trusted.CreditReleased(ACCOUNT, "web:1", 400),
    )
    assert (less.ordered_minor, less.invoiced_minor, less.free_minor) == (600, 1_500, 2_900)
    void = account(
        OPENED,
        granted("web:1", 3_000),
        charged("I1", "web:1", 2_000),
        trusted.InvoiceWithdrawn(ACCOUNT, "I1", "web:1", 2_000),
    )
    assert (void.ordered_minor, void.invoiced_minor, void.exposure_minor) == (3_000, 0, 3_000)


def test_an_order_waits_until_it_is_granted_or_given_up():
    waiting = (OPENED, declined("web:1", 9_000), declined("web:2", 8_000))
    assert (account(*waiting).orders_waiting, account(*waiting).exposure_minor) == (2, 0)
    lower = trusted.CreditReleased(ACCOUNT, "web:1", 1_000)
    gone = trusted.CreditReleased(ACCOUNT, "web:1", 8_000)
    assert dict(account(*waiting, lower).waiting.items()) == {"web:1": 8_000, "web:2": 8_000}
    assert account(*waiting, lower, gone).orders_waiting == 1
    row = account(*waiting, granted("web:2", 8_000, waited=True))
    assert (row.orders_waiting, row.orders_declined, row.orders_granted) == (1, 2, 1)


def test_money_and_credit_are_at_disposal_until_they_are_used():
    deposited = trusted.CreditDeposited(ACCOUNT, "N1", "web:1", 600, "EUR")
    back = trusted.CreditReturned(ACCOUNT, "bank-1|I1", 30)
    row = account(OPENED, received(700), deposited, applied("I1", 650), back)
    assert (row.received_minor, row.unapplied_minor) == (700, 680)


def test_a_block_and_a_new_limit_are_shown():
    blocked = trusted.AccountBlocked(ACCOUNT, 1, "I1", ())
    free = trusted.AccountUnblocked(ACCOUNT, 1, ())
    assert account(OPENED, blocked).blocked
    assert not account(OPENED, blocked, free).blocked
    assert account(OPENED, trusted.LimitChanged(ACCOUNT, 7, "")).limit_minor == 7


# Quotes

BUYER = quoted.Buyer("C1", "b2b", "EUR", "FR")
REQUESTED = quoted.QuoteRequested("Q1", BUYER, (quoted.Wish("MUG", 100), quoted.Wish("CAP", 5)))
OFFERED = quoted.QuoteIssued("Q1", 1, (), "NET30", Instant(9_000), 2)
LINE = quoted.PricedLine("MUG", "MUG", 100, "9.125", 91_250, 18_250)


def quote(*events):
    return quotes.fold(recorded(*events))["Q1"]


def test_a_quote_shows_what_became_of_it():
    asked, offered = quote(REQUESTED), quote(REQUESTED, OFFERED)
    assert (asked.state, asked.customer_id, asked.items, asked.units) == ("requested", "C1", 2, 105)
    assert (offered.state, offered.version, offered.valid_until) == ("issued", 1, 9_000)
    taken = quote(
        REQUESTED,
        OFFERED,
        quoted.QuoteAccepted("Q1", 1, BUYER, (LINE,), "NET30", Instant(8_000)),
    )
    assert (taken.state, taken.order_id, taken.total_minor, taken.units) == (
        "accepted",
        "b2b:Q1",
        109_500,
        100,
    )
    declined_ = quote(REQUESTED, OFFERED, quoted.QuoteDeclined("Q1", 1, "too dear"))
    assert (declined_.state, declined_.reason) == ("declined", "too dear")
    again = replace(OFFERED, version=2)
    revised = quote(REQUESTED, OFFERED, quoted.QuoteDeclined("Q1", 1, "too dear"), again)
    assert (revised.state, revised.version, revised.reason, revised.closed_at) == (
        "issued",
        2,
        "",
        0,
    )
    assert quote(REQUESTED, OFFERED, quoted.QuoteExpired("Q1", 1)).state == "expired"


def test_an_offer_has_a_deadline_until_it_is_answered():
    found = deadlines.fold(recorded(REQUESTED, OFFERED))["quote:Q1"]
    assert (found.kind, found.due_at, found.document_id) == ("quote", 9_000, "Q1")
    for end in (quoted.QuoteDeclined("Q1", 1, ""), quoted.QuoteExpired("Q1", 1)):
        assert deadlines.fold(recorded(REQUESTED, OFFERED, end)) == {}


# The auditor


def findings(*events):
    books = Books()
    for record in recorded(*events):
        books.add(record)
    books.close()
    return [finding.detail for finding in books.findings]


def test_p25_a_gap_or_a_double_in_a_series_is_found():
    first, second = NumberAssigned("S", 1, "a", "S-1"), NumberAssigned("S", 2, "b", "S-2")
    assert findings(first, second, NumberAssigned("T", 1, "c", "T-1")) == []
    assert findings(first, first) == ["S: 1 follows 1"]
    assert findings(second) == ["S: 2 follows 0"]


def test_an_invoice_that_is_paid_twice_is_found():
    money = received(2 * TOTAL)
    twice = (applied(INVOICE, TOTAL), paid(TOTAL, 0))
    assert findings(*OUT, money, *twice, SETTLED) == []
    assert findings(*OUT, money, *twice, *twice) == [f"{INVOICE}: {TOTAL} of 0"]


def test_debts_that_do_not_add_up_to_the_ledger_are_found():
    unearned = findings(*OUT, applied(INVOICE, 700))
    assert unearned == ["unapplied_cash in EUR: 0 posted, -700 in movements"]
