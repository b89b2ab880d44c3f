"""`oms customers`: two records of one person become one, in every list that people look at."""

from __future__ import annotations

import json
import re
import stat
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.bootstrap import open_shop
from adapters.cli.following import follow
from adapters.postgres.privacy import vault_of
from adapters.settings import Settings
from oms_core.domain.account.commands import ChangeLimit, OpenAccount
from oms_core.domain.customer.events import CustomerErased, CustomerMerged
from oms_core.domain.profile.commands import UpsertProfile
from oms_core.domain.quote.commands import IssueQuote, RequestQuote
from oms_core.domain.quote.events import Buyer, Offer, Tier, Wish
from oms_core.kernel import Command, Instant
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


# What is held about a person, for the person


def exported(who: str, *more: str) -> Printed:
    return oms("customers", "export", who, "--json", *more)


def names(entries: list[dict[str, Any]]) -> set[str]:
    return {entry["event"] for entry in entries}


def test_all_that_is_held_about_a_person_is_told_with_when_and_why(shop: Desk, tmp_path: Path):
    address = tmp_path / "address.json"
    billing = {"name": "Ada SARL", "street": "1 rue", "city": "Lyon", "country": "FR"}
    address.write_text(json.dumps(billing), encoding="utf-8")
    oms("address", "C7", str(address))
    with open_shop(Settings()) as opened, opened.connection() as connection:
        place = vault_of(opened.settings, connection).seal("C7", "1 rue, Lyon")
    ship_to = {"country": "FR", "sealed": b64encode(place).decode()}
    sent(
        {"command": "IssueCoupon", "code": "SAVE", "uses_max": 9},
        order("8", ("MUG", 1), customer_id="C7", coupons=["SAVE"], ship_to=ship_to),
        order("10", ("MUG", 1), customer_id="C9", coupons=["SAVE"]),
    )
    quote = RequestQuote("q7", Buyer("C7", "web", "EUR", "FR"), (Wish("MUG", 3),))
    offer = Offer("MUG", "SKU", (Tier(1, "9.00"),), 2_000)
    issued = IssueQuote("q7", 1, (offer,), "NET30", Instant(3), 2)
    crm = UpsertProfile("crm:7", "crm", "7", "C7", 1, segments=("loyal",))
    asked(quote, issued, ChangeLimit("C7|EUR", 3_000), crm)
    deliver()
    told = exported("C7").data
    assert told["person"]["ids"] == ["C7"]
    assert told["person"]["contact"]["email"] == "C7@buyer.example"
    assert told["person"]["billing"]["street"] == "1 rue"
    assert [each["data"]["marketing"] for each in told["consents"]] == [False]
    placed = {
        each["data"]["order_id"]: each for each in told["order"] if each["event"] == "OrderPlaced"
    }
    assert set(placed) == {"web:2", "web:3", "web:8"}
    assert placed["web:8"]["data"]["ship_to"]["sealed"] == "1 rue, Lyon"
    assert placed["web:8"]["data"]["placed_at"].startswith("20")
    assert {"CaptureRequested", "CaptureSucceeded"} <= names(told["payment"])
    assert {"FulfilmentShipped"} <= names(told["fulfilment"])
    assert {"NoticeSent"} <= names(told["notice"])
    assert names(told["account"]) == {"AccountOpened", "LimitChanged"}
    assert [each["data"]["segments"] for each in told["profile"]] == [["loyal"]]
    assert names(told["quote"]) == {"QuoteRequested", "QuoteIssued"}
    assert [each["data"]["customer_id"] for each in told["coupon"]] == ["C7"]
    assert all(
        each["occurred_at"] and each["recorded_at"] and each["by"] and each["because_of"]
        for category, entries in told.items()
        if category != "person"
        for each in entries
    )
    with open_shop(Settings()) as opened, opened.log() as log:
        named = {
            recorded.id
            for recorded in log.read(0, 100_000)
            if not recorded.stream.startswith("stock:")
            and re.search(r"'(C7|web:[238])\b", repr(recorded.event))
        }
    assert named <= {each["event_id"] for part in told.values() for each in part if "by" in each}
    everything = json.dumps(told)
    assert "C9" not in everything
    assert "web:9" not in everything
    assert "web:1/" not in everything


def test_whoever_was_merged_is_told_all_of_it_under_either_id(shop: Desk):
    apart = [exported(who).data for who in ("C1", "C7")]
    merged("C1", "C7", "--yes")
    told = exported("C7").data
    assert told == exported("C1").data
    assert told["person"]["ids"] == ["C1", "C7"]
    assert told["person"]["contact"]["email"] == "C1@buyer.example"
    opened = [each["data"]["sealed"] for each in told["customer"] if "sealed" in each["data"]]
    assert [one["contact"]["email"] for one in opened] == ["C1@buyer.example", "C7@buyer.example"]
    for category in ("order", "payment", "fulfilment", "notice"):
        assert len(told[category]) == sum(len(each[category]) for each in apart)
    assert shop.offered == 0


def test_an_export_is_written_for_its_owners_eyes_and_over_nothing(shop: Desk, tmp_path: Path):
    folder = tmp_path / "c7"
    printed = exported("C7", "--out", str(folder))
    assert printed.code == 0, printed
    assert "person.json" in {file.name for file in folder.iterdir()}
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    whole = exported("C7").data
    for file in folder.iterdir():
        assert json.loads(file.read_text(encoding="utf-8")) == whole.pop(file.stem)
    assert whole == {}
    printed = exported("C7", "--out", str(folder))
    assert (printed.code, faults(printed)) == (1, [("--out", str(folder))])
    assert shop.offered == 0


def test_after_an_export_a_person_is_forgotten_and_nothing_else_is_changed(shop: Desk):
    def figures() -> list[Any]:
        balances = oms("show", "ledger", "--json").data
        rows = [(row["customer_id"], row["spend_minor"]) for row in shown("customers")["customers"]]
        return [balances, rows, shown("orders", "--sort", "id")["orders"]]

    merged("C1", "C7", "--yes")
    with open_shop(Settings()) as opened, opened.log() as log:
        before = log.read(0, 100_000)
    kept, told = figures(), exported("C1").data
    assert told["person"]["contact"]["email"] == "C1@buyer.example"
    assert oms("erase-customer", "C1", "--yes", "--json").code == 0
    for who in ("C1", "C7"):
        printed = exported(who)
        assert (printed.code, faults(printed)) == (2, [("customer_id", who)])
        assert "was erased on" in printed.data["errors"][0]["rule"]
    with open_shop(Settings()) as opened, opened.log() as log:
        after = log.read(0, 100_000)
    assert after[: len(before)] == before
    assert {type(each.event) for each in after[len(before) :]} == {CustomerErased}
    assert figures() == kept
    for check in (("rebuild", "--check"), ("audit", "verify"), ("audit", "books")):
        printed = oms(*check, "--json")
        assert printed.code == 0, printed
    assert shop.offered == 0


def test_of_nobody_nothing_is_told_and_with_another_key_neither(
    shop: Desk, monkeypatch: pytest.MonkeyPatch
):
    printed = exported("NONE")
    assert (printed.code, faults(printed)) == (2, [("customer_id", "NONE")])
    monkeypatch.setenv("OMS_MASTER_KEY", b64encode(b"x" * 32).decode())
    printed = exported("C1")
    assert (printed.code, faults(printed)) == (1, [("customer_id", "C1")])
    assert shop.offered == 0
