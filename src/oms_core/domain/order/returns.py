"""Rules of giving back: what came back or was charged wrongly, and what is owed for it.

Both together never give back more of a line than was charged for it: the order knows of both, and
whichever comes second gets what the first has left.
"""

from __future__ import annotations

from msgspec.structs import replace

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import (
    any_line,
    require,
    require_placed,
    require_unblocked,
    totals,
)
from oms_core.domain.order.onward import Events
from oms_core.domain.order.state import Line, Order, charged_line, correction_key, due_tenders
from oms_core.kernel import Rejected
from oms_core.kernel.money import share


class AmbiguousLocation(Rejected):
    """The location's name could be a part of an item's: stock would not take the units."""

    code = "order.ambiguous_location"
    remedy = "Name the location without an @; it stands between item and location: MUG@LYON."


class NotCharged(Rejected):
    """Units came back out of a parcel that has not wholly left yet."""

    code = "order.not_charged"
    remedy = "Wait until the whole parcel is booked as shipped."


def record_return(command: commands.RecordReturn, order: Order) -> Events:
    """Book units that came back, once for each return, never more than were shipped."""
    require_placed(order)
    if f"return:{command.return_id}" in order.documents:
        return
    require_unblocked(order, events.Blocked.RETURN)
    if "@" in command.location_id:
        raise AmbiguousLocation(f"location_id is {command.location_id!r}.")
    amount, booked = 0, []
    for line_id, quantity in totals(command.lines).items():
        line = any_line(order, line_id)
        require(quantity, line.shipped - line.returned, "shipped and not returned")
        returned = _line_returned(command, order, line, quantity)
        booked.append(returned)
        amount += returned.net_minor + returned.tax_minor
    terms, start = order.terms, order.refunded_minor
    charged = order.charged_minor - order.corrected_minor
    if start + amount > charged:
        raise NotCharged(f"{start + amount} would be owed back of {charged} charged.")
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
    """Say what is owed for these very units, and what they had cost: the last takes the rest.

    What was corrected before is not owed again.
    """
    terms, agreed = order.terms, line.terms
    start, stop = line.returned, line.returned + quantity
    cost = line.cost_minor - line.cost_returned_minor
    net_left, tax_left = line.creditable
    return events.LineReturned(
        terms.order_id,
        terms.customer_id,
        command.return_id,
        agreed.line_id,
        agreed.item_id,
        quantity,
        min(share(agreed.net_minor, start, stop, agreed.quantity), net_left),
        min(share(agreed.tax_minor, start, stop, agreed.quantity), tax_left),
        share(cost, 0, quantity, line.shipped - line.returned),
        terms.currency,
        command.disposition,
        command.location_id,
        agreed.kind,
        line.cost_currency,
        terms.purpose,
    )


def record_correction(command: commands.RecordCorrection, order: Order) -> Events:
    """Owe back what an invoice charged too much, once, as far as it was not given back before."""
    require_placed(order)
    if correction_key(command.invoice_id, command.correction_id) in order.documents:
        return
    terms, granted, left = order.terms, [], dict[str, tuple[int, int]]()
    for part in command.lines:
        net_left, tax_left = left.get(part.line_id) or any_line(order, part.line_id).creditable
        net, tax = min(part.net_minor, net_left), min(part.tax_minor, tax_left)
        left[part.line_id] = (net_left - net, tax_left - tax)
        if net or tax:
            granted.append(replace(part, net_minor=net, tax_minor=tax))
    asked = sum(part.net_minor + part.tax_minor for part in command.lines)
    amount = sum(part.net_minor + part.tax_minor for part in granted)
    common = (terms.order_id, terms.customer_id, command.invoice_id, command.correction_id)
    if not amount:
        yield events.CorrectionDeclined(*common, asked, terms.currency)
        return
    yield events.CorrectionAccepted(
        *common,
        amount,
        terms.currency,
        due_tenders(order.tenders, 0, amount),
        tuple(granted),
        asked - amount,
    )
