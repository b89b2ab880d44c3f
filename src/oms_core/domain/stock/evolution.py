"""How each event changes an item's stock. Events are facts: nothing here refuses one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.stock import carting, events, shelving
from oms_core.domain.stock.state import (
    Allocation,
    Backorder,
    Reservation,
    Stock,
    allocation_key,
    fence,
)
from oms_core.kernel import evolving, unchanged


def reserved(stock: Stock, event: events.StockReserved) -> Stock:
    """Set units aside; those that waited in the queue leave it."""
    line_id, quantity = event.line_id, event.quantity
    held = stock.reservations.get(line_id)
    if held is None:
        reservation = Reservation(event.channel, quantity, event.fenced, event.expires_at)
    else:
        reservation = Reservation(
            held.channel, held.quantity + quantity, held.fenced + event.fenced, held.expires_at
        )
    return replace(
        stock,
        reservations=stock.reservations.insert(line_id, reservation),
        reserved=stock.reserved + quantity,
        backorders=_fewer_awaited(stock, line_id, quantity),
        fences=fence(stock, event.channel, -event.fenced),
        fenced=stock.fenced - event.fenced,
    )


def backordered(stock: Stock, event: events.StockBackordered) -> Stock:
    """Let units wait, behind all others."""
    held = stock.backorders.get(event.line_id)
    backorder = Backorder(
        event.channel,
        event.quantity + (held.quantity if held else 0),
        held.turn if held else stock.turn + 1,
        event.expires_at,
    )
    backorders = stock.backorders.insert(event.line_id, backorder)
    return replace(stock, backorders=backorders, turn=stock.turn + 1)


def backorder_cancelled(stock: Stock, event: events.BackorderCancelled) -> Stock:
    """Let units wait no longer."""
    return replace(stock, backorders=_fewer_awaited(stock, event.line_id, event.quantity))


def released(stock: Stock, event: events.ReservationReleased | events.ReservationExpired) -> Stock:
    """Put reserved units back on sale, fenced ones for their channel alone."""
    reservation = stock.reservations[event.line_id]
    return replace(
        stock,
        reservations=_fewer_reserved(stock, event.line_id, event.quantity, event.fenced),
        reserved=stock.reserved - event.quantity,
        fences=fence(stock, reservation.channel, event.fenced),
        fenced=stock.fenced + event.fenced,
    )


def allocated(stock: Stock, event: events.StockAllocated) -> Stock:
    """Tie reserved units to a location."""
    line_id, quantity, reservation = (
        event.line_id,
        event.quantity,
        stock.reservations[event.line_id],
    )
    allocation = Allocation(
        line_id,
        event.location_id,
        reservation.channel,
        quantity,
        event.fenced,
        reservation.expires_at,
    )
    stock = replace(
        stock,
        reservations=_fewer_reserved(stock, line_id, quantity, event.fenced),
        reserved=stock.reserved - quantity,
        allocations=stock.allocations.insert(
            allocation_key(event.fulfilment_id, line_id), allocation
        ),
        allocated=stock.allocated + quantity,
    )
    return shelving.shelve(stock, event.location_id, allocated=quantity)


def deallocated(stock: Stock, event: events.StockDeallocated) -> Stock:
    """Untie units from their location; they are reserved for their line again."""
    key, quantity = allocation_key(event.fulfilment_id, event.line_id), event.quantity
    allocation = stock.allocations[key]
    nothing = Reservation(allocation.channel, 0, 0, allocation.expires_at)
    held = stock.reservations.get(event.line_id, nothing)
    reservation = replace(
        held,
        quantity=held.quantity + quantity,
        fenced=held.fenced + event.fenced,
        expires_at=allocation.expires_at,
    )
    stock = replace(
        stock,
        reservations=stock.reservations.insert(event.line_id, reservation),
        reserved=stock.reserved + quantity,
        allocations=stock.allocations.remove(key),
        allocated=stock.allocated - quantity,
    )
    return shelving.shelve(stock, event.location_id, allocated=-quantity)


def left(stock: Stock, event: events.StockShipped | events.StockShorted) -> Stock:
    """Take allocated units off the shelf: shipped, or found not to be there."""
    key, quantity = allocation_key(event.fulfilment_id, event.line_id), event.quantity
    allocation = stock.allocations[key]
    rest = replace(
        allocation,
        quantity=allocation.quantity - quantity,
        fenced=allocation.fenced - event.fenced,
    )
    allocations = stock.allocations
    stock = replace(
        stock,
        allocations=allocations.insert(key, rest) if rest.quantity else allocations.remove(key),
        allocated=stock.allocated - quantity,
        units=stock.units - quantity,
        value_minor=stock.value_minor - event.cost_minor,
    )
    return shelving.shelve(stock, event.location_id, allocated=-quantity, on_hand=-quantity)


def threshold_set(stock: Stock, event: events.ThresholdSet) -> Stock:
    """Let the network keep more or less for itself."""
    return replace(stock, threshold=event.quantity)


def fence_set(stock: Stock, event: events.RingFenceSet) -> Stock:
    """Keep so many units for one channel."""
    change = event.quantity - stock.fences.get(event.channel, 0)
    return replace(stock, fences=fence(stock, event.channel, change), fenced=stock.fenced + change)


def _fewer_awaited(stock: Stock, line_id: str, quantity: int) -> HashTrieMap[str, Backorder]:
    backorder = stock.backorders.get(line_id)
    if backorder is None:
        return stock.backorders
    if backorder.quantity <= quantity:
        return stock.backorders.remove(line_id)
    return stock.backorders.insert(
        line_id, replace(backorder, quantity=backorder.quantity - quantity)
    )


def _fewer_reserved(
    stock: Stock, line_id: str, quantity: int, fenced: int
) -> HashTrieMap[str, Reservation]:
    held = stock.reservations[line_id]
    if held.quantity <= quantity:
        return stock.reservations.remove(line_id)
    rest = replace(held, quantity=held.quantity - quantity, fenced=held.fenced - fenced)
    return stock.reservations.insert(line_id, rest)


evolve: Callable[[Stock, Any], Stock] = evolving(
    {
        events.StockReserved: reserved,
        events.StockBackordered: backordered,
        events.ReservationDeclined: unchanged,
        events.ReservationReleased: released,
        events.ReservationExpired: released,
        events.StockSoftReserved: carting.reserved,
        events.SoftReservationExtended: carting.extended,
        events.SoftReservationDeclined: unchanged,
        events.SoftReservationReleased: carting.ended,
        events.SoftReservationExpired: carting.ended,
        events.SoftReservationConverted: carting.ended,
        events.BackorderCancelled: backorder_cancelled,
        events.StockAllocated: allocated,
        events.AllocationDeclined: unchanged,
        events.StockDeallocated: deallocated,
        events.StockShipped: left,
        events.StockShorted: left,
        events.StockReceived: shelving.received,
        events.SupplyExpected: shelving.expected,
        events.SupplyWithdrawn: shelving.withdrawn,
        events.StockReturned: shelving.returned,
        events.StockQuarantined: shelving.quarantined,
        events.QuarantineLifted: shelving.lifted,
        events.StockAdjusted: shelving.adjusted,
        events.StockCounted: shelving.counted,
        events.TransferDispatched: shelving.dispatched,
        events.TransferReceived: shelving.arrived,
        events.LocationConfigured: shelving.configured,
        events.ThresholdSet: threshold_set,
        events.RingFenceSet: fence_set,
        events.StockOversold: unchanged,
    }
)
