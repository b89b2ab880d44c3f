"""Routing: released units are sent to the locations that can ship them at the least cost.

Every decision is kept with its candidates, its constraints and the version of the policy, so that
it can be explained later. Where a location turns out not to have the units, or does not want them,
the line is routed again, a bounded number of times; then a person must look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.fulfilment import commands as fulfilment
from oms_core.domain.fulfilment import events as fulfilled
from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    AllocationCompleted,
    FulfilmentPlanned,
    LineRerouted,
    OrderReleased,
    PlannedLine,
    ReleasedLine,
)
from oms_core.domain.stock import commands as stock
from oms_core.domain.stock import events as stocked
from oms_core.kernel import Command, Event, Process, State
from oms_core.kernel.identity import order_of
from oms_core.policies.config import Policies
from oms_core.policies.routing import Candidate, Shipment, Wanted, route
from oms_core.processes.allocation import sources


class RoutingDecided(Event, frozen=True):
    """These locations shall send these units; the candidates are those that came closest."""

    order_id: str
    attempt: int
    shipments: tuple[Shipment, ...]
    candidates: tuple[Candidate, ...]
    constraints: tuple[str, ...]
    policy_version: str


class RoutingFailed(Event, frozen=True):
    """No location could be found for these units."""

    order_id: str
    attempt: int
    line_ids: tuple[str, ...]
    constraints: tuple[str, ...]
    policy_version: str


class LocationBarred(Event, frozen=True):
    """A location does not want this line; it is not asked for it again."""

    order_id: str
    line_id: str
    location_id: str


class Routing(State, frozen=True):
    """How often the order was routed, how often since a person last looked, and who said no."""

    attempts: int = 0
    tries: int = 0
    barred: HashTrieMap[str, frozenset[str]] = HashTrieMap()


def _wanted(line: ReleasedLine, sold_at: str, memory: Routing) -> Wanted:
    """Say where units of a line could come from: a till sells off its own shelves only."""
    barred = memory.barred.get(line.line_id, frozenset())
    sources = tuple(
        (source.location_id, source.available)
        for source in line.sources
        if source.location_id not in barred and sold_at in ("", source.location_id)
    )
    return Wanted(line.line_id, line.item_id, line.quantity, sources)


def _decide(event: OrderReleased, memory: Routing, policies: Policies) -> Iterator[Command | Event]:
    """Choose locations for all the units, or for none of them."""
    wanted = tuple(_wanted(line, event.sold_at, memory) for line in event.lines)
    plan = route(wanted, event.ship_to.country, policies.network)
    order_id, attempt = event.order_id, memory.attempts + 1
    sent = sum(part.quantity for shipment in plan.shipments for part in shipment.parts)
    constraints = plan.constraints + tuple(
        f"{location_id} does not want {line_id}"
        for line_id, barred in sorted(memory.barred.items())
        for location_id in sorted(barred)
    )
    if event.sold_at:
        constraints += (f"sold at {event.sold_at}",)
    if memory.tries >= policies.routing_attempts_max:
        constraints += (f"routed {memory.tries} times already",)
    elif sent == sum(want.quantity for want in wanted):
        yield RoutingDecided(
            order_id, attempt, plan.shipments, plan.candidates, constraints, plan.version
        )
        for number, shipment in enumerate(plan.shipments, 1):
            yield order.PlanFulfilment(
                order_id,
                f"{order_id}/f{attempt}.{number}",
                shipment.location_id,
                tuple(PlannedLine(p.line_id, p.item_id, p.quantity) for p in shipment.parts),
            )
        return
    line_ids = tuple(want.line_id for want in wanted)
    yield RoutingFailed(order_id, attempt, line_ids, constraints, plan.version)
    lines = tuple(PlannedLine(want.line_id, want.item_id, want.quantity) for want in wanted)
    yield order.RecordRoutingFailure(order_id, attempt, lines, "; ".join(constraints))


def _react(event: Event, memory: Routing, policies: Policies) -> Iterator[Command | Event]:
    match event:
        case OrderReleased():
            yield from _decide(event, memory, policies)
        case LineRerouted(order_id, line_id, location_id=location_id, barred=True):
            yield LocationBarred(order_id, line_id, location_id)
        case FulfilmentPlanned(_, fulfilment_id, location_id, lines):
            for line in lines:
                yield stock.AllocateStock(
                    line.item_id, line.line_id, fulfilment_id, location_id, line.quantity
                )
        case stocked.StockAllocated(_, line_id, fulfilment_id, _, quantity):
            yield order.RecordAllocation(order_of(line_id), line_id, quantity, fulfilment_id)
        case stocked.AllocationDeclined(_, line_id, fulfilment_id, _, quantity, _, given):
            yield order.RerouteLine(
                order_of(line_id), line_id, quantity, fulfilment_id, sources(given)
            )
        case stocked.StockDeallocated(_, line_id, fulfilment_id, _, quantity, _, given, barred):
            yield order.RerouteLine(
                order_of(line_id), line_id, quantity, fulfilment_id, sources(given), barred
            )
        case AllocationCompleted():
            yield _request(event)
            if event.sold_at:
                yield fulfilment.ShipFulfilment(event.fulfilment_id)
        case fulfilled.FulfilmentRejected(fulfilment_id=fulfilment_id, lines=parts):
            for part in parts:
                yield stock.DeallocateStock(part.item_id, part.line_id, fulfilment_id, barred=True)


def _request(event: AllocationCompleted) -> Command:
    return fulfilment.RequestFulfilment(
        event.fulfilment_id,
        event.order_id,
        event.location_id,
        tuple(fulfilled.FulfilmentLine(p.line_id, p.item_id, p.quantity) for p in event.lines),
        event.ship_to.country,
        event.ship_by,
        event.priority,
    )


def evolve(memory: Routing, event: Event) -> Routing:
    """Take one of the process's own events for granted."""
    match event:
        case RoutingDecided(attempt=attempt):
            return replace(memory, attempts=attempt, tries=memory.tries + 1)
        case RoutingFailed(attempt=attempt):
            return Routing(attempts=attempt)
        case LocationBarred(_, line_id, location_id):
            barred = memory.barred.get(line_id, frozenset()) | {location_id}
            return replace(memory, barred=memory.barred.insert(line_id, barred))
    return memory


def _by_line(event: stocked.StockAllocated) -> str:
    return order_of(event.line_id)


def routing(policies: Policies) -> Process[Routing]:
    """Return the process that routes by the shop's network."""

    def react(event: Event, memory: Routing) -> Iterator[Command | Event]:
        return _react(event, memory, policies)

    by_order: Callable[[Event], str] = attrgetter("order_id")
    return Process(
        "routing",
        {
            OrderReleased: by_order,
            LineRerouted: by_order,
            FulfilmentPlanned: by_order,
            stocked.StockAllocated: _by_line,
            stocked.AllocationDeclined: _by_line,
            stocked.StockDeallocated: _by_line,
            AllocationCompleted: by_order,
            fulfilled.FulfilmentRejected: by_order,
        },
        react,
        Routing(),
        evolve,
    )
