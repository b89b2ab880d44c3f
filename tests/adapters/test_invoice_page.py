"""The page of an invoice says the same as the e-invoice in it, and is the same every time."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest
from pypdf import PdfReader

from adapters.documents.cii import cii
from adapters.documents.document import Document, Unwritable
from adapters.documents.page import page
from adapters.documents.words import WORDS
from oms_core.domain.invoice.events import DocumentKind
from tests.support.documents import AROUND, BUYER, SELLER, line, written

PLAIN = written(line(1, 3, 1_000, "20"), line(2, 2, 123_456, "5.5"))
NANUM = Path("/usr/share/fonts/truetype/nanum")


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What fonts are made smaller by tells of each table."""
    caplog.set_level(logging.ERROR, "fontTools")


def read(document: Document, e_invoice: bytes = b"", language: str = "en") -> PdfReader:
    return PdfReader(io.BytesIO(page(document, language, e_invoice)))


def words(reader: PdfReader) -> str:
    return " ".join(" ".join(sheet.extract_text() for sheet in reader.pages).split())


def test_the_page_says_who_what_when_and_how_much():
    told = words(read(PLAIN))
    for text in (
        "Exemple & Fils SARL",
        "Łukasz & Søn GmbH",
        "Germany",
        "VAT no. DE136695976",
        "OMS-FR-INV-2026-000001",
        "Date 2026-01-31",
        "Date of supply 2026-01-30",
        "Due date 2026-03-02",
        "30 days net",
        "3 3.3333 20 10.00",
        "2 617.28 5.5 1,234.56",
        "20 % 10.00 2.00 12.00",
        "5.5 % 1,234.56 67.90 1,302.46",
        "Amount due 1,314.46 EUR",
        "Please pay 1,314.46 EUR by 2026-03-02.",
        "FR76 3000 6000 0112 3456 7890 189",
        "Page 1 of 1",
    ):
        assert text in told, told


def test_the_e_invoice_is_in_the_page_as_factur_x_wants_it():
    xml = cii(PLAIN)
    reader = read(PLAIN, xml)
    assert reader.attachments["factur-x.xml"] == [xml]
    metadata = reader.xmp_metadata
    assert metadata is not None
    told = metadata.stream.get_data().decode()
    for text in (
        "<pdfaid:part>3</pdfaid:part>",
        "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>",
        "<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>",
    ):
        assert text in told
    root = reader.root_object
    assert root["/AF"][0].get_object()["/AFRelationship"] == "/Alternative"
    assert root["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"


def test_the_same_document_gives_the_same_bytes():
    assert page(PLAIN, "en", cii(PLAIN)) == page(PLAIN, "en", cii(PLAIN))


def test_a_long_invoice_goes_on_with_its_number_and_a_head_on_each_page():
    reader = read(written(*(line(number, 1, 100, "20") for number in range(1, 101))))
    told = [" ".join(sheet.extract_text().split()) for sheet in reader.pages]
    assert len(told) >= 3
    for number, sheet in enumerate(told, 1):
        assert f"Page {number} of {len(told)}" in sheet
        assert number == 1 or sheet.startswith("Invoice OMS-FR-INV-2026-000001")
    skus = [word for sheet in told for word in sheet.split() if word.startswith("SKU-")]
    assert skus == [f"SKU-{number}" for number in range(1, 101)]


def test_a_credit_note_asks_for_nothing_and_names_its_invoice():
    around = AROUND._replace(preceding=("A-1",))
    told = words(read(written(line(1, 1, 500, "20"), kind=DocumentKind.CREDIT_NOTE, around=around)))
    assert "Credit note" in told
    assert "Refers to A-1" in told
    assert "6.00 EUR is credited to your account." in told
    assert "IBAN" not in told


def test_amounts_of_no_and_of_three_decimals_are_written_with_theirs():
    assert "Amount due 1,200 JPY" in words(read(written(line(1, 1, 1_000, "20"), currency="JPY")))
    assert "Amount due 1.200 KWD" in words(read(written(line(1, 1, 1_000, "20"), currency="KWD")))


def test_a_sign_that_the_font_lacks_is_named():
    around = AROUND._replace(buyer=BUYER.model_copy(update={"name": "김철수"}))
    with pytest.raises(Unwritable) as refusal:
        page(written(line(1, 1, 500, "20"), around=around), "en", b"")
    assert (refusal.value.field, refusal.value.value) == ("fonts", "김")


@pytest.mark.skipif(not NANUM.exists(), reason="the Nanum fonts are not installed")
def test_the_page_is_written_in_korean_with_a_font_for_it():
    fonts = {"regular": NANUM / "NanumGothic.ttf", "bold": NANUM / "NanumGothicBold.ttf"}
    seller = SELLER.model_validate({**SELLER.model_dump(), "fonts": fonts})
    document = written(line(1, 1, 500, "20"), around=AROUND._replace(seller=seller))
    told = words(read(document, language="ko"))
    assert WORDS["ko"].invoice in told
    assert "독일" in told
