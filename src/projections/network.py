"""Inventory of the network: what there is of each item, is promised, and can still be promised."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from oms_core.domain.stock import events
from oms_core.kernel import Recorded
from projections.network_level import (
    NOWHERE,
    NetworkLevel,
    fence,
    fewer_fenced,
    from_fence,
    less_awaited,
    moved,
    promised,
    shelved,
    valued,
)
from projections.rules import awaiting, one, view


def blank(key: str, _: Any) -> NetworkLevel:
    """Return the level of an item that nothing was ever seen of."""
    return NetworkLevel(key)


def reserved(level: NetworkLevel, event: events.StockReserved, _: Recorded) -> NetworkLevel:
    """Set units aside; those that waited do so no longer."""
    level = replace(level, reserved=level.reserved + event.quantity)
    if level.backordered:
        level = less_awaited(level, event.line_id, event.quantity)
    return promised(from_fence(level, event, event.line_id) if event.fenced else level)


def backordered(level: NetworkLevel, event: events.StockBackordered, _: Recorded) -> NetworkLevel:
    """Let units wait."""
    waiting = level.awaited.get(event.line_id, 0) + event.quantity
    return replace(
        level,
        backordered=level.backordered + event.quantity,
        awaited=level.awaited.insert(event.line_id, waiting),
    )


def backorder_cancelled(
    level: NetworkLevel, event: events.BackorderCancelled, _: Recorded
) -> NetworkLevel:
    """Let units wait no longer."""
    return less_awaited(level, event.line_id, event.quantity)


def declined(level: NetworkLevel, event: events.ReservationDeclined, _: Recorded) -> NetworkLevel:
    """Count demand that was not met."""
    return replace(level, declined=level.declined + event.requested)


def released(
    level: NetworkLevel,
    event: events.ReservationReleased | events.ReservationExpired,
    _: Recorded,
) -> NetworkLevel:
    """Put units back on sale, fenced ones for their channel alone."""
    level = replace(level, reserved=level.reserved - event.quantity)
    return promised(fewer_fenced(level, event.line_id, event.fenced, back=True))


def _of_cart(event: Any) -> str:
    return f"cart {event.cart_id}"


def soft_reserved(
    level: NetworkLevel, event: events.StockSoftReserved, _: Recorded
) -> NetworkLevel:
    """Set units aside for a cart."""
    level = replace(level, soft_reserved=level.soft_reserved + event.quantity)
    return promised(from_fence(level, event, _of_cart(event)) if event.fenced else level)


def soft_ended(
    level: NetworkLevel,
    event: events.SoftReservationReleased
    | events.SoftReservationExpired
    | events.SoftReservationConverted,
    _: Recorded,
) -> NetworkLevel:
    """Put a cart's units back on sale; those that an order takes are reserved for it next."""
    level = replace(level, soft_reserved=level.soft_reserved - event.quantity)
    return promised(fewer_fenced(level, _of_cart(event), event.fenced, back=True))


def allocated(level: NetworkLevel, event: events.StockAllocated, _: Recorded) -> NetworkLevel:
    """Tie reserved units to a location."""
    level = replace(level, reserved=level.reserved - event.quantity)
    return promised(moved(level, event.location_id, allocated=event.quantity))


def deallocated(level: NetworkLevel, event: events.StockDeallocated, _: Recorded) -> NetworkLevel:
    """Untie units; they are reserved again."""
    level = replace(level, reserved=level.reserved + event.quantity)
    return promised(moved(level, event.location_id, allocated=-event.quantity))


def _left(level: NetworkLevel, event: events.StockShipped | events.StockShorted) -> NetworkLevel:
    quantity = event.quantity
    level = moved(level, event.location_id, -quantity, -quantity)
    level = fewer_fenced(level, event.line_id, event.fenced, back=False)
    return promised(valued(level, -event.cost_minor, event.currency))


def shipped(level: NetworkLevel, event: events.StockShipped, _: Recorded) -> NetworkLevel:
    """Let units leave, and count them as sold."""
    return replace(_left(level, event), sold=level.sold + event.quantity)


def shorted(level: NetworkLevel, event: events.StockShorted, _: Recorded) -> NetworkLevel:
    """Take off the book what was not on the shelf."""
    return _left(level, event)


def _await(level: NetworkLevel, document_id: str, quantity: int) -> NetworkLevel:
    expected, more = awaiting(level.expected, document_id, quantity)
    return replace(level, expected=expected, incoming=level.incoming + more)


def received(level: NetworkLevel, event: events.StockReceived, _: Recorded) -> NetworkLevel:
    """Put goods on the shelf. However many they are, no more are expected under their document."""
    if event.document_id in level.expected:
        level = _await(level, event.document_id, 0)
    level = moved(level, event.location_id, event.quantity)
    return promised(valued(level, event.cost_minor, event.currency))


