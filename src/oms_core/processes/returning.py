"""Returning: goods that came back go on the shelf, aside, or nowhere, as the return says."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from oms_core.domain.order.events import Disposition, LineKind, LineReturned
from oms_core.domain.stock import commands as stock
from oms_core.kernel import Command, Event, Process


def react(event: Event, memory: None) -> Iterator[Command | Event]:
    """Say what `event` calls for."""
    del memory
    match event:
        case LineReturned(disposition=disposition, kind=LineKind.GOODS) if (
            disposition is not Disposition.WRITE_OFF
        ):
            yield stock.ReturnStock(
                event.item_id,
                f"{event.return_id}|{event.line_id}",
                event.line_id,
                event.location_id,
                event.quantity,
                disposition is Disposition.QUARANTINE,
                event.cost_minor,
                event.cost_currency,
            )


returning: Process[None] = Process("returning", {LineReturned: attrgetter("order_id")}, react, None)
