"""Screening: every order is looked at by the shop's rules, and an odd one waits for a person.

What an area has seen and what a customer has done are two conversations, so an order passes through
both: first it is sighted in its area, then screened beside the customer's other orders. Both come
before stock has answered, so that a hold is there before anything is released.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from oms_core.domain.order.commands import HoldOrder
from oms_core.domain.order.events import Blocked, Destination, HoldKind, OrderPlaced, Purpose
from oms_core.kernel import Command, Event, Instant, Process, State
from oms_core.policies.config import Policies
from oms_core.policies.screening import Facts, Finding, Past, Screening, remembered, screen

HOLD = "fraud:screening"
"""The name of the hold of an order that looks odd."""


class OrderSighted(Event, frozen=True):
    """An order is to go to an area; `in_area` is when others were, of late."""

    order_id: str
    facts: Facts
    in_area: tuple[Instant, ...]


class OrderScreened(Event, frozen=True):
    """What the rules say of an order, each with the points that it adds."""

    order_id: str
    customer_id: str
    placed_at: Instant
    points: int
    findings: tuple[Finding, ...]
    held: bool
    policy_version: str


class Seen(State, frozen=True):
    """How many orders a customer has placed, and when the latest were, here or there."""

    orders: int = 0
    times: tuple[Instant, ...] = ()


def area_of(address: Destination) -> str:
    """Return the area of an address: `FR 69001`; nothing without a postal code."""
    return f"{address.country} {address.postal_code}" if address.postal_code else ""


def facts_of(event: OrderPlaced) -> Facts:
    """Return what the rules are told of an order."""
    return Facts(
        event.order_id,
        event.customer_id,
        event.placed_at,
        event.currency,
        sum(line.net_minor + line.tax_minor for line in event.lines),
        event.ship_to.country,
        event.bill_to.country,
        area_of(event.ship_to),
        area_of(event.bill_to),
    )


def _told(findings: tuple[Finding, ...]) -> str:
    return "; ".join(f"{found.rule} +{found.points}: {found.detail}" for found in findings)


def _by_area(event: OrderPlaced) -> str | None:
    """Name the area; an order that goes to none has a conversation of its own."""
    if event.purpose is not Purpose.SALE:
        return None
    return f"area:{area_of(event.ship_to) or event.order_id}"


def _by_customer(event: OrderSighted) -> str:
    return f"customer:{event.facts.customer_id}"


def screening(policies: Policies) -> Process[Seen]:
    """Return the process that screens by the shop's table; without rules it hears nothing."""
    table: Screening = policies.screening

    def react(event: Event, memory: Seen) -> Iterator[Command | Event]:
        match event:
            case OrderPlaced(order_id=order_id):
                yield OrderSighted(order_id, facts_of(event), memory.times)
            case OrderSighted(order_id, facts, in_area):
                past = Past(memory.orders, memory.times, in_area)
                found = screen(facts, past, table)
                yield OrderScreened(
                    order_id,
                    facts.customer_id,
                    facts.placed_at,
                    found.points,
                    found.findings,
                    found.held,
                    table.version,
                )
                if found.held:
                    reason = f"{found.points} points: {_told(found.findings)}"
                    yield HoldOrder(order_id, HOLD, HoldKind.FRAUD, (Blocked.RELEASE,), reason)

    def evolve(memory: Seen, event: Any) -> Seen:
        match event:
            case OrderSighted(facts=facts):
                return replace(memory, times=remembered(memory.times, facts.placed_at, table))
            case OrderScreened(placed_at=placed_at):
                times = remembered(memory.times, placed_at, table)
                return Seen(memory.orders + 1, times)
        return memory

    route: dict[type[Event], Callable[[Any], str | None]] = {
        OrderPlaced: _by_area,
        OrderSighted: _by_customer,
    }
    return Process("screening", route if table.rules else {}, react, Seen(), evolve)
