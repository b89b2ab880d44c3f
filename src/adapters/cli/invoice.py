"""`oms invoice`: a legal document as a page for people and as an e-invoice for machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from rich.console import RenderableType

from adapters.cli.amounts import priced
from adapters.cli.faults import Failed, Fault, Refused
from adapters.cli.following import follow
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel
from adapters.documents.cii import cii, is_expressible
from adapters.documents.document import Document, Unwritable
from adapters.documents.gathering import Sources, gather
from adapters.postgres.privacy import vault_of
from adapters.postgres.queries import ReadModels

NOT_INSTALLED = Fault(
    "--pdf",
    "",
    "What draws pages is not installed.",
    "Install it with `pip install 'oms[documents]'`, or ask for --xml only.",
)


def invoice(
    number: str,
    *,
    pdf: Path | None = None,
    xml: Path | None = None,
    language: Literal["en", "ko"] | None = None,
    options: Common = PLAIN,
) -> None:
    """Write an invoice or a credit note as a PDF, as an e-invoice (EN 16931, CII), or as both.

    The PDF is a Factur-X: PDF/A-3 with the e-invoice in it, so that people and machines are sent
    one file. A copy that is made later is the same, whatever address or rate has changed since.
    The seller is in the file that OMS_SELLER names; the buyer is what `oms address` has sealed.

    **Examples**

        oms invoice OMS-FR-INV-2026-000001 --pdf invoice.pdf
        oms invoice OMS-FR-INV-2026-000001 --xml invoice.xml --pdf invoice.pdf

    **Next:** `oms show invoices` says what is open, `oms why invoice ID` why.

    Parameters
    ----------
    number
        The number of the document, or its id.
    pdf
        Write the page to this file.
    xml
        Write the e-invoice to this file.
    language
        The language of the page; without it, the one that the customer reads.
    """
    if pdf is None and xml is None:
        remedy = "Say `--pdf FILE`, `--xml FILE`, or both."
        raise Refused(Fault("--pdf", "", "Nothing is to be written.", remedy))
    try:
        with opened(options) as shop:
            follow(shop)
            with shop.connection() as connection, shop.log() as log:
                settings = shop.settings
                vault = vault_of(settings, connection)
                models = ReadModels(connection, settings.views_schema)
                document = gather(Sources(models, log, vault, settings.seller), number)
        written = _written(document, pdf, xml, language or document.buyer.language or "en")
    except Unwritable as error:
        raise Refused(Fault(error.field, error.value, error.rule, error.remedy)) from None
    data = {
        "number": document.number,
        "kind": document.kind,
        "currency": document.currency,
        "net_minor": document.net_minor,
        "tax_minor": document.tax_minor,
        "total_minor": document.total_minor,
        "e_invoice": is_expressible(document),
        "written": written,
    }
    emit(options, data, _render)


def _written(
    document: Document, pdf: Path | None, xml: Path | None, language: Literal["en", "ko"]
) -> list[Path]:
    """Make all that is wanted, and only then write it."""
    e_invoice = cii(document) if xml or is_expressible(document) else b""
    made = [(xml, e_invoice)] if xml else []
    if pdf:
        made.append((pdf, _page(document, language, e_invoice)))
    for file, content in made:
        try:
            file.write_bytes(content)
        except OSError as error:
            rule = f"The file cannot be written: {error.strerror}."
            remedy = "Name a file in a folder that exists and that you may write to."
            raise Failed(Fault("file", str(file), rule, remedy)) from None
    return [file for file, _ in made]


def _page(document: Document, language: Literal["en", "ko"], e_invoice: bytes) -> bytes:
    try:
        from adapters.documents.page import page  # noqa: PLC0415  (an extra draws it)
    except ModuleNotFoundError:
        raise Failed(NOT_INSTALLED) from None
    return page(document, language, e_invoice)


def _render(data: dict[str, Any]) -> RenderableType:
    kind = str(data["kind"]).replace("_", " ").capitalize()
    amount = priced(data["total_minor"], data["currency"])
    without = [] if data["e_invoice"] else ["EN 16931 has no room for the decimals of its currency"]
    return panel(
        f"{kind} {data['number']} of {amount}",
        [f"written to {file}" for file in data["written"]] + without,
        style="green",
    )
