"""Rules of change: shortage, holds, cancellation, returns and flags."""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.order import commands, events
from oms_core.domain.order.evolution import CANCELLED_FROM, evolve
from oms_core.domain.order.progress import (
    Events,
    OrderNotOpen,
    advance,
    any_line,
    open_line,
    require,
    retry_reservation,
    settle,
)
from oms_core.domain.order.state import Line, Order, Phase, due_tenders
from oms_core.kernel import Rejected
from oms_core.kernel.money import share

RETURNS_MAX = 1_000


class StepBlocked(Rejected):
    """A hold stands in the way."""

    code = "order.held"
    remedy = "Resolve the hold first."


class UnknownHold(Rejected):
    """The order has no such hold."""

    code = "order.unknown_hold"
    remedy = "Use a hold_id of the order's own holds."


class NotFlagged(Rejected):
    """Nobody asked for a flag of this kind."""

    code = "order.not_flagged"
    remedy = "Request the flag first; its code is then issued by itself."


class EmptyReturn(Rejected):
    """The return names no units."""

    code = "order.empty_return"
    remedy = "Name at least one line and its quantity."


def record_shortage(command: commands.RecordShortage, order: Order) -> Events:
    """Give up or hold, as the order's terms say. Either way it keeps nothing from others."""
    if order.phase is not Phase.PLACED:
        return
    if order.terms.on_shortage is events.OnShortage.CANCEL:
        yield from _cancel_all(order, events.CancellationReason.INVENTORY)
        return
    hold_id = f"shortage:{command.line_id}"
    if order.holds.get(hold_id):
        return
    yield events.OrderHeld(
        command.order_id,
        hold_id,
        events.HoldKind.SHORTAGE,
        (events.Blocked.RELEASE,),
        f"{command.requested} wanted and {command.available} available of {command.line_id}",
    )
    for line_id, line in sorted(order.lines.items()):
        if line.reserved:
            yield events.LineUnreserved(
                command.order_id, line_id, line.terms.item_id, line.reserved
            )


def hold(command: commands.HoldOrder, order: Order) -> Events:
    """Put a hold in the way. One that was resolved does not come back under its old name."""
    if order.phase is not Phase.PLACED:
        raise OrderNotOpen(f"the order is {order.phase}.")
    if command.hold_id not in order.holds:
        yield events.OrderHeld(
            command.order_id, command.hold_id, command.kind, command.blocks, command.reason
        )


def resolve(command: commands.ResolveHold, order: Order) -> Events:
    """Take a hold away, ask again for what is short, and go on if nothing stands in the way."""
    if command.hold_id not in order.holds:
        raise UnknownHold(f"hold_id {command.hold_id!r} was never raised.")
    if order.holds[command.hold_id]:
        resolved = events.HoldResolved(command.order_id, command.hold_id, command.note)
        yield resolved
        order = evolve(order, resolved)
        if order.phase is Phase.PLACED:
            yield from retry_reservation(commands.RetryReservation(command.order_id), order)
        yield from advance(order)


def cancel_line(command: commands.CancelLine, order: Order) -> Events:
    """Give up some units of one line; an order with nothing left to ship is closed."""
    if f"cancellation:{command.cancellation_id}" in order.documents:
        return
    line = open_line(order, command.line_id)
    _require_cancellable(order)
    require(command.quantity, line.open, f"of line {command.line_id!r} not yet shipped")
    cancelled = _line_cancelled(
        order, line, command.quantity, command.reason, command.cancellation_id
    )
    yield cancelled
    order = evolve(order, cancelled)
    if not order.goods_open and not order.shipped:
        yield from _cancel_all(order, command.reason)
    else:
        yield from settle(order)
        yield from advance(order)


def cancel(command: commands.CancelOrder, order: Order) -> Events:
    """Give up whatever has not been shipped."""
    if order.phase in (Phase.UNKNOWN, Phase.REJECTED):
        raise OrderNotOpen(f"the order is {order.phase}.")
    if order.phase is Phase.PLACED:
        _require_cancellable(order)
        yield from _cancel_all(order, command.reason)


def _require_cancellable(order: Order) -> None:
    if order.blocks(events.Blocked.CANCELLATION):
        raise StepBlocked("a hold blocks cancellation.")


