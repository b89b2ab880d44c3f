"""What the rules of an order check before they decide anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oms_core.domain.order import commands, events
from oms_core.domain.order.state import Line, Order, Phase
from oms_core.kernel import Rejected


class OrderNotOpen(Rejected):
    """Nothing more can happen to this order, or it was never placed."""

    code = "order.not_open"
    remedy = "Look the order up: it may be unknown, rejected, cancelled or completed."


class UnknownLine(Rejected):
    """The order has no such line."""

    code = "order.unknown_line"
    remedy = "Use a line_id of the order's own lines."


class UnknownTender(Rejected):
    """The order is not paid in this way."""

    code = "order.unknown_tender"
    remedy = "Use the payment_id of one of the order's own tenders."


class UnknownParcel(Rejected):
    """The order has no open fulfilment of this name, or the line is not in it."""

    code = "order.unknown_fulfilment"
    remedy = "Use a fulfilment_id of the order that has not left yet."


class TooManyUnits(Rejected):
    """More units were named than are in the state that the step needs."""

    code = "order.too_many_units"
    remedy = "Name no more units than are left for this step."


class NoUnits(Rejected):
    """No units were named at all."""

    code = "order.no_units"
    remedy = "Name one unit or more."


class StepBlocked(Rejected):
    """A hold stands in the way."""

    code = "order.held"
    remedy = "Resolve the hold first."


def require_unblocked(order: Order, step: events.Blocked) -> None:
    """Check that no hold stands in the way.

    :raises StepBlocked: if one does.
    """
    if order.blocks(step):
        raise StepBlocked(f"a hold blocks {step}.")


def require_placed(order: Order) -> None:
    """Check that the order was placed, whatever became of it later.

    :raises OrderNotOpen: if it is unknown or rejected.
    """
    if order.phase in (Phase.UNKNOWN, Phase.REJECTED):
        raise OrderNotOpen(f"the order is {order.phase}.")


def require_open(order: Order) -> None:
    """Check that the order goes on.

    :raises OrderNotOpen: if the order is not open.
    """
    if order.phase is not Phase.PLACED:
        raise OrderNotOpen(f"the order is {order.phase}.")


def open_line(order: Order, line_id: str) -> Line:
    """Return a line of an open order.

    :raises OrderNotOpen: if the order is not open.
    :raises UnknownLine: if it has no such line.
    """
    require_open(order)
    return any_line(order, line_id)


def any_line(order: Order, line_id: str) -> Line:
    """Return a line of an order that was placed, whatever became of it later.

    :raises OrderNotOpen: if the order is unknown or rejected.
    :raises UnknownLine: if it has no such line.
    """
    require_placed(order)
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


def require_units(quantity: int) -> None:
    """Check that there is something to note.

    :raises NoUnits: if `quantity` is less than one.
    """
    if quantity < 1:
        raise NoUnits(f"quantity is {quantity}.")


def totals(
    lines: Sequence[events.PlannedLine] | Sequence[commands.ReturnLine],
) -> Mapping[str, int]:
    """Return the units of each line; a line may be named more than once.

    :raises NoUnits: if there is nothing, or less than one unit somewhere.
    """
    if not lines:
        raise NoUnits("lines is empty.")
    units: dict[str, int] = {}
    for part in lines:
        require_units(part.quantity)
        units[part.line_id] = units.get(part.line_id, 0) + part.quantity
    return units
