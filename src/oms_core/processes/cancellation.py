"""Cancellation: what was done for the cancelled units is undone, last step first."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from oms_core.domain.fulfilment import commands as fulfilment
from oms_core.domain.fulfilment import events as fulfilled
from oms_core.domain.order.events import LineCancelled
from oms_core.domain.stock import commands as stock
from oms_core.kernel import Command, Event, Process


def react(event: Event, memory: None) -> Iterator[Command | Event]:
    """Say what `event` calls for."""
    del memory
    match event:
        case LineCancelled(line_id=line_id, item_id=item_id, withdrawn=withdrawn):
            for parcel in withdrawn:
                yield fulfilment.CancelFulfilment(parcel.fulfilment_id)
            if kept := event.reserved + event.released:
                yield stock.ReleaseReservation(item_id, line_id, kept)
            if event.backordered:
                yield stock.CancelBackorder(item_id, line_id, event.backordered)
        case fulfilled.FulfilmentCancelled(fulfilment_id=fulfilment_id, lines=lines):
            for line in lines:
                yield stock.DeallocateStock(line.item_id, line.line_id, fulfilment_id)


cancellation: Process[None] = Process(
    "cancellation",
    {
        LineCancelled: attrgetter("order_id"),
        fulfilled.FulfilmentCancelled: attrgetter("order_id"),
    },
    react,
    None,
)
