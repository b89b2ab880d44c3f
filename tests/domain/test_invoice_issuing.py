"""Invoices: drafted, numbered, out, and void if they were wrong."""

import pytest
from msgspec.structs import replace

from oms_core.domain.invoice.commands import (
    DraftInvoice,
    IssueInvoice,
    RecordNumber,
    VoidInvoice,
)
from oms_core.domain.invoice.decider import invoice
from oms_core.domain.invoice.events import DocumentKind, InvoiceIssued, InvoiceVoided
from oms_core.domain.invoice.issuing import (
    EmptyInvoice,
    InvoiceReused,
    NotVoidable,
    NumberNotRequested,
    UnknownInvoice,
)
from oms_core.kernel import Instant
from oms_core.kernel.calendar import NotADate
from oms_core.policies.terms import UnknownTerms
from tests.support.receivables import (
    ACCOUNT,
    CONTENT,
    DRAFTED,
    INVOICE,
    ISSUED,
    MUGS,
    NUMBER,
    NUMBERING,
    ORDER,
    OUT,
    SERIES,
    TOTAL,
    paid,
)
from tests.support.spec import Specification

given = Specification(invoice)

draft = DraftInvoice(INVOICE, CONTENT)
issue = IssueInvoice(INVOICE, "2026-01-31")
number = RecordNumber(INVOICE, SERIES, NUMBER)
void = VoidInvoice(INVOICE, "wrong address")


def voided(number_text, amount):
    return InvoiceVoided(
        INVOICE, ACCOUNT, ORDER, number_text, amount, "EUR", "wrong address", CONTENT
    )


# Drafted


def test_what_has_left_is_drafted_once():
    given().when(draft).then(DRAFTED)
    given(DRAFTED).when(draft).then_nothing()
    given(*OUT).when(draft).then_nothing()


def test_one_id_is_for_one_document():
    other = replace(CONTENT, terms="NET10")
    given(DRAFTED).when(DraftInvoice(INVOICE, other)).then_rejected(
        InvoiceReused, f"invoice_id {INVOICE!r} is taken."
    )


@pytest.mark.parametrize("terms", ["", "30", "NET", "NET-1", "NET1000", "net30", "NET030"])
def test_an_invoice_says_when_it_is_to_be_paid(terms):
    given().when(DraftInvoice(INVOICE, replace(CONTENT, terms=terms))).then_rejected(
        UnknownTerms, f"terms is {terms!r}."
    )


@pytest.mark.parametrize(
    ("lines", "amounts"),
    [
        ((), "[]"),
        ((replace(MUGS, net_minor=0, tax_minor=0),), "[0, 0]"),
        ((replace(MUGS, net_minor=-1),), "[-1, 200]"),
    ],
)
def test_nothing_is_not_invoiced(lines, amounts):
    given().when(DraftInvoice(INVOICE, replace(CONTENT, lines=lines))).then_rejected(
        EmptyInvoice, f"the amounts of lines are {amounts}."
    )


# Numbered and out


def test_a_draft_asks_the_series_of_the_year_of_its_date_for_a_number_once():
    given(DRAFTED).when(issue).then(NUMBERING)
    given(DRAFTED, NUMBERING).when(issue).then_nothing()
    given(*OUT).when(replace(issue, issued_on="2027-01-01")).then_nothing()


@pytest.mark.parametrize("day", ["", "2026-02-30", "20260131", "1969-12-31", "3000-01-01"])
def test_an_invoice_is_dated_on_a_day_of_the_calendar(day):
    given(DRAFTED).when(replace(issue, issued_on=day)).then_rejected(
        NotADate, f"issued_on is {day!r}."
    )


def test_with_its_number_the_invoice_is_out_and_due_as_its_terms_say():
    given(DRAFTED, NUMBERING).when(number).then(ISSUED)
    assert given(*OUT).state.open_minor == TOTAL


@pytest.mark.parametrize(
    ("terms", "issued_on", "due_on"),
    [
        ("NET0", "2026-01-31", "2026-01-31"),
        ("NET30", "2024-01-31", "2024-03-01"),
        ("NET1", "2026-12-31", "2027-01-01"),
    ],
)
def test_the_due_date_counts_days_of_the_calendar(terms, issued_on, due_on):
    drafted = replace(DRAFTED, content=replace(CONTENT, terms=terms, dunning_days=()))
    asked = replace(NUMBERING, issued_on=issued_on)
    given(drafted, asked).when(number).then(
        replace(ISSUED, issued_on=issued_on, due_on=due_on, dun_at=Instant(0))
    )


def test_the_number_is_put_on_once():
    given(*OUT).when(number).then_nothing()


@pytest.mark.parametrize(
    ("history", "command", "detail"),
    [
        ((DRAFTED,), number, f"series_id is {SERIES!r}."),
        ((DRAFTED, NUMBERING), replace(number, series_id="X"), "series_id is 'X'."),
        (OUT, replace(number, number="other"), f"series_id is {SERIES!r}."),
    ],
)
def test_a_number_that_was_not_asked_for_is_not_put_on(history, command, detail):
    given(*history).when(command).then_rejected(NumberNotRequested, detail)


def test_a_credit_note_is_dated_and_numbered_and_asks_for_nothing():
    note = replace(CONTENT, kind=DocumentKind.CREDIT_NOTE, series="OMS-FR-CN")
    drafted, series = replace(DRAFTED, content=note), "OMS-FR-CN-2026"
    asked = replace(NUMBERING, series_id=series)
    history = given(drafted, asked)
    given(drafted).when(issue).then(asked)
    issued = InvoiceIssued(
        *(INVOICE, DocumentKind.CREDIT_NOTE, ACCOUNT, ORDER, f"{series}-000001"),
        *("2026-01-31", "2026-01-31", 1_500, 207, "EUR"),
    )
    history.when(RecordNumber(INVOICE, series, f"{series}-000001")).then(issued)
    assert given(drafted, asked, issued).state.open_minor == 0


# Void


def test_p25_a_voided_number_stays_as_a_voided_document():
    given(*OUT).when(void).then(voided(NUMBER, TOTAL))
    history = given(*OUT, voided(NUMBER, TOTAL))
    assert (history.state.number, history.state.open_minor) == (NUMBER, 0)
    history.when(void).then_nothing()
    history.when(issue).then_rejected(UnknownInvoice, "the invoice is void.")
    history.when(number).then_rejected(UnknownInvoice, "the invoice is void.")


def test_a_void_draft_never_had_a_number():
    given(DRAFTED).when(void).then(voided("", 0))


def test_an_invoice_that_money_was_taken_into_account_for_is_not_void():
    given(*OUT, paid(7, 1_700)).when(void).then_rejected(NotVoidable, "the invoice is open.")
    given(DRAFTED, NUMBERING).when(void).then_rejected(NotVoidable, "the invoice is numbering.")


def test_a_credit_note_is_not_void():
    note = replace(DRAFTED, content=replace(CONTENT, kind=DocumentKind.CREDIT_NOTE))
    given(note).when(void).then_rejected(NotVoidable, "the credit_note is draft.")


@pytest.mark.parametrize("command", [issue, number, void])
def test_nothing_can_be_asked_of_an_unknown_invoice(command):
    given().when(command).then_rejected(UnknownInvoice, "the invoice is none.")
