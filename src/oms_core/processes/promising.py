"""Promising: every order is told by when it leaves and arrives, and when that has to be moved.

What is promised at placement goes by the calendar alone. Stock answers in the same step: where
units must be waited for, the promise moves to the day on which the supply that is expected covers
them, behind everybody who waited before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from oms_core.domain.order.events import LineBackordered, LineKind, OrderPlaced
from oms_core.kernel import Command, Event, Instant, Process, State
from oms_core.kernel.calendar import date_of
from oms_core.policies.config import Policies
from oms_core.policies.promising import dates


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


class Promised(State, frozen=True):
    """What an order was promised last, and where it goes; `open` means that there is no date."""

    country: str = ""
    ship_by: Instant = Instant(0)
    open: bool = False


def evolve(memory: Promised, event: Event) -> Promised:
    """Take one of the process's own events for granted."""
    match event:
        case PromiseMade(country=country, ship_by=ship_by):
            return Promised(country, ship_by)
        case PromiseMoved(ship_by=ship_by):
            return replace(memory, ship_by=ship_by, open=not ship_by)
    return memory


def _goods(event: OrderPlaced) -> str | None:
    """Name the order, if there is something to send."""
    return event.order_id if any(line.kind is LineKind.GOODS for line in event.lines) else None


def promising(policies: Policies) -> Process[Promised]:
    """Return the process that promises by the shop's calendar; without one it hears nothing."""
    terms = policies.promising

    def react(event: Event, memory: Promised) -> Iterator[Command | Event]:
        match event:
            case OrderPlaced(order_id=order_id, ship_to=ship_to):
                found = dates(event.placed_at, ship_to.country, terms, "from stock")
                ship_by, reasons = found.ship_by, found.reasons
                if event.ship_by:
                    ship_by = event.ship_by
                    reasons = (f"{event.channel} has promised to ship by its own date", *reasons)
                jeopardy_at = terms.jeopardy_at(ship_by)
                yield PromiseMade(
                    *(order_id, ship_to.country, ship_by, found.deliver_by, jeopardy_at),
                    *(reasons, terms.version),
                )
            case LineBackordered(quantity=quantity, line_id=line_id) if not memory.open:
                yield from _moved(event, memory, f"{quantity} of {line_id}")

    def _moved(event: LineBackordered, memory: Promised, what: str) -> Iterator[Event]:
        named = (event.order_id, event.line_id)
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

    by_order: Callable[[Any], str] = attrgetter("order_id")
    route: dict[type[Event], Callable[[Any], str | None]] = {
        OrderPlaced: _goods,
        LineBackordered: by_order,
    }
    return Process("promising", route if terms.version else {}, react, Promised(), evolve)
