"""Rules of cancellation: units that will not be shipped, from whatever state they are in."""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import (
    open_line,
    require,
    require_placed,
    require_unblocked,
)
from oms_core.domain.order.evolution import CANCELLED_FROM
from oms_core.domain.order.onward import Events, Steps, advance, after, proceed, settle
from oms_core.domain.order.state import UNPAID, Line, Order, Phase, is_goods, last_shares


def cancel_line(command: commands.CancelLine, order: Order) -> Events:
    """Give up some units of one line. An order without goods is not sent for its services alone."""
    if f"cancellation:{command.cancellation_id}" in order.documents:
        return
    line = open_line(order, command.line_id)
    require_unblocked(order, events.Blocked.CANCELLATION)
    require(command.quantity, line.open, f"of line {command.line_id!r} not yet shipped")
    cancelled = line_cancelled(
        order, line, command.quantity, command.reason, command.cancellation_id
    )
    order = yield from after(order, (cancelled,))
    lost = is_goods(line.terms) and not order.goods_open
    if not order.shipped and (lost or not order.open):
        yield from cancel_all(order, command.reason)
    else:
        order = yield from parcels_proceed(order)
        yield from settle(order)
        yield from advance(order)


def give_up(order: Order, line: Line, reason: events.CancellationReason) -> Events:
    """Give up the units of a line that have no stock, and go on with the rest."""
    name = f"{reason}:{line.terms.line_id}:{line.cancelled}"
    cancelled = line_cancelled(order, line, line.unreserved, reason, name)
    order = yield from after(order, (cancelled,))
    yield from settle(order)
    yield from advance(order)


def cancel(command: commands.CancelOrder, order: Order) -> Events:
    """Give up whatever has not been shipped."""
    require_placed(order)
    if order.phase is Phase.PLACED:
        require_unblocked(order, events.Blocked.CANCELLATION)
        yield from cancel_all(order, command.reason)


def give_up_unpaid(order: Order, reason: events.CancellationReason) -> Events:
    """Give up an order whose payment came to nothing.

    One that may not be cancelled now is held: nobody will say it again.
    """
    hold_id = f"{UNPAID}{reason}"
    if not order.blocks(events.Blocked.CANCELLATION):
        yield from cancel_all(order, reason)
    elif hold_id not in order.holds:
        yield events.OrderHeld(
            order.terms.order_id,
            hold_id,
            events.HoldKind.MANUAL,
            (events.Blocked.RELEASE,),
            f"payment {reason}, and a hold blocks cancellation",
        )


def cancel_unpaid(hold_id: str, order: Order) -> Events:
    """Give up an order whose payment came to nothing, once no hold forbids it any more.

    If the money was set aside after all it goes on, unless what was set aside has lapsed.
    """
    reason = events.CancellationReason(hold_id.removeprefix(UNPAID))
    if order.awaiting or reason is events.CancellationReason.EXPIRED:
        yield from cancel_all(order, reason)


def cancel_all(order: Order, reason: events.CancellationReason) -> Events:
    """Give up every open unit; what has left by then is charged and completes the order."""
    terms = order.terms
    for line_id, line in sorted(order.lines.items()):
        if line.open:
            cancelled = line_cancelled(order, line, line.open, reason, f"all:{line_id}")
            order = yield from after(order, (cancelled,))
    if order.shipped:
        order = yield from parcels_proceed(order)
        yield from settle(order)
    else:
        yield events.OrderCancelled(
            terms.order_id, terms.customer_id, reason, order.payments, terms.coupons
        )


def parcels_proceed(order: Order) -> Steps:
    """Let every parcel go on that waited for the cancelled units alone."""
    for fulfilment_id in sorted(order.parcels):
        order = yield from after(order, proceed(order, fulfilment_id))
    return order


def line_cancelled(
    order: Order,
    line: Line,
    quantity: int,
    reason: events.CancellationReason,
    cancellation_id: str,
) -> events.LineCancelled:
    """Say that units of a line are given up: those that cost the least to undo come first."""
    taken: dict[str, int] = {}
    left = quantity
    for bucket in CANCELLED_FROM:
        taken[bucket] = min(left, getattr(line, bucket))
        left -= taken[bucket]
    terms, agreed = order.terms, line.terms
    net, tax = last_shares(line, quantity)
    return events.LineCancelled(
        terms.order_id,
        terms.customer_id,
        agreed.line_id,
        agreed.item_id,
        quantity,
        net,
        tax,
        terms.currency,
        reason,
        cancellation_id,
        withdrawn=tuple(_withdrawals(order, agreed.line_id, taken["allocated"])),
        credit_minor=net + tax if order.on_terms else 0,
        **taken,
    )


def _withdrawals(order: Order, line_id: str, allocated: int) -> Iterator[events.Withdrawn]:
    """Say which open parcels the cancelled units leave, the latest planned first."""
    for fulfilment_id, parcel in order.latest_parcels():
        if part := min(allocated, parcel.allocated.get(line_id, 0)):
            yield events.Withdrawn(fulfilment_id, part)
            allocated -= part
