"""How planned, allocated and shipped units change an order: its lines and its parcels together."""

from __future__ import annotations

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.order import events
from oms_core.domain.order.state import Line, Order, Parcel, charged_line, is_goods


def planned(order: Order, event: events.FulfilmentPlanned) -> Order:
    """Open a parcel whose units all await their shelf."""
    parcel = Parcel(
        event.location_id, HashTrieMap({part.line_id: part.quantity for part in event.lines})
    )
    return replace(
        order,
        parcels=order.parcels.insert(event.fulfilment_id, parcel),
        documents=order.documents.insert(f"plan:{event.fulfilment_id}"),
    )


def allocated(order: Order, event: events.LineAllocated) -> Order:
    """Move units from released to allocated, in the line and in its parcel."""
    line, parcel = order.lines[event.line_id], order.parcels[event.fulfilment_id]
    quantity = event.quantity
    line = replace(line, released=line.released - quantity, allocated=line.allocated + quantity)
    parcel = replace(
        parcel,
        planned=_less(parcel.planned, event.line_id, quantity),
        allocated=_less(parcel.allocated, event.line_id, -quantity),
    )
    return replace(
        order,
        lines=order.lines.insert(event.line_id, line),
        parcels=order.parcels.insert(event.fulfilment_id, parcel),
    )


def requested(order: Order, event: events.AllocationCompleted) -> Order:
    """Note that the warehouse is asked."""
    parcel = replace(order.parcels[event.fulfilment_id], requested=True)
    return replace(order, parcels=order.parcels.insert(event.fulfilment_id, parcel))


def rerouted(order: Order, event: events.LineRerouted) -> Order:
    """Move units back to reserved, out of their parcel; allocated ones first."""
    parcel, line = order.parcels[event.fulfilment_id], order.lines[event.line_id]
    quantity = event.quantity
    settled = min(quantity, parcel.allocated.get(event.line_id, 0))
    line = replace(
        line,
        allocated=line.allocated - settled,
        released=line.released - (quantity - settled),
        reserved=line.reserved + quantity,
        sources=event.sources,
    )
    order = replace(
        order, lines=order.lines.insert(event.line_id, line), ready=order.ready + quantity
    )
    return withdraw(order, event.fulfilment_id, event.line_id, quantity)


def shorted(order: Order, event: events.LineShorted) -> Order:
    """Move units from allocated to unreserved, out of their parcel."""
    line, quantity = order.lines[event.line_id], event.quantity
    line = replace(line, allocated=line.allocated - quantity, unreserved=line.unreserved + quantity)
    parcel = order.parcels[event.fulfilment_id]
    parcel = replace(parcel, noted=parcel.noted | {f"shorted:{event.line_id}"})
    order = replace(
        order,
        lines=order.lines.insert(event.line_id, line),
        parcels=order.parcels.insert(event.fulfilment_id, parcel),
        waiting=order.waiting + quantity,
        unanswered=order.unanswered + quantity,
    )
    return withdraw(order, event.fulfilment_id, event.line_id, quantity)


def shipped(order: Order, event: events.LineShipped) -> Order:
    """Move units to shipped: goods from allocated, services from released."""
    line, quantity = order.lines[event.line_id], event.quantity
    bucket, count = _shipped_from(line)
    amount = event.net_minor + event.tax_minor
    line = replace(
        line,
        shipped=line.shipped + quantity,
        cost_minor=line.cost_minor + event.cost_minor,
        cost_currency=event.cost_currency or line.cost_currency,
        **{bucket: count - quantity},
    )
    parcel = order.parcels.get(event.fulfilment_id) or Parcel("")
    parcel = replace(
        parcel,
        allocated=_less(parcel.allocated, event.line_id, quantity if bucket == "allocated" else 0),
        shipped=parcel.shipped + quantity,
        charged_minor=parcel.charged_minor + amount,
        noted=parcel.noted | {f"shipped:{event.line_id}"},
        lines=(*parcel.lines, charged_line(line.terms, event)) if order.on_terms else (),
    )
    return replace(
        order,
        lines=order.lines.insert(event.line_id, line),
        parcels=order.parcels.insert(event.fulfilment_id, parcel),
        open=order.open - quantity,
        goods_open=order.goods_open - (quantity if is_goods(line.terms) else 0),
        shipped=order.shipped + quantity,
        shipped_minor=order.shipped_minor + amount,
    )


def charged(order: Order, event: events.ShipmentCharged) -> Order:
    """Close the parcel: what it carried is due."""
    return replace(
        order,
        charged_minor=order.charged_minor + event.amount_minor,
        parcels=order.parcels.discard(event.fulfilment_id),
    )


def _shipped_from(line: Line) -> tuple[str, int]:
    if is_goods(line.terms):
        return "allocated", line.allocated
    return "released", line.released


def _less(counts: HashTrieMap[str, int], key: str, quantity: int) -> HashTrieMap[str, int]:
    left = counts.get(key, 0) - quantity
    return counts.insert(key, left) if left > 0 else counts.discard(key)


def withdraw(order: Order, fulfilment_id: str, line_id: str, quantity: int) -> Order:
    """Take units out of a parcel, allocated ones first; a parcel without any is closed."""
    parcel = order.parcels[fulfilment_id]
    settled = min(quantity, parcel.allocated.get(line_id, 0))
    parcel = replace(
        parcel,
        allocated=_less(parcel.allocated, line_id, settled),
        planned=_less(parcel.planned, line_id, quantity - settled),
    )
    return _kept(order, fulfilment_id, parcel)


def unplan(order: Order, line_id: str) -> Order:
    """Take units out of the parcels that are to carry more of a line than is still released."""
    for fulfilment_id, parcel in order.latest_parcels():
        if (excess := -order.unplanned(line_id)) <= 0:
            break
        left = _less(parcel.planned, line_id, min(excess, parcel.planned.get(line_id, 0)))
        order = _kept(order, fulfilment_id, replace(parcel, planned=left))
    return order


def _kept(order: Order, fulfilment_id: str, parcel: Parcel) -> Order:
    """Keep a parcel that has units, and close one that has none."""
    if parcel.planned or parcel.allocated or parcel.shipped:
        return replace(order, parcels=order.parcels.insert(fulfilment_id, parcel))
    return replace(order, parcels=order.parcels.discard(fulfilment_id))
