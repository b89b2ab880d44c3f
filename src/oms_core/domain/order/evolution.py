"""How each event changes an order. Events are facts: nothing here refuses one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.order import events
from oms_core.domain.order.state import Line, Order, Parcel, Phase, is_goods, needs_authorization
from oms_core.kernel import evolving, unchanged

CANCELLED_FROM = ("unreserved", "backordered", "reserved", "released", "allocated")
"""The buckets that cancelled units are taken from: those that cost the least to undo come first."""


def placed(order: Order, event: events.OrderPlaced) -> Order:
    """Begin with every unit of goods unreserved; services need no stock and are released."""
    lines = HashTrieMap(
        {
            line.line_id: Line(line, unreserved=line.quantity)
            if is_goods(line)
            else Line(line, released=line.quantity)
            for line in event.lines
        }
    )
    goods = sum(line.quantity for line in event.lines if is_goods(line))
    return replace(
        order,
        phase=Phase.PLACED,
        placed=event,
        lines=lines,
        awaiting=frozenset(t.payment_id for t in event.tenders if needs_authorization(t)),
        waiting=goods,
        goods_open=goods,
        open=sum(line.quantity for line in event.lines),
    )


def reserved(order: Order, event: events.LineReserved) -> Order:
    """Move units to reserved: stock serves those that wait for supply before any others."""
    line, quantity = order.lines[event.line_id], event.quantity
    awaited = min(quantity, line.backordered)
    line = replace(
        line,
        backordered=line.backordered - awaited,
        unreserved=line.unreserved - (quantity - awaited),
        reserved=line.reserved + quantity,
        sources=event.sources,
    )
    return replace(
        order,
        lines=order.lines.insert(event.line_id, line),
        waiting=order.waiting - quantity,
        ready=order.ready + quantity,
    )


def backordered(order: Order, event: events.LineBackordered) -> Order:
    """Move units from unreserved to backordered."""
    line, quantity = order.lines[event.line_id], event.quantity
    line = replace(
        line, unreserved=line.unreserved - quantity, backordered=line.backordered + quantity
    )
    return replace(order, lines=order.lines.insert(event.line_id, line))


def unreserved(order: Order, event: events.LineUnreserved) -> Order:
    """Move units from reserved back to unreserved."""
    line, quantity = order.lines[event.line_id], event.quantity
    line = replace(line, reserved=line.reserved - quantity, unreserved=line.unreserved + quantity)
    return replace(
        order,
        lines=order.lines.insert(event.line_id, line),
        waiting=order.waiting + quantity,
        ready=order.ready - quantity,
    )


def authorized(order: Order, event: events.TenderAuthorized) -> Order:
    """Wait for one tender less."""
    return replace(order, awaiting=order.awaiting - {event.payment_id})


def released(order: Order, event: events.OrderReleased) -> Order:
    """Move units from reserved to released."""
    lines, total = order.lines, 0
    for part in event.lines:
        line, quantity = lines[part.line_id], part.quantity
        line = replace(line, reserved=line.reserved - quantity, released=line.released + quantity)
        lines, total = lines.insert(part.line_id, line), total + quantity
    return replace(order, lines=lines, ready=order.ready - total)


def planned(order: Order, event: events.FulfilmentPlanned) -> Order:
    """Open a parcel whose units all await their shelf."""
    parcel = Parcel(
        event.location_id, HashTrieMap({part.line_id: part.quantity for part in event.lines})
    )
    return replace(order, parcels=order.parcels.insert(event.fulfilment_id, parcel))


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
    return _withdraw(order, event.fulfilment_id, event.line_id, quantity)


def revoked(order: Order, event: events.ReleaseRevoked) -> Order:
    """Move units from released back to reserved."""
    lines, total = order.lines, 0
    for part in event.lines:
        line, quantity = lines[part.line_id], part.quantity
        line = replace(line, released=line.released - quantity, reserved=line.reserved + quantity)
        lines, total = lines.insert(part.line_id, line), total + quantity
    return replace(order, lines=lines, ready=order.ready + total)


def shorted(order: Order, event: events.LineShorted) -> Order:
    """Move units from allocated to unreserved, out of their parcel."""
    line, quantity = order.lines[event.line_id], event.quantity
    line = replace(line, allocated=line.allocated - quantity, unreserved=line.unreserved + quantity)
    order = replace(
        order, lines=order.lines.insert(event.line_id, line), waiting=order.waiting + quantity
    )
    return _withdraw(order, event.fulfilment_id, event.line_id, quantity)


def shipped(order: Order, event: events.LineShipped) -> Order:
    """Move units to shipped: goods from allocated, services from released."""
    line, quantity = order.lines[event.line_id], event.quantity
    bucket, count = _shipped_from(line)
    amount = event.net_minor + event.tax_minor
    line = replace(
        line,
        shipped=line.shipped + quantity,
        cost_minor=line.cost_minor + event.cost_minor,
        cost_currency=event.cost_currency,
        **{bucket: count - quantity},
    )
    parcel = order.parcels.get(event.fulfilment_id) or Parcel("")
    parcel = replace(
        parcel,
        allocated=_less(parcel.allocated, event.line_id, quantity if bucket == "allocated" else 0),
        shipped=parcel.shipped + quantity,
        charged_minor=parcel.charged_minor + amount,
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


def delivered(order: Order, event: events.ParcelDelivered) -> Order:
    """Count units as delivered."""
    lines = order.lines
    for part in event.lines:
        line = lines[part.line_id]
        lines = lines.insert(part.line_id, replace(line, delivered=line.delivered + part.quantity))
    documents = order.documents.insert(f"delivery:{event.fulfilment_id}")
    return replace(order, lines=lines, documents=documents)


def cancelled(order: Order, event: events.LineCancelled) -> Order:
    """Take units out of the buckets that the event names, and out of their parcels."""
    line, quantity = order.lines[event.line_id], event.quantity
    taken = {bucket: getattr(line, bucket) - getattr(event, bucket) for bucket in CANCELLED_FROM}
    line = replace(line, cancelled=line.cancelled + quantity, **taken)
    order = replace(
        order,
        lines=order.lines.insert(event.line_id, line),
        waiting=order.waiting - event.unreserved - event.backordered,
        ready=order.ready - event.reserved,
        open=order.open - quantity,
        goods_open=order.goods_open - (quantity if is_goods(line.terms) else 0),
        documents=order.documents.insert(f"cancellation:{event.cancellation_id}"),
    )
    for part in event.withdrawn:
        order = _withdraw(order, part.fulfilment_id, event.line_id, part.quantity)
    return order


def returned(order: Order, event: events.LineReturned) -> Order:
    """Count units as returned."""
    line = order.lines[event.line_id]
    line = replace(line, returned=line.returned + event.quantity)
    return replace(order, lines=order.lines.insert(event.line_id, line))


def return_accepted(order: Order, event: events.ReturnAccepted) -> Order:
    """Remember the return and what is owed for it."""
    return replace(
        order,
        refunded_minor=order.refunded_minor + event.amount_minor,
        documents=order.documents.insert(f"return:{event.return_id}"),
    )


def held(order: Order, event: events.OrderHeld) -> Order:
    """Put a hold in the way of what it blocks."""
    return replace(order, holds=order.holds.insert(event.hold_id, event.blocks))


def resolved(order: Order, event: events.HoldResolved) -> Order:
    """Let the hold block nothing; it is remembered, so that it is not raised again by a repeat."""
    return replace(order, holds=order.holds.insert(event.hold_id, ()))


def flag_requested(order: Order, event: events.FlagRequested) -> Order:
    """Await a code."""
    return replace(order, flags=order.flags.insert(event.kind, ""))


def flagged(order: Order, event: events.OrderFlagged) -> Order:
    """Bear the code."""
    return replace(order, flags=order.flags.insert(event.kind, event.code))


def into(phase: Phase) -> Callable[[Order, object], Order]:
    """Return the change that puts an order as a whole into `phase`."""
    return lambda order, _: replace(order, phase=phase)


def _shipped_from(line: Line) -> tuple[str, int]:
    if is_goods(line.terms):
        return "allocated", line.allocated
    return "released", line.released


def _less(counts: HashTrieMap[str, int], key: str, quantity: int) -> HashTrieMap[str, int]:
    left = counts.get(key, 0) - quantity
    return counts.insert(key, left) if left > 0 else counts.discard(key)


def _withdraw(order: Order, fulfilment_id: str, line_id: str, quantity: int) -> Order:
    """Take units out of a parcel, allocated ones first; a parcel without any is closed."""
    parcel = order.parcels[fulfilment_id]
    settled = min(quantity, parcel.allocated.get(line_id, 0))
    parcel = replace(
        parcel,
        allocated=_less(parcel.allocated, line_id, settled),
        planned=_less(parcel.planned, line_id, quantity - settled),
    )
    if parcel.planned or parcel.allocated or parcel.shipped:
        return replace(order, parcels=order.parcels.insert(fulfilment_id, parcel))
    return replace(order, parcels=order.parcels.discard(fulfilment_id))


evolve: Callable[[Order, Any], Order] = evolving(
    {
        events.OrderPlaced: placed,
        events.OrderRejected: into(Phase.REJECTED),
        events.OrderHeld: held,
        events.HoldResolved: resolved,
        events.LineReserved: reserved,
        events.LineBackordered: backordered,
        events.LineUnreserved: unreserved,
        events.SurplusReleased: unchanged,
        events.ReservationRetried: unchanged,
        events.TenderAuthorized: authorized,
        events.OrderReleased: released,
        events.FulfilmentPlanned: planned,
        events.LineAllocated: allocated,
        events.AllocationCompleted: requested,
        events.LineRerouted: rerouted,
        events.ReleaseRevoked: revoked,
        events.LineShorted: shorted,
        events.LineShipped: shipped,
        events.ShipmentCharged: charged,
        events.ParcelDelivered: delivered,
        events.LineCancelled: cancelled,
        events.OrderCancelled: into(Phase.CANCELLED),
        events.LineReturned: returned,
        events.ReturnAccepted: return_accepted,
        events.FlagRequested: flag_requested,
        events.OrderFlagged: flagged,
        events.OrderCompleted: into(Phase.COMPLETED),
    }
)
