"""Which streams a command is likely to touch, so that the cold ones are read together."""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.cart.commands import AddToCart
from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import TenderMethod
from oms_core.domain.payment.commands import ReportAuthorization
from oms_core.domain.profile.commands import UpsertProfile
from oms_core.engine.unit import root_stream
from oms_core.kernel import Command
from oms_core.kernel.identity import account_of, order_of


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
            if tender.method is TenderMethod.GIFT_CARD:
                yield f"giftcard:{tender.token}"
        for code in command.coupons:
            yield f"coupon:{code}"
        if any(tender.terms for tender in command.tenders):
            yield f"account:{account_of(command.customer_id, command.currency)}"
        if not payable:
            yield from _released(command.order_id)
    elif isinstance(command, UpsertProfile):
        yield f"customer:{command.survivor_id or command.customer_id}"
    elif isinstance(command, AddToCart):
        yield f"stock:{command.item_id}"
    elif isinstance(command, ReportAuthorization):
        order_id = order_of(command.payment_id)
        yield f"order:{order_id}"
        yield from _released(order_id)


def _released(order_id: str) -> Iterator[str]:
    """Name what an order touches with nothing to wait for: it is routed, mostly to one parcel."""
    yield f"routing:{order_id}"
    yield f"fulfilment:{order_id}/f1.1"
