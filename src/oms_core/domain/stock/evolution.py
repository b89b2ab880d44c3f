"""How each event changes an item's stock. Events are facts: nothing here refuses one."""

from __future__ import annotations

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.stock import events
from oms_core.domain.stock.state import (
    Allocation,
    Backorder,
    Location,
    Reservation,
    Stock,
    Transfer,
    allocation_key,
)
from oms_core.kernel import Instant, evolving, unchanged

NEVER = Instant(0)
NOWHERE = Location()


def shelve(stock: Stock, location_id: str, **changes: int) -> Stock:
    """Add to the counts of one location, and keep the pool right."""
    before = stock.locations.get(location_id, NOWHERE)
    after = replace(before, **{name: getattr(before, name) + n for name, n in changes.items()})
    return _set_location(stock, location_id, before, after)


def _set_location(stock: Stock, location_id: str, before: Location, after: Location) -> Stock:
    return replace(
        stock,
        locations=stock.locations.insert(location_id, after),
        pool=stock.pool + after.sellable - before.sellable,
    )


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
        fences=_fence(stock, event.channel, -event.fenced),
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
        fences=_fence(stock, reservation.channel, event.fenced),
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
    return shelve(stock, event.location_id, allocated=quantity)


def deallocated(stock: Stock, event: events.StockDeallocated) -> Stock:
    """Untie units from their location; they are reserved for their line again."""
    key, quantity = allocation_key(event.fulfilment_id, event.line_id), event.quantity
    allocation = stock.allocations[key]
    held = stock.reservations.get(event.line_id, Reservation(allocation.channel, 0))
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
    return shelve(stock, event.location_id, allocated=-quantity)


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
    return shelve(stock, event.location_id, allocated=-quantity, on_hand=-quantity)


def received(stock: Stock, event: events.StockReceived) -> Stock:
    """Put goods on the shelf; they are no longer expected."""
    awaited = stock.expected.get(event.document_id, 0) - event.quantity
    expected = stock.expected.discard(event.document_id)
    stock = replace(
        stock,
        currency=event.currency,
        expected=expected.insert(event.document_id, awaited) if awaited > 0 else expected,
    )
    return _booked(stock, event, event.quantity)


def expected(stock: Stock, event: events.SupplyExpected) -> Stock:
    """Await goods under their document."""
    return replace(stock, expected=stock.expected.insert(event.document_id, event.quantity))


def returned(stock: Stock, event: events.StockReturned) -> Stock:
    """Put goods back on the shelf, some of them aside."""
    stock = shelve(stock, event.location_id, quarantined=event.quarantined)
    return _booked(replace(stock, currency=event.currency), event, event.quantity)


def adjusted(stock: Stock, event: events.StockAdjusted) -> Stock:
    """Change the book by a signed quantity."""
    return _booked(stock, event, event.quantity)


def counted(stock: Stock, event: events.StockCounted) -> Stock:
    """Change the book to what was counted."""
    return _booked(stock, event, event.difference)


def quarantined(stock: Stock, event: events.StockQuarantined) -> Stock:
    """Set units aside on their shelf."""
    stock = shelve(stock, event.location_id, quarantined=event.quantity)
    return replace(stock, documents=stock.documents.add(event.document_id))


def lifted(stock: Stock, event: events.QuarantineLifted) -> Stock:
    """Put units aside back on sale."""
    stock = shelve(stock, event.location_id, quarantined=-event.quantity)
    return replace(stock, documents=stock.documents.add(event.document_id))


def dispatched(stock: Stock, event: events.TransferDispatched) -> Stock:
    """Take units off one shelf and put them on their way."""
    transfer = Transfer(event.destination_id, event.quantity)
    stock = shelve(stock, event.origin_id, on_hand=-event.quantity)
    return replace(
        stock,
        transfers=stock.transfers.insert(event.transfer_id, transfer),
        documents=stock.documents.add(event.transfer_id),
    )


def arrived(stock: Stock, event: events.TransferReceived) -> Stock:
    """Put units on their new shelf; what was lost on the way is gone."""
    stock = shelve(stock, event.destination_id, on_hand=event.quantity)
    return replace(
        stock,
        transfers=stock.transfers.remove(event.transfer_id),
        units=stock.units - event.lost,
        value_minor=stock.value_minor - event.cost_minor,
    )


def configured(stock: Stock, event: events.LocationConfigured) -> Stock:
    """Let a location keep more or less for itself."""
    before = stock.locations.get(event.location_id, NOWHERE)
    after = replace(before, safety=event.safety, selling=event.selling)
    return _set_location(stock, event.location_id, before, after)


def threshold_set(stock: Stock, event: events.ThresholdSet) -> Stock:
    """Let the network keep more or less for itself."""
    return replace(stock, threshold=event.quantity)


def fence_set(stock: Stock, event: events.RingFenceSet) -> Stock:
    """Keep so many units for one channel."""
    change = event.quantity - stock.fences.get(event.channel, 0)
    return replace(stock, fences=_fence(stock, event.channel, change), fenced=stock.fenced + change)


def _booked(
    stock: Stock,
    event: events.StockReceived | events.StockReturned | events.StockAdjusted | events.StockCounted,
    quantity: int,
) -> Stock:
    stock = shelve(stock, event.location_id, on_hand=quantity)
    return replace(
        stock,
        units=stock.units + quantity,
        value_minor=stock.value_minor + event.cost_minor,
        documents=stock.documents.add(event.document_id),
    )


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


def _fence(stock: Stock, channel: str, change: int) -> HashTrieMap[str, int]:
    if not change:
        return stock.fences
    quantity = stock.fences.get(channel, 0) + change
    return stock.fences.insert(channel, quantity) if quantity else stock.fences.discard(channel)


evolve = evolving(
    {
        events.StockReserved: reserved,
        events.StockBackordered: backordered,
        events.ReservationDeclined: unchanged,
        events.ReservationReleased: released,
        events.ReservationExpired: released,
        events.BackorderCancelled: backorder_cancelled,
        events.StockAllocated: allocated,
        events.AllocationDeclined: unchanged,
        events.StockDeallocated: deallocated,
        events.StockShipped: left,
        events.StockShorted: left,
        events.StockReceived: received,
        events.SupplyExpected: expected,
        events.StockReturned: returned,
        events.StockQuarantined: quarantined,
        events.QuarantineLifted: lifted,
        events.StockAdjusted: adjusted,
        events.StockCounted: counted,
        events.TransferDispatched: dispatched,
        events.TransferReceived: arrived,
        events.LocationConfigured: configured,
        events.ThresholdSet: threshold_set,
        events.RingFenceSet: fence_set,
        events.StockOversold: unchanged,
    }
)
