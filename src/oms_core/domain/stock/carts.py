"""Rules of carts: units are set aside for a while, for as long as somebody is shopping.

A cart holds one soft reservation of an item, whatever lines it has, so that the lines are judged by
their sum. It is given what there is, and told how many that are. Every unit that it holds ends
exactly once: given back, expired, or converted as the cart becomes an order.
"""

from __future__ import annotations

from functools import reduce

from oms_core.domain.stock import commands, events
from oms_core.domain.stock.carting import NOTHING
from oms_core.domain.stock.consequences import Events, serve_queue
from oms_core.domain.stock.evolution import evolve
from oms_core.domain.stock.state import SoftReservation, Stock, holder_of
from oms_core.kernel import Rejected


class NegativeWish(Rejected):
    """Nobody can want less than nothing."""

    code = "stock.negative_wish"
    remedy = "Give zero units to hold none, or one or more."


def soft_reserve(command: commands.SoftReserveStock, stock: Stock) -> Events:
    """Let a cart hold so many units in all, or as many as there are and its customer may hold."""
    if command.quantity < 0:
        raise NegativeWish(f"quantity is {command.quantity}.")
    before = stock.soft.get(command.cart_id, NOTHING)
    allowed = min(command.quantity, _room(command, before, stock))
    if surplus := max(0, before.quantity - allowed):
        released = events.SoftReservationReleased(
            command.item_id, command.cart_id, surplus, min(before.fenced, surplus)
        )
        yield released
        stock = evolve(stock, released)
    for event in _kept(command, allowed, stock):
        yield event
        stock = evolve(stock, event)
    have = stock.soft.get(command.cart_id, NOTHING).quantity
    if have < command.quantity:
        limit = events.Limit.STOCK if have < allowed else events.Limit.CUSTOMER
        yield events.SoftReservationDeclined(
            command.item_id, command.cart_id, command.channel, command.quantity, have, limit
        )
    if surplus:
        yield from serve_queue(stock, command.item_id)


def expire(command: commands.ExpireSoftReservation, stock: Stock) -> Events:
    """End what a cart holds if its time is over; early, late and repeated alarms do no harm."""
    held = stock.soft.get(command.cart_id)
    if held and held.expires_at <= command.now:
        expired = events.SoftReservationExpired(
            command.item_id, command.cart_id, held.quantity, held.fenced
        )
        yield expired
        yield from serve_queue(evolve(stock, expired), command.item_id)


def given_up(command: commands.ReserveStock, held: SoftReservation) -> events.StockEvent:
    """Say that the order's cart holds nothing any more, before it is known what the order takes."""
    return events.SoftReservationReleased(
        command.item_id, command.cart_id, held.quantity, held.fenced
    )


def convert(
    command: commands.ReserveStock,
    held: SoftReservation,
    answers: tuple[events.StockEvent, ...],
    freed: Stock,
) -> Events:
    """Move a cart's units to the lines of its order, and pass on those that it leaves."""
    wanted = sum(e.quantity for e in answers if isinstance(e, events.StockReserved))
    if taken := min(held.quantity, wanted):
        yield events.SoftReservationConverted(
            command.item_id, command.cart_id, held.quantity, held.fenced, taken
        )
    else:
        yield given_up(command, held)
    yield from answers
    yield from serve_queue(reduce(evolve, answers, freed), command.item_id)


def _room(command: commands.SoftReserveStock, before: SoftReservation, stock: Stock) -> int:
    """Count the units that the cart's customer may hold in it, beside their other carts."""
    holder = holder_of(command.customer_id, command.cart_id)
    others = stock.held.get(holder, 0) - (before.quantity if before.holder == holder else 0)
    return max(0, command.units_max - others)


def _kept(command: commands.SoftReserveStock, allowed: int, stock: Stock) -> Events:
    """Give the cart more units, or the ones it has for longer or to somebody else."""
    before = stock.soft.get(command.cart_id, NOTHING)
    expires_at = max(before.expires_at, command.expires_at)
    granted = min(allowed - before.quantity, stock.available(command.channel))
    if granted > 0:
        yield events.StockSoftReserved(
            command.item_id,
            command.cart_id,
            command.channel,
            command.customer_id,
            granted,
            min(granted, stock.fences.get(command.channel, 0)),
            expires_at,
        )
    elif before.quantity and (before.holder, before.expires_at) != (
        holder_of(command.customer_id, command.cart_id),
        expires_at,
    ):
        yield events.SoftReservationExtended(
            command.item_id, command.cart_id, command.customer_id, expires_at
        )
