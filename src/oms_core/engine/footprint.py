"""Which streams a command is likely to touch, so that the cold ones are read together."""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import TenderMethod
from oms_core.engine.unit import root_stream
from oms_core.kernel import Command


def footprint(command: Command) -> Iterator[str]:
    """Name the streams. A wrong guess costs a little time and changes nothing."""
    yield root_stream(command)
    if isinstance(command, PlaceOrder):
        yield f"customer:{command.customer_id}"
        for line in command.lines:
            yield f"stock:{line.item_id}"
        payable = [t for t in command.tenders if t.method is not TenderMethod.ACCOUNT]
        for tender in payable:
            yield f"payment:{tender.payment_id}"
        if not payable:  # Nothing to wait for: it is routed at once, mostly into one parcel.
            yield f"routing:{command.order_id}"
            yield f"fulfilment:{command.order_id}/f1.1"
