"""`oms address`, `oms invoice`: from a shipped order to its document, and what may be missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.bootstrap import open_shop
from oms_core.domain.account.commands import OpenAccount
from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.invoice.commands import IssueInvoice
from tests.stories.test_documents import on_terms
from tests.support.documents import BUYER, SELLER_FILE
from tests.support.einvoice import schematron
from tests.support.shop import must, receipt
from tests.support.terminal import Printed, faults, oms

NUMBER = "OMS-FR-INV-2026-000001"


@pytest.fixture
def shop(dsn: str, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop with one issued invoice and one draft; the folder to write to."""
    monkeypatch.setenv("OMS_DSN", dsn)
    monkeypatch.setenv("OMS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMS_LOG_SCHEMA", f"{schema}_log")
    monkeypatch.setenv("OMS_VIEWS_SCHEMA", f"{schema}_views")
    with open_shop() as opened, opened.engine() as engine:
        must(engine, receipt("MUG", 50), OpenAccount("C1|EUR", "C1", "EUR", 10**9))
        for number in (1, 2):
            must(engine, on_terms(number), ShipFulfilment(f"web:{number}/f1.1"))
        must(engine, IssueInvoice("web:1/f1.1", "2026-01-31"))
    return tmp_path


def sealed(folder: Path, **changes: str) -> Printed:
    file = folder / "contact.json"
    file.write_text(json.dumps({**BUYER.model_dump(), **changes}), encoding="utf-8")
    return oms("address", "C1", str(file), "--json")


def asked(folder: Path, *more: str, number: str = NUMBER) -> Printed:
    return oms("invoice", number, *more, "--xml", str(folder / "invoice.xml"), "--json")


def test_an_invoice_is_written_and_its_copy_is_the_same_after_the_customer_has_moved(
    shop, monkeypatch
):
    printed = asked(shop)
    assert (printed.code, faults(printed)) == (2, [("OMS_SELLER", "")])
    monkeypatch.setenv("OMS_SELLER", str(SELLER_FILE))
    printed = asked(shop)
    assert (printed.code, faults(printed)) == (2, [("customer", "C1")])
    assert sealed(shop).data["verdict"] == "done"
    assert sealed(shop).data["verdict"] == "unchanged"

    pdf = shop / "invoice.pdf"
    printed = asked(shop, "--pdf", str(pdf))
    assert printed.code == 0, printed
    assert (printed.data["net_minor"], printed.data["tax_minor"]) == (3_000, 601)
    xml = (shop / "invoice.xml").read_bytes()
    assert b"Hauptstra\xc3\x9fe 5" in xml
    assert schematron().complaints(xml) == []
    assert pdf.read_bytes().startswith(b"%PDF-1.7")

    assert sealed(shop, street="Nebenweg 1").data["verdict"] == "done"
    assert asked(shop, number="web:1/f1.1").code == 0
    assert (shop / "invoice.xml").read_bytes() == xml

    assert oms("erase-customer", "C1", "--yes", "--json").code == 0
    printed = asked(shop)
    assert (printed.code, faults(printed)) == (2, [("customer", "C1")])


def test_what_is_no_issued_document_is_refused_and_nothing_is_written(shop):
    for number in ("web:2/f1.1", "NONE-1"):
        printed = asked(shop, number=number)
        assert (printed.code, faults(printed)) == (2, [("number", number)])
    printed = oms("invoice", NUMBER, "--json")
    assert (printed.code, faults(printed)) == (2, [("--pdf", "")])
    assert not (shop / "invoice.xml").exists()


def test_a_contact_without_a_country_is_refused_without_quoting_it(shop):
    printed = sealed(shop, country="")
    assert (printed.code, faults(printed)) == (2, [("contact of C1: country", "(sealed)")])
