"""How a tender that lapses gives its place to another."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from oms_core.domain.order import events
from oms_core.domain.order.state import Order, Renewal


def requested(order: Order, event: events.TenderRenewalRequested) -> Order:
    """Remember what is asked for, and instead of what."""
    renewal = Renewal(event.payment_id, event.renewal, event.pay_by)
    return replace(order, renewals=order.renewals.insert(event.renewal.payment_id, renewal))


def renewed(order: Order, event: events.TenderRenewed) -> Order:
    """Leave to the tender what was charged to it, and give the rest to the one that follows it."""
    fresh = order.renewals[event.renewal_id].tender
    renewals, documents = order.renewals.discard(event.renewal_id), order.documents
    for payment_id in (event.payment_id, *event.dropped):
        renewals = renewals.discard(payment_id)
        documents = documents.insert(f"tender:{payment_id}")
    return replace(
        order,
        paid_by=tuple(_split(order, event.payment_id, fresh)),
        further=(),
        renewals=renewals,
        documents=documents,
    )


def _split(order: Order, payment_id: str, fresh: events.Tender) -> Iterator[events.Tender]:
    base = 0
    for tender in order.tenders:
        if tender.payment_id == payment_id:
            charged = min(max(order.charged_minor - base, 0), tender.amount_minor)
            yield replace(tender, amount_minor=charged)
            yield replace(fresh, amount_minor=tender.amount_minor - charged)
        else:
            yield tender
        base += tender.amount_minor


def declined(order: Order, event: events.TenderRenewalDeclined) -> Order:
    """Remember that it was declined; it may still turn out to be certain."""
    renewal = replace(order.renewals[event.renewal_id], declined=True)
    return replace(order, renewals=order.renewals.insert(event.renewal_id, renewal))
