"""Rules of progress: reserved, awaited, asked for again, paid for, and so released."""

from __future__ import annotations

from oms_core.domain.order import commands, events
from oms_core.domain.order.amendments import proposal_of, record_no_payment, record_payment
from oms_core.domain.order.cancellation import give_up_unpaid
from oms_core.domain.order.checks import (
    UnknownTender,
    any_line,
    open_line,
    require_open,
    require_placed,
    require_units,
)
from oms_core.domain.order.evolution import evolve
from oms_core.domain.order.onward import Events, advance, after, then_advance
from oms_core.domain.order.renewing import record_no_renewal, record_renewal
from oms_core.domain.order.state import COUPON, Order, Phase


def record_reservation(command: commands.RecordReservation, order: Order) -> Events:
    """Move units to reserved; what stock sets aside beyond need goes back at once.

    An order that is held for want of other units keeps nothing from others.
    """
    line = any_line(order, command.line_id)
    require_units(command.quantity)
    wanted = min(command.quantity, line.unreserved + line.backordered)
    if order.is_short:
        wanted = 0
    item_id = line.terms.item_id
    if surplus := command.quantity - wanted:
        yield events.SurplusReleased(command.order_id, command.line_id, item_id, surplus)
    if wanted:
        reserved = events.LineReserved(
            command.order_id, command.line_id, item_id, wanted, command.sources
        )
        yield from then_advance(order, reserved)


def record_backorder(command: commands.RecordBackorder, order: Order) -> Events:
    """Move units to backordered."""
    line = open_line(order, command.line_id)
    require_units(command.quantity)
    if quantity := min(command.quantity, line.unreserved):
        backordered = events.LineBackordered(
            command.order_id, command.line_id, line.terms.item_id, quantity, command.expected_at
        )
        yield from then_advance(order, backordered)


def record_expiry(command: commands.RecordExpiry, order: Order) -> Events:
    """Note that stock took reserved units back; nothing is set aside for them any more."""
    line = open_line(order, command.line_id)
    require_units(command.quantity)
    if quantity := min(command.quantity, line.reserved):
        yield events.LineUnreserved(command.order_id, command.line_id, line.terms.item_id, quantity)


def retry_reservation(command: commands.RetryReservation, order: Order) -> Events:
    """Ask again for lines with units that have no stock and do not wait for any.

    A line's quantity is all that stock should then keep for it, so that asking twice is asking
    once.
    """
    require_open(order)
    short = tuple(
        events.PlannedLine(
            line_id,
            line.terms.item_id,
            line.unreserved + line.backordered + line.reserved + line.released,
        )
        for line_id, line in sorted(order.lines.items())
        if line.unreserved
    )
    if short:
        terms = order.terms
        yield events.ReservationRetried(command.order_id, terms.channel, terms.on_shortage, short)


def record_authorization(command: commands.RecordAuthorization, order: Order) -> Events:
    """Count a tender as certain; one that comes too late for a closed order is no news to it."""
    require_placed(order)
    if command.payment_id in order.renewals:
        yield from record_renewal(order, command.payment_id)
        return
    if order.phase is Phase.PLACED and (proposal := proposal_of(order, command.payment_id)):
        yield from record_payment(order, proposal, command.payment_id)
        return
    if _was_dropped(order, command.payment_id):
        return
    if command.payment_id not in {tender.payment_id for tender in order.tenders}:
        raise UnknownTender(f"payment_id {command.payment_id!r} is not in the order.")
    if order.phase is Phase.PLACED and command.payment_id in order.awaiting:
        authorized = events.TenderAuthorized(
            command.order_id, command.payment_id, command.amount_minor
        )
        yield authorized
        yield from advance(evolve(order, authorized))


def record_decline(command: commands.RecordDecline, order: Order) -> Events:
    """Give up what the tender was for: the change that waits for it, or the order."""
    require_placed(order)
    if command.payment_id in order.renewals:
        yield from record_no_renewal(order, command.payment_id, command.reason)
    elif proposal := proposal_of(order, command.payment_id):
        yield from record_no_payment(proposal, command.reason)
    elif order.phase is Phase.PLACED and not _was_dropped(order, command.payment_id):
        yield from give_up_unpaid(order, command.reason)


def _was_dropped(order: Order, payment_id: str) -> bool:
    """Say whether a tender belongs to a change that did not happen, or to an order that ended."""
    asked = f"tender:{payment_id}" in order.documents
    return asked or proposal_of(order, payment_id) is not None


def record_coupon(command: commands.RecordCoupon, order: Order) -> Events:
    """Go on with a coupon; without it, hold the order: its prices were not to be had like this."""
    require_placed(order)
    name = f"{COUPON}{command.code}"
    if order.phase is not Phase.PLACED or name not in order.awaiting:
        return
    if not command.granted:
        held = events.OrderHeld(
            command.order_id,
            name,
            events.HoldKind.PRICE,
            (events.Blocked.RELEASE,),
            f"coupon {command.code} cannot be used: {command.reason}",
        )
        order = yield from after(order, (held,))
    settled = events.CouponSettled(command.order_id, command.code, command.granted)
    order = yield from after(order, (settled,))
    yield from advance(order)
