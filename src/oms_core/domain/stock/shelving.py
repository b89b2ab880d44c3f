"""How each movement of goods changes stock: the shelves, what is on its way, the value."""

from __future__ import annotations

from msgspec.structs import replace

from oms_core.domain.stock import events
from oms_core.domain.stock.events import Available
from oms_core.domain.stock.state import Location, Stock, Supply, Transfer

NOWHERE = Location()


def shelve(stock: Stock, location_id: str, **changes: int) -> Stock:
    """Add to the counts of one location, and keep the pool right."""
    before = stock.locations.get(location_id, NOWHERE)
    after = replace(before, **{name: getattr(before, name) + n for name, n in changes.items()})
    return _set_location(stock, location_id, before, after)


def _set_location(stock: Stock, location_id: str, before: Location, after: Location) -> Stock:
    locations = stock.locations.insert(location_id, after)
    return replace(
        stock,
        locations=locations,
        sources=tuple(
            Available(place, units)
            for place, shelf in sorted(locations.items())
            if (units := shelf.sellable)
        ),
        pool=stock.pool + after.sellable - before.sellable,
    )


def received(stock: Stock, event: events.StockReceived) -> Stock:
    """Put goods on the shelf. However many they are, no more are expected under their document."""
    expected = stock.expected.discard(event.document_id)
    stock = replace(stock, currency=event.currency, expected=expected)
    return _booked(stock, event, event.quantity)


def expected(stock: Stock, event: events.SupplyExpected) -> Stock:
    """Await goods under their document."""
    supply = Supply(event.location_id, event.quantity, event.due_at)
    return replace(stock, expected=stock.expected.insert(event.document_id, supply))


def withdrawn(stock: Stock, event: events.SupplyWithdrawn) -> Stock:
    """Await nothing more under the document."""
    return replace(stock, expected=stock.expected.discard(event.document_id))


def returned(stock: Stock, event: events.StockReturned) -> Stock:
    """Put goods back on the shelf, some of them aside."""
    stock = shelve(stock, event.location_id, quarantined=event.quarantined)
    currency = event.currency or stock.currency
    return _booked(replace(stock, currency=currency), event, event.quantity)


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
