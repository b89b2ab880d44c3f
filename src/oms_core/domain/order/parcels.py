"""Rules of parcels: planned, allocated, rerouted, shipped, short, delivered."""

from __future__ import annotations

from oms_core.domain.order import commands, events
from oms_core.domain.order.cancellation import cancel_all
from oms_core.domain.order.checks import (
    TooManyUnits,
    UnknownParcel,
    any_line,
    open_line,
    require,
    require_open,
    require_units,
    totals,
)
from oms_core.domain.order.evolution import evolve
from oms_core.domain.order.onward import Events, advance, after, line_shipped, proceed
from oms_core.domain.order.progress import retry_reservation
from oms_core.domain.order.state import Order, Parcel


def plan_fulfilment(command: commands.PlanFulfilment, order: Order) -> Events:
    """Let one location carry released units, once under each name."""
    if f"plan:{command.fulfilment_id}" in order.documents:
        return
    require_open(order)
    units = totals(command.lines)
    for line_id, quantity in units.items():
        any_line(order, line_id)
        require(quantity, order.unplanned(line_id), f"of line {line_id!r} released and not planned")
    yield events.FulfilmentPlanned(
        command.order_id,
        command.fulfilment_id,
        command.location_id,
        tuple(
            events.PlannedLine(line_id, order.lines[line_id].terms.item_id, quantity)
            for line_id, quantity in units.items()
        ),
    )


def _parcel(order: Order, fulfilment_id: str) -> Parcel:
    parcel = order.parcels.get(fulfilment_id)
    if parcel is None:
        raise UnknownParcel(f"fulfilment_id {fulfilment_id!r} is not open.")
    return parcel


def record_allocation(command: commands.RecordAllocation, order: Order) -> Events:
    """Tie a line's units to a shelf; with the last line of its parcel, the warehouse may be asked.

    A shelf has all the planned units of a line or none, so a line is settled by one answer.
    """
    line, parcel = open_line(order, command.line_id), _parcel(order, command.fulfilment_id)
    if command.line_id in parcel.allocated:
        return
    planned = parcel.planned.get(command.line_id, 0)
    if command.quantity != planned or not planned:
        raise TooManyUnits(f"quantity {command.quantity} is not the {planned} units planned.")
    allocated = events.LineAllocated(
        command.order_id,
        command.line_id,
        line.terms.item_id,
        command.quantity,
        command.fulfilment_id,
        parcel.location_id,
    )
    yield from _settled(order, allocated)


def _settled(order: Order, event: events.LineAllocated | events.LineRerouted) -> Events:
    """Ask for a parcel once each line of it is settled, and release what left it, all together."""
    yield event
    order = evolve(order, event)
    parcel = order.parcels.get(event.fulfilment_id)
    if parcel and (parcel.planned or (parcel.requested and parcel.allocated)):
        return
    order = yield from after(order, proceed(order, event.fulfilment_id))
    yield from advance(order)


def reroute_line(command: commands.RerouteLine, order: Order) -> Events:
    """Take units out of a parcel; units that were cancelled meanwhile go back on sale.

    The rest are released again together, once the parcel has said of each line what becomes of it.
    """
    line = any_line(order, command.line_id)
    require_units(command.quantity)
    parcel = order.parcels.get(command.fulfilment_id, Parcel(""))
    held = parcel.planned.get(command.line_id, 0) + parcel.allocated.get(command.line_id, 0)
    wanted, item_id = min(command.quantity, held), line.terms.item_id
    if surplus := command.quantity - wanted:
        yield events.SurplusReleased(command.order_id, command.line_id, item_id, surplus)
    if wanted:
        rerouted = events.LineRerouted(
            command.order_id,
            command.line_id,
            item_id,
            wanted,
            command.fulfilment_id,
            parcel.location_id,
            command.sources,
            command.barred,
        )
        yield from _settled(order, rerouted)


def record_routing_failure(command: commands.RecordRoutingFailure, order: Order) -> Events:
    """Take units back from release, and let a person look; once for each attempt.

    Who stands at a till does not wait: what is not there is not sold.
    """
    require_open(order)
    if order.terms.sold_at and not order.blocks(events.Blocked.CANCELLATION):
        yield from cancel_all(order, events.CancellationReason.INVENTORY)
        return
    hold_id = f"routing:{command.attempt}"
    if hold_id in order.holds:
        return
    units = totals(command.lines)
    for line_id, quantity in units.items():
        any_line(order, line_id)
        require(quantity, order.unplanned(line_id), f"of line {line_id!r} released and not planned")
    yield events.OrderHeld(
        command.order_id,
        hold_id,
        events.HoldKind.ROUTING,
        (events.Blocked.RELEASE,),
        command.reason,
    )
    yield events.ReleaseRevoked(command.order_id, command.lines)


def record_short(command: commands.RecordShort, order: Order) -> Events:
    """Units were not on the shelf: ask for them again, as the terms say."""
    line, parcel = open_line(order, command.line_id), _parcel(order, command.fulfilment_id)
    if f"shorted:{command.line_id}" in parcel.noted:
        return
    require(command.quantity, parcel.allocated.get(command.line_id, 0), "allocated")
    shorted = events.LineShorted(
        command.order_id,
        command.line_id,
        line.terms.item_id,
        command.quantity,
        command.fulfilment_id,
    )
    yield shorted
    order = evolve(order, shorted)
    order = yield from after(order, proceed(order, command.fulfilment_id))
    yield from retry_reservation(commands.RetryReservation(command.order_id), order)


def record_shipment(command: commands.RecordShipment, order: Order) -> Events:
    """Move units to shipped; with the last one of its parcel, the parcel is charged."""
    line, parcel = open_line(order, command.line_id), _parcel(order, command.fulfilment_id)
    if f"shipped:{command.line_id}" in parcel.noted:
        return
    require(command.quantity, parcel.allocated.get(command.line_id, 0), "allocated")
    shipped = line_shipped(
        order,
        line,
        command.quantity,
        command.fulfilment_id,
        command.cost_minor,
        command.cost_currency,
    )
    yield shipped
    yield from proceed(evolve(order, shipped), command.fulfilment_id)


def record_delivery(command: commands.RecordDelivery, order: Order) -> Events:
    """Count units as delivered, once for each fulfilment."""
    if f"delivery:{command.fulfilment_id}" in order.documents:
        return
    for line_id, quantity in totals(command.lines).items():
        line = any_line(order, line_id)
        require(quantity, line.shipped - line.delivered, "shipped and not delivered")
    yield events.ParcelDelivered(command.order_id, command.fulfilment_id, command.lines)
