"""Promises on the command line: what is in jeopardy, what is broken, and what is in the way."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.support.terminal import oms, order, receipt

POLICIES = Path(__file__).parents[2] / "deploy" / "policies" / "europe-and-asia.toml"
MONDAY = "2026-01-05T09:00:00Z"
MOMENTS = ("ship_by", "due_at", "at")


@pytest.fixture(scope="module", autouse=True)
def shop(postgres: str):
    """A shop with an order that is not paid, one that waits for supply, and one nobody can date."""
    name = f"test_cli_{uuid4().hex[:8]}"
    waits = {"on_shortage": "backorder", "placed_at": MONDAY}
    expected = {"command": "ExpectSupply", "item_id": "CUP", "document_id": "PO-1"}
    story = [
        receipt("MUG", 9),
        {**expected, "location_id": "LYON", "quantity": 1, "due_at": "2026-01-12T00:00:00Z"},
        order("1", ("MUG", 1), placed_at=MONDAY),
        order("2", ("CUP", 1), **waits),
        order("3", ("CUP", 1), **waits),
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


def judged(at: str, *tokens: str) -> list[tuple[str, str]]:
    printed = oms("show", "jeopardy", "--at", at, *tokens, "--json")
    assert printed.code == 0, printed
    rows = printed.data["promises in jeopardy"]
    assert printed.data["found"] == len(rows)
    return [(row["order_id"], row["standing"]) for row in rows]


def test_a_promise_is_in_jeopardy_before_its_day_ends_and_broken_after():
    undated = ("web:3", "no date")
    assert judged("2026-01-05T23:59") == [undated]
    assert judged("2026-01-06T00:00") == [("web:1", "jeopardy"), undated]
    assert judged("2026-01-06T23:59:59") == [("web:1", "jeopardy"), undated]
    assert judged("2026-01-07T00:00") == [("web:1", "broken"), undated]
    assert judged("2026-01-13T12:00") == [("web:1", "broken"), ("web:2", "jeopardy"), undated]
    assert judged("2026-01-13T12:00", "--standing", "jeopardy") == [("web:2", "jeopardy")]


def test_it_says_what_is_in_the_way():
    rows = oms("show", "jeopardy", "--at", "2026-02-01", "--json").data["promises in jeopardy"]
    assert {row["order_id"]: row["cause"] for row in rows} == {
        "web:1": "not paid",
        "web:2": "not paid",
        "web:3": "not paid",
    }
    paid = [
        {"command": "ReportAuthorization", "payment_id": f"web:{n}/p1", "outcome": "succeeded"}
        for n in (2, 3)
    ]
    assert oms("send", typed=json.dumps(paid)).code == 0
    rows = oms("show", "jeopardy", "--at", "2026-02-01", "--json").data["promises in jeopardy"]
    assert {row["order_id"]: row["cause"] for row in rows} == {
        "web:1": "not paid",
        "web:2": "1 units wait for supply",
        "web:3": "1 units wait for supply",
    }
    assert "1 units wait for supply" in oms("show", "jeopardy", "--at", "2026-02-01").out


def causes(at: str = "2026-02-01") -> dict[str, str]:
    rows = oms("show", "jeopardy", "--at", at, "--json").data["promises in jeopardy"]
    return {row["order_id"]: row["cause"] for row in rows}


def send(*commands: dict[str, object]) -> None:
    sent = oms("send", "--json", typed=json.dumps(commands))
    assert [answer["verdict"] for answer in sent.data["answers"]] == ["done"] * len(commands), sent


def test_only_a_hold_that_keeps_goods_back_is_in_the_way():
    hold = {"command": "HoldOrder", "order_id": "web:1", "reason": "odd"}
    send({**hold, "hold_id": "H1", "kind": "manual", "blocks": ["cancellation", "return"]})
    assert causes()["web:1"] == "not paid"
    send({**hold, "hold_id": "H2", "kind": "fraud", "blocks": ["release"]})
    assert causes()["web:1"] == "held for fraud"
    release = {"command": "ResolveHold", "order_id": "web:1"}
    send({**release, "hold_id": "H2"}, {**release, "hold_id": "H1"})
    assert causes()["web:1"] == "not paid"


def test_of_an_order_that_is_over_it_is_said_whether_it_left_late_or_was_cancelled():
    days = dict.fromkeys((4, 5, 7), "2026-01-07T00:00:00Z") | {6: "2126-01-07T00:00:00Z"}
    paid = {"command": "ReportAuthorization", "outcome": "succeeded"}
    send(
        *(order(f"{n}", ("MUG", 2), placed_at=MONDAY, ship_by=day) for n, day in days.items()),
        *(
            {"command": "ReviewPromise", "order_id": f"web:{n}", **dict.fromkeys(MOMENTS, day)}
            for n, day in days.items()
        ),
        *({**paid, "payment_id": f"web:{n}/p1"} for n in (4, 6, 7)),
    )
    hold = {"command": "HoldOrder", "order_id": "web:7", "hold_id": "H1", "kind": "fraud"}
    send({**hold, "reason": "odd", "blocks": ["release"]})
    assert causes()["web:7"] == "2 units are with a warehouse"
    ship, one = {"command": "ShipFulfilment"}, {"line_id": "web:6/1", "quantity": 1}
    given_up = {"reason": "customer", "order_id": "web:6", "cancellation_id": "X1"}
    send(
        {**ship, "fulfilment_id": "web:4/f1.1"},
        {"command": "CancelOrder", "order_id": "web:5", "reason": "customer"},
        {**ship, "fulfilment_id": "web:6/f1.1", "lines": [one]},
        {"command": "CancelLine", **one, **given_up},
    )
    found = causes()
    assert {n: found[f"web:{n}"] for n in (4, 5, 6)} == {
        4: "left after the promised day",
        5: "cancelled after the promised day",
        6: "cancelled after the promised day",
    }
    assert list(found)[-3:] == ["web:4", "web:5", "web:6"]
