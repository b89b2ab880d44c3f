"""Dispatch: when a parcel leaves or arrives, stock and order are told unit by unit.

What has left over the counter has arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from oms_core.domain.fulfilment import commands as fulfilment
from oms_core.domain.fulfilment import events as fulfilled
from oms_core.domain.order import commands as order
from oms_core.domain.order.events import PlannedLine, ShipmentCharged
from oms_core.domain.stock import commands as stock
from oms_core.domain.stock import events as stocked
from oms_core.kernel import Command, Event, Process
from oms_core.kernel.identity import order_of


def react(event: Event, memory: None) -> Iterator[Command | Event]:
    """Say what `event` calls for."""
    del memory
    match event:
        case fulfilled.FulfilmentShipped(fulfilment_id, _, _, lines):
            for line in lines:
                yield stock.ShipStock(line.item_id, line.line_id, fulfilment_id, line.quantity)
        case stocked.StockShipped(line_id=line_id, fulfilment_id=fulfilment_id):
            yield order.RecordShipment(
                order_of(line_id),
                line_id,
                event.quantity,
                fulfilment_id,
                event.cost_minor,
                event.currency,
            )
        case stocked.StockShorted(line_id=line_id, fulfilment_id=fulfilment_id):
            yield order.RecordShort(order_of(line_id), line_id, event.quantity, fulfilment_id)
        case ShipmentCharged(fulfilment_id=fulfilment_id):
            yield fulfilment.DeliverFulfilment(fulfilment_id)
        case fulfilled.FulfilmentDelivered(fulfilment_id, order_id, lines):
            parts = tuple(PlannedLine(p.line_id, p.item_id, p.quantity) for p in lines)
            yield order.RecordDelivery(order_id, fulfilment_id, parts)


def _handed_over(event: ShipmentCharged) -> str | None:
    return event.order_id if event.sold_at else None


def _by_line(event: stocked.StockShipped) -> str:
    return order_of(event.line_id)


dispatch: Process[None] = Process(
    "dispatch",
    {
        fulfilled.FulfilmentShipped: attrgetter("order_id"),
        stocked.StockShipped: _by_line,
        stocked.StockShorted: _by_line,
        ShipmentCharged: _handed_over,
        fulfilled.FulfilmentDelivered: attrgetter("order_id"),
    },
    react,
    None,
)
