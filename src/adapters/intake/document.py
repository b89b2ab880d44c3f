"""Documents out of rows: the lines of one invoice, wherever in the file they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from adapters.intake import values
from adapters.intake.fault import Fault, shown
from adapters.intake.mapping import CURRENCIES, FIELDS, Mapping
from adapters.intake.reading import Row, read_rows
from adapters.intake.values import Moment, Parse, Wrong
from oms_core.kernel import Instant

UNKNOWN = "unknown"
FAULTS_MAX = 3
"""How many faults of a document are told in full; the rest are counted."""


class Cell(NamedTuple):
    """Where a document is counted in the report."""

    month: str
    country: str
    currency: str


class Tally(msgspec.Struct):
    """Lines, units and value added up, exactly."""

    lines: int = 0
    quantity: int = 0
    value: Decimal = Decimal(0)

    def add(self, lines: int, quantity: int, value: Decimal) -> None:
        """Count some more."""
        self.lines += lines
        self.quantity += quantity
        self.value += value


class SourceLine(msgspec.Struct, frozen=True, gc=False):
    """A line as the file has it."""

    row: int
    sku: str
    description: str
    quantity: int
    unit_price: Decimal

    @property
    def item_id(self) -> str:
        """The item's id: the code in one spelling."""
        return f"sku:{self.sku.upper()}"

    @property
    def value(self) -> Decimal:
        """What the line is worth, in major units, not rounded."""
        return self.unit_price * self.quantity


class Document(msgspec.Struct):
    """An invoice or a credit note: its first row says when, who and where."""

    reference: str
    cell: Cell
    occurred_at: Instant = Instant(0)
    customer: str = ""
    country: str = ""
    currency: str = ""
    lines: list[SourceLine] = msgspec.field(default_factory=list)
    faults: list[Fault] = msgspec.field(default_factory=list)
    tally: Tally = msgspec.field(default_factory=Tally)
    faulty_rows: int = 0

    @property
    def exponent(self) -> int:
        """How many decimals the currency has."""
        return CURRENCIES[self.currency] or 0

    @property
    def customer_id(self) -> str:
        """The customer's id; a document without one is a guest's."""
        return f"crm:{self.customer}" if self.customer else f"guest:{self.reference}"

    def blame(self, fault: Fault) -> None:
        """Note a fault; only the first few are kept."""
        self.faulty_rows += 1
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(fault)


class Source(NamedTuple):
    """A file as read: its documents in the order of time, and what all rows add up to by cell."""

    name: str
    documents: tuple[Document, ...]
    rows: int
    totals: dict[Cell, Tally]


def read_source(path: Path, mapping: Mapping) -> Source:
    """Read a file whole, and group its rows; what is wrong with them is noted in the documents.

    The name is the same for the same content and the same mapping, whatever the file is called.

    :raises UnreadableFile: if there is no reading the file at all.
    :raises MissingColumn: if the mapping names a column that the file lacks.
    """
    parsers, documents, totals = _parsers(mapping), dict[str, Document](), dict[Cell, Tally]()
    for row in read_rows(path, mapping.columns.names()):
        found = tuple(parse(value) for parse, value in zip(parsers, row.values, strict=True))
        reference = found[0]
        if isinstance(reference, Wrong):
            reference = f"(row {row.number})"
        document = documents.get(reference)
        if document is None:
            document = documents[reference] = _begun(reference, found)
        tally = totals.setdefault(document.cell, Tally())
        units, unit_price = found[2], found[3]
        if isinstance(units, Wrong) or isinstance(unit_price, Wrong):
            units, unit_price = 0, Decimal(0)
        tally.add(1, units, unit_price * units)
        document.tally.add(1, units, unit_price * units)
        _take(document, row, found, mapping)
    digest = hashlib.sha256(_digest(path) + mapping.digest()).hexdigest()[:16]
    order = sorted(documents.values(), key=lambda document: document.occurred_at)
    rows = sum(tally.lines for tally in totals.values())
    return Source(f"import:{digest}", tuple(order), rows, totals)


def _parsers(mapping: Mapping) -> tuple[Parse, ...]:
    """Return a parser for each of `FIELDS`."""
    given = mapping.values
    return (
        values.text(required=True),
        values.text(required=True),
        values.quantity,
        values.price,
        values.moment(given.date_format, mapping.zone),
        values.text(required=False, longest=values.DESCRIPTION_MAX),
        values.text(required=False),
        values.country(mapping.countries, given.country),
        values.currency(given.currency),
    )


def _begun(reference: str, found: tuple[Any, ...]) -> Document:
    at, customer, country, currency = found[4], found[6], found[7], found[8]
    cell = Cell(
        at.month if isinstance(at, Moment) else UNKNOWN,
        country if isinstance(country, str) else UNKNOWN,
        currency if isinstance(currency, str) else UNKNOWN,
    )
    return Document(
        reference,
        cell,
        at.at if isinstance(at, Moment) else Instant(0),
        customer if isinstance(customer, str) else "",
        cell.country,
        cell.currency,
    )


def _take(document: Document, row: Row, found: tuple[Any, ...], mapping: Mapping) -> None:
    """Add a row to its document as a line, or as what is wrong with it."""
    fault = row.fault or next(_faults(row, found, mapping), None)
    if fault is not None:
        document.blame(fault)
        return
    _, sku, quantity, unit_price, _, description, customer, country, currency = found
    document.lines.append(SourceLine(row.number, sku, description, quantity, unit_price))
    for field, here, first in (
        ("customer", customer, document.customer),
        ("country", country, document.country),
        ("currency", currency, document.currency),
    ):
        if here != first:
            rule = f"differs from {shown(first)} in the document's first row"
            document.blame(Fault("document.differs", row.number, field, shown(here), rule))


def _faults(row: Row, found: tuple[Any, ...], mapping: Mapping) -> Iterator[Fault]:
    if not any(isinstance(value, Wrong) for value in found):
        return
    for field, value, given in zip(FIELDS, found, row.values, strict=True):
        if isinstance(value, Wrong):
            column = getattr(mapping.columns, field) or field
            yield Fault(value.code, row.number, column, shown(given), value.rule)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
