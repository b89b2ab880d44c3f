"""E-invoices pass the official rules of EN 16931, and say what was issued to the minor unit."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree as ET

import facturx
import pytest
from hypothesis import given, settings

from adapters.documents.cii import cii
from adapters.documents.document import Document, Unwritable
from adapters.documents.party import Untaxed
from adapters.documents.rates import NoRate, rates_of
from adapters.money import minor_units
from oms_core.domain.invoice.events import DocumentKind
from tests.support.documents import AROUND, SELLER, documents, line, taxed, written
from tests.support.einvoice import RAM, schematron

SUMS = "SpecifiedTradeSettlementHeaderMonetarySummation"
LINE_SUM = "SpecifiedTradeSettlementLineMonetarySummation"


def amounts(xml: bytes, path: str, currency: str) -> list[int]:
    """Return the amounts at a path, in minor units."""
    steps = "/".join(f"{RAM}{step}" for step in path.split("/"))
    return [
        minor_units(found.text, currency) for found in ET.fromstring(xml).iterfind(f".//{steps}")
    ]


@settings(max_examples=40)
@given(document=documents())
def test_any_document_passes_the_official_schematron_of_en_16931(document: Document):
    assert schematron().complaints(cii(document)) == []


@given(document=documents())
def test_every_sum_of_the_e_invoice_is_the_invoices_to_the_minor_unit(document: Document):
    xml, currency = cii(document), document.currency
    net, tax = document.net_minor, document.tax_minor
    assert amounts(xml, f"{LINE_SUM}/LineTotalAmount", currency) == [
        line.net_minor for line in document.lines
    ]
    assert amounts(xml, f"{SUMS}/LineTotalAmount", currency) == [net]
    assert amounts(xml, f"{SUMS}/TaxBasisTotalAmount", currency) == [net]
    assert amounts(xml, f"{SUMS}/TaxTotalAmount", currency) == [tax]
    assert amounts(xml, f"{SUMS}/GrandTotalAmount", currency) == [net + tax]
    assert amounts(xml, f"{SUMS}/DuePayableAmount", currency) == [net + tax]
    breakdown = "ApplicableHeaderTradeSettlement/ApplicableTradeTax"
    assert sum(amounts(xml, f"{breakdown}/BasisAmount", currency)) == net
    assert sum(amounts(xml, f"{breakdown}/CalculatedAmount", currency)) == tax


@settings(max_examples=10)
@given(document=documents())
def test_any_document_fits_the_schema_of_factur_x(document: Document):
    assert facturx.xml_check_xsd(cii(document), flavor="factur-x", level="en16931")


PLAIN = written(line(1, 3, 1_000, "20"), line(2, 2, 500, "5.5"), line(3, 1, 99, "0"))


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        ("<ram:GrandTotalAmount>18.27", "<ram:GrandTotalAmount>18.28", "BR-CO-15"),
        ("<ram:LineTotalAmount>15.99", "<ram:LineTotalAmount>16.00", "BR-CO-10"),
        (">2.28</ram:TaxTotalAmount>", ">2.29</ram:TaxTotalAmount>", "BR-CO-14"),
        ("<ram:CountryID>DE", "<ram:CountryID>XX", "BR-CL-14"),
        ("FR40303265045</ram:ID>", "FR40303265045</ram:ID >", ""),
    ],
)
def test_the_schematron_catches_one_cent_and_a_wrong_code(right, wrong, rule):
    xml = cii(PLAIN).decode()
    assert right in xml
    complaints = schematron().complaints(xml.replace(right, wrong).encode())
    assert any(rule in complaint for complaint in complaints) == bool(rule)


def test_three_for_ten_is_said_exactly():
    xml = cii(PLAIN)
    assert amounts(xml, "NetPriceProductTradePrice/ChargeAmount", "EUR") == [1_000, 250, 99]
    (basis,) = ET.fromstring(xml).iter(f"{RAM}BasisQuantity")
    assert basis.text == "3"


def test_credit_notes_name_the_invoices_that_they_are_for():
    around = AROUND._replace(preceding=("A-1", "A-2"))
    note = written(line(1, 1, 500, "20"), kind=DocumentKind.CREDIT_NOTE, around=around)
    root = ET.fromstring(cii(note))
    referred = [found[0].text for found in root.iter(f"{RAM}InvoiceReferencedDocument")]
    assert referred == ["A-1", "A-2"]
    assert next(root.iter(f"{RAM}TypeCode")).text == "381"
    assert list(root.iter(f"{RAM}IBANID")) == []


def test_exempt_lines_give_their_reason_and_pass():
    exempt = SELLER.model_copy(update={"untaxed": Untaxed(category="E", reason="Art. 132")})
    xml = cii(written(line(1, 1, 500, "0"), around=AROUND._replace(seller=exempt)))
    assert b"<ram:ExemptionReason>Art. 132" in xml
    assert schematron().complaints(xml) == []


def test_a_currency_of_three_decimals_has_no_e_invoice():
    with pytest.raises(Unwritable) as refusal:
        cii(written(line(1, 1, 1_255, "20"), currency="KWD"))
    assert (refusal.value.field, refusal.value.value) == ("currency", "KWD")


def test_taxes_that_add_up_to_a_unit_too_much_are_refused_before_a_partner_does():
    cents = [line(number, 1, 13, "20") for number in range(1, 300)]
    with pytest.raises(Unwritable) as refusal:
        cii(written(*cents))
    assert refusal.value.field == "tax"


def test_a_country_or_a_tax_without_a_rate_is_named():
    with pytest.raises(Unwritable) as refusal:
        written(line(1, 1, 500, "20"), around=AROUND._replace(country="BR"))
    assert refusal.value.field == "seller.rates.BR"
    with pytest.raises(Unwritable) as refusal:
        written(line(1, 1, 500, "33"))
    assert (refusal.value.field, refusal.value.value) == ("seller.rates.FR", "web:1/1")


RATES = tuple(map(Decimal, ("22", "20", "10", "5.5", "0")))


def test_a_few_cents_have_the_rate_of_the_lines_beside_them():
    assert rates_of([(3, 1), (1_000, 200)], RATES) == (20, 20)
    assert rates_of([(3, 1), (1_000, 220)], RATES) == (22, 22)
    assert rates_of([(100, 10), (100, 8)], (Decimal(10), Decimal(8))) == (10, 8)


def test_the_share_of_a_line_may_be_rounded_again():
    assert rates_of([(333, 68)], RATES) == (20,)
    with pytest.raises(NoRate):
        rates_of([(1_000, 150)], RATES)


def test_taxes_are_as_written_down():
    assert [taxed(net, rate) for net, rate in ((500, "5.5"), (250, "5.5"), (3, "20"))] == [
        28,
        14,
        1,
    ]
