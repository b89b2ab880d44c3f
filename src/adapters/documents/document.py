"""All that an invoice or a credit note says, ready to be written: nothing is worked out after this.

Amounts are minor units of the document's currency. They are copies of what was issued; only the
percents are found out, and only what the events cannot hold comes from elsewhere: who the parties
are, and what the goods are called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from adapters.documents.party import Buyer, Seller
from adapters.documents.rates import NoRate, rates_of
from oms_core.domain.invoice.events import Content, DocumentKind, InvoiceIssued, InvoiceLine


class Unwritable(Exception):
    """A document cannot be written: which field, which value, which rule, what to do about it."""

    def __init__(self, field: str, value: str, rule: str, remedy: str) -> None:
        """Take the four parts that a person needs."""
        super().__init__(f"{field}: {rule} {remedy}")
        self.field, self.value, self.rule, self.remedy = field, value, rule, remedy


class Line(NamedTuple):
    """What was sold, or given back. A correction is of no units: it changes an amount."""

    number: int
    sku: str
    name: str
    quantity: int
    net_minor: int
    tax_minor: int
    rate: Decimal


class TaxSum(NamedTuple):
    """The lines of one rate together. `category` is S (taxed), Z (zero rated) or E (exempt)."""

    category: str
    rate: Decimal
    net_minor: int
    tax_minor: int
    reason: str


class Document(NamedTuple):
    """One legal document. `delivered_on` is when the goods left; None if none did.

    `preceding` are the numbers of the invoices that a credit note is for.
    """

    kind: DocumentKind
    number: str
    issued_on: date
    due_on: date
    delivered_on: date | None
    order_id: str
    customer_id: str
    currency: str
    terms: str
    seller: Seller
    buyer: Buyer
    lines: tuple[Line, ...]
    taxes: tuple[TaxSum, ...]
    preceding: tuple[str, ...]

    @property
    def is_credit(self) -> bool:
        """Say whether it gives back rather than asks."""
        return self.kind is not DocumentKind.INVOICE

    @property
    def net_minor(self) -> int:
        """The sum of the lines before tax."""
        return sum(line.net_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """The sum of the taxes."""
        return sum(line.tax_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What is asked for, or given back."""
        return self.net_minor + self.tax_minor


class Surroundings(NamedTuple):
    """What a document needs beside its own events.

    `country` is where the goods went, `names` the name of each item by its id.
    """

    seller: Seller
    buyer: Buyer
    country: str
    names: Mapping[str, str]
    delivered_on: date | None = None
    preceding: tuple[str, ...] = ()


def document(content: Content, issued: InvoiceIssued, around: Surroundings) -> Document:
    """Put a document together.

    :raises Unwritable: if the seller has no rate of tax that leads to a line's tax.
    """
    lines = _lines(content.lines, around)
    return Document(
        content.kind,
        issued.number,
        date.fromisoformat(issued.issued_on),
        date.fromisoformat(issued.due_on),
        around.delivered_on,
        content.order_id,
        content.customer_id,
        content.currency,
        content.terms,
        around.seller,
        around.buyer,
        lines,
        _taxes(lines, around.seller),
        around.preceding,
    )


def _lines(lines: Sequence[InvoiceLine], around: Surroundings) -> tuple[Line, ...]:
    country, remedy = around.country, "Add the rate in the seller's file, under [seller.rates]."
    if country not in around.seller.rates:
        rule = "The seller's file has no rates of tax for the country that the goods went to."
        raise Unwritable(f"seller.rates.{country}", "", rule, remedy)
    amounts = [(line.net_minor, line.tax_minor) for line in lines]
    try:
        rates = rates_of(amounts, around.seller.rates[country])
    except NoRate as error:
        line = lines[error.line]
        rule = f"No rate of {country} leads from {line.net_minor} to a tax of {line.tax_minor}."
        raise Unwritable(f"seller.rates.{country}", line.line_id, rule, remedy) from None
    return tuple(
        Line(
            number,
            line.sku,
            around.names.get(line.item_id) or line.sku or line.item_id,
            line.quantity,
            line.net_minor,
            line.tax_minor,
            rate,
        )
        for number, (line, rate) in enumerate(zip(lines, rates, strict=True), 1)
    )


def _taxes(lines: Sequence[Line], seller: Seller) -> tuple[TaxSum, ...]:
    """Add the lines up by rate, the highest first."""
    return tuple(
        TaxSum(
            "S" if rate else seller.untaxed.category,
            rate,
            sum(line.net_minor for line in lines if line.rate == rate),
            sum(line.tax_minor for line in lines if line.rate == rate),
            "" if rate else seller.untaxed.reason,
        )
        for rate in sorted({line.rate for line in lines}, reverse=True)
    )
