"""Rules of progress: reserved, released, planned, allocated, shipped, delivered."""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.order import commands, events
from oms_core.domain.order.evolution import evolve
from oms_core.domain.order.state import (
    Line,
    Order,
    Parcel,
    Phase,
    due_tenders,
    is_goods,
    planned_lines,
)
from oms_core.kernel import Rejected
from oms_core.kernel.money import share

Events = Iterator[events.OrderEvent]


class OrderNotOpen(Rejected):
    """Nothing more can happen to this order, or it was never placed."""

    code = "order.not_open"
    remedy = "Look the order up: it may be unknown, rejected, cancelled or completed."


class UnknownLine(Rejected):
    """The order has no such line."""

    code = "order.unknown_line"
    remedy = "Use a line_id of the order's own lines."


class UnknownParcel(Rejected):
    """The order has no open fulfilment of this name, or the line is not in it."""

    code = "order.unknown_fulfilment"
    remedy = "Use a fulfilment_id of the order that has not left yet."


class TooManyUnits(Rejected):
    """More units were named than are in the state that the step needs."""

    code = "order.too_many_units"
    remedy = "Name no more units than are left for this step."


def open_line(order: Order, line_id: str) -> Line:
    """Return a line of an open order.

    :raises OrderNotOpen: if the order is not open.
    :raises UnknownLine: if it has no such line.
    """
    if order.phase is not Phase.PLACED:
        raise OrderNotOpen(f"the order is {order.phase}.")
    return any_line(order, line_id)


def any_line(order: Order, line_id: str) -> Line:
    """Return a line of an order in any phase.

    :raises UnknownLine: if it has no such line.
    """
    line = order.lines.get(line_id)
    if line is None:
        raise UnknownLine(f"line_id {line_id!r} is not in the order.")
    return line


def require(quantity: int, most: int, what: str) -> None:
    """Check a number of units.

    :raises TooManyUnits: if `quantity` is less than one or more than `most`.
    """
    if not 1 <= quantity <= most:
        raise TooManyUnits(f"quantity {quantity} is not 1 to {most}, the units {what}.")


def advance(order: Order) -> Events:
    """Release what may be released: the one place where an order decides to go on."""
    if (
        order.phase is not Phase.PLACED
        or order.awaiting
        or order.blocks(events.Blocked.RELEASE)
        or (order.waiting and order.terms.on_shortage is not events.OnShortage.SPLIT)
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
            terms.ship_to,
            terms.ship_by,
            terms.priority,
        )
    elif not order.goods_open and order.open:
        yield from charge(order, f"{terms.order_id}/services")


def settle(order: Order) -> Events:
    """Close an order in which nothing is open any more."""
    if order.phase is Phase.PLACED and not order.open:
        terms = order.terms
        yield events.OrderCompleted(
            terms.order_id,
            terms.customer_id,
            order.shipped_minor,
            terms.currency,
            tuple(t.payment_id for t in terms.tenders),
        )


def record_reservation(command: commands.RecordReservation, order: Order) -> Events:
    """Move units to reserved; what stock sets aside beyond need goes back at once."""
    line = any_line(order, command.line_id)
    wanted = min(command.quantity, line.unreserved + line.backordered)
    if order.phase is not Phase.PLACED:
        wanted = 0
    item_id = line.terms.item_id
    if surplus := command.quantity - wanted:
        yield events.SurplusReleased(command.order_id, command.line_id, item_id, surplus)
    if wanted:
        reserved = events.LineReserved(
            command.order_id, command.line_id, item_id, wanted, command.sources
        )
        yield reserved
        yield from advance(evolve(order, reserved))


def record_backorder(command: commands.RecordBackorder, order: Order) -> Events:
    """Move units to backordered."""
    line = open_line(order, command.line_id)
    if quantity := min(command.quantity, line.unreserved):
        backordered = events.LineBackordered(
            command.order_id, command.line_id, line.terms.item_id, quantity
        )
        yield backordered
        yield from advance(evolve(order, backordered))


def record_expiry(command: commands.RecordExpiry, order: Order) -> Events:
    """Note that stock took reserved units back; nothing is set aside for them any more."""
    line = open_line(order, command.line_id)
    if quantity := min(command.quantity, line.reserved):
        yield events.LineUnreserved(command.order_id, command.line_id, line.terms.item_id, quantity)


def retry_reservation(command: commands.RetryReservation, order: Order) -> Events:
    """Ask again for lines with units that have no stock and do not wait for any.

    A line's quantity is all that stock should then keep for it, so that asking twice is asking
    once.
    """
    if order.phase is not Phase.PLACED:
        raise OrderNotOpen(f"the order is {order.phase}.")
    short = tuple(
        events.PlannedLine(
            line_id,
            line.terms.item_id,
            line.unreserved + line.backordered + line.reserved + line.released,
        )
        for line_id, line in sorted(order.lines.items())
        if line.unreserved
    )
    if short:
        terms = order.terms
        yield events.ReservationRetried(command.order_id, terms.channel, terms.on_shortage, short)


def record_authorization(command: commands.RecordAuthorization, order: Order) -> Events:
    """Count a tender as certain."""
    if order.phase is Phase.PLACED and command.payment_id in order.awaiting:
        authorized = events.TenderAuthorized(
            command.order_id, command.payment_id, command.amount_minor
        )
        yield authorized
        yield from advance(evolve(order, authorized))


