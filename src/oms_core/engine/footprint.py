"""Which streams a command is likely to touch, so that the cold ones are read together."""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.order.commands import PlaceOrder
from oms_core.engine.unit import root_stream
from oms_core.kernel import Command


def footprint(command: Command) -> Iterator[str]:
    """Name the streams. A wrong guess costs a little time and changes nothing."""
    yield root_stream(command)
    if isinstance(command, PlaceOrder):
        yield f"customer:{command.customer_id}"
        for line in command.lines:
            yield f"stock:{line.item_id}"
        for tender in command.tenders:
            yield f"payment:{tender.payment_id}"
