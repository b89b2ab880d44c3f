"""A subscriber sees the documents of a read model, and what becomes of them."""

from __future__ import annotations

import json
from threading import Event as Flag

import pytest

from adapters.bootstrap import open_shop
from adapters.cli.app import run
from adapters.outflow import run_relay, run_state
from adapters.postgres.documents import Documents
from adapters.postgres.tables import table_of
from adapters.projecting import project
from projections.catalog import VIEWS
from tests.support.process import running
from tests.support.shop import must, placement, receipt

ORDERS = VIEWS["orders"]


@pytest.fixture
def shop(cell, tmp_path, monkeypatch):
    """A shop with two orders; commands find it by the environment."""
    for name, value in cell.env.items():
        monkeypatch.setenv(name, value)
    with open_shop(cell.settings.model_copy(update={"home": tmp_path})) as opened:
        sell(opened, 1, 2)
        yield opened


def sell(shop, *numbers):
    """Take orders, and let the read model and its state topic follow."""
    with shop.engine() as engine:
        for number in numbers:
            must(engine, receipt("MUG", 2, document=f"R{number}"), placement(number, ("MUG", 2)))
    run_relay(shop, Flag(), once=True)
    project(shop, Flag(), [ORDERS], "main", once=True)
    run_state(shop, Flag(), [ORDERS], once=True)


def test_from_the_beginning_a_subscriber_gets_every_document(shop, capsys):
    capsys.readouterr()
    assert run(["subscribe", "orders", "--from-beginning", "--once", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    with shop.connection() as connection:
        table = table_of(ORDERS, shop.settings.views_schema)
        kept = Documents(connection, table).all()
    shown = {line["key"]: line["document"] for line in lines}
    assert {key: document["state"] for key, document in shown.items()} == {
        key: document.state for key, document in kept.items()
    }
    assert {document["total_minor"] for document in shown.values()} == {2_000}


def test_people_get_a_line_for_each_document(shop, capsys):
    capsys.readouterr()
    assert run(["subscribe", "orders", "--from-beginning", "--once"]) == 0
    lines = sorted(capsys.readouterr().out.splitlines())
    assert [line.split("  ")[:2] for line in lines] == [
        ["web:1", "order_id=web:1"],
        ["web:2", "order_id=web:2"],
    ]


def test_a_subscriber_sees_what_changes_and_ends_cleanly_when_asked(shop, cell, tmp_path):
    tokens = ("subscribe", "orders", "--from-beginning", "--json")
    with running(*tokens, env=cell.env, log=tmp_path / "subscriber.log") as subscriber:
        seen = set()
        while seen != {"web:1", "web:2"}:
            seen.add(json.loads(subscriber.process.stdout.readline())["key"])
        sell(shop, 3)
        while "web:3" not in seen:
            seen.add(json.loads(subscriber.process.stdout.readline())["key"])
        assert subscriber.ask_to_stop() == 0, subscriber.said()
        assert all(json.loads(line)["key"] for line in subscriber.output.splitlines())
        assert subscriber.lines("stopping")


def test_a_read_model_that_there_is_not_is_refused(shop, capsys):
    capsys.readouterr()
    assert run(["subscribe", "weather", "--json"]) == 2
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert (error["field"], error["value"]) == ("view", "weather")
