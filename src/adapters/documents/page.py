"""The page for people: an A4 PDF/A-3 with the e-invoice in it, which makes it a Factur-X.

The same document gives the same bytes: it is dated on its day, and nothing asks for the time.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, time

from adapters.documents.document import Document, Line
from adapters.documents.envelope import FILE_NAME, envelope
from adapters.documents.figures import address, figures, in_currency, price, title
from adapters.documents.sheet import GREY, MARGIN_MM, TINT, WIDTH_MM, Sheet
from adapters.documents.words import WORDS, Language

COLUMNS = (
    ("item", 27, "L"),
    ("description", 61, "L"),
    ("quantity", 14, "R"),
    ("price", 27, "R"),
    ("rate", 14, "R"),
    ("net", 27, "R"),
)
TAX_COLUMNS = (("rate", 30, "L"), ("net", 30, "R"), ("tax", 30, "R"), ("gross", 30, "R"))
FACTS_AT_MM = 112.0
LABEL_MM = 30.0
KEPT_TOGETHER_MM = 75.0
"""The sums and how to pay need so much, and are not torn apart."""


def page(document: Document, language: Language, e_invoice: bytes) -> bytes:
    """Return the PDF in a language; `e_invoice` is empty where there is none.

    :raises Unwritable: if the fonts lack a sign of it.
    """
    with closing(Sheet(document, WORDS[language], language)) as sheet:
        return _drawn(sheet, language, e_invoice)


def _drawn(sheet: Sheet, language: Language, e_invoice: bytes) -> bytes:
    document, words = sheet.document, sheet.words
    name = f"{title(document, words)} {document.number}"
    at = datetime.combine(document.issued_on, time(), UTC)
    sheet.set_creation_date(at)
    sheet.set_title(name)
    sheet.set_author(document.seller.name)
    sheet.set_producer("oms")
    packet = envelope(name, document.seller.name, at.isoformat(), with_e_invoice=bool(e_invoice))
    sheet.set_xmp_metadata(packet)
    if e_invoice:
        sheet.embed_file(
            bytes=e_invoice,
            basename=FILE_NAME,
            mime_type="text/xml",
            associated_file_relationship="Alternative",
            modification_date=at,
            desc="EN 16931 e-invoice",
        )
    sheet.add_page()
    _parties(sheet, language)
    _lines(sheet)
    if sheet.will_page_break(KEPT_TOGETHER_MM):
        sheet.add_page()
    _taxes(sheet)
    _totals(sheet)
    _payment(sheet)
    return bytes(sheet.output())


def _parties(sheet: Sheet, language: Language) -> None:
    """Put the seller and the title at the top, the buyer and the facts below."""
    document, words = sheet.document, sheet.words
    seller, buyer = document.seller, document.buyer
    sheet.say(seller.name, 13, bold=True, width=100)
    sheet.say(title(document, words), 20, bold=True, width=WIDTH_MM - 100, align="R", end=True)
    for line in (*address(seller, language), seller.email, seller.phone):
        if line:
            sheet.say(line, 8.5, colour=GREY, height=4.2, end=True)
    top = max(sheet.get_y() + 10, 58.0)
    sheet.set_y(top)
    sheet.say(words.bill_to, 8.5, colour=GREY, height=5, end=True)
    sheet.say(buyer.name, 10.5, bold=True, height=5.4, width=85, wraps=True)
    person = (buyer.contact, *address(buyer, language))
    tax = (f"{words.vat_id} {buyer.vat_id}",) if buyer.vat_id else ()
    for line in filter(None, (*person, *tax)):
        sheet.say(line, 10, height=5.2, width=85, wraps=True)
    bottom = sheet.get_y()
    sheet.set_y(top)
    for label, value in figures(document, words):
        sheet.set_x(FACTS_AT_MM)
        sheet.say(label, 9, colour=GREY, width=LABEL_MM, height=5.4)
        sheet.say(value, 9, width=MARGIN_MM + WIDTH_MM - FACTS_AT_MM - LABEL_MM, wraps=True)
    sheet.set_y(max(bottom, sheet.get_y()) + 10)


def _lines(sheet: Sheet) -> None:
    """Draw the table of lines; each page has its head."""
    sheet.table_head(COLUMNS)
    for line in sheet.document.lines:
        cells = _cells(sheet.document, line)
        if sheet.will_page_break(sheet.row_height(COLUMNS, cells)):
            sheet.add_page()
            sheet.table_head(COLUMNS)
        sheet.row(COLUMNS, cells)
    sheet.ln(6)


def _cells(document: Document, line: Line) -> tuple[str, ...]:
    return (
        line.sku,
        line.name,
        str(line.quantity) if line.quantity else "",
        price(line, document.currency) if line.quantity else "",
        f"{line.rate:f}",
        in_currency(line.net_minor, document.currency),
    )


def _taxes(sheet: Sheet) -> None:
    """Add the lines up by rate."""
    document = sheet.document
    sheet.table_head(TAX_COLUMNS)
    for tax in document.taxes:
        amounts = (tax.net_minor, tax.tax_minor, tax.net_minor + tax.tax_minor)
        told = [in_currency(minor, document.currency) for minor in amounts]
        sheet.row(TAX_COLUMNS, (f"{tax.rate:f} %", *told))
        if tax.reason:
            sheet.say(tax.reason, 8, colour=GREY, height=4.5, end=True)
    sheet.ln(4)


def _totals(sheet: Sheet) -> None:
    """Say what is asked for, or given back."""
    document, words = sheet.document, sheet.words
    asked = words.credited if document.is_credit else words.due
    for label, minor, bold in (
        (words.net, document.net_minor, False),
        (words.tax, document.tax_minor, False),
        (asked, document.total_minor, True),
    ):
        sheet.set_x(FACTS_AT_MM)
        sheet.set_fill_color(*TINT)
        size = 11 if bold else 9.5
        amount = f"{in_currency(minor, document.currency)} {document.currency}"
        sheet.say(label, size, bold=bold, width=38, height=7, fill=bold)
        width = MARGIN_MM + WIDTH_MM - FACTS_AT_MM - 38
        sheet.say(amount, size, bold=bold, width=width, height=7, fill=bold, align="R", end=True)
    sheet.ln(6)


def _payment(sheet: Sheet) -> None:
    """Say how to pay, or that nothing is to be paid."""
    document, words, seller = sheet.document, sheet.words, sheet.document.seller
    amount = f"{in_currency(document.total_minor, document.currency)} {document.currency}"
    if document.is_credit:
        sheet.say(words.credit.format(amount=amount), 10, height=6, end=True)
        return
    told = words.pay.format(amount=amount, day=document.due_on)
    sheet.say(told, 10, bold=True, height=7, end=True)
    iban = " ".join(seller.iban[at : at + 4] for at in range(0, len(seller.iban), 4))
    for label, value in (
        (words.account, iban),
        ("BIC", seller.bic),
        (words.bank, seller.bank),
        (words.reference, document.number),
    ):
        if value:
            sheet.say(label, 9, colour=GREY, width=42, height=5.4)
            sheet.say(value, 9, height=5.4, end=True)
