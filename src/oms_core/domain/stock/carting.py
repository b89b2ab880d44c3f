"""How what carts hold changes stock: units set aside for a while, and whose they are."""

from __future__ import annotations

from msgspec.structs import replace

from oms_core.domain.stock import events
from oms_core.domain.stock.state import SoftReservation, Stock, fence, holder_of

NOTHING = SoftReservation()


def reserved(stock: Stock, event: events.StockSoftReserved) -> Stock:
    """Set units aside for a cart, beside those that it has."""
    before = stock.soft.get(event.cart_id, NOTHING)
    after = SoftReservation(
        event.channel,
        holder_of(event.customer_id, event.cart_id),
        before.quantity + event.quantity,
        before.fenced + event.fenced,
        event.expires_at,
    )
    return _keep(stock, event.cart_id, event.channel, after)


def extended(stock: Stock, event: events.SoftReservationExtended) -> Stock:
    """Let a cart keep its units for longer, or for somebody."""
    before = stock.soft[event.cart_id]
    holder = holder_of(event.customer_id, event.cart_id)
    after = replace(before, holder=holder, expires_at=event.expires_at)
    return _keep(stock, event.cart_id, before.channel, after)


def ended(
    stock: Stock,
    event: events.SoftReservationReleased
    | events.SoftReservationExpired
    | events.SoftReservationConverted,
) -> Stock:
    """Put a cart's units back on sale, fenced ones for their channel alone."""
    before = stock.soft[event.cart_id]
    after = replace(
        before, quantity=before.quantity - event.quantity, fenced=before.fenced - event.fenced
    )
    return _keep(stock, event.cart_id, before.channel, after)


def _keep(stock: Stock, cart_id: str, channel: str, after: SoftReservation) -> Stock:
    """Put what a cart holds in the place of what it held, and keep the sums right."""
    before, soft = stock.soft.get(cart_id, NOTHING), stock.soft
    soft = soft.insert(cart_id, after) if after.quantity else soft.discard(cart_id)
    held = stock.held
    for holder, change in ((before.holder, -before.quantity), (after.holder, after.quantity)):
        units = held.get(holder, 0) + change
        held = held.insert(holder, units) if units else held.discard(holder)
    fenced = after.fenced - before.fenced
    return replace(
        stock,
        soft=soft,
        soft_reserved=stock.soft_reserved + after.quantity - before.quantity,
        held=held,
        fences=fence(stock, channel, -fenced),
        fenced=stock.fenced - fenced,
    )
