"""What follows by itself when goods come or go: who waits is served, who must act is told."""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.stock import events
from oms_core.domain.stock.evolution import evolve
from oms_core.domain.stock.state import Location, Stock

Events = Iterator[events.StockEvent]


def location_of(stock: Stock, location_id: str) -> Location:
    """Return the counts of a location; one that was never heard of is empty."""
    return stock.locations.get(location_id, Location())


def book(stock: Stock, event: events.StockEvent, item_id: str) -> Events:
    """Book `event`, and what follows from there being more or fewer goods to promise."""
    yield event
    after = evolve(stock, event)
    yield from _oversold(after, item_id, stock)
    yield from serve_queue(after, item_id)


def serve_queue(stock: Stock, item_id: str) -> Events:
    """Give what has become available to those who wait: first come, first served."""
    if not stock.backorders:
        return
    sources = stock.sources
    queue = sorted(stock.backorders.items(), key=lambda entry: entry[1].turn)
    for line_id, backorder in queue:
        granted = min(backorder.quantity, stock.available(backorder.channel))
        if granted < 1:
            if stock.fenced:
                continue  # The next in the queue may have a fence of its own.
            break
        fenced = min(granted, stock.fences.get(backorder.channel, 0))
        reserved = events.StockReserved(
            item_id, line_id, backorder.channel, granted, fenced, backorder.expires_at, sources
        )
        yield reserved
        stock = evolve(stock, reserved)


def set_right(
    stock: Stock, item_id: str, document_id: str, location_id: str, leaving: int
) -> Events:
    """Correct a book that holds fewer units than leave the shelf.

    Units that leave were there, whatever a count had said; and what a count had written off is not
    written off a second time when it is found to be short.
    """
    lack = leaving - location_of(stock, location_id).on_hand
    if lack > 0:
        yield events.StockAdjusted(
            item_id,
            document_id,
            location_id,
            lack,
            stock.cost_of(lack),
            stock.currency,
            events.AdjustmentReason.CORRECTION,
        )


def forget_gone(stock: Stock, item_id: str, document_id: str, location_id: str) -> Events:
    """Set no more units aside than are on the shelf: what is gone can no longer be inspected."""
    location = location_of(stock, location_id)
    gone = location.quarantined - location.on_hand
    if gone > 0:
        yield events.QuarantineLifted(item_id, document_id, location_id, gone)


def _oversold(stock: Stock, item_id: str, before: Stock) -> Events:
    """Tell of promises that the shelf no longer covers, when a loss makes that worse."""
    shortfall = _shortfall(stock)
    if shortfall > _shortfall(before):
        yield events.StockOversold(item_id, shortfall)


def _shortfall(stock: Stock) -> int:
    """Count the promised units that are not there. Safety stock is there; what is aside is not."""
    short, free = 0, 0
    for place in stock.locations.values():
        there = max(0, place.on_hand - place.quarantined)
        short += max(0, place.allocated - there)
        free += max(0, there - place.allocated)
    return short + max(0, stock.reserved - free)