def expected(level: NetworkLevel, event: events.SupplyExpected, _: Recorded) -> NetworkLevel:
    """Await goods from outside."""
    return _await(level, event.document_id, event.quantity)


def withdrawn(level: NetworkLevel, event: events.SupplyWithdrawn, _: Recorded) -> NetworkLevel:
    """Await nothing more under the document."""
    return _await(level, event.document_id, 0)


def returned(level: NetworkLevel, event: events.StockReturned, _: Recorded) -> NetworkLevel:
    """Put goods back on the shelf, some of them aside."""
    level = moved(level, event.location_id, event.quantity, quarantined=event.quarantined)
    return promised(valued(level, event.cost_minor, event.currency))


def quarantined(level: NetworkLevel, event: events.StockQuarantined, _: Recorded) -> NetworkLevel:
    """Set units aside."""
    return promised(moved(level, event.location_id, quarantined=event.quantity))


def lifted(level: NetworkLevel, event: events.QuarantineLifted, _: Recorded) -> NetworkLevel:
    """Put units aside back on sale."""
    return promised(moved(level, event.location_id, quarantined=-event.quantity))


def adjusted(level: NetworkLevel, event: events.StockAdjusted, _: Recorded) -> NetworkLevel:
    """Change the book by a signed quantity."""
    level = moved(level, event.location_id, event.quantity)
    return promised(valued(level, event.cost_minor, event.currency))


def counted(level: NetworkLevel, event: events.StockCounted, _: Recorded) -> NetworkLevel:
    """Change the book to what was counted."""
    level = moved(level, event.location_id, event.difference)
    return promised(valued(level, event.cost_minor, event.currency))


def dispatched(level: NetworkLevel, event: events.TransferDispatched, _: Recorded) -> NetworkLevel:
    """Take units off one shelf and put them on their way."""
    level = replace(level, incoming=level.incoming + event.quantity)
    return promised(moved(level, event.origin_id, -event.quantity))


def arrived(level: NetworkLevel, event: events.TransferReceived, _: Recorded) -> NetworkLevel:
    """Put units on their new shelf; the lost ones are gone."""
    level = replace(level, incoming=level.incoming - event.quantity - event.lost)
    level = moved(level, event.destination_id, event.quantity)
    return promised(valued(level, -event.cost_minor, event.currency))


def configured(level: NetworkLevel, event: events.LocationConfigured, _: Recorded) -> NetworkLevel:
    """Let a location keep more or less for itself."""
    before = level.shelves.get(event.location_id, NOWHERE)
    after = replace(before, safety=event.safety, selling=event.selling)
    return promised(shelved(level, event.location_id, after))


def threshold_set(level: NetworkLevel, event: events.ThresholdSet, _: Recorded) -> NetworkLevel:
    """Let the network keep more or less for itself."""
    return promised(replace(level, threshold=event.quantity))


def fence_set(level: NetworkLevel, event: events.RingFenceSet, _: Recorded) -> NetworkLevel:
    """Keep so many units for one channel."""
    change = event.quantity - level.fences.get(event.channel, 0)
    return promised(fence(level, event.channel, change))


ITEM = one("item_id")

inventory_network = view(
    "inventory_network",
    NetworkLevel,
    blank,
    {
        events.StockReserved: (ITEM, reserved),
        events.StockBackordered: (ITEM, backordered),
        events.BackorderCancelled: (ITEM, backorder_cancelled),
        events.ReservationDeclined: (ITEM, declined),
        events.ReservationReleased: (ITEM, released),
        events.ReservationExpired: (ITEM, released),
        events.StockSoftReserved: (ITEM, soft_reserved),
        events.SoftReservationReleased: (ITEM, soft_ended),
        events.SoftReservationExpired: (ITEM, soft_ended),
        events.SoftReservationConverted: (ITEM, soft_ended),
        events.StockAllocated: (ITEM, allocated),
        events.StockDeallocated: (ITEM, deallocated),
        events.StockShipped: (ITEM, shipped),
        events.StockShorted: (ITEM, shorted),
        events.StockReceived: (ITEM, received),
        events.SupplyExpected: (ITEM, expected),
        events.SupplyWithdrawn: (ITEM, withdrawn),
        events.StockReturned: (ITEM, returned),
        events.StockQuarantined: (ITEM, quarantined),
        events.QuarantineLifted: (ITEM, lifted),
        events.StockAdjusted: (ITEM, adjusted),
        events.StockCounted: (ITEM, counted),
        events.TransferDispatched: (ITEM, dispatched),
        events.TransferReceived: (ITEM, arrived),
        events.LocationConfigured: (ITEM, configured),
        events.ThresholdSet: (ITEM, threshold_set),
        events.RingFenceSet: (ITEM, fence_set),
    },
)
