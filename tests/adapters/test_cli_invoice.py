"""`oms address`, `oms invoice`: from a shipped order to its document, and what may be missing."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest

from adapters.bootstrap import open_shop
from adapters.cli.following import follow
from adapters.documents.gathering import Sources, gather
from adapters.personal import Billing, Contact, Person, from_json
from adapters.postgres.privacy import vault_of
from adapters.postgres.queries import ReadModels
from oms_core.domain.account.commands import OpenAccount
from oms_core.domain.customer.commands import RegisterCustomer
from oms_core.domain.customer.events import ContactChanged, CustomerRegistered
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


# How a customer is reached, and whom invoices go to, are parts of one record


def known() -> list[Person]:
    """Return what is sealed about the customer, each time that it has changed."""
    with open_shop() as opened, opened.log() as log, opened.connection() as connection:
        vault = vault_of(opened.settings, connection)
        kept = (recorded.event for recorded in log.stream("customer:C1"))
        sealed = [e.sealed for e in kept if isinstance(e, CustomerRegistered | ContactChanged)]
        return [from_json(vault.open("C1", data) or "") for data in sealed]


def reached(email: str, *more: str) -> Printed:
    return oms("contact", "C1", "--email", email, *more, "--json")


def test_each_part_stays_when_the_other_is_said(shop):
    billing = Billing(**BUYER.model_dump())
    assert reached("ada@buyer.example", "--name", "Ada").data["verdict"] == "done"
    assert sealed(shop).data["verdict"] == "done"
    assert reached("ada@buyer.example").data["verdict"] == "unchanged"
    assert reached("bea@buyer.example").data["verdict"] == "done"
    assert sealed(shop).data["verdict"] == "unchanged"
    assert known() == [
        Person(Contact("Ada", "ada@buyer.example")),
        Person(Contact("Ada", "ada@buyer.example"), billing),
        Person(Contact("Ada", "bea@buyer.example"), billing),
    ]


def test_an_address_that_an_older_shop_has_sealed_alone_stays_when_an_e_mail_is_said(
    shop, monkeypatch
):
    monkeypatch.setenv("OMS_SELLER", str(SELLER_FILE))
    with open_shop() as opened:
        with opened.connection() as connection:
            kept = vault_of(opened.settings, connection).seal("C1", BUYER.model_dump_json())
        with opened.engine() as engine:
            must(engine, RegisterCustomer("C1", "DE", kept))
    assert reached("ada@buyer.example").data["verdict"] == "done"
    assert [person.contact.email for person in known()] == ["", "ada@buyer.example"]
    assert asked(shop).code == 0
    assert b"Hauptstra\xc3\x9fe 5" in (shop / "invoice.xml").read_bytes()


def test_an_invoice_finds_the_last_address_of_its_day_among_records_without_one(shop, monkeypatch):
    monkeypatch.setenv("OMS_SELLER", str(SELLER_FILE))
    reached("ada@buyer.example")
    printed = asked(shop)
    assert (printed.code, faults(printed)) == (2, [("customer", "C1")])
    sealed(shop, street="Erste Straße 1")
    sealed(shop, street="Zweite Straße 2")
    with open_shop() as opened, opened.engine() as engine:
        must(engine, IssueInvoice("web:2/f1.1", "2026-01-31"))
    sealed(shop, street="Dritte Straße 3")
    for number, street in ((NUMBER, "Erste Straße 1"), ("web:2/f1.1", "Zweite Straße 2")):
        assert asked(shop, number=number).code == 0
        assert street in (shop / "invoice.xml").read_text(encoding="utf-8")


def test_the_page_is_in_the_language_that_the_customer_was_written_to_in_on_its_day(
    shop, monkeypatch
):
    monkeypatch.setenv("OMS_SELLER", str(SELLER_FILE))

    def language() -> str:
        with open_shop() as opened, opened.connection() as connection, opened.log() as log:
            follow(opened)
            models = ReadModels(connection, opened.settings.views_schema)
            vault = vault_of(opened.settings, connection)
            sources = Sources(models, log, vault, opened.settings.seller)
            return gather(sources, "web:2/f1.1").buyer.language

    reached("ada@buyer.example", "--language", "ko")
    with open_shop() as opened, opened.engine() as engine:
        must(engine, IssueInvoice("web:2/f1.1", "2026-01-31"))
    sealed(shop, language="")
    assert language() == "ko"
    reached("ada@buyer.example", "--language", "en")
    assert language() == "ko"


def test_what_was_sealed_with_another_key_is_not_sealed_over(shop, monkeypatch):
    reached("ada@buyer.example")
    monkeypatch.setenv("OMS_MASTER_KEY", b64encode(b"x" * 32).decode())
    for printed in (reached("bea@buyer.example"), sealed(shop)):
        assert (printed.code, faults(printed)) == (2, [("customer_id", "C1")])
    monkeypatch.delenv("OMS_MASTER_KEY")
    assert known() == [Person(Contact("", "ada@buyer.example"))]
