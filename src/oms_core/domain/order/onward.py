"""How an order goes on by itself: released, asked of a warehouse, charged, completed."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

from oms_core.domain.order import events
from oms_core.domain.order.evolution import evolve
from oms_core.domain.order.state import (
    Line,
    Order,
    Phase,
    due_tenders,
    is_goods,
    planned_lines,
)
from oms_core.kernel.money import share

Events = Iterator[events.OrderEvent]
Steps = Generator[events.OrderEvent, None, Order]
"""Events, and the order that they lead to."""


def after(order: Order, steps: Iterable[events.OrderEvent]) -> Steps:
    """Pass the events on, and return the order that they lead to."""
    for event in steps:
        yield event
        order = evolve(order, event)
    return order


def advance(order: Order) -> Events:
    """Release what may be released: the one place where an order decides to go on."""
    if (
        order.phase is not Phase.PLACED
        or order.awaiting
        or order.blocks(events.Blocked.RELEASE)
        or _waits(order)
    ):
        return
    terms = order.terms
    if order.ready:
        yield events.OrderReleased(
            terms.order_id,
            tuple(
                events.ReleasedLine(line_id, line.terms.item_id, line.reserved, line.sources)
                for line_id, line in sorted(order.lines.items())
                if line.reserved
            ),
            order.ship_to,
            terms.ship_by,
            terms.priority,
            terms.sold_at,
        )
    elif not order.goods_open and order.open:
        yield from charge(order, f"{terms.order_id}/services")


def then_advance(order: Order, event: events.OrderEvent) -> Events:
    """Let `event` happen and go on; while a tender is awaited there is nowhere to go."""
    yield event
    if not order.awaiting:
        yield from advance(evolve(order, event))


def _waits(order: Order) -> bool:
    """Say whether there is stock to wait for. A split order only hears every answer first."""
    if order.terms.on_shortage is events.OnShortage.SPLIT:
        return order.unanswered > 0
    return order.waiting > 0


def settle(order: Order) -> Events:
    """Close an order in which nothing is open any more."""
    if order.phase is Phase.PLACED and not order.open:
        terms = order.terms
        yield events.OrderCompleted(
            terms.order_id,
            terms.customer_id,
            order.shipped_minor,
            terms.currency,
            order.payments,
            terms.coupons,
        )


def proceed(order: Order, fulfilment_id: str) -> Events:
    """Take a parcel one step further once every line of it is settled.

    The warehouse is asked for what has its shelf; a parcel that has wholly left is charged.
    """
    parcel = order.parcels.get(fulfilment_id)
    if parcel is None or parcel.planned:
        return
    if parcel.allocated and not parcel.requested:
        terms = order.terms
        yield events.AllocationCompleted(
            terms.order_id,
            fulfilment_id,
            parcel.location_id,
            planned_lines(order, parcel.allocated),
            order.ship_to,
            terms.ship_by,
            terms.priority,
            terms.sold_at,
        )
    elif not parcel.allocated:
        yield from charge(order, fulfilment_id)


def charge(order: Order, fulfilment_id: str) -> Events:
    """Make due what a fulfilment carried, and with the first one the services."""
    terms = order.terms
    for _, line in sorted(order.lines.items()):
        if line.released and not is_goods(line.terms):
            shipped = line_shipped(order, line, line.released, fulfilment_id, 0, "")
            yield shipped
            order = evolve(order, shipped)
    parcel = order.parcels[fulfilment_id]
    amount = parcel.charged_minor
    start = order.charged_minor
    charged = events.ShipmentCharged(
        terms.order_id,
        terms.customer_id,
        fulfilment_id,
        amount,
        terms.currency,
        due_tenders(order.tenders, start, start + amount),
        parcel.lines,
        terms.sold_at and parcel.location_id,
    )
    yield charged
    yield from settle(evolve(order, charged))


def line_shipped(
    order: Order, line: Line, quantity: int, fulfilment_id: str, cost: int, cost_currency: str
) -> events.LineShipped:
    """Say that units left, with the shares of price and tax of these very units."""
    terms, agreed, stop = order.terms, line.terms, line.shipped + quantity
    return events.LineShipped(
        terms.order_id,
        terms.customer_id,
        agreed.line_id,
        agreed.item_id,
        quantity,
        share(agreed.net_minor, line.shipped, stop, agreed.quantity),
        share(agreed.tax_minor, line.shipped, stop, agreed.quantity),
        cost,
        terms.currency,
        fulfilment_id,
        terms.purpose,
        cost_currency,
    )
