"""Invoicing: what has left of an order on terms is invoiced, each parcel for itself.

The invoice copies the shares of price and tax that the order agreed on at placement. It is drafted
when the parcel is charged and goes out with the day that the clock's owner says; then it asks the
series of its year for a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from oms_core.domain.invoice import commands as invoice
from oms_core.domain.invoice import events as invoiced
from oms_core.domain.invoice.events import Content, DocumentKind, InvoiceLine
from oms_core.domain.order.events import CorrectionAccepted, ReturnAccepted, ShipmentCharged
from oms_core.domain.series import commands as series
from oms_core.domain.series.events import NumberAssigned
from oms_core.kernel import Command, Event, Process
from oms_core.kernel.identity import account_of, successor_of
from oms_core.policies.config import Policies


def content(
    kind: DocumentKind,
    series_id: str,
    event: ShipmentCharged | ReturnAccepted | CorrectionAccepted,
    dunning_days: tuple[int, ...] = (),
    refers_to: str = "",
) -> Content:
    """Return what a document says of what has left, or has come back: a copy, nothing worked out.

    `series_id` is the beginning of the name of its series.
    """
    return Content(
        kind,
        account_of(event.customer_id, event.currency),
        event.customer_id,
        event.order_id,
        event.currency,
        next((tender.terms for tender in event.tenders if tender.terms), ""),
        series_id,
        tuple(
            InvoiceLine(
                line.line_id,
                line.item_id,
                line.sku,
                line.quantity,
                line.unit_price,
                line.net_minor,
                line.tax_minor,
            )
            for line in event.lines
        ),
        dunning_days,
        refers_to,
    )


def is_on_terms(event: ShipmentCharged | ReturnAccepted) -> bool:
    """Say whether the customer is invoiced, and credited, for this."""
    return any(tender.terms for tender in event.tenders)


def _by_fulfilment(event: ShipmentCharged) -> str | None:
    return event.fulfilment_id if is_on_terms(event) else None


def _by_invoice(event: Any) -> str:
    return str(event.invoice_id)


def _by_document(event: NumberAssigned) -> str:
    return event.document_id


def invoicing(policies: Policies) -> Process[None]:
    """Return the process that invoices in the name of the shop's legal entity."""

    def react(event: Event, memory: None) -> Iterator[Command | Event]:
        del memory
        match event:
            case ShipmentCharged(fulfilment_id=fulfilment_id):
                yield invoice.DraftInvoice(
                    fulfilment_id,
                    content(
                        DocumentKind.INVOICE,
                        policies.invoice_series,
                        event,
                        policies.dunning_days,
                    ),
                )
            case invoiced.NumberRequested(invoice_id, series_id):
                yield series.AssignNumber(series_id, invoice_id)
            case NumberAssigned(series_id, _, document_id, text):
                yield invoice.RecordNumber(document_id, series_id, text)
            case invoiced.InvoiceVoided(invoice_id=invoice_id):
                yield invoice.DraftInvoice(successor_of(invoice_id), event.content)

    route: dict[type[Event], Callable[[Any], str | None]] = {
        ShipmentCharged: _by_fulfilment,
        invoiced.NumberRequested: _by_invoice,
        NumberAssigned: _by_document,
        invoiced.InvoiceVoided: _by_invoice,
    }
    return Process("invoicing", route, react, None)
