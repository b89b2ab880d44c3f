"""What may be asked of an invoice."""

from __future__ import annotations

from oms_core.domain.invoice.events import Content
from oms_core.kernel import Command


class DraftInvoice(Command, frozen=True):
    """Note what is to be invoiced or credited."""

    invoice_id: str
    content: Content


class IssueInvoice(Command, frozen=True):
    """Send the document out, dated on the day that it is where it is issued."""

    invoice_id: str
    issued_on: str


class RecordNumber(Command, frozen=True):
    """Put the assigned number on the document."""

    invoice_id: str
    series_id: str
    number: str


class ApplyPayment(Command, frozen=True):
    """Let the customer's money, or credit, pay the invoice."""

    invoice_id: str
    application_id: str
    amount_minor: int


class RaiseDunning(Command, frozen=True):
    """Remind the customer if it is time for it on this day."""

    invoice_id: str
    today: str


class CorrectInvoice(Command, frozen=True):
    """Credit a part of what was charged, before tax; the tax on it follows from the invoice."""

    invoice_id: str
    correction_id: str
    net_minor: int
    reason: str


class WriteOffInvoice(Command, frozen=True):
    """Give up on what is not paid."""

    invoice_id: str
    reason: str


class VoidInvoice(Command, frozen=True):
    """Let the document count for nothing, and have another drafted in its place."""

    invoice_id: str
    reason: str


InvoiceCommand = (
    DraftInvoice
    | IssueInvoice
    | RecordNumber
    | ApplyPayment
    | RaiseDunning
    | CorrectInvoice
    | WriteOffInvoice
    | VoidInvoice
)
