"""The plan: what each document of a file asks for, decided from the file and what others did."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from adapters.intake.document import Document, Source, SourceLine
from adapters.intake.fault import Fault, shown
from adapters.intake.history import History
from adapters.intake.mapping import Mapping
from adapters.intake.matching import Part, Sales
from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import Destination, LineKind, OrderLine, Tender, TenderMethod
from oms_core.kernel.money import extend

NAMED_MAX = 5
"""How many lines an error names; the rest are counted."""


class Entry(msgspec.Struct):
    """A document and what it asks for: an order, units to take back, or nothing, for a reason."""

    document: Document
    refusal: Fault | None = None
    takes_back: tuple[Part, ...] = ()
    known: bool = False

    @property
    def is_order(self) -> bool:
        """Whether an order is to be placed."""
        return self.refusal is None and not self.takes_back and not self.known


class Opening(msgspec.Struct):
    """What must be on the shelf before the first sale of an item."""

    sku: str
    name: str
    is_goods: bool
    quantity: int = 0
    value: Decimal = Decimal(0)
    currency: str = ""
    exponent: int = 0

    def cost_minor(self, cost_share: Decimal) -> int:
        """Return the cost of all units, as a share of what they sell for."""
        cost = (self.value * cost_share).scaleb(self.exponent)
        return int(cost.quantize(Decimal(1), rounding=ROUND_HALF_UP))


class Plan(msgspec.Struct):
    """What a file asks for, document by document in the order of time."""

    source: Source
    mapping: Mapping
    entries: list[Entry]
    openings: dict[str, Opening]


def make_plan(source: Source, mapping: Mapping, history: History) -> Plan:
    """Decide for every document what it asks for. The same file and log give the same plan."""
    sales, openings = Sales(mapping), dict[str, Opening]()
    for order in history.others.values():
        sales.add_placed(order, history.others_gone)
    entries = []
    for document in source.documents:
        entry = _judge(document, mapping, history, sales)
        entries.append(entry)
        if entry.is_order and document.reference not in history.others:
            sales.add(document)
            _demand(openings, document, mapping)
    return Plan(source, mapping, entries, openings)


def _judge(document: Document, mapping: Mapping, history: History, sales: Sales) -> Entry:
    prefix = mapping.documents.cancellation_prefix
    is_credit = bool(prefix) and document.reference.startswith(prefix)
    refusals = _wrong_credit(document, mapping) if is_credit else _wrong_order(document, mapping)
    refusal = _faulty(document) or next(refusals, None)
    if refusal or not is_credit:
        return Entry(document, refusal)
    if document.reference in history.others_returned:
        return Entry(document, known=True)
    parts, unmatched = sales.take_back(document)
    if not unmatched:
        return Entry(document, takes_back=parts)
    return Entry(document, _unmatched(document, unmatched, sales))


def _unmatched(document: Document, lines: list[SourceLine], sales: Sales) -> Fault:
    """Say which lines of a credit note take back what nobody is known to have bought."""
    named = []
    for line in lines[:NAMED_MAX]:
        prices = ", ".join(f"{price:f}" for price in sales.other_prices(document, line))
        sold = f" (sold at {prices})" if prices else ""
        named.append(
            f"{-line.quantity} of {line.sku} at {line.unit_price:f} (row {line.row}){sold}"
        )
    more = f" and {len(lines) - NAMED_MAX} more" if len(lines) > NAMED_MAX else ""
    return Fault(
        "return.no_earlier_sale",
        0,
        "lines",
        "; ".join(named) + more,
        "were not sold to this customer before at such a price, or are back already",
        "Book them as a credit by hand, or import the earlier sales first.",
    )


def _faulty(document: Document) -> Fault | None:
    if not document.faults:
        return None
    first, *others = document.faults
    more = "; ".join([first.rule, *map(str, others)])
    unsaid = document.faulty_rows - len(document.faults)
    rule = f"{more} and {unsaid} more faults" if unsaid else more
    return Fault(first.code, first.row, first.field, first.value, rule)


def _wrong_order(document: Document, mapping: Mapping) -> Iterator[Fault]:
    """Say why a document that is no credit note is no order either."""
    prices, units = _columns(document, mapping)
    for line in document.lines:
        if line.unit_price < 0:
            rule = "is negative: this corrects the books, it sells nothing"
            remedy = "Book it in the ledger."
            yield Fault("line.negative_price", line.row, prices, str(line.unit_price), rule, remedy)
    free = not any(line.unit_price for line in document.lines)
    if free and (not document.customer or any(line.quantity < 0 for line in document.lines)):
        rule = "in all lines, without customer or with units below zero: an adjustment of stock"
        remedy = "Book a stock adjustment or a count at the location."
        yield Fault("document.stock_adjustment", document.lines[0].row, prices, "0", rule, remedy)
    yield from _internal(document, mapping)
    for line in document.lines:
        if line.quantity < 1:
            rule = "is not positive in a document that is no cancellation"
            yield Fault("line.quantity", line.row, units, str(line.quantity), rule)


def _wrong_credit(document: Document, mapping: Mapping) -> Iterator[Fault]:
    """Say why a credit note takes nothing back."""
    prices, units = _columns(document, mapping)
    for line in document.lines:
        if line.quantity >= 0:
            rule = "is not negative in a cancellation"
            yield Fault("return.quantity", line.row, units, str(line.quantity), rule)
        if line.unit_price < 0:
            rule = "is negative in a cancellation"
            yield Fault("line.negative_price", line.row, prices, str(line.unit_price), rule)
    yield from _internal(document, mapping)
    if not document.customer:
        rule = "is missing: nobody knows whose earlier purchase this takes back"
        remedy = "Add the customer to the rows, or book the credit by hand."
        name = mapping.columns.customer or "customer"
        yield Fault("return.no_customer", document.lines[0].row, name, shown(None), rule, remedy)


def _columns(document: Document, mapping: Mapping) -> tuple[str, str]:
    assert document.lines, "a document without faults has lines"
    return mapping.columns.unit_price, mapping.columns.quantity


def _internal(document: Document, mapping: Mapping) -> Iterator[Fault]:
    if all(mapping.is_internal(line.sku) for line in document.lines):
        skus = ", ".join(sorted({line.sku for line in document.lines}))
        rule = "belongs to the books (documents.internal): a fee, a correction or a test"
        remedy = "Book it in the ledger, or take the code out of the mapping's list."
        row = document.lines[0].row
        column = mapping.columns.sku
        yield Fault("document.not_an_order", row, column, shown(skus), rule, remedy)


def _demand(openings: dict[str, Opening], document: Document, mapping: Mapping) -> None:
    for line in document.lines:
        opening = openings.get(line.item_id)
        if opening is None:
            goods = not mapping.is_service(line.sku)
            opening = openings[line.item_id] = Opening(
                line.sku.upper(), "", goods, currency=document.currency, exponent=document.exponent
            )
        opening.name = opening.name or line.description
        opening.quantity += line.quantity
        if opening.currency == document.currency:
            opening.value += line.value


def place_order(document: Document, mapping: Mapping) -> PlaceOrder:
    """Return the command that places the order of a document."""
    order_id = f"{mapping.channel}:{document.reference}"
    lines = tuple(
        OrderLine(
            f"{order_id}/{number}",
            line.item_id,
            line.sku,
            line.quantity,
            f"{line.unit_price:f}",
            extend(line.unit_price, line.quantity, document.exponent),
            kind=LineKind.SERVICE if mapping.is_service(line.sku) else LineKind.GOODS,
        )
        for number, line in enumerate(document.lines, 1)
    )
    total = sum(line.net_minor for line in lines)
    return PlaceOrder(
        order_id,
        mapping.channel,
        document.reference,
        document.customer_id,
        document.currency,
        lines,
        (Tender(f"{order_id}/p1", TenderMethod.ACCOUNT, total),) if total else (),
        Destination(document.country),
        mapping.stock.on_shortage,
        document.occurred_at,
    )
