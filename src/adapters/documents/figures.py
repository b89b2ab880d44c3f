"""Amounts, prices and facts as a page shows them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from babel import Locale

from adapters.documents.document import Document, Line
from adapters.documents.party import Party
from adapters.documents.words import Language, Words
from adapters.money import exponent, major_units
from oms_core.domain.invoice.events import DocumentKind

MORE_DECIMALS = 2
"""So many decimals more than its currency has a price that does not come out even."""


def title(document: Document, words: Words) -> str:
    """Return what the document calls itself."""
    return {
        DocumentKind.INVOICE: words.invoice,
        DocumentKind.CREDIT_NOTE: words.credit_note,
        DocumentKind.CORRECTION: words.correction,
    }[document.kind]


def in_currency(minor: int, currency: str) -> str:
    """Write an amount with all decimals of its currency: `1,234.50`."""
    return f"{major_units(minor, currency):,f}"


def price(line: Line, currency: str) -> str:
    """Write what one unit costs, before tax; one that does not come out even is rounded."""
    if not line.net_minor % line.quantity:
        return in_currency(line.net_minor // line.quantity, currency)
    step = Decimal(1).scaleb(-exponent(currency) - MORE_DECIMALS)
    each = major_units(line.net_minor, currency) / line.quantity
    return f"{each.quantize(step, ROUND_HALF_UP):,f}"


def figures(document: Document, words: Words) -> Iterator[tuple[str, str]]:
    """Yield the facts beside the address: labels and values, none of them empty."""
    yield words.number, document.number
    yield words.issued_on, document.issued_on.isoformat()
    if document.delivered_on:
        yield words.delivered_on, document.delivered_on.isoformat()
    if not document.is_credit:
        yield words.due_on, document.due_on.isoformat()
        yield words.terms, _terms(document.terms, words)
    if document.preceding:
        yield words.preceding, ", ".join(document.preceding)
    yield words.order, document.order_id
    yield words.customer, document.customer_id


def address(party: Party, language: Language) -> tuple[str, ...]:
    """Return the lines of an address, its country as the reader calls it."""
    country = Locale(language).territories.get(party.country, party.country)
    return (*party.address[:-1], country)


def _terms(terms: str, words: Words) -> str:
    days = terms.removeprefix("NET")
    return words.at_once if days == "0" else words.net_days.format(days=days)
