"""Holds on the command line: the queue, and what a person decides."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.support.terminal import Printed, faults, oms, order, receipt

POLICIES = Path(__file__).parents[2] / "deploy" / "policies" / "europe-and-asia.toml"
AWAY = {"country": "DE", "postal_code": "10115"}


@pytest.fixture(autouse=True)
def shop(postgres: str):
    """A shop with an order that looks odd, one that is short, and one that is neither."""
    name = f"test_cli_{uuid4().hex[:8]}"
    story = [
        receipt("MUG", 500),
        order("1", ("MUG", 210), bill_to=AWAY),
        order("2", ("CUP", 1)),
        order("3", ("MUG", 1)),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMS_DSN", postgres)
        patch.setenv("OMS_LOG_SCHEMA", f"{name}_log")
        patch.setenv("OMS_VIEWS_SCHEMA", f"{name}_views")
        patch.setenv("OMS_POLICIES", str(POLICIES))
        sent = oms("send", "--json", typed=json.dumps(story))
        assert [answer["verdict"] for answer in sent.data["answers"]] == ["done"] * len(story)
        yield
    with psycopg.connect(postgres, autocommit=True) as connection:
        for schema in (f"{name}_log", f"{name}_views"):
            drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema))
            connection.execute(drop)


def shown(*tokens: str) -> Printed:
    printed = oms("show", "holds", *tokens, "--json")
    assert printed.code == 0, printed
    return printed


def held(*tokens: str) -> list[tuple[str, str, str]]:
    rows = shown(*tokens).data["holds"]
    return [(row["order_id"], row["kind"], row["owner"]) for row in rows]


def test_the_queue_says_who_has_to_look_at_what():
    odd, short = ("web:1", "fraud", "risk"), ("web:2", "shortage", "purchasing")
    assert held() == [odd, short]
    assert held("--kind", "fraud") == held("--order", "web:1") == [odd]
    assert held("--owner", "purchasing") == [short]
    row = shown("--kind", "fraud").data["holds"][0]
    assert (row["blocks"], row["total_minor"], row["customer_id"]) == (["release"], 210_000, "C1")
    assert row["reason"].startswith("140 points")
    assert 0 <= row["age_seconds"] < 600
    assert shown("--limit", "1").data["found"] == 2


def test_the_table_is_for_people():
    printed = oms("show", "holds")
    assert "Holds, the oldest first" in printed.out
    assert "purchasing" in printed.out
    assert "No holds pass" in oms("show", "holds", "--kind", "price").out


def test_a_hold_is_kept_in_the_name_of_who_looked_and_then_released():
    kept = oms("hold", "keep", "web:1", "fraud", "--reason", "bank asked", "--actor", "anna")
    assert kept.code == 0, kept
    assert "fraud:screening of web:1 stand." in kept.out
    assert held("--owner", "user:anna") == [("web:1", "fraud", "user:anna")]
    assert "kept: bank asked" in oms("show", "holds").out
    gone = oms("hold", "release", "web:1", "fraud", "--reason", "bank says yes", "--json")
    assert gone.data == {
        "order_id": "web:1",
        "kind": "fraud",
        "holds": ["fraud:screening"],
        "verdict": "done",
        "decision": "ResolveHold",
    }
    assert held() == [("web:2", "shortage", "purchasing")]
    row = oms("show", "order", "web:1", "--json").data["order"]
    assert (row["state"], row["holds"]) == ("awaiting_payment", [])


def test_a_decision_needs_a_hold_of_the_kind_and_a_reason():
    for tokens, field in (
        (("web:1", "credit", "--reason", "x"), "kind"),
        (("web:9", "fraud", "--reason", "x"), "kind"),
        (("web:1", "fraud", "--reason", " "), "--reason"),
    ):
        printed = oms("hold", "release", *tokens, "--json")
        assert printed.code == 2
        assert faults(printed)[0][0] == field
    assert "held for: fraud" in oms("hold", "release", "web:1", "credit", "--reason", "x").err


def test_what_has_waited_for_too_long_is_listed_with_who_has_to_act():
    assert oms("show", "stalled", "--json").data["found"] == 0
    rows = oms("show", "stalled", "--at", "2999-12-31", "--json").data["stalled orders"]
    assert {row["order_id"]: (row["what"], row["owner"], row["overdue"]) for row in rows} == {
        "web:1": ("decide about the fraud hold", "risk", True),
        "web:2": ("find stock", "purchasing", True),
        "web:3": ("pay", "customer", True),
    }
    every = oms("show", "stalled", "--every", "--owner", "customer", "--json").data
    assert [(row["order_id"], row["overdue"]) for row in every["stalled orders"]] == [
        ("web:3", False)
    ]
    assert "decide about the fraud hold" in oms("show", "stalled", "--every").out


def test_a_wrong_table_of_rules_stops_before_anything_is_decided(tmp_path, monkeypatch):
    path = tmp_path / "wrong.toml"
    path.write_text("[screening]\nhold_points = 0\n", encoding="utf-8")
    monkeypatch.setenv("OMS_POLICIES", str(path))
    printed = oms("send", "--json", typed=json.dumps([order("4", ("MUG", 1))]))
    assert printed.code == 2
    assert faults(printed) == [("OMS_POLICIES: screening.hold_points", "0")]
