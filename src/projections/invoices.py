"""Invoices and credit notes: what each asks for, what of it is open, and since when it is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from oms_core.domain.invoice import events
from oms_core.kernel import Event, Instant, Recorded, State
from projections.rules import Change, one, view

BUCKETS = ("not due", "1-30 days", "31-60 days", "61-90 days", "over 90 days")
"""How long overdue: what accountants call ageing."""

BUCKET_DAYS = 30


class Invoice(State, frozen=True):
    """One document. `state` is draft, open, settled, written_off, void or credited.

    A credit note asks for nothing: `open_minor` is zero, whatever its total. Dates are ISO 8601.
    """

    invoice_id: str
    kind: str = ""
    state: str = "draft"
    number: str = ""
    account_id: str = ""
    customer_id: str = ""
    order_id: str = ""
    refers_to: str = ""
    currency: str = ""
    terms: str = ""
    lines: int = 0
    net_minor: int = 0
    tax_minor: int = 0
    total_minor: int = 0
    paid_minor: int = 0
    written_off_minor: int = 0
    open_minor: int = 0
    issued_on: str = ""
    due_on: str = ""
    level: int = 0
    dun_at: Instant = Instant(0)


def bucket(due_on: str, as_of: str) -> str:
    """Return which of `BUCKETS` a debt is in on a day; both are dates as ISO 8601 has them."""
    late = (date.fromisoformat(as_of) - date.fromisoformat(due_on)).days
    return BUCKETS[min(max(0, -(-late // BUCKET_DAYS)), len(BUCKETS) - 1)]


def blank(key: str, _: Any) -> Invoice:
    """Return a document that nothing is known of but its id."""
    return Invoice(key)


def drafted(invoice: Invoice, event: events.InvoiceDrafted, _: Recorded) -> Invoice:
    """Show what will be asked for."""
    content = event.content
    return replace(
        invoice,
        kind=content.kind.value,
        account_id=content.account_id,
        customer_id=content.customer_id,
        order_id=content.order_id,
        refers_to=content.refers_to,
        currency=content.currency,
        terms=content.terms,
        lines=len(content.lines),
        net_minor=content.net_minor,
        tax_minor=content.tax_minor,
        total_minor=content.total_minor,
    )


def issued(invoice: Invoice, event: events.InvoiceIssued, _: Recorded) -> Invoice:
    """Ask for it, or give it back."""
    asks = event.kind is events.DocumentKind.INVOICE
    return replace(
        invoice,
        state="open" if asks else "credited",
        number=event.number,
        open_minor=event.net_minor + event.tax_minor if asks else 0,
        issued_on=event.issued_on,
        due_on=event.due_on,
        dun_at=event.dun_at,
    )


def paid(invoice: Invoice, event: events.PaymentApplied, _: Recorded) -> Invoice:
    """Ask for less."""
    return replace(
        invoice,
        paid_minor=invoice.paid_minor + event.amount_minor,
        open_minor=event.open_minor,
    )


def settled(invoice: Invoice, _: events.InvoiceSettled, __: Recorded) -> Invoice:
    """Ask for nothing."""
    return replace(invoice, state="settled", dun_at=Instant(0))


def dunned(invoice: Invoice, event: events.DunningRaised, _: Recorded) -> Invoice:
    """Show how often the customer was reminded."""
    return replace(invoice, level=event.level, dun_at=event.dun_at)


def written_off(invoice: Invoice, event: events.InvoiceWrittenOff, _: Recorded) -> Invoice:
    """Expect nothing."""
    return replace(
        invoice,
        state="written_off",
        open_minor=0,
        written_off_minor=event.amount_minor,
        dun_at=Instant(0),
    )


def voided(invoice: Invoice, _: events.InvoiceVoided, __: Recorded) -> Invoice:
    """Keep the document and its number, and ask for nothing."""
    return replace(invoice, state="void", open_minor=0, dun_at=Instant(0))


CHANGES: Mapping[type[Event], Change[Invoice]] = {
    events.InvoiceDrafted: drafted,
    events.InvoiceIssued: issued,
    events.PaymentApplied: paid,
    events.InvoiceSettled: settled,
    events.DunningRaised: dunned,
    events.InvoiceWrittenOff: written_off,
    events.InvoiceVoided: voided,
}

invoices = view(
    "invoices",
    Invoice,
    blank,
    {event: (one("invoice_id"), change) for event, change in CHANGES.items()},
)