def plan_fulfilment(command: commands.PlanFulfilment, order: Order) -> Events:
    """Let one location carry released units."""
    if command.fulfilment_id in order.parcels:
        return
    for part in command.lines:
        line = open_line(order, part.line_id)
        require(part.quantity, line.released, f"of line {part.line_id!r} released")
    yield events.FulfilmentPlanned(
        command.order_id, command.fulfilment_id, command.location_id, command.lines
    )


def _parcel(order: Order, fulfilment_id: str) -> Parcel:
    parcel = order.parcels.get(fulfilment_id)
    if parcel is None:
        raise UnknownParcel(f"fulfilment_id {fulfilment_id!r} is not open.")
    return parcel


def record_allocation(command: commands.RecordAllocation, order: Order) -> Events:
    """Tie units to a shelf; with the last one of its parcel, the warehouse may be asked."""
    line, parcel = open_line(order, command.line_id), _parcel(order, command.fulfilment_id)
    require(command.quantity, parcel.planned.get(command.line_id, 0), "planned")
    allocated = events.LineAllocated(
        command.order_id,
        command.line_id,
        line.terms.item_id,
        command.quantity,
        command.fulfilment_id,
        parcel.location_id,
    )
    yield allocated
    yield from _request(evolve(order, allocated), command.fulfilment_id)


def _request(order: Order, fulfilment_id: str) -> Events:
    """Ask the warehouse once every line of its parcel is settled, and release what left it."""
    parcel = order.parcels.get(fulfilment_id)
    if parcel and (parcel.planned or parcel.requested):
        return
    if parcel:
        terms = order.terms
        completed = events.AllocationCompleted(
            terms.order_id,
            fulfilment_id,
            parcel.location_id,
            planned_lines(order, parcel.allocated),
            terms.ship_to,
            terms.ship_by,
            terms.priority,
        )
        yield completed
        order = evolve(order, completed)
    yield from advance(order)


def reroute_line(command: commands.RerouteLine, order: Order) -> Events:
    """Take units out of a parcel; units that were cancelled meanwhile go back on sale.

    The rest are released again together, once the parcel has said of each line what becomes of it.
    """
    line = any_line(order, command.line_id)
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
        yield rerouted
        yield from _request(evolve(order, rerouted), command.fulfilment_id)


def record_routing_failure(command: commands.RecordRoutingFailure, order: Order) -> Events:
    """Take units back from release, and let a person look."""
    for part in command.lines:
        line = open_line(order, part.line_id)
        require(part.quantity, line.released, f"of line {part.line_id!r} released")
    hold_id = f"routing:{command.attempt}"
    if hold_id not in order.holds:
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
    require(command.quantity, parcel.allocated.get(command.line_id, 0), "allocated")
    shorted = events.LineShorted(
        command.order_id,
        command.line_id,
        line.terms.item_id,
        command.quantity,
        command.fulfilment_id,
    )
    yield shorted
    after = evolve(order, shorted)
    yield from _charge_if_left(after, command.fulfilment_id)
    yield from retry_reservation(commands.RetryReservation(command.order_id), after)


def record_shipment(command: commands.RecordShipment, order: Order) -> Events:
    """Move units to shipped; with the last one of its parcel, the parcel is charged."""
    line, parcel = open_line(order, command.line_id), _parcel(order, command.fulfilment_id)
    require(command.quantity, parcel.allocated.get(command.line_id, 0), "allocated")
    shipped = _line_shipped(
        order,
        line,
        command.quantity,
        command.fulfilment_id,
        command.cost_minor,
        command.cost_currency,
    )
    yield shipped
    yield from _charge_if_left(evolve(order, shipped), command.fulfilment_id)


def _line_shipped(
    order: Order, line: Line, quantity: int, fulfilment_id: str, cost: int, cost_currency: str
) -> events.LineShipped:
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


def _charge_if_left(order: Order, fulfilment_id: str) -> Events:
    parcel = order.parcels.get(fulfilment_id)
    if parcel and parcel.shipped and not parcel.planned and not parcel.allocated:
        yield from charge(order, fulfilment_id)
    elif not parcel:
        yield from settle(order)


def charge(order: Order, fulfilment_id: str) -> Events:
    """Make due what a fulfilment carried, and with the first one the services."""
    terms = order.terms
    for _, line in sorted(order.lines.items()):
        if line.released and not is_goods(line.terms):
            shipped = _line_shipped(order, line, line.released, fulfilment_id, 0, "")
            yield shipped
            order = evolve(order, shipped)
    amount = order.parcels[fulfilment_id].charged_minor
    start = order.charged_minor
    charged = events.ShipmentCharged(
        terms.order_id,
        terms.customer_id,
        fulfilment_id,
        amount,
        terms.currency,
        due_tenders(terms.tenders, start, start + amount),
    )
    yield charged
    yield from settle(evolve(order, charged))


def record_delivery(command: commands.RecordDelivery, order: Order) -> Events:
    """Count units as delivered, once for each fulfilment."""
    if f"delivery:{command.fulfilment_id}" in order.documents:
        return
    for part in command.lines:
        line = any_line(order, part.line_id)
        require(part.quantity, line.shipped - line.delivered, "shipped and not delivered")
    yield events.ParcelDelivered(command.order_id, command.fulfilment_id, command.lines)
