"""Rules of promising: no unit is promised twice, and every promise ends exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import NamedTuple

from msgspec.structs import replace

from oms_core.domain.stock import carts, commands, events
from oms_core.domain.stock.consequences import (
    Events,
    forget_gone,
    location_of,
    serve_queue,
    set_right,
)
from oms_core.domain.stock.evolution import evolve
from oms_core.domain.stock.state import Allocation, Stock, allocation_key
from oms_core.kernel import Instant, Rejected
from oms_core.policies.promising import covered_at


class UnknownReservation(Rejected):
    """The units were never set aside for this line, or are not any more."""

    code = "stock.unknown_reservation"
    remedy = "Reserve the units first."


class UnknownAllocation(Rejected):
    """The fulfilment does not tie units of this line to a location, or not any more."""

    code = "stock.unknown_allocation"
    remedy = "Allocate the units first."


class NotPositive(Rejected):
    """A quantity that must be at least one is not."""

    code = "stock.not_positive"
    remedy = "Give a whole number of units, one or more."


def require_positive(quantity: int, field: str = "quantity") -> None:
    """Check a quantity.

    :raises NotPositive: if it is less than one.
    """
    if quantity < 1:
        raise NotPositive(f"{field} is {quantity}.")


class _Need(NamedTuple):
    """Units that a line has not been given yet; `queued` of them wait in the queue already."""

    line_id: str
    quantity: int
    queued: int

    @property
    def unanswered(self) -> int:
        """Return the units that are neither set aside nor awaited."""
        return self.quantity - self.queued


def reserve(command: commands.ReserveStock, stock: Stock) -> Events:
    """Set units aside; all lines of the order for this item are judged by their sum.

    What the order's cart holds is the order's, whoever else asks, and counts as free for it alone.
    """
    needs = _needs(command, stock)
    if not needs:
        return
    held = stock.soft.get(command.cart_id)
    if held is None:
        yield from _answers(command, needs, stock)
    else:
        freed = evolve(stock, carts.given_up(command, held))
        answers = tuple(_answers(command, needs, freed))
        yield from carts.convert(command, held, answers, freed)


def _needs(command: commands.ReserveStock, stock: Stock) -> Sequence[_Need]:
    needs = []
    for demand in command.demands:
        line_id, quantity, queued = demand.line_id, demand.quantity, 0
        require_positive(quantity)
        if held := stock.reservations.get(line_id):
            quantity -= held.quantity
        if waiting := stock.backorders.get(line_id):
            queued = waiting.quantity
        if quantity > queued:
            needs.append(_Need(line_id, quantity, queued))
    return needs


def _answers(command: commands.ReserveStock, needs: Sequence[_Need], stock: Stock) -> Events:
    """Give what there is to the lines as they come, first of all for what they wait for already."""
    available = stock.available(command.channel)
    short = sum([need.quantity for need in needs]) > available
    if short and command.shortfall is events.Shortfall.DECLINE:
        for need in needs:
            yield events.ReservationDeclined(
                command.item_id, need.line_id, command.channel, need.unanswered, available
            )
        return
    sources, fence = stock.sources, stock.fences.get(command.channel, 0)
    ahead = _queued(stock) if short else 0
    for need in needs:
        if granted := min(need.quantity, available):
            fenced = min(granted, fence)
            available, fence = available - granted, fence - fenced
            yield events.StockReserved(
                command.item_id,
                need.line_id,
                command.channel,
                granted,
                fenced,
                command.expires_at,
                sources,
            )
        missing = need.unanswered - max(0, granted - need.queued)
        ahead += missing - min(granted, need.queued)
        if missing:
            yield events.StockBackordered(
                command.item_id,
                need.line_id,
                command.channel,
                missing,
                command.expires_at,
                covered_at(ahead, _receipts(stock)),
            )


def _queued(stock: Stock) -> int:
    """Return how many units others wait for; it matters only where supply is expected."""
    if not stock.expected:
        return 0
    return sum(backorder.quantity for backorder in stock.backorders.values())


def _receipts(stock: Stock) -> Iterator[tuple[Instant, int]]:
    return ((supply.due_at, supply.quantity) for supply in stock.expected.values())


def release(command: commands.ReleaseReservation, stock: Stock) -> Events:
    """Put reserved units back on sale, and pass them on to those who wait."""
    require_positive(command.quantity)
    held = stock.reservations.get(command.line_id)
    if held is None:
        return
    quantity = min(command.quantity, held.quantity)
    fenced = min(held.fenced, quantity)
    released = events.ReservationReleased(command.item_id, command.line_id, quantity, fenced)
    yield released
    yield from serve_queue(evolve(stock, released), command.item_id)


def cancel_backorder(command: commands.CancelBackorder, stock: Stock) -> Events:
    """Let units of a line wait no longer."""
    require_positive(command.quantity)
    queued = stock.backorders.get(command.line_id)
    if queued:
        quantity = min(command.quantity, queued.quantity)
        yield events.BackorderCancelled(command.item_id, command.line_id, quantity)


def expire(command: commands.ExpireReservation, stock: Stock) -> Events:
    """End a reservation whose time is over; early, late and repeated alarms do no harm."""
    held = stock.reservations.get(command.line_id)
    if held and 0 < held.expires_at <= command.now:
        expired = events.ReservationExpired(
            command.item_id, command.line_id, held.quantity, held.fenced
        )
        yield expired
        stock = evolve(stock, expired)
    queued = stock.backorders.get(command.line_id)
    if queued and 0 < queued.expires_at <= command.now:
        cancelled = events.BackorderCancelled(command.item_id, command.line_id, queued.quantity)
        yield cancelled
        stock = evolve(stock, cancelled)
    yield from serve_queue(stock, command.item_id)


def allocate(command: commands.AllocateStock, stock: Stock) -> Events:
    """Tie reserved units to a location that can give them, or say what each location could."""
    require_positive(command.quantity)
    if allocation_key(command.fulfilment_id, command.line_id) in stock.allocations:
        return
    held = stock.reservations.get(command.line_id)
    if held is None or held.quantity < command.quantity:
        raise UnknownReservation(
            f"line {command.line_id!r} has {held.quantity if held else 0} units reserved, "
            f"not {command.quantity}."
        )
    location = location_of(stock, command.location_id)
    if location.sellable < command.quantity:
        yield events.AllocationDeclined(
            command.item_id,
            command.line_id,
            command.fulfilment_id,
            command.location_id,
            command.quantity,
            location.sellable,
            stock.sources,
        )
        return
    yield events.StockAllocated(
        command.item_id,
        command.line_id,
        command.fulfilment_id,
        command.location_id,
        command.quantity,
        min(held.fenced, command.quantity),
    )


def deallocate(command: commands.DeallocateStock, stock: Stock) -> Events:
    """Untie units; they stay reserved for their line, whatever the location does."""
    key = allocation_key(command.fulfilment_id, command.line_id)
    allocation = stock.allocations.get(key)
    if allocation is None:
        return
    untied = events.StockDeallocated(
        command.item_id,
        command.line_id,
        command.fulfilment_id,
        allocation.location_id,
        allocation.quantity,
        allocation.fenced,
        (),
        command.barred,
    )
    yield replace(untied, sources=evolve(stock, untied).sources)


def ship(command: commands.ShipStock, stock: Stock) -> Events:
    """Let units leave. What the fulfilment held beyond them was not on the shelf."""
    key = allocation_key(command.fulfilment_id, command.line_id)
    allocation = stock.allocations.get(key)
    if allocation is None or not 0 <= command.quantity <= allocation.quantity:
        raise UnknownAllocation(
            f"line {command.line_id!r} in fulfilment {command.fulfilment_id!r} has "
            f"{allocation.quantity if allocation else 0} units allocated, not {command.quantity}."
        )
    place = (command.item_id, key, allocation.location_id)
    righted = tuple(set_right(stock, *place, allocation.quantity))
    yield from righted
    after = reduce(evolve, righted, stock)
    if command.quantity:
        fenced = min(allocation.fenced, command.quantity)
        shipped = events.StockShipped(*_left(command, allocation, command.quantity, fenced, after))
        yield shipped
        after = evolve(after, shipped)
    if short := allocation.quantity - command.quantity:
        fenced = after.allocations[key].fenced
        shorted = events.StockShorted(*_left(command, allocation, short, fenced, after))
        yield shorted
        after = evolve(after, shorted)
    yield from forget_gone(after, *place)


def _left(
    command: commands.ShipStock, allocation: Allocation, quantity: int, fenced: int, stock: Stock
) -> tuple[str, str, str, str, int, int, int, str]:
    return (
        command.item_id,
        command.line_id,
        command.fulfilment_id,
        allocation.location_id,
        quantity,
        fenced,
        stock.cost_of(quantity),
        stock.currency,
    )
