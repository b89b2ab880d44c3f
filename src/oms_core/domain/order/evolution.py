"""How each event changes an order. Events are facts: nothing here refuses one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.order import amended, carriage, events, renewed
from oms_core.domain.order.state import (
    COUPON,
    Order,
    Phase,
    begun,
    correction_key,
    is_goods,
    needs_authorization,
)
from oms_core.kernel import evolving, unchanged

CANCELLED_FROM = ("unreserved", "backordered", "reserved", "released", "allocated")
"""The buckets that cancelled units are taken from: those that cost the least to undo come first."""


def placed(order: Order, event: events.OrderPlaced) -> Order:
    """Begin with every unit of goods unreserved; services need no stock and are released."""
    lines = HashTrieMap({line.line_id: begun(line) for line in event.lines})
    goods = sum(line.quantity for line in event.lines if is_goods(line))
    awaiting = frozenset(t.payment_id for t in event.tenders if needs_authorization(t))
    if event.coupons:
        awaiting |= {f"{COUPON}{code}" for code in event.coupons}
    return replace(
        order,
        phase=Phase.PLACED,
        refusals=(),
        placed=event,
        lines=lines,
        awaiting=awaiting,
        waiting=goods,
        unanswered=goods,
        goods_open=goods,
        open=sum(line.quantity for line in event.lines),
    )


def rejected(order: Order, event: events.OrderRejected) -> Order:
    """Remember why."""
    return replace(order, phase=Phase.REJECTED, refusals=event.reasons)


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
        unanswered=order.unanswered - (quantity - awaited),
        ready=order.ready + quantity,
    )


def backordered(order: Order, event: events.LineBackordered) -> Order:
    """Move units from unreserved to backordered."""
    line, quantity = order.lines[event.line_id], event.quantity
    line = replace(
        line, unreserved=line.unreserved - quantity, backordered=line.backordered + quantity
    )
    return replace(
        order,
        lines=order.lines.insert(event.line_id, line),
        unanswered=order.unanswered - quantity,
    )


def unreserved(order: Order, event: events.LineUnreserved) -> Order:
    """Move units from reserved back to unreserved."""
    line, quantity = order.lines[event.line_id], event.quantity
    line = replace(line, reserved=line.reserved - quantity, unreserved=line.unreserved + quantity)
    return replace(
        order,
        lines=order.lines.insert(event.line_id, line),
        waiting=order.waiting + quantity,
        unanswered=order.unanswered + quantity,
        ready=order.ready - quantity,
    )


def authorized(order: Order, event: events.TenderAuthorized) -> Order:
    """Wait for one tender less."""
    return replace(order, awaiting=order.awaiting - {event.payment_id})


def coupon_settled(order: Order, event: events.CouponSettled) -> Order:
    """Wait for one coupon less."""
    return replace(order, awaiting=order.awaiting - {f"{COUPON}{event.code}"})


def released(order: Order, event: events.OrderReleased) -> Order:
    """Move units from reserved to released."""
    lines, total = order.lines, 0
    for part in event.lines:
        line, quantity = lines[part.line_id], part.quantity
        line = replace(line, reserved=line.reserved - quantity, released=line.released + quantity)
        lines, total = lines.insert(part.line_id, line), total + quantity
    return replace(order, lines=lines, ready=order.ready - total)


def revoked(order: Order, event: events.ReleaseRevoked) -> Order:
    """Move units from released back to reserved."""
    lines, total = order.lines, 0
    for part in event.lines:
        line, quantity = lines[part.line_id], part.quantity
        line = replace(line, released=line.released - quantity, reserved=line.reserved + quantity)
        lines, total = lines.insert(part.line_id, line), total + quantity
    return replace(order, lines=lines, ready=order.ready + total)


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
        unanswered=order.unanswered - event.unreserved,
        ready=order.ready - event.reserved,
        open=order.open - quantity,
        goods_open=order.goods_open - (quantity if is_goods(line.terms) else 0),
        documents=order.documents.insert(f"cancellation:{event.cancellation_id}"),
    )
    for part in event.withdrawn:
        order = carriage.withdraw(order, part.fulfilment_id, event.line_id, part.quantity)
    return carriage.unplan(order, event.line_id)


def returned(order: Order, event: events.LineReturned) -> Order:
    """Count units as returned."""
    line = order.lines[event.line_id]
    line = replace(
        line,
        returned=line.returned + event.quantity,
        cost_returned_minor=line.cost_returned_minor + event.cost_minor,
    )
    return _credited(replace(order, lines=order.lines.insert(event.line_id, line)), event)


def _credited(order: Order, part: events.LineReturned | events.ChargedLine) -> Order:
    line = order.lines[part.line_id]
    line = replace(
        line,
        credited_net_minor=line.credited_net_minor + part.net_minor,
        credited_tax_minor=line.credited_tax_minor + part.tax_minor,
    )
    return replace(order, lines=order.lines.insert(part.line_id, line))


def correction_accepted(order: Order, event: events.CorrectionAccepted) -> Order:
    """Remember the correction and what is owed for it, by line."""
    for part in event.lines:
        order = _credited(order, part)
    return replace(
        order,
        corrected_minor=order.corrected_minor + event.amount_minor,
        documents=order.documents.insert(correction_key(event.invoice_id, event.correction_id)),
    )


def correction_declined(order: Order, event: events.CorrectionDeclined) -> Order:
    """Remember that the correction was heard."""
    return replace(
        order,
        documents=order.documents.insert(correction_key(event.invoice_id, event.correction_id)),
    )


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
    return replace(
        order,
        holds=order.holds.insert(event.hold_id, ()),
        kept=order.kept.discard(event.hold_id),
    )


def kept(order: Order, event: events.HoldKept) -> Order:
    """Remember why the hold still stands."""
    return replace(order, kept=order.kept.insert(event.hold_id, event.note))


def promise_reviewed(order: Order, event: events.PromiseReviewed) -> Order:
    """Remember which moment was waited for last."""
    return replace(order, reviewed=(event.ship_by, event.due_at))


def flag_requested(order: Order, event: events.FlagRequested) -> Order:
    """Await a code."""
    return replace(order, flags=order.flags.insert(event.kind, ""))


def flagged(order: Order, event: events.OrderFlagged) -> Order:
    """Bear the code."""
    return replace(order, flags=order.flags.insert(event.kind, event.code))


def into(phase: Phase) -> Callable[[Order, object], Order]:
    """Return the change that puts an order as a whole into `phase`."""
    return lambda order, _: replace(order, phase=phase)


evolve: Callable[[Order, Any], Order] = evolving(
    {
        events.OrderPlaced: placed,
        events.OrderRejected: rejected,
        events.OrderHeld: held,
        events.HoldResolved: resolved,
        events.HoldKept: kept,
        events.LineReserved: reserved,
        events.LineBackordered: backordered,
        events.LineUnreserved: unreserved,
        events.SurplusReleased: unchanged,
        events.ReservationRetried: unchanged,
        events.TenderAuthorized: authorized,
        events.TenderRenewalRequested: renewed.requested,
        events.TenderRenewed: renewed.renewed,
        events.TenderRenewalDeclined: renewed.declined,
        events.CouponSettled: coupon_settled,
        events.OrderReleased: released,
        events.FulfilmentPlanned: carriage.planned,
        events.LineAllocated: carriage.allocated,
        events.AllocationCompleted: carriage.requested,
        events.LineRerouted: carriage.rerouted,
        events.ReleaseRevoked: revoked,
        events.LineShorted: carriage.shorted,
        events.LineShipped: carriage.shipped,
        events.ShipmentCharged: carriage.charged,
        events.ParcelDelivered: delivered,
        events.LineCancelled: cancelled,
        events.OrderCancelled: into(Phase.CANCELLED),
        events.LineReturned: returned,
        events.ReturnAccepted: return_accepted,
        events.ChangeProposed: amended.proposed,
        events.ChangePaymentRequested: amended.payment_requested,
        events.ChangePaymentSecured: amended.payment_secured,
        events.ChangeConfirmed: amended.confirmed,
        events.ChangeDeclined: amended.declined,
        events.CorrectionAccepted: correction_accepted,
        events.CorrectionDeclined: correction_declined,
        events.PromiseReviewed: promise_reviewed,
        events.FlagRequested: flag_requested,
        events.OrderFlagged: flagged,
        events.OrderCompleted: into(Phase.COMPLETED),
    }
)
