"""How each event changes an invoice. Events are facts: nothing here refuses one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from oms_core.domain.invoice import events
from oms_core.domain.invoice.state import Invoice, Standing
from oms_core.kernel import Instant, evolving


def drafted(invoice: Invoice, event: events.InvoiceDrafted) -> Invoice:
    """Begin."""
    return replace(invoice, standing=Standing.DRAFT, content=event.content)


def number_requested(invoice: Invoice, event: events.NumberRequested) -> Invoice:
    """Await the number."""
    return replace(
        invoice,
        standing=Standing.NUMBERING,
        series_id=event.series_id,
        issued_on=event.issued_on,
    )


def issued(invoice: Invoice, event: events.InvoiceIssued) -> Invoice:
    """Be out; a credit note asks for nothing."""
    asks = event.kind is events.DocumentKind.INVOICE
    total = event.net_minor + event.tax_minor
    return replace(
        invoice,
        standing=Standing.OPEN if asks else Standing.SETTLED,
        number=event.number,
        due_on=event.due_on,
        open_minor=total if asks else 0,
        dun_at=event.dun_at,
    )


def payment_applied(invoice: Invoice, event: events.PaymentApplied) -> Invoice:
    """Ask for less."""
    return replace(
        invoice, open_minor=event.open_minor, applied=invoice.applied.insert(event.application_id)
    )


def payment_returned(invoice: Invoice, event: events.PaymentReturned) -> Invoice:
    """Remember that the application was heard."""
    return replace(invoice, applied=invoice.applied.insert(event.application_id))


def settled(invoice: Invoice, event: events.InvoiceSettled) -> Invoice:
    """Ask for nothing any more."""
    del event
    return replace(invoice, standing=Standing.SETTLED, dun_at=Instant(0))


def dunned(invoice: Invoice, event: events.DunningRaised) -> Invoice:
    """Remember how often the customer was reminded, and when to do it again."""
    return replace(invoice, level=event.level, dun_at=event.dun_at)


def corrected(invoice: Invoice, event: events.InvoiceCorrected) -> Invoice:
    """Remember what was credited."""
    return replace(
        invoice,
        corrected_minor=invoice.corrected_minor + event.content.net_minor,
        corrections=invoice.corrections.insert(event.correction_id),
    )


def written_off(invoice: Invoice, event: events.InvoiceWrittenOff) -> Invoice:
    """Expect nothing any more."""
    del event
    return replace(invoice, standing=Standing.WRITTEN_OFF, open_minor=0, dun_at=Instant(0))


def voided(invoice: Invoice, event: events.InvoiceVoided) -> Invoice:
    """Count for nothing."""
    del event
    return replace(invoice, standing=Standing.VOID, open_minor=0, dun_at=Instant(0))


evolve: Callable[[Invoice, Any], Invoice] = evolving(
    {
        events.InvoiceDrafted: drafted,
        events.NumberRequested: number_requested,
        events.InvoiceIssued: issued,
        events.PaymentApplied: payment_applied,
        events.PaymentReturned: payment_returned,
        events.InvoiceSettled: settled,
        events.DunningRaised: dunned,
        events.InvoiceCorrected: corrected,
        events.InvoiceWrittenOff: written_off,
        events.InvoiceVoided: voided,
    }
)
