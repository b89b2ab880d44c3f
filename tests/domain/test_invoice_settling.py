"""Invoices: paid in part, in full or too much, dunned, corrected, given up."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.invoice.commands import CorrectInvoice, RaiseDunning, WriteOffInvoice
from oms_core.domain.invoice.decider import invoice
from oms_core.domain.invoice.events import (
    DocumentKind,
    DunningRaised,
    InvoiceCorrected,
    InvoiceSettled,
    InvoiceWrittenOff,
    PaymentReturned,
)
from oms_core.domain.invoice.issuing import UnknownInvoice
from oms_core.domain.invoice.settling import AmountNotPositive, NotIssued, OverCorrected
from oms_core.kernel import Instant
from oms_core.kernel.calendar import NotADate, midnight, read_date
from tests.support.receivables import (
    ACCOUNT,
    CAPS,
    CONTENT,
    DRAFTED,
    INVOICE,
    MUGS,
    ORDER,
    OUT,
    SECOND_REMINDER,
    TOTAL,
    paid,
    pay,
    remind,
)
from tests.support.spec import Specification

given = Specification(invoice)

SETTLED = InvoiceSettled(INVOICE, ACCOUNT, ORDER)
WRITTEN_OFF = InvoiceWrittenOff(INVOICE, ACCOUNT, ORDER, TOTAL, "EUR", "insolvent")
correct = CorrectInvoice(INVOICE, "K1", 300, "price")
write_off = WriteOffInvoice(INVOICE, "insolvent")


def returned(amount, name="bank-1"):
    return PaymentReturned(INVOICE, ACCOUNT, name, amount, "EUR")


def dunned(level, dun_at, open_minor=TOTAL):
    return DunningRaised(INVOICE, ACCOUNT, ORDER, level, open_minor, "EUR", dun_at)


LATE = dunned(1, SECOND_REMINDER)
LATER = dunned(2, Instant(0))


# Paid


def test_a_part_is_paid_and_the_rest_stays_open():
    given(*OUT).when(pay(700)).then(paid(700, 1_007))


def test_an_invoice_that_is_paid_in_full_is_settled():
    given(*OUT, paid(700, 1_007)).when(pay(1_007, "bank-2")).then(paid(1_007, 0, "bank-2"), SETTLED)


def test_what_is_too_much_goes_back():
    given(*OUT).when(pay(1_710)).then(paid(TOTAL, 0), returned(3), SETTLED)


def test_a_payment_is_taken_once():
    given(*OUT, paid(700, 1_007)).when(pay(700)).then_nothing()
    given(*OUT, paid(TOTAL, 0), returned(3), SETTLED).when(pay(1_710)).then_nothing()


@pytest.mark.parametrize("history", [OUT[:1], (*OUT, WRITTEN_OFF), (*OUT, paid(TOTAL, 0), SETTLED)])
def test_an_invoice_that_asks_for_nothing_takes_nothing(history):
    given(*history).when(pay(5, "bank-9")).then(returned(5, "bank-9"))


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_is_positive(amount):
    detail = f"the amount is {amount}."
    given(*OUT).when(pay(amount)).then_rejected(AmountNotPositive, detail)
    given(*OUT).when(replace(correct, net_minor=amount)).then_rejected(AmountNotPositive, detail)


# Dunned


def test_a_late_customer_is_reminded_level_by_level():
    given(*OUT).when(remind(7)).then(LATE)
    given(*OUT, LATE).when(remind(21)).then(LATER)


def test_early_and_repeated_alarms_do_no_harm():
    given(*OUT).when(remind(6)).then_nothing()
    given(*OUT, LATE).when(remind(7)).then_nothing()
    given(*OUT, LATE).when(remind(20)).then_nothing()


def test_a_late_alarm_raises_one_level_and_leaves_the_time_between_two():
    much_later = midnight(read_date("2026-06-23", ""))  # 99 and 14 days after it was due.
    late = dunned(1, much_later)
    given(*OUT).when(remind(99)).then(late)
    given(*OUT, late).when(remind(99)).then_nothing()
    given(*OUT, late).when(remind(112)).then_nothing()
    given(*OUT, late).when(remind(113)).then(LATER)


@pytest.mark.parametrize("day", ["", "2026-02-30"])
def test_a_reminder_has_a_date(day):
    given(*OUT).when(RaiseDunning(INVOICE, day)).then_rejected(NotADate, f"today is {day!r}.")


def test_after_the_last_level_nobody_is_reminded_any_more():
    given(*OUT, LATE, LATER).when(remind(999)).then_nothing()


def test_what_was_paid_in_between_is_not_dunned():
    given(*OUT, LATE, paid(700, 1_007)).when(remind(21)).then(dunned(2, Instant(0), 1_007))
    given(*OUT, LATE, paid(TOTAL, 0), SETTLED).when(remind(21)).then_nothing()


def test_a_draft_is_not_dunned():
    given(DRAFTED).when(remind(99)).then_nothing()
    given().when(remind(99)).then_rejected(UnknownInvoice, "the invoice is none.")


# Corrected


def corrected(name, *lines):
    credit = replace(
        CONTENT,
        kind=DocumentKind.CORRECTION,
        lines=lines,
        refers_to=INVOICE,
        dunning_days=(),
    )
    return InvoiceCorrected(INVOICE, name, "price", credit)


FIRST = corrected("K1", replace(MUGS, quantity=0, net_minor=300, tax_minor=60))


def test_a_correction_credits_its_share_of_the_tax_line_by_line():
    given(*OUT).when(correct).then(FIRST)
    given(*OUT, FIRST).when(CorrectInvoice(INVOICE, "K2", 900, "price")).then(
        corrected(
            "K2",
            replace(MUGS, quantity=0, net_minor=700, tax_minor=140),
            replace(CAPS, quantity=0, net_minor=200, tax_minor=2),
        )
    )


def test_a_correction_is_made_once():
    given(*OUT, FIRST).when(correct).then_nothing()


def test_no_more_is_credited_than_was_charged():
    given(*OUT, FIRST).when(CorrectInvoice(INVOICE, "K2", 1_201, "price")).then_rejected(
        OverCorrected, "net_minor 1201 is more than the 1200 left."
    )


def test_a_paid_invoice_can_be_corrected_too():
    given(*OUT, paid(TOTAL, 0), SETTLED).when(correct).then(FIRST)


@drawn(st.lists(st.integers(1, 400), min_size=1, max_size=12))
def test_p11_corrections_of_the_whole_invoice_credit_its_tax_to_the_minor_unit(parts):
    state, credited = given(*OUT).state, [0, 0]
    parts = [part for part in parts if part <= 1_500]
    rest = 1_500 - sum(parts)
    for number, part in enumerate((*parts, rest)):
        command = CorrectInvoice(INVOICE, f"K{number}", part, "price")
        if part < 1 or part > 1_500 - credited[0]:
            continue
        (event,) = invoice.decide(command, state)
        state = invoice.evolve(state, event)
        assert event.content.net_minor == part
        credited[0] += event.content.net_minor
        credited[1] += event.content.tax_minor
    if left := 1_500 - credited[0]:
        (event,) = invoice.decide(CorrectInvoice(INVOICE, "rest", left, "price"), state)
        credited[1] += event.content.tax_minor
    assert credited[1] == CONTENT.tax_minor


# Given up


def test_what_nobody_expects_to_be_paid_is_written_off_once():
    given(*OUT).when(write_off).then(WRITTEN_OFF)
    given(*OUT, paid(700, 1_007)).when(write_off).then(replace(WRITTEN_OFF, amount_minor=1_007))
    given(*OUT, WRITTEN_OFF).when(write_off).then_nothing()
    given(*OUT, paid(TOTAL, 0), SETTLED).when(write_off).then_nothing()
    given(*OUT, WRITTEN_OFF).when(remind(99)).then_nothing()


@pytest.mark.parametrize("command", [correct, write_off])
def test_only_an_invoice_that_is_out_is_corrected_or_given_up(command):
    given(DRAFTED).when(command).then_rejected(NotIssued, "the invoice is draft.")
    given().when(command).then_rejected(UnknownInvoice, "the invoice is none.")
    note = replace(DRAFTED, content=replace(CONTENT, kind=DocumentKind.CREDIT_NOTE))
    given(note).when(command).then_rejected(NotIssued, "the credit_note is draft.")
