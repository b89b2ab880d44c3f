"""Routing: released units are sent to the locations that can ship them at the least cost.

Every decision is kept with its candidates, its constraints and the version of the policy, so that it
can be explained later. Where a location turns out not to have the units, or does not want them, the
line is routed again without that location, a bounded number of times; then a person must look.
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
    Blocked,
    FulfilmentPlanned,
    HoldKind,
    LineRerouted,
    OrderReleased,
    PlannedLine,
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
    excluded: str = ""
    lines: tuple[str, ...] = ()


class RoutingFailed(Event, frozen=True):
    """No location could be found for these units."""

    order_id: str
    attempt: int
    line_ids: tuple[str, ...]
    constraints: tuple[str, ...]
    policy_version: str


class Routing(State, frozen=True):
    """How often the order was routed, and which locations each line has already failed at."""

    attempts: int = 0
    failed_at: HashTrieMap[str, frozenset[str]] = HashTrieMap()


def _decide(
    event: OrderReleased | LineRerouted,
    wanted: tuple[Wanted, ...],
    memory: Routing,
    policies: Policies,
    excluded: str = "",
) -> Iterator[Command | Event]:
    order_id, attempt = event.order_id, memory.attempts + 1
    barred = frozenset({excluded} if excluded else ())
    for want in wanted:
        barred |= memory.failed_at.get(want.line_id, frozenset())
    plan = route(wanted, event.ship_to.country, policies.network, barred)
    sent = sum(part.quantity for shipment in plan.shipments for part in shipment.parts)
    lines = tuple(want.line_id for want in wanted)
    if sent < sum(want.quantity for want in wanted) or attempt > policies.routing_attempts_max:
        yield RoutingFailed(order_id, attempt, lines, plan.constraints, plan.version)
        yield order.HoldOrder(
            order_id,
            f"routing:{attempt}",
            HoldKind.ROUTING,
            (Blocked.RELEASE,),
            f"no location found for {', '.join(lines)}",
        )
        return
    yield RoutingDecided(
        order_id,
        attempt,
        plan.shipments,
        plan.candidates,
        plan.constraints,
        plan.version,
        excluded,
        lines,
    )
    for number, shipment in enumerate(plan.shipments, 1):
        parts = tuple(PlannedLine(p.line_id, p.item_id, p.quantity) for p in shipment.parts)
        yield order.PlanFulfilment(
            order_id, f"{order_id}/f{attempt}.{number}", shipment.location_id, parts
        )


def _react(event: Event, memory: Routing, policies: Policies) -> Iterator[Command | Event]:
    match event:
        case OrderReleased(lines=lines):
            wanted = tuple(
                Wanted(
                    line.line_id,
                    line.item_id,
                    line.quantity,
                    tuple((s.location_id, s.available) for s in line.sources),
                )
                for line in lines
            )
            yield from _decide(event, wanted, memory, policies)
        case LineRerouted(line_id=line_id, item_id=item_id, quantity=quantity, sources=given):
            offers = tuple((s.location_id, s.available) for s in given)
            wanted = (Wanted(line_id, item_id, quantity, offers),)
            yield from _decide(event, wanted, memory, policies, event.location_id)
        case FulfilmentPlanned(_, fulfilment_id, location_id, lines):
            for line in lines:
                yield stock.AllocateStock(
                    line.item_id, line.line_id, fulfilment_id, location_id, line.quantity
                )
        case stocked.StockAllocated(_, line_id, fulfilment_id, _, quantity):
            yield order.RecordAllocation(order_of(line_id), line_id, quantity, fulfilment_id)
        case (
            stocked.AllocationDeclined(
                line_id=line_id, fulfilment_id=fulfilment_id, requested=quantity, sources=given
            )
            | stocked.StockDeallocated(
                line_id=line_id, fulfilment_id=fulfilment_id, quantity=quantity, sources=given
            )
        ):
            yield order.RerouteLine(
                order_of(line_id), line_id, quantity, fulfilment_id, sources(given)
            )
        case AllocationCompleted(order_id, fulfilment_id, location_id, lines, ship_to):
            parts = tuple(
                fulfilled.FulfilmentLine(p.line_id, p.item_id, p.quantity) for p in lines
            )
            yield fulfilment.RequestFulfilment(
                fulfilment_id,
                order_id,
                location_id,
                parts,
                ship_to.country,
                event.ship_by,
                event.priority,
            )
        case fulfilled.FulfilmentRejected(fulfilment_id=fulfilment_id, lines=parts):
            for part in parts:
                yield stock.DeallocateStock(part.item_id, part.line_id, fulfilment_id)


def evolve(memory: Routing, event: Event) -> Routing:
    """Take one of the process's own events for granted."""
    match event:
        case RoutingDecided(attempt=attempt, excluded=excluded, lines=lines) if excluded:
            failed_at = memory.failed_at
            for line_id in lines:
                failed_at = failed_at.insert(
                    line_id, failed_at.get(line_id, frozenset()) | {excluded}
                )
            return Routing(attempt, failed_at)
        case RoutingDecided(attempt=attempt) | RoutingFailed(attempt=attempt):
            return replace(memory, attempts=attempt)
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
