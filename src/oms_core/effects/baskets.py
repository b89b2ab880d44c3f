"""What somebody has left in a cart."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from oms_core.domain.cart import events
from oms_core.domain.notice.events import NoticeRequested, Why
from oms_core.effects.items import Item, Matter
from oms_core.kernel import Event


def basket(request: NoticeRequested, history: Sequence[Event]) -> Matter | Why:
    """Say what is in a cart; nothing, if somebody came back, bought it, or let it lapse."""
    lines: dict[str, events.CartLine] = {}
    left = Matter()
    for event in history:
        match event:
            case events.CartOpened(cart_id, _, _, currency):
                left = replace(left, cart_id=cart_id, currency=currency)
            case events.CartLineAdded(_, line):
                lines[line.line_id] = line
            case events.CartLineChanged(line_id=line_id, quantity=quantity, price=price):
                lines[line_id] = replace(lines[line_id], quantity=quantity, price=price)
            case events.CartLineDeclined(line_id=line_id, available=available, price=price):
                lines[line_id] = replace(lines[line_id], quantity=available, price=price)
            case events.CartLineRemoved(line_id=line_id):
                del lines[line_id]
            case events.CartAbandoned(customer_id=customer_id):
                left = replace(left, customer_id=customer_id, at=event.abandoned_at)
            case events.CartReopened(episode=episode):
                if episode > int(request.subject_id.rpartition("|")[2]):
                    return Why.OUTDATED
            case events.CartConverted() | events.CartExpired():
                return Why.OUTDATED
    items = tuple(
        Item(line.item_id, line.sku, line.quantity, line.price.net_minor)
        for line in lines.values()
        if line.quantity
    )
    if not items:
        return Why.OUTDATED
    return replace(
        left,
        items=items,
        net_minor=sum(line.price.net_minor for line in lines.values()),
        tax_minor=sum(line.price.tax_minor for line in lines.values()),
    )
