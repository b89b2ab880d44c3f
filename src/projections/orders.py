"""The order list: one row for each order, with what one would call its status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oms_core.domain.order import events
from oms_core.domain.payment import events as paid
from oms_core.kernel import Event, Recorded
from projections.order_row import CLOSED, Flag, OpenHold, Order, Reason, label
from projections.rules import Change, one, view


def blank(key: str, _: Any) -> Order:
    """Return an order that nothing is known of but its id."""
    return Order(key)


def placed(order: Order, event: events.OrderPlaced, _: Recorded) -> Order:
    """Begin, or begin again after a rejection."""
    goods = sum(line.quantity for line in event.lines if line.kind is events.LineKind.GOODS)
    units = sum(line.quantity for line in event.lines)
    return Order(
        event.order_id,
        "placed",
        event.channel,
        event.external_ref,
        event.customer_id,
        event.ship_to.country,
        event.currency,
        event.purpose.value,
        event.replaces,
        len(event.lines),
        units,
        goods,
        units_service=units - goods,
        total_minor=sum(line.net_minor + line.tax_minor for line in event.lines),
        awaiting=tuple(
            tender.payment_id
            for tender in event.tenders
            if tender.method is not events.TenderMethod.ACCOUNT or tender.terms
        ),
        flags=order.flags,
        placed_at=event.placed_at,
        ship_by=event.ship_by,
        services=tuple(
            line.line_id for line in event.lines if line.kind is not events.LineKind.GOODS
        ),
    )


def changed(order: Order, event: events.ChangeConfirmed, _: Recorded) -> Order:
    """Add the new lines; what was given up is cancelled by events of its own."""
    goods = sum(line.quantity for line in event.added if line.kind is events.LineKind.GOODS)
    units = sum(line.quantity for line in event.added)
    services = (line.line_id for line in event.added if line.kind is not events.LineKind.GOODS)
    return replace(
        order,
        lines=order.lines + len(event.added),
        units_ordered=order.units_ordered + units,
        units_unreserved=order.units_unreserved + goods,
        units_service=order.units_service + units - goods,
        total_minor=order.total_minor
        + sum(line.net_minor + line.tax_minor for line in event.added),
        services=(*order.services, *services),
    )


def rejected(order: Order, event: events.OrderRejected, recorded: Recorded) -> Order:
    """Say why not."""
    return replace(
        order,
        state="rejected",
        channel=event.channel,
        external_ref=event.external_ref,
        rejections=tuple(Reason(reason.code, reason.detail) for reason in event.reasons),
        closed_at=recorded.occurred_at,
    )


def held(order: Order, event: events.OrderHeld, _: Recorded) -> Order:
    """Show one hold more."""
    others = tuple(hold for hold in order.holds if hold.hold_id != event.hold_id)
    hold = OpenHold(event.hold_id, event.kind.value, event.reason)
    return replace(order, holds=(*others, hold))


def resolved(order: Order, event: events.HoldResolved, _: Recorded) -> Order:
    """Show one hold less."""
    return replace(
        order, holds=tuple(hold for hold in order.holds if hold.hold_id != event.hold_id)
    )


def reserved(order: Order, event: events.LineReserved, _: Recorded) -> Order:
    """Move units to reserved, those that waited for supply before any others."""
    quantity, served = event.quantity, 0
    backorders = order.backorders
    if order.units_backordered:
        waiting = backorders.get(event.line_id, 0)
        served = min(quantity, waiting)
        if served:
            backorders = (
                backorders.insert(event.line_id, waiting - served)
                if waiting > served
                else backorders.discard(event.line_id)
            )
    return replace(
        order,
        units_reserved=order.units_reserved + quantity,
        units_backordered=order.units_backordered - served,
        units_unreserved=order.units_unreserved - (quantity - served),
        backorders=backorders,
    )


def backordered(order: Order, event: events.LineBackordered, _: Recorded) -> Order:
    """Move units from unreserved to backordered."""
    waiting = order.backorders.get(event.line_id, 0) + event.quantity
    return replace(
        order,
        units_unreserved=order.units_unreserved - event.quantity,
        units_backordered=order.units_backordered + event.quantity,
        backorders=order.backorders.insert(event.line_id, waiting),
    )


def unreserved(order: Order, event: events.LineUnreserved, _: Recorded) -> Order:
    """Move units from reserved back to unreserved."""
    return replace(
        order,
        units_reserved=order.units_reserved - event.quantity,
        units_unreserved=order.units_unreserved + event.quantity,
    )


def authorized(order: Order, event: events.TenderAuthorized, _: Recorded) -> Order:
    """Wait for one tender less."""
    return replace(
        order, awaiting=tuple(name for name in order.awaiting if name != event.payment_id)
    )


def released(order: Order, event: events.OrderReleased, _: Recorded) -> Order:
    """Move units from reserved to released."""
    quantity = sum(line.quantity for line in event.lines)
    return replace(
        order,
        units_reserved=order.units_reserved - quantity,
        units_released=order.units_released + quantity,
    )


def revoked(order: Order, event: events.ReleaseRevoked, _: Recorded) -> Order:
    """Move units from released back to reserved."""
    quantity = sum(line.quantity for line in event.lines)
    return replace(
        order,
        units_reserved=order.units_reserved + quantity,
        units_released=order.units_released - quantity,
    )


def shorted(order: Order, event: events.LineShorted, _: Recorded) -> Order:
    """Move units from released back to unreserved."""
    return replace(
        order,
        units_released=order.units_released - event.quantity,
        units_unreserved=order.units_unreserved + event.quantity,
    )


def shipped(order: Order, event: events.LineShipped, recorded: Recorded) -> Order:
    """Move units from released to shipped; a service is shipped by being charged."""
    service = event.quantity if event.line_id in order.services else 0
    return replace(
        order,
        units_service=order.units_service - service,
        units_released=order.units_released - event.quantity + service,
        units_shipped=order.units_shipped + event.quantity,
        shipped_minor=order.shipped_minor + event.net_minor + event.tax_minor,
        first_shipped_at=order.first_shipped_at or recorded.occurred_at,
        last_shipped_at=recorded.occurred_at,
    )


def delivered(order: Order, event: events.ParcelDelivered, _: Recorded) -> Order:
    """Count units as delivered."""
    quantity = sum(line.quantity for line in event.lines)
    return replace(order, units_delivered=order.units_delivered + quantity)


def line_cancelled(order: Order, event: events.LineCancelled, _: Recorded) -> Order:
    """Take units out of the buckets that the event names."""
    backorders = order.backorders
    service = event.released if event.line_id in order.services else 0
    if event.backordered:
        rest = backorders.get(event.line_id, 0) - event.backordered
        backorders = (
            backorders.insert(event.line_id, rest)
            if rest > 0
            else backorders.discard(event.line_id)
        )
    return replace(
        order,
        units_unreserved=order.units_unreserved - event.unreserved,
        units_backordered=order.units_backordered - event.backordered,
        units_reserved=order.units_reserved - event.reserved,
        units_service=order.units_service - service,
        units_released=order.units_released - event.released - event.allocated + service,
        units_cancelled=order.units_cancelled + event.quantity,
        cancelled_minor=order.cancelled_minor + event.net_minor + event.tax_minor,
        backorders=backorders,
    )


def cancelled(order: Order, _: events.OrderCancelled, recorded: Recorded) -> Order:
    """Close the order: nothing was shipped."""
    return replace(order, state="cancelled", closed_at=recorded.occurred_at)


def completed(order: Order, _: events.OrderCompleted, recorded: Recorded) -> Order:
    """Close the order: something was shipped, and nothing is open."""
    return replace(order, state="completed", closed_at=recorded.occurred_at)


def returned(order: Order, event: events.LineReturned, _: Recorded) -> Order:
    """Count units as returned."""
    return replace(order, units_returned=order.units_returned + event.quantity)


def return_accepted(order: Order, event: events.ReturnAccepted, _: Recorded) -> Order:
    """Add to what is owed back."""
    return replace(order, returned_minor=order.returned_minor + event.amount_minor)


def flagged(order: Order, event: events.FlagRequested | events.OrderFlagged, _: Recorded) -> Order:
    """Show what makes the order special."""
    others = tuple(flag for flag in order.flags if flag.kind != event.kind)
    code = event.code if isinstance(event, events.OrderFlagged) else ""
    return replace(order, flags=(*others, Flag(event.kind.value, code)))


def captured(order: Order, event: paid.CaptureSucceeded, _: Recorded) -> Order:
    """Add to the money that is ours."""
    return replace(order, captured_minor=order.captured_minor + event.amount_minor)


def refunded(order: Order, event: paid.RefundSucceeded, _: Recorded) -> Order:
    """Add to the money that was given back."""
    return replace(order, refunded_minor=order.refunded_minor + event.amount_minor)


CHANGES: Mapping[type[Event], Change[Order]] = {
    events.OrderPlaced: placed,
    events.ChangeConfirmed: changed,
    events.OrderRejected: rejected,
    events.OrderHeld: held,
    events.HoldResolved: resolved,
    events.LineReserved: reserved,
    events.LineBackordered: backordered,
    events.LineUnreserved: unreserved,
    events.TenderAuthorized: authorized,
    events.OrderReleased: released,
    events.ReleaseRevoked: revoked,
    events.LineShorted: shorted,
    events.LineShipped: shipped,
    events.ParcelDelivered: delivered,
    events.LineCancelled: line_cancelled,
    events.OrderCancelled: cancelled,
    events.OrderCompleted: completed,
    events.LineReturned: returned,
    events.ReturnAccepted: return_accepted,
    events.FlagRequested: flagged,
    events.OrderFlagged: flagged,
    paid.CaptureSucceeded: captured,
    paid.RefundSucceeded: refunded,
}


def _row(change: Change[Order]) -> Change[Order]:
    """Return `change`, followed by reading the status off the new numbers."""

    def evolve(order: Order, event: Any, recorded: Recorded) -> Order | None:
        after = change(order, event, recorded)
        assert after is not None
        state = after.state if after.state in CLOSED else label(after)
        at = max(after.changed_at, recorded.occurred_at)
        return replace(after, state=state, last_position=recorded.position, changed_at=at)

    return evolve


ORDER = one("order_id")

orders = view("orders", Order, blank, {kind: (ORDER, _row(do)) for kind, do in CHANGES.items()})
