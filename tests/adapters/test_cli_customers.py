"""`oms customers`: two records of one person become one, in every list that people look at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.bootstrap import open_shop
from adapters.cli.following import follow
from adapters.postgres.privacy import vault_of
from adapters.settings import Settings
from oms_core.domain.account.commands import OpenAccount
from oms_core.domain.customer.events import CustomerErased, CustomerMerged
from oms_core.kernel import Command
from oms_core.policies.config import EUROPE_AND_ASIA
from tests.adapters.test_cli_notices import deliver
from tests.support.mail import Desk, mail_server
from tests.support.shop import must
from tests.support.terminal import Printed, faults, oms, order, receipt


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


def sent(*commands: dict[str, Any]) -> None:
    printed = oms("send", "--json", typed=json.dumps(list(commands)))
    assert [answer["verdict"] for answer in printed.data["answers"]] == ["done"] * len(commands)


def asked(*commands: Command) -> None:
    with open_shop(Settings()) as shop:
        with shop.engine() as engine:
            must(engine, *commands)
        follow(shop)


def paid_and_sent(reference: str) -> list[dict[str, Any]]:
    return [
        {
            "command": "ReportAuthorization",
            "payment_id": f"web:{reference}/p1",
            "outcome": "succeeded",
        },
        {"command": "ShipFulfilment", "fulfilment_id": f"web:{reference}/f1.1"},
        {
            "command": "ReportCapture",
            "payment_id": f"web:{reference}/p1",
            "capture_id": f"web:{reference}/f1.1",
            "outcome": "succeeded",
        },
    ]


def merged(survivor: str, duplicate: str, *more: str) -> Printed:
    return oms(
        "customers", "merge", survivor, duplicate, "--reason", "same e-mail", "--json", *more
    )


def shown(*tokens: str) -> dict[str, Any]:
    printed = oms("show", *tokens, "--json")
    assert printed.code == 0, printed
    return dict(printed.data)


def worth() -> list[tuple[Any, ...]]:
    """Return what each person has brought."""
    return [
        (row["customer_id"], row["tier"], row["orders"], row["spend_minor"], row["margin_minor"])
        for row in shown("customers")["customers"]
    ]


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """C1 has ordered once and C7 twice, on account as well; C9 is somebody else."""
    for customer_id in ("C1", "C7", "C9"):
        oms("contact", customer_id, "--email", f"{customer_id}@buyer.example", "--country", "FR")
    sent(
        receipt("MUG", 9_999),
        order("1", ("MUG", 1)),
        *paid_and_sent("1"),
        order("2", ("MUG", 2), customer_id="C7"),
        *paid_and_sent("2"),
        order("3", ("MUG", 4), customer_id="C7", purpose="gift"),
        order("9", ("MUG", 1), customer_id="C9"),
        *paid_and_sent("9"),
    )
    asked(OpenAccount("C1|EUR", "C1", "EUR", 1_000), OpenAccount("C7|EUR", "C7", "EUR", 2_000))
    return desk


def test_after_a_merge_every_list_shows_one_person_and_history_stays(shop: Desk):
    assert worth() == [
        ("C7", "standard", 2, 2_000, 1_200),
        ("C1", "standard", 1, 1_000, 600),
        ("C9", "standard", 1, 1_000, 600),
    ]
    assert merged("C1", "C7", "--yes").data["verdict"] == "done"
    assert merged("C1", "C7", "--yes").data["verdict"] == "unchanged"
    together = [("C1", "standard", 3, 3_000, 1_800), ("C9", "standard", 1, 1_000, 600)]
    assert worth() == together
    for who in ("C1", "C7"):
        assert [row["customer_id"] for row in shown("customers", who)["customers"]] == ["C1"]
        orders = shown("orders", "--customer", who, "--sort", "id")["orders"]
        assert [(row["order_id"], row["customer_id"]) for row in orders] == [
            ("web:1", "C1"),
            ("web:2", "C7"),
            ("web:3", "C7"),
        ]
        credit = shown("credit", who)["credit accounts"]
        assert [(row["account_id"], row["customer_id"]) for row in credit] == [
            ("C1|EUR", "C1"),
            ("C7|EUR", "C1"),
        ]
        assert shown("notices", "--customer", who, "--kind", "order_placed")["found"] == 3
    flagged = shown("flagged")["flagged orders"]
    assert [(row["order_id"], row["customer_id"]) for row in flagged] == [("web:3", "C1")]
    top = oms("boards", "--json").data["top_customers"]
    assert [(row["customer_id"], row["spend_minor"]) for row in top] == [
        ("C1", 3_000),
        ("C9", 1_000),
    ]
    assert oms("rebuild", "--check", "--json").code == 0
    assert oms("rebuild", "--json").code == 0
    assert worth() == together
    assert oms("audit", "verify", "--json").code == 0
    assert oms("audit", "books", "--json").code == 0
    assert shop.offered == 0


def test_what_comes_later_under_the_old_id_is_the_survivors_and_tiers_follow(shop: Desk):
    """The last units that make a VIP are ordered by who was merged, and so is the next order."""
    mark = EUROPE_AND_ASIA.vip_mark("EUR")
    merged("C7", "C1", "--yes")
    merged("C9", "C7", "--yes")
    assert worth() == [("C9", "standard", 4, 4_000, 2_400)]
    last = (mark - 4_000) // 1_000
    sent(order("4", ("MUG", last), customer_id="C1"), *paid_and_sent("4"), order("5", ("MUG", 1)))
    ((who, tier, orders, spend, _),) = worth()
    assert (who, tier, orders, spend) == ("C9", "vip", 6, mark)
    flagged = {row["order_id"]: row["kind"] for row in shown("flagged")["flagged orders"]}
    assert flagged == {"web:3": "gift", "web:5": "vip"}
    assert shop.offered == 0


def test_letters_about_the_old_id_go_to_the_survivor_with_their_consent(shop: Desk):
    oms("contact", "C1", "--email", "ada@buyer.example", "--language", "ko")
    merged("C1", "C7", "--yes")
    deliver()
    assert {message["To"] for message in shop.inbox} == {"ada@buyer.example", "C9@buyer.example"}
    told = shown("notices", "--customer", "C7", "--state", "sent")["notices"]
    assert {row["language"] for row in told} == {"ko"}


def test_what_cannot_be_merged_is_refused_with_its_reason_and_changes_nothing(shop: Desk):
    printed = merged("C1", "C7")
    assert (printed.code, faults(printed)) == (2, [("--yes", "")])
    for survivor, duplicate, fault in (
        ("C1", "C1", ("duplicate_id", '"C1"')),
        ("NONE", "C1", ("customer_id", '"NONE"')),
        ("C1", "NONE", ("duplicate", "NONE")),
    ):
        printed = merged(survivor, duplicate, "--yes")
        assert (printed.code, faults(printed)) == (2, [fault])
    merged("C1", "C7", "--yes")
    for survivor, duplicate, fault in (
        ("C7", "C1", ("customer_id", '"C7"')),
        ("C7", "C9", ("customer_id", '"C7"')),
        ("C9", "C7", ("duplicate", "C7")),
    ):
        printed = merged(survivor, duplicate, "--yes")
        assert (printed.code, faults(printed)) == (2, [fault])
    oms("erase-customer", "C9", "--yes")
    for survivor, duplicate, fault in (
        ("C1", "C9", ("duplicate", "C9")),
        ("C9", "C1", ("customer_id", '"C9"')),
    ):
        printed = merged(survivor, duplicate, "--yes")
        assert (printed.code, faults(printed)) == (2, [fault])
    with open_shop(Settings()) as opened, opened.log() as log:
        events = [r.event for r in log.read(0) if isinstance(r.event, CustomerMerged)]
    assert [(event.customer_id, event.survivor_id) for event in events] == [("C7", "C1")]
    assert shop.offered == 0


def test_the_keys_of_all_who_are_one_person_are_destroyed_together(shop: Desk):
    merged("C1", "C7", "--yes")
    printed = oms("erase-customer", "C7", "--yes", "--json")
    assert (printed.code, faults(printed)) == (2, [("customer_id", '"C7"')])
    printed = oms("erase-customer", "C1", "--yes", "--json")
    assert (printed.data["ids"], printed.data["keys_destroyed"]) == (["C1", "C7"], 2)
    assert oms("erase-customer", "C1", "--yes", "--json").data["keys_destroyed"] == 0
    with open_shop(Settings()) as opened, opened.log() as log, opened.connection() as connection:
        erased = [r.event for r in log.read(0) if isinstance(r.event, CustomerErased)]
        vault = vault_of(opened.settings, connection)
        assert [vault.erase(who) for who in ("C1", "C7", "C9")] == [False, False, True]
    assert erased == [CustomerErased("C1", ("C7",)), CustomerErased("C7")]
    assert oms("rebuild", "--check", "--json").code == 0
    assert oms("audit", "verify", "--json").code == 0
    assert shop.offered == 0
