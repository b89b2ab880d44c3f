"""Promising: by when an order leaves and arrives, when that is moved, endangered, or not kept.

What is promised at placement goes by the calendar alone. Stock answers in the same step: where
units must be waited for, the promise moves to the day on which the supply that is expected covers
them, behind everybody who waited before. When its day is near or over and goods have not left, the
order says why, and here it is weighed whether that promise still holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from oms_core.domain.order.events import (
    LineBackordered,
    LineKind,
    Obstacle,
    OrderCancelled,
    OrderCompleted,
    OrderPlaced,
    PromiseReviewed,
)
from oms_core.kernel import Command, Event, Instant, Process, State
from oms_core.kernel.calendar import date_of
from oms_core.policies.config import Policies
from oms_core.policies.promising import Promising, dates


class PromiseMade(Event, frozen=True):
    """The customer is told by when goods leave and arrive, and from what that is worked out.

    From `jeopardy_at` on, goods that have not left need somebody to look.
    """

    order_id: str
    country: str
    ship_by: Instant
    deliver_by: Instant
    jeopardy_at: Instant
    reasons: tuple[str, ...]
    policy_version: str


class PromiseMoved(Event, frozen=True):
    """Units have to be waited for: goods leave later, or nobody can say when (zero)."""

    order_id: str
    line_id: str
    ship_by: Instant
    deliver_by: Instant
    jeopardy_at: Instant
    reasons: tuple[str, ...]
    policy_version: str


class PromiseEndangered(Event, frozen=True):
    """Goods should leave soon and have not: so many units, and what stands in their way."""

    order_id: str
    ship_by: Instant
    units: int
    obstacles: tuple[Obstacle, ...]


class PromiseBroken(Event, frozen=True):
    """Goods should have left: so many units have not, and this is what stood in their way."""

    order_id: str
    ship_by: Instant
    units: int
    obstacles: tuple[Obstacle, ...]


class PromiseClosed(Event, frozen=True):
    """Nothing is left to send, and the promised day was not seen to pass: it is watched no more."""

    order_id: str
    ship_by: Instant


class Promised(State, frozen=True):
    """What an order was promised last, where it goes, and what was said of that promise.

    `open` means that there is no date.
    """

    country: str = ""
    ship_by: Instant = Instant(0)
    open: bool = False
    jeopardy_at: Instant = Instant(0)
    endangered: bool = False
    broken: bool = False


def evolve(memory: Promised, event: Event) -> Promised:
    """Take one of the process's own events for granted."""
    match event:
        case PromiseMade(country=country):
            return Promised(country, event.ship_by, jeopardy_at=event.jeopardy_at)
        case PromiseMoved(ship_by=ship_by):
            return Promised(memory.country, ship_by, not ship_by, event.jeopardy_at)
        case PromiseEndangered():
            return replace(memory, endangered=True)
        case PromiseBroken():
            return replace(memory, broken=True)
        case PromiseClosed():
            return Promised(memory.country)
    return memory


def _goods(event: OrderPlaced) -> str | None:
    """Name the order, if there is something to send."""
    return event.order_id if any(line.kind is LineKind.GOODS for line in event.lines) else None


def _made(event: OrderPlaced, terms: Promising) -> PromiseMade:
    found = dates(event.placed_at, event.ship_to.country, terms, "from stock")
    ship_by, reasons = found.ship_by, found.reasons
    if event.ship_by:
        ship_by = event.ship_by
        reasons = (f"{event.channel} has promised to ship by its own date", *reasons)
    jeopardy_at = terms.jeopardy_at(ship_by)
    return PromiseMade(
        *(event.order_id, event.ship_to.country, ship_by, found.deliver_by, jeopardy_at),
        *(reasons, terms.version),
    )


def _moved(event: LineBackordered, memory: Promised, terms: Promising) -> Iterator[Event]:
    named, what = (event.order_id, event.line_id), f"{event.quantity} of {event.line_id}"
    if not event.expected_at:
        reasons = (f"no supply is expected that covers {what}",)
        yield PromiseMoved(*named, *(Instant(0),) * 3, reasons, terms.version)
        return
    because = f"{what} wait for supply on {date_of(event.expected_at)}"
    found = dates(event.expected_at, memory.country, terms, because)
    if found.ship_by > memory.ship_by:
        jeopardy_at = terms.jeopardy_at(found.ship_by)
        yield PromiseMoved(
            *named, found.ship_by, found.deliver_by, jeopardy_at, found.reasons, terms.version
        )


def _reviewed(event: PromiseReviewed, memory: Promised) -> Iterator[Event]:
    """Say once of each promise that it is endangered, and that it is broken; not of an old one."""
    if memory.open or event.ship_by != memory.ship_by:
        return
    said = (event.order_id, event.ship_by, event.units, event.obstacles)
    if not event.units:
        yield from _closed(event.order_id, memory)
    elif event.at >= memory.ship_by:
        if not memory.broken:
            yield PromiseBroken(*said)
    elif event.at >= memory.jeopardy_at and not memory.endangered:
        yield PromiseEndangered(*said)


def _closed(order_id: str, memory: Promised) -> Iterator[Event]:
    """Stop watching what is still watched."""
    if memory.ship_by and not memory.broken:
        yield PromiseClosed(order_id, memory.ship_by)


def promising(policies: Policies) -> Process[Promised]:
    """Return the process that promises by the shop's calendar.

    Without one it promises nothing, and only judges what a shop had promised before. It hears then
    that nothing is left to send when the order is looked at, so that no other order is slowed down.
    """
    terms = policies.promising

    def react(event: Event, memory: Promised) -> Iterator[Command | Event]:
        match event:
            case OrderPlaced():
                yield _made(event, terms)
            case LineBackordered() if not memory.open:
                yield from _moved(event, memory, terms)
            case PromiseReviewed():
                yield from _reviewed(event, memory)
            case OrderCompleted(order_id=order_id) | OrderCancelled(order_id=order_id):
                yield from _closed(order_id, memory)

    by_order: Callable[[Any], str] = attrgetter("order_id")
    route: dict[type[Event], Callable[[Any], str | None]] = {PromiseReviewed: by_order}
    if terms.version:
        route[OrderPlaced] = _goods
        route |= dict.fromkeys((LineBackordered, OrderCompleted, OrderCancelled), by_order)
    return Process("promising", route, react, Promised(), evolve)
