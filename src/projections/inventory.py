"""Inventory levels: what each location has of each item, and what it could still give."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.stock import events
from oms_core.kernel import Recorded, State
from projections.rules import Keys, awaiting, view


class Level(State, frozen=True):
    """One item at one location. `incoming` is on its way there, from outside or from our own.

    `available` is what could be tied to an order here; it counts for the network where `selling`.
    `expected` are the units awaited from outside, by document.
    """

    item_id: str
    location_id: str
    on_hand: int = 0
    allocated: int = 0
    quarantined: int = 0
    safety: int = 0
    selling: bool = True
    incoming: int = 0
    available: int = 0
    expected: HashTrieMap[str, int] = HashTrieMap()


def level_key(item_id: str, location_id: str) -> str:
    """Return the name of the document of an item at a location.

    A location's name has no `@` in it (stock sees to that), so the last one ends the item's name.
    """
    return f"{item_id}@{location_id}"


def _at(field: str) -> Keys:
    def keys(event: Any) -> tuple[str]:
        return (f"{event.item_id}@{getattr(event, field)}",)

    return keys


HERE = _at("location_id")
ARRIVAL = _at("destination_id")


def both_ends(event: events.TransferDispatched) -> tuple[str, ...]:
    """Name the documents of where a transfer begins and ends."""
    origin, destination = event.origin_id, event.destination_id
    ends = (origin,) if origin == destination else (origin, destination)
    return tuple(level_key(event.item_id, end) for end in ends)


def blank(key: str, event: events.StockEvent) -> Level:
    """Return the level of a location that nothing was ever seen of."""
    return Level(event.item_id, key[len(event.item_id) + 1 :])


def moved(
    level: Level, on_hand: int = 0, allocated: int = 0, quarantined: int = 0, incoming: int = 0
) -> Level:
    """Add to the counts, and keep `available` right."""
    on_hand += level.on_hand
    allocated += level.allocated
    quarantined += level.quarantined
    return Level(
        level.item_id,
        level.location_id,
        on_hand,
        allocated,
        quarantined,
        level.safety,
        level.selling,
        level.incoming + incoming,
        max(0, on_hand - quarantined - allocated - level.safety),
        level.expected,
    )


def allocated(level: Level, event: events.StockAllocated, _: Recorded) -> Level:
    """Tie units to an order."""
    return moved(level, allocated=event.quantity)


def deallocated(level: Level, event: events.StockDeallocated, _: Recorded) -> Level:
    """Untie units."""
    return moved(level, allocated=-event.quantity)


def left(level: Level, event: events.StockShipped | events.StockShorted, _: Recorded) -> Level:
    """Take allocated units off the shelf."""
    return moved(level, -event.quantity, -event.quantity)


def awaited(level: Level, document_id: str, quantity: int) -> Level:
    """Await so many units under a document, whatever was awaited under it before."""
    if quantity == level.expected.get(document_id, 0):
        return level
    expected, more = awaiting(level.expected, document_id, quantity)
    return replace(level, expected=expected, incoming=level.incoming + more)


def received(level: Level, event: events.StockReceived, _: Recorded) -> Level:
    """Put goods on the shelf. However many they are, no more are expected under their document."""
    level = awaited(level, event.document_id, 0)
    return moved(level, event.quantity)


def expected(level: Level, event: events.SupplyExpected, _: Recorded) -> Level:
    """Await goods."""
    return awaited(level, event.document_id, event.quantity)


def withdrawn(level: Level, event: events.SupplyWithdrawn, _: Recorded) -> Level:
    """Await nothing more under the document."""
    return awaited(level, event.document_id, 0)


def returned(level: Level, event: events.StockReturned, _: Recorded) -> Level:
    """Put goods back on the shelf, some of them aside."""
    return moved(level, event.quantity, quarantined=event.quarantined)


def quarantined(level: Level, event: events.StockQuarantined, _: Recorded) -> Level:
    """Set units aside."""
    return moved(level, quarantined=event.quantity)


def lifted(level: Level, event: events.QuarantineLifted, _: Recorded) -> Level:
    """Put units aside back on sale."""
    return moved(level, quarantined=-event.quantity)


def adjusted(level: Level, event: events.StockAdjusted, _: Recorded) -> Level:
    """Change the book by a signed quantity."""
    return moved(level, event.quantity)


def counted(level: Level, event: events.StockCounted, _: Recorded) -> Level:
    """Change the book to what was counted."""
    return moved(level, event.difference)


def dispatched(level: Level, event: events.TransferDispatched, _: Recorded) -> Level:
    """Take units off one shelf, and await them at the other."""
    if level.location_id == event.origin_id:
        level = moved(level, -event.quantity)
    if level.location_id == event.destination_id:
        level = moved(level, incoming=event.quantity)
    return level


def arrived(level: Level, event: events.TransferReceived, _: Recorded) -> Level:
    """Put units on their new shelf; neither they nor the lost ones are on their way any more."""
    return moved(level, event.quantity, incoming=-event.quantity - event.lost)


def configured(level: Level, event: events.LocationConfigured, _: Recorded) -> Level:
    """Let the location keep more or less for itself."""
    return moved(replace(level, safety=event.safety, selling=event.selling))


inventory = view(
    "inventory",
    Level,
    blank,
    {
        events.StockAllocated: (HERE, allocated),
        events.StockDeallocated: (HERE, deallocated),
        events.StockShipped: (HERE, left),
        events.StockShorted: (HERE, left),
        events.StockReceived: (HERE, received),
        events.SupplyExpected: (HERE, expected),
        events.SupplyWithdrawn: (HERE, withdrawn),
        events.StockReturned: (HERE, returned),
        events.StockQuarantined: (HERE, quarantined),
        events.QuarantineLifted: (HERE, lifted),
        events.StockAdjusted: (HERE, adjusted),
        events.StockCounted: (HERE, counted),
        events.TransferDispatched: (both_ends, dispatched),
        events.TransferReceived: (ARRIVAL, arrived),
        events.LocationConfigured: (HERE, configured),
    },
)
