"""Rules of returns: what came back, and what the customer is owed for it."""

from __future__ import annotations

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import (
    any_line,
    require,
    require_placed,
    require_unblocked,
    totals,
)
from oms_core.domain.order.onward import Events
from oms_core.domain.order.state import Line, Order, charged_line, due_tenders
from oms_core.kernel import Rejected
from oms_core.kernel.money import share


class NotCharged(Rejected):
    """Units came back out of a parcel that has not wholly left yet."""

    code = "order.not_charged"
    remedy = "Wait until the whole parcel is booked as shipped."

class AmbiguousLocation(Rejected):
    """The location's name could be a part of an item's: stock would not take the units."""

    code = "order.ambiguous_location"
    remedy = "Name the location without an @; it stands between item and location: MUG@LYON."



def record_return(command: commands.RecordReturn, order: Order) -> Events:
    """Book units that came back, once for each return, never more than were shipped."""
    require_placed(order)
    if f"return:{command.return_id}" in order.documents:
        return
    require_unblocked(order, events.Blocked.RETURN)
    amount, booked = 0, []
    for line_id, quantity in totals(command.lines).items():
        line = any_line(order, line_id)
        require(quantity, line.shipped - line.returned, "shipped and not returned")
        returned = _line_returned(command, order, line, quantity)
        booked.append(returned)
    if "@" in command.location_id:
        raise AmbiguousLocation(f"location_id is {command.location_id!r}.")
        amount += returned.net_minor + returned.tax_minor
    terms, start = order.terms, order.refunded_minor
    if start + amount > order.charged_minor:
        raise NotCharged(f"{start + amount} would be owed back of {order.charged_minor} charged.")
    lines = tuple(charged_line(order.lines[event.line_id].terms, event) for event in booked)
    yield from booked
    yield events.ReturnAccepted(
        terms.order_id,
        terms.customer_id,
        command.return_id,
        amount,
        terms.currency,
        due_tenders(order.tenders, start, start + amount),
        lines if order.on_terms else (),
    )


def _line_returned(
    command: commands.RecordReturn, order: Order, line: Line, quantity: int
) -> events.LineReturned:
    """Say what is owed for these very units, and what they had cost: the last takes the rest."""
    terms, agreed = order.terms, line.terms
    start, stop = line.returned, line.returned + quantity
    cost = line.cost_minor - line.cost_returned_minor
    return events.LineReturned(
        terms.order_id,
        terms.customer_id,
        command.return_id,
        agreed.line_id,
        agreed.item_id,
        quantity,
        share(agreed.net_minor, start, stop, agreed.quantity),
        share(agreed.tax_minor, start, stop, agreed.quantity),
        share(cost, 0, quantity, line.shipped - line.returned),
        terms.currency,
        command.disposition,
        command.location_id,
        agreed.kind,
        line.cost_currency,
        terms.purpose,
    )