def _cancel_all(order: Order, reason: events.CancellationReason) -> Events:
    terms = order.terms
    for line_id, line in sorted(order.lines.items()):
        if line.open:
            cancelled = _line_cancelled(order, line, line.open, reason, f"all:{line_id}")
            yield cancelled
            order = evolve(order, cancelled)
    if order.shipped:
        yield from settle(order)
    else:
        payments = tuple(tender.payment_id for tender in terms.tenders)
        yield events.OrderCancelled(terms.order_id, terms.customer_id, reason, payments)


def _line_cancelled(
    order: Order,
    line: Line,
    quantity: int,
    reason: events.CancellationReason,
    cancellation_id: str,
) -> events.LineCancelled:
    taken: dict[str, int] = {}
    left = quantity
    for bucket in CANCELLED_FROM:
        taken[bucket] = min(left, getattr(line, bucket))
        left -= taken[bucket]
    terms, agreed = order.terms, line.terms
    stop = agreed.quantity - line.cancelled
    return events.LineCancelled(
        terms.order_id,
        terms.customer_id,
        agreed.line_id,
        agreed.item_id,
        quantity,
        share(agreed.net_minor, stop - quantity, stop, agreed.quantity),
        share(agreed.tax_minor, stop - quantity, stop, agreed.quantity),
        terms.currency,
        reason,
        cancellation_id,
        withdrawn=tuple(_withdrawals(order, agreed.line_id, taken["allocated"])),
        **taken,
    )


def _withdrawals(order: Order, line_id: str, allocated: int) -> Iterator[events.Withdrawn]:
    """Say which open parcels the cancelled units leave, the latest planned first."""
    for fulfilment_id, parcel in sorted(order.parcels.items(), reverse=True):
        if allocated and (part := min(allocated, parcel.allocated.get(line_id, 0))):
            yield events.Withdrawn(fulfilment_id, part)
            allocated -= part


def record_return(command: commands.RecordReturn, order: Order) -> Events:
    """Book units that came back, once for each return, never more than were shipped."""
    if f"return:{command.return_id}" in order.documents:
        return
    if order.blocks(events.Blocked.RETURN):
        raise StepBlocked("a hold blocks returns.")
    if not command.lines:
        raise EmptyReturn("lines is empty.")
    amount, booked = 0, []
    for part in command.lines:
        line = any_line(order, part.line_id)
        require(part.quantity, line.shipped - line.returned, "shipped and not returned")
        returned = _line_returned(command, order, line, part.quantity)
        booked.append(returned)
        order = evolve(order, returned)
        amount += returned.net_minor + returned.tax_minor
    yield from booked
    terms, start = order.terms, order.refunded_minor
    yield events.ReturnAccepted(
        terms.order_id,
        terms.customer_id,
        command.return_id,
        amount,
        terms.currency,
        due_tenders(terms.tenders, start, start + amount),
    )


def _line_returned(
    command: commands.RecordReturn, order: Order, line: Line, quantity: int
) -> events.LineReturned:
    terms, agreed = order.terms, line.terms
    start, stop = line.returned, line.returned + quantity
    return events.LineReturned(
        terms.order_id,
        terms.customer_id,
        command.return_id,
        agreed.line_id,
        agreed.item_id,
        quantity,
        share(agreed.net_minor, start, stop, agreed.quantity),
        share(agreed.tax_minor, start, stop, agreed.quantity),
        share(line.cost_minor, start, stop, line.shipped),
        terms.currency,
        command.disposition,
        command.location_id,
        agreed.kind,
        line.cost_currency,
    )


def request_flag(command: commands.RequestFlag, order: Order) -> Events:
    """Mark an order as special; whatever becomes of it later."""
    if order.placed is None:
        raise OrderNotOpen(f"the order is {order.phase}.")
    if command.kind not in order.flags:
        yield events.FlagRequested(command.order_id, command.kind)


def flag(command: commands.FlagOrder, order: Order) -> Events:
    """Put the code on the order; the first one stays."""
    if command.kind not in order.flags:
        raise NotFlagged(f"kind {command.kind!r} was not requested.")
    if not order.flags[command.kind]:
        yield events.OrderFlagged(command.order_id, command.kind, command.code)
