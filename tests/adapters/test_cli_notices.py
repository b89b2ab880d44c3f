"""Notices on the command line: how people are reached, and what became of what they are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.bootstrap import open_shop
from adapters.clock import system_clock
from adapters.email.follower import SOURCE as NOTICES
from adapters.mailing import mailing_of
from adapters.personal import Contact, Person, from_json
from adapters.postgres.privacy import vault_of
from adapters.settings import Settings
from oms_core.domain.customer.events import CustomerRegistered, PreferencesChanged
from tests.support.mail import Desk, mail_server
from tests.support.terminal import faults, oms, order, receipt


@pytest.fixture
def desk(dsn: str, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with mail_server() as (desk, port):
        for name, value in {
            "DSN": dsn,
            "HOME": str(tmp_path),
            "LOG_SCHEMA": schema,
            "VIEWS_SCHEMA": f"{schema}_views",
            "MAIL_SERVER": f"smtp://127.0.0.1:{port}",
            "MAIL_FROM": "Shop <orders@shop.example>",
        }.items():
            monkeypatch.setenv(f"OMS_{name}", value)
        yield desk


def deliver() -> None:
    """Do once what `oms run` does again and again."""
    with (
        open_shop(Settings()) as shop,
        shop.engine() as engine,
        mailing_of(shop, engine.store.source_position(NOTICES)) as mailing,
    ):
        assert mailing is not None
        turn = mailing.turn(system_clock())
        assert turn is not None
        engine.handle(turn.causes, [turn.position])


def test_who_is_reached_by_mail_is_told_of_an_order_and_it_shows(desk: Desk):
    told = oms("contact", "C1", "--email", "ada@buyer.example", "--name", "Ada", "--json")
    assert told.data == {"customer_id": "C1", "verdict": "done", "marketing": False}
    assert oms("send", typed=json.dumps([receipt("MUG", 5), order("1", ("MUG", 2))])).code == 0
    rows = oms("show", "notices", "web:1", "--json").data["notices"]
    assert [(row["notice_id"], row["state"]) for row in rows] == [("order_placed|web:1", "open")]
    deliver()
    assert [message["To"] for message in desk.inbox] == ["ada@buyer.example"]
    found = oms("show", "notices", "--customer", "C1", "--state", "sent", "--json").data
    assert [(row["kind"], row["language"]) for row in found["notices"]] == [("order_placed", "en")]
    assert oms("show", "notices", "--kind", "refunded", "--json").data["found"] == 0
    assert "order_placed|web:1" in oms("show", "notices").out


def test_what_is_known_of_a_person_stands_in_the_log_as_ciphertext_only(desk: Desk):
    oms(
        "contact", "C2", "--email", "a@b.example", "--language", "ko", "--marketing", "--basis", "x"
    )
    with open_shop(Settings()) as shop, shop.log() as log, shop.connection() as connection:
        registered, preferred = (recorded.event for recorded in log.read(0))
        assert isinstance(registered, CustomerRegistered)
        assert b"a@b.example" not in registered.sealed
        vault = vault_of(shop.settings, connection)
        opened = vault.open("C2", registered.sealed)
    assert preferred == PreferencesChanged("C2", "ko", marketing=True, basis="x")
    assert from_json(opened or "") == Person(Contact("", "a@b.example"))
    assert desk.offered == 0


def test_who_was_erased_cannot_be_reached_again_and_leaves_no_key(desk: Desk):
    oms("contact", "C1", "--email", "a@b.example")
    oms("erase-customer", "C1", "--yes")
    printed = oms("contact", "C1", "--email", "a@b.example", "--json")
    assert printed.code == 2
    assert "customer.erased" in printed.out
    with open_shop(Settings()) as shop, shop.connection() as connection:
        vault = vault_of(shop.settings, connection)
        assert not vault.erase("C1")
    assert desk.offered == 0


def test_what_is_no_address_or_language_is_refused_with_a_remedy(desk: Desk):
    printed = oms("contact", "C1", "--email", "ada", "--json")
    assert (printed.code, faults(printed)) == (2, [("--email", "ada")])
    printed = oms("contact", "C1", "--email", "a@b", "--language", "KO", "--json")
    assert (printed.code, faults(printed)) == (2, [("--language", "KO")])
    with open_shop(Settings()) as shop, shop.log() as log:
        assert log.head() == 0
    assert desk.offered == 0
