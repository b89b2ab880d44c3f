"""Rules of issuing: drafted, numbered, sent out, and void if it was wrong."""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.invoice import commands, events
from oms_core.domain.invoice.state import Invoice, Standing
from oms_core.kernel import Instant, Rejected
from oms_core.kernel.calendar import days_after, midnight, read_date
from oms_core.policies.terms import due_date, require_terms

Events = Iterator[events.InvoiceEvent]


class UnknownInvoice(Rejected):
    """There is no such invoice, or it counts for nothing."""

    code = "invoice.unknown"
    remedy = "Use the invoice_id of an invoice that was drafted and is not void."


class EmptyInvoice(Rejected):
    """There is nothing to invoice."""

    code = "invoice.empty"
    remedy = "Give lines whose amounts are zero or more and add up to more than nothing."


class InvoiceReused(Rejected):
    """Another document has this id."""

    code = "invoice.reused"
    remedy = "Give the document an id of its own."


class NumberNotRequested(Rejected):
    """The document asked for no number of this series."""

    code = "invoice.number_not_requested"
    remedy = "Issue the document; it then asks for its number itself."


class NotVoidable(Rejected):
    """Money was taken into account: the invoice can only be corrected."""

    code = "invoice.not_voidable"
    remedy = "Correct the invoice instead; that makes a credit note."


def require_known(invoice: Invoice) -> None:
    """Check that the document exists and counts.

    :raises UnknownInvoice: if it does not.
    """
    if invoice.standing in (Standing.NONE, Standing.VOID):
        raise UnknownInvoice(f"the invoice is {invoice.standing}.")


def draft(command: commands.DraftInvoice, invoice: Invoice) -> Events:
    """Note what is to be invoiced, once."""
    content = command.content
    require_terms(content.terms)
    amounts = [amount for line in content.lines for amount in (line.net_minor, line.tax_minor)]
    if min(amounts, default=0) < 0 or sum(amounts) < 1:
        raise EmptyInvoice(f"the amounts of lines are {amounts}.")
    if invoice.standing is Standing.NONE:
        yield events.InvoiceDrafted(command.invoice_id, content)
    elif content != invoice.content:
        raise InvoiceReused(f"invoice_id {command.invoice_id!r} is taken.")


def issue(command: commands.IssueInvoice, invoice: Invoice) -> Events:
    """Ask for the next number of the series of the year, once."""
    require_known(invoice)
    day = read_date(command.issued_on, "issued_on")
    if invoice.standing is Standing.DRAFT:
        series_id = f"{invoice.terms.series}-{day.year}"
        yield events.NumberRequested(command.invoice_id, series_id, command.issued_on)


def record_number(command: commands.RecordNumber, invoice: Invoice) -> Events:
    """Put the number on the document, and send it out."""
    require_known(invoice)
    if command.number == invoice.number:
        return
    if invoice.standing is not Standing.NUMBERING or command.series_id != invoice.series_id:
        raise NumberNotRequested(f"series_id is {command.series_id!r}.")
    content = invoice.terms
    due_on = invoice.issued_on
    if content.kind is events.DocumentKind.INVOICE:
        due_on = due_date(content.terms, read_date(due_on, "issued_on")).isoformat()
    yield events.InvoiceIssued(
        command.invoice_id,
        content.kind,
        content.account_id,
        content.order_id,
        command.number,
        invoice.issued_on,
        due_on,
        content.net_minor,
        content.tax_minor,
        content.currency,
        _first_reminder(content, due_on),
    )


def _first_reminder(content: events.Content, due_on: str) -> Instant:
    """Return when the customer is to be reminded if nothing is paid; zero means never."""
    if content.kind is not events.DocumentKind.INVOICE or not content.dunning_days:
        return Instant(0)
    return midnight(days_after(read_date(due_on, "due_on"), content.dunning_days[0]))


def void(command: commands.VoidInvoice, invoice: Invoice) -> Events:
    """Let an invoice count for nothing, unless money or a correction was taken into account."""
    if invoice.standing is Standing.VOID:
        return
    require_known(invoice)
    content = invoice.terms
    if (
        invoice.standing not in (Standing.DRAFT, Standing.OPEN)
        or content.kind is not events.DocumentKind.INVOICE
        or len(invoice.applied)
        or len(invoice.corrections)
    ):
        raise NotVoidable(f"the {content.kind} is {invoice.standing}.")
    yield events.InvoiceVoided(
        command.invoice_id,
        content.account_id,
        content.order_id,
        invoice.number,
        invoice.open_minor,
        content.currency,
        command.reason,
        content,
    )
