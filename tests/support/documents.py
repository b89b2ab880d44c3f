"""Invoices to be written: a seller, a buyer, and documents of any content."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from hypothesis import assume
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.documents.document import Document, Surroundings, document
from adapters.documents.party import Buyer, read_seller
from adapters.money import exponent
from oms_core.domain.invoice.events import Content, DocumentKind, InvoiceLine
from tests.support.receivables import CONTENT, ISSUED

SELLER_FILE = Path(__file__).parents[2] / "deploy/documents/seller.toml"
SELLER = read_seller(SELLER_FILE, date(2026, 1, 31))
BUYER = Buyer(
    name="Łukasz & Søn GmbH",
    street="Hauptstraße 5",
    postal_code="10115",
    city="Berlin",
    country="DE",
    vat_id="DE136695976",
    contact="Buchhaltung",
)
AROUND = Surroundings(SELLER, BUYER, "FR", {"MUG": "Mug, blue"}, date(2026, 1, 30))


def taxed(net_minor: int, rate: str) -> int:
    """Return the tax on an amount, rounded half up to a minor unit."""
    return int((net_minor * Decimal(rate) / 100).quantize(Decimal(1), ROUND_HALF_UP))


def line(number: int, quantity: int, net_minor: int, rate: str) -> InvoiceLine:
    """Return a line whose tax follows from its rate."""
    return InvoiceLine(
        f"web:1/{number}", "MUG", f"SKU-{number}", quantity, "", net_minor, taxed(net_minor, rate)
    )


def written(
    *lines: InvoiceLine,
    kind: DocumentKind = DocumentKind.INVOICE,
    currency: str = "EUR",
    around: Surroundings = AROUND,
) -> Document:
    """Return the document of some lines."""
    content: Content = replace(CONTENT, kind=kind, currency=currency, lines=lines)
    issued = replace(
        ISSUED,
        kind=kind,
        currency=currency,
        net_minor=content.net_minor,
        tax_minor=content.tax_minor,
    )
    return document(content, issued, around)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw a document of any kind that EN 16931 has room for: few roundings, no third decimal."""
    kind = draw(st.sampled_from(DocumentKind))
    quantities = st.just(0) if kind is DocumentKind.CORRECTION else st.integers(1, 10_000)
    parts = draw(
        st.lists(
            st.tuples(
                quantities,
                st.integers(0, 10**9),
                st.sampled_from(["20", "10", "5.5", "2.1", "0"]),
            ),
            min_size=1,
            max_size=30,
        ).filter(lambda found: any(net for _, net, _ in found))
    )
    lines = [line(number, *part) for number, part in enumerate(parts, 1)]
    preceding = () if kind is DocumentKind.INVOICE else ("OMS-FR-INV-2026-000001", "B-2")
    around = AROUND._replace(preceding=preceding)
    currency = draw(st.sampled_from(["EUR", "GBP", "JPY", "KRW", "USD"]))
    found = written(*lines, kind=kind, currency=currency, around=around)
    unit = 10 ** exponent(currency)
    assume(
        all(abs(tax.tax_minor - tax.net_minor * tax.rate / 100) < unit / 2 for tax in found.taxes)
    )
    return found
