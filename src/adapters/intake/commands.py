"""Commands out of planned documents: what comes first, the order itself, what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, count

from adapters.intake.document import Document
from adapters.intake.history import cause_id
from adapters.intake.plan import Entry, Plan, place_order
from oms_core.domain.customer.commands import RegisterCustomer
from oms_core.domain.fulfilment.commands import DeliverFulfilment, ShipFulfilment
from oms_core.domain.order.commands import CancelLine, RecordReturn, ReturnLine
from oms_core.domain.order.events import CancellationReason
from oms_core.domain.product.commands import RegisterProduct
from oms_core.domain.stock.commands import ReceiveStock
from oms_core.engine.cause import Cause
from oms_core.kernel import Command


class Introductions:
    """Which items and customers this run has introduced; twice does no harm, it only costs time."""

    def __init__(self, plan: Plan) -> None:
        """Begin with none."""
        self._plan = plan
        self._met: set[str] = set()

    def before(self, document: Document) -> Iterator[Command]:
        """Introduce whom and what an order is the first to name."""
        if document.customer and self._is_new(document.customer_id):
            yield RegisterCustomer(document.customer_id, document.country)
        for line in document.lines:
            if self._is_new(line.item_id):
                yield from self._item(line.item_id)

    def _is_new(self, name: str) -> bool:
        new = name not in self._met
        self._met.add(name)
        return new

    def _item(self, item_id: str) -> Iterator[Command]:
        opening, stock = self._plan.openings.get(item_id), self._plan.mapping.stock
        if opening is None:
            return
        cost = opening.cost_minor(stock.unit_cost_share) if opening.is_goods else 0
        currency = opening.currency if cost else ""
        unit_cost = cost // opening.quantity
        yield RegisterProduct(
            item_id,
            opening.sku,
            opening.name,
            cost_minor=unit_cost,
            cost_currency=currency,
        )
        if opening.is_goods and stock.opening == "cover_demand":
            document_id = f"opening:{self._plan.source.name}"
            yield ReceiveStock(
                item_id, document_id, stock.location, opening.quantity, cost, opening.currency
            )


def placing(plan: Plan, entries: Iterable[Entry], introductions: Introductions) -> list[Cause]:
    """Return what places the orders among some documents, with all that they need."""
    causes = []
    for entry in entries:
        if entry.is_order:
            wanted = [
                *introductions.before(entry.document),
                place_order(entry.document, plan.mapping),
            ]
            causes += [_cause(plan, entry, "place", command) for command in wanted]
    return causes


def settling(
    plan: Plan, entries: Iterable[Entry], fulfilments: dict[str, tuple[str, ...]]
) -> list[Cause]:
    """Return what became of some documents: parcels sent and delivered, units taken back.

    `fulfilments` are the parcels of each order that this import has placed.
    """
    causes = []
    for entry in entries:
        order_id = f"{plan.mapping.channel}:{entry.document.reference}"
        if plan.mapping.fulfilment.drive == "ship":
            for fulfilment_id in fulfilments.get(order_id, ()):
                causes.append(_cause(plan, entry, "ship", ShipFulfilment(fulfilment_id)))
                causes.append(_cause(plan, entry, "deliver", DeliverFulfilment(fulfilment_id)))
        causes += [_cause(plan, entry, "return", wanted) for wanted in _taking_back(plan, entry)]
    return causes


def _taking_back(plan: Plan, entry: Entry) -> Iterator[Command]:
    """Return one return for each order, or, where nothing was sent, one cancellation for each line.

    The first bears the document's own name, the others a number as well.
    """
    orders: dict[str, dict[str, int]] = {}
    for part in entry.takes_back:
        lines = orders.setdefault(part.order_id, {})
        lines[part.line_id] = lines.get(part.line_id, 0) + part.quantity
    reference, mapping = entry.document.reference, plan.mapping
    names = chain([reference], (f"{reference}#{number}" for number in count(2)))
    for order_id, lines in orders.items():
        if mapping.fulfilment.drive == "ship":
            yield RecordReturn(
                order_id,
                next(names),
                tuple(ReturnLine(line_id, units) for line_id, units in lines.items()),
                mapping.fulfilment.returns,
                mapping.stock.location,
            )
            continue
        for line_id, units in lines.items():
            yield CancelLine(order_id, line_id, units, CancellationReason.CUSTOMER, next(names))


def _cause(plan: Plan, entry: Entry, step: str, command: Command) -> Cause:
    document, channel = entry.document, plan.mapping.channel
    return Cause(
        command,
        cause_id(plan.source.name, document.reference, step),
        f"import:{channel}",
        document.occurred_at,
        f"{channel}:{document.reference}",
    )
