"""What a change of a placed order would mean, line by line and in money, if it is possible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import (
    UnknownLine,
    any_line,
    require,
    require_open,
    require_unblocked,
)
from oms_core.domain.order.placement import LINES_MAX, line_refusals
from oms_core.domain.order.state import Order, is_goods, last_shares
from oms_core.kernel import Rejected
from oms_core.kernel.money import share


class EmptyChange(Rejected):
    """The order would be what it is."""

    code = "order.empty_change"
    remedy = "Name a line to reduce, a line to add, or another address."


class NothingLeft(Rejected):
    """Nothing would be left to send."""

    code = "order.nothing_left"
    remedy = "Cancel the order instead."


class UnfitLine(Rejected):
    """An added line could not have been placed either."""

    code = "order.unfit_line"
    remedy = "Correct the line; its line_id is the order's id, a slash and a number not yet used."


class OnTerms(Rejected):
    """Credit was granted for what was ordered, and for no more."""

    code = "order.on_terms"
    remedy = "Place another order for what is to be added."


class OnItsWay(Rejected):
    """Goods are on their way to the old address."""

    code = "order.on_its_way"
    remedy = "Change the address before goods are released, or after the open parcels have left."


class OtherCountry(Rejected):
    """Taxes were worked out for another country."""

    code = "order.other_country"
    remedy = "Cancel the order and place it anew for the other country."


def preview(wish: commands.ProposeChange | events.ChangeProposed, order: Order) -> events.Preview:
    """Return what a change would mean for an order as it is now.

    The change is one that is proposed, or one that was: both have the same three parts.

    :raises Rejected: if it cannot be done.
    """
    require_open(order)
    ship_to = wish.ship_to if wish.ship_to.country else order.ship_to
    if not wish.reductions and not wish.added and ship_to == order.ship_to:
        raise EmptyChange("reductions and added are empty, and ship_to is the order's own.")
    reduced = tuple(_reductions(wish.reductions, order))
    _check_added(wish.added, order)
    _check_left(reduced, wish.added, order)
    if ship_to != order.ship_to:
        _check_address(ship_to, order)
    net = sum(line.net_minor for line in wish.added) - sum(line.net_minor for line in reduced)
    tax = sum(line.tax_minor for line in wish.added) - sum(line.tax_minor for line in reduced)
    before = needed_minor(order)
    after = before + net + tax
    set_aside = sum(tender.amount_minor for tender in order.tenders)
    return events.Preview(
        order.revision,
        reduced,
        net,
        tax,
        max(0, after - set_aside),
        max(0, before - after),
    )


def needed_minor(order: Order) -> int:
    """Return what the lines of an order cost, but for the units that were cancelled."""
    return sum(
        share(amount, 0, line.terms.quantity - line.cancelled, line.terms.quantity)
        for line in order.lines.values()
        for amount in (line.terms.net_minor, line.terms.tax_minor)
    )


def _reductions(wanted: Sequence[events.Reduction], order: Order) -> Iterator[events.ReducedLine]:
    if wanted:
        require_unblocked(order, events.Blocked.CANCELLATION)
    seen: set[str] = set()
    for part in wanted:
        line = any_line(order, part.line_id)
        if part.line_id in seen:
            raise UnknownLine(f"line_id {part.line_id!r} is reduced twice.")
        seen.add(part.line_id)
        require(part.quantity, line.open, f"of line {part.line_id!r} not yet shipped")
        net, tax = last_shares(line, part.quantity)
        yield events.ReducedLine(part.line_id, line.terms.item_id, part.quantity, net, tax)


def _check_added(added: Sequence[events.OrderLine], order: Order) -> None:
    if added and order.on_terms:
        raise OnTerms("added is not empty, and the order is invoiced on terms.")
    if len(order.lines) + len(added) > LINES_MAX:
        raise UnfitLine(f"{len(order.lines) + len(added)} lines are more than {LINES_MAX}.")
    seen = set(order.lines)
    for line in added:
        for refusal in line_refusals(line, order.terms.order_id, seen):
            raise UnfitLine(f"added: {refusal.code}: {refusal.detail}")
        seen.add(line.line_id)


def _check_left(
    reduced: Sequence[events.ReducedLine], added: Sequence[events.OrderLine], order: Order
) -> None:
    """Check that goods are left to send, or were sent: services alone are not sent."""
    goods = sum(line.quantity for line in added if is_goods(line)) + order.goods_open
    goods -= sum(part.quantity for part in reduced if is_goods(order.lines[part.line_id].terms))
    had_goods = any(is_goods(line.terms) for line in order.lines.values())
    left = order.open + sum(line.quantity for line in added)
    left -= sum(part.quantity for part in reduced)
    if not order.shipped and (left <= 0 or (had_goods and goods <= 0)):
        raise NothingLeft("reductions take everything that was to be sent.")


def _check_address(ship_to: events.Destination, order: Order) -> None:
    if ship_to.country != order.ship_to.country:
        raise OtherCountry(
            f"ship_to.country is {ship_to.country!r}, the order's is {order.ship_to.country!r}."
        )
    goods = (line for line in order.lines.values() if is_goods(line.terms))
    if order.parcels or any(line.released or line.allocated for line in goods):
        raise OnItsWay("ship_to cannot be another: units are released or in a parcel.")
