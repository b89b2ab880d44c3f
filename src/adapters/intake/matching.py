"""Credit notes to the sales that they take back: newest first, by the file and the log alone."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from adapters.intake.document import Document, SourceLine
from adapters.intake.mapping import Mapping
from oms_core.domain.order.events import OrderPlaced
from oms_core.kernel.money import extend, share


class Sale(msgspec.Struct):
    """A line that was sold, and how many of its units have come back."""

    order_id: str
    line_id: str
    quantity: int
    unit_price: Decimal
    net_minor: int
    returned: int = 0

    @property
    def left(self) -> int:
        """Units that the customer still has."""
        return self.quantity - self.returned


class Part(msgspec.Struct, frozen=True, gc=False):
    """Units of a credited line found in one sale: what they had sold for, in minor units."""

    order_id: str
    line_id: str
    quantity: int
    amount_minor: int
    value: Decimal


class Sales:
    """The sales of each customer and item, in the order of time."""

    def __init__(self, mapping: Mapping) -> None:
        """Begin with none."""
        self._mapping = mapping
        self._by_item: dict[tuple[str, str], list[Sale]] = {}

    def add(self, document: Document) -> None:
        """Remember an order of the file."""
        for number, line in enumerate(document.lines, 1):
            order_id = f"{self._mapping.channel}:{document.reference}"
            sale = Sale(
                order_id,
                f"{order_id}/{number}",
                line.quantity,
                line.unit_price,
                extend(line.unit_price, line.quantity, document.exponent),
            )
            self._by_item.setdefault((document.customer_id, line.item_id), []).append(sale)

    def add_placed(self, order: OrderPlaced, gone: dict[str, int]) -> None:
        """Remember an order of the log, with the units of its lines that are gone already."""
        for line in order.lines:
            sale = Sale(
                order.order_id,
                line.line_id,
                line.quantity,
                Decimal(line.unit_price),
                line.net_minor,
                gone.get(line.line_id, 0),
            )
            self._by_item.setdefault((order.customer_id, line.item_id), []).append(sale)

    def take_back(self, document: Document) -> tuple[tuple[Part, ...], list[SourceLine]]:
        """Return the sales that a credit note takes back, or the lines that none was found for.

        Sales at the credited price come first, then the newest of those whose price is near it: the
        order gives back what it had cost, so a credit for much more or less is no return of it. A
        code of a service says what kind of charge it was, not which: only the same price will do.
        """
        taken: list[tuple[Sale, Part]] = []
        unmatched: list[SourceLine] = []
        for line in document.lines:
            need = -line.quantity
            for sale in self._candidates(document, line):
                if units := min(need, sale.left):
                    taken.append((sale, _part(sale, units)))
                    sale.returned += units
                    need -= units
            if need:
                unmatched.append(line)
        if not unmatched:
            return tuple(part for _, part in taken), []
        for sale, part in taken:
            sale.returned -= part.quantity
        return (), unmatched

    def other_prices(self, document: Document, line: SourceLine) -> list[Decimal]:
        """Return at what prices the customer has bought the item and not brought it back."""
        sold = self._by_item.get((document.customer_id, line.item_id), [])
        return sorted({sale.unit_price for sale in sold if sale.left})

    def _candidates(self, document: Document, line: SourceLine) -> Iterator[Sale]:
        newest = self._by_item.get((document.customer_id, line.item_id), [])[::-1]
        yield from (sale for sale in newest if sale.unit_price == line.unit_price)
        if not self._mapping.is_service(line.sku):
            tolerance = self._mapping.documents.price_tolerance
            for sale in newest:
                if 0 < abs(sale.unit_price - line.unit_price) <= sale.unit_price * tolerance:
                    yield sale


def _part(sale: Sale, units: int) -> Part:
    amount = share(sale.net_minor, sale.returned, sale.returned + units, sale.quantity)
    return Part(sale.order_id, sale.line_id, units, amount, sale.unit_price * units)
