"""Allocation: what an order needs is asked of stock, and what stock answers is told to the order.

The choice between holding, waiting, splitting and giving up is the order's own; this process only
carries messages, and so it has no memory. Lines of one item are asked for together, so that a line
that is split in two is granted no more and no less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    ChangeConfirmed,
    LineKind,
    LineUnreserved,
    OnShortage,
    OrderPlaced,
    ReservationRetried,
    Source,
    SurplusReleased,
)
from oms_core.domain.stock import commands as stock
from oms_core.domain.stock import events as stocked
from oms_core.kernel import Command, Event, Process
from oms_core.kernel.identity import order_of

WAITING = frozenset({OnShortage.BACKORDER, OnShortage.SPLIT})


def sources(available: tuple[stocked.Available, ...]) -> tuple[Source, ...]:
    """Say in the order's words where units could come from."""
    return tuple(Source(place.location_id, place.quantity) for place in available)


def _ask(
    channel: str,
    on_shortage: OnShortage,
    wanted: Iterable[tuple[str, str, int]],
    cart_id: str = "",
) -> Iterator[Command]:
    shortfall = stocked.Shortfall.BACKORDER if on_shortage in WAITING else stocked.Shortfall.DECLINE
    demands: dict[str, list[stock.Demand]] = {}
    for item_id, line_id, quantity in wanted:
        demands.setdefault(item_id, []).append(stock.Demand(line_id, quantity))
    for item_id, lines in demands.items():
        yield stock.ReserveStock(item_id, channel, tuple(lines), shortfall, cart_id=cart_id)


def react(event: Event, memory: None) -> Iterator[Command | Event]:
    """Say what `event` calls for."""
    del memory
    match event:
        case stocked.StockReserved(line_id=line_id, quantity=quantity, sources=available):
            yield order.RecordReservation(order_of(line_id), line_id, quantity, sources(available))
        case OrderPlaced(channel=channel, lines=lines, on_shortage=on_shortage):
            goods = (line for line in lines if line.kind is LineKind.GOODS)
            wanted = ((line.item_id, line.line_id, line.quantity) for line in goods)
            yield from _ask(channel, on_shortage, wanted, event.cart_id)
        case ChangeConfirmed(channel=channel, on_shortage=on_shortage, added=added):
            goods = (line for line in added if line.kind is LineKind.GOODS)
            wanted = ((line.item_id, line.line_id, line.quantity) for line in goods)
            yield from _ask(channel, on_shortage, wanted)
        case ReservationRetried(_, channel, on_shortage, lines):
            wanted = ((line.item_id, line.line_id, line.quantity) for line in lines)
            yield from _ask(channel, on_shortage, wanted)
        case stocked.StockBackordered(_, line_id, _, quantity, _, expected_at):
            yield order.RecordBackorder(order_of(line_id), line_id, quantity, expected_at)
        case stocked.ReservationDeclined(_, line_id, _, requested, available):
            yield order.RecordShortage(order_of(line_id), line_id, requested, available)
        case stocked.ReservationExpired(_, line_id, quantity):
            yield order.RecordExpiry(order_of(line_id), line_id, quantity)
        case LineUnreserved(_, line_id, item_id, quantity):
            yield stock.ReleaseReservation(item_id, line_id, quantity)
        case SurplusReleased(_, line_id, item_id, quantity):
            yield stock.ReleaseReservation(item_id, line_id, quantity)


def _by_line(event: stocked.StockReserved) -> str:
    return order_of(event.line_id)


_by_order: Callable[[Any], str] = attrgetter("order_id")


allocation: Process[None] = Process(
    "allocation",
    {
        stocked.StockReserved: _by_line,
        OrderPlaced: _by_order,
        ReservationRetried: _by_order,
        ChangeConfirmed: _by_order,
        stocked.StockBackordered: _by_line,
        stocked.ReservationDeclined: _by_line,
        stocked.ReservationExpired: _by_line,
        LineUnreserved: _by_order,
        SurplusReleased: _by_order,
    },
    react,
    None,
)
