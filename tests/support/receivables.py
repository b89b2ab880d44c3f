"""Receivables in plain words: what customers owe, and what one may say of it."""

from __future__ import annotations

from oms_core.domain.account import commands as account
from oms_core.domain.account import events as trusted
from oms_core.domain.invoice import commands as invoice
from oms_core.domain.invoice import events as invoiced
from oms_core.domain.invoice.events import Content, DocumentKind, InvoiceLine
from oms_core.kernel.calendar import days_after, midnight, read_date

ACCOUNT, CUSTOMER, ORDER, INVOICE = "C1|EUR", "C1", "web:1", "web:1/f1.1"
MUGS = InvoiceLine("web:1/1", "MUG", "MUG-BLUE", 3, "3.33", 1_000, 200)
CAPS = InvoiceLine("web:1/2", "CAP", "CAP-RED", 2, "2.50", 500, 7)
CONTENT = Content(
    DocumentKind.INVOICE,
    ACCOUNT,
    CUSTOMER,
    ORDER,
    "EUR",
    "NET30",
    "OMS-FR-INV",
    (MUGS, CAPS),
    (7, 21),
)
TOTAL = 1_707
SERIES, NUMBER = "OMS-FR-INV-2026", "OMS-FR-INV-2026-000001"
FIRST_REMINDER = midnight(read_date("2026-03-09", ""))
SECOND_REMINDER = midnight(read_date("2026-03-23", ""))

DRAFTED = invoiced.InvoiceDrafted(INVOICE, CONTENT)
NUMBERING = invoiced.NumberRequested(INVOICE, SERIES, "2026-01-31")
ISSUED = invoiced.InvoiceIssued(
    INVOICE,
    DocumentKind.INVOICE,
    ACCOUNT,
    ORDER,
    NUMBER,
    "2026-01-31",
    "2026-03-02",
    1_500,
    207,
    "EUR",
    FIRST_REMINDER,
)
OUT = (DRAFTED, NUMBERING, ISSUED)

OPENED = trusted.AccountOpened(ACCOUNT, CUSTOMER, "EUR", 5_000)


def pay(amount_minor: int, name: str = "bank-1") -> invoice.ApplyPayment:
    """The account lets money or credit pay the invoice."""
    return invoice.ApplyPayment(INVOICE, name, amount_minor)


def paid(amount_minor: int, open_minor: int, name: str = "bank-1") -> invoiced.PaymentApplied:
    """A part of the invoice is paid."""
    return invoiced.PaymentApplied(INVOICE, ACCOUNT, name, amount_minor, open_minor, "EUR")


def remind(days_late: int) -> invoice.RaiseDunning:
    """An alarm rings so many days after the invoice was due."""
    due = read_date(ISSUED.due_on, "")
    return invoice.RaiseDunning(INVOICE, days_after(due, days_late).isoformat())


def ask(order_id: str, amount_minor: int) -> account.RequestCredit:
    """An order is to go out unpaid."""
    return account.RequestCredit(ACCOUNT, order_id, f"{order_id}/p1", amount_minor)


def granted(order_id: str, amount_minor: int, *, waited: bool = False) -> trusted.CreditGranted:
    """The order may go out."""
    return trusted.CreditGranted(ACCOUNT, order_id, f"{order_id}/p1", amount_minor, waited)


def declined(
    order_id: str,
    amount_minor: int,
    exposure_minor: int = 0,
    limit_minor: int = 5_000,
    reason: trusted.DeclineReason = trusted.DeclineReason.LIMIT,
) -> trusted.CreditDeclined:
    """The order must wait."""
    return trusted.CreditDeclined(
        ACCOUNT, order_id, f"{order_id}/p1", amount_minor, reason, exposure_minor, limit_minor
    )


def charged(
    invoice_id: str, order_id: str, amount_minor: int, drawn_minor: int | None = None
) -> trusted.InvoiceCharged:
    """Goods of an order are to be invoiced."""
    drawn = amount_minor if drawn_minor is None else drawn_minor
    return trusted.InvoiceCharged(ACCOUNT, invoice_id, order_id, amount_minor, drawn)


def dated(invoice_id: str, due_on: str = "2026-03-02") -> trusted.InvoiceDated:
    """The invoice is out."""
    return trusted.InvoiceDated(ACCOUNT, invoice_id, due_on)


def receive(
    amount_minor: int, name: str = "bank-1", invoice_id: str = ""
) -> account.ReceivePayment:
    """The customer's money comes in."""
    return account.ReceivePayment(ACCOUNT, name, amount_minor, "EUR", "2026-03-01", invoice_id)


def received(amount_minor: int, name: str = "bank-1") -> trusted.PaymentReceived:
    """The customer's money is booked."""
    return trusted.PaymentReceived(ACCOUNT, name, amount_minor, "EUR", "2026-03-01")


def applied(invoice_id: str, amount_minor: int, source: str = "bank-1") -> trusted.CreditApplied:
    """Money or credit goes to an invoice."""
    return trusted.CreditApplied(ACCOUNT, f"{source}|{invoice_id}", invoice_id, amount_minor, "EUR")
