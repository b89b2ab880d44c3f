"""Quoting: an accepted quote becomes an order, at its prices and on its terms."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    Destination,
    OnShortage,
    OrderLine,
    Tender,
    TenderMethod,
)
from oms_core.domain.quote.events import QuoteAccepted
from oms_core.kernel import Command, Event, Process


def react(event: Event, memory: None) -> Iterator[Command | Event]:
    """Say what `event` calls for."""
    del memory
    match event:
        case QuoteAccepted(quote_id=quote_id, buyer=buyer, lines=lines):
            order_id = f"{buyer.channel}:{quote_id}"
            total = sum(line.net_minor + line.tax_minor for line in lines)
            yield order.PlaceOrder(
                order_id,
                buyer.channel,
                quote_id,
                buyer.customer_id,
                buyer.currency,
                tuple(
                    OrderLine(
                        f"{order_id}/{number}",
                        line.item_id,
                        line.sku,
                        line.quantity,
                        line.unit_price,
                        line.net_minor,
                        line.tax_minor,
                    )
                    for number, line in enumerate(lines, 1)
                ),
                (Tender(f"{order_id}/p1", TenderMethod.ACCOUNT, total, terms=event.terms),),
                Destination(buyer.country, buyer.postal_code, buyer.sealed),
                OnShortage.SPLIT,
                event.accepted_at,
            )


quoting: Process[None] = Process("quoting", {QuoteAccepted: attrgetter("quote_id")}, react, None)
