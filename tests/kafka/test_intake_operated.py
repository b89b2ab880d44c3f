"""People at work with the intake: they publish, see what is parked, and mend it while it runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.bootstrap import open_shop
from adapters.kafka.registry import ConfluentRegistry
from oms_core.domain.order.events import OrderPlaced
from tests.support.inbound_wire import Sender, order
from tests.support.kafka.cell import Cell
from tests.support.kafka.desk import Post
from tests.support.process import START, running, until

SECONDS = 60
Oms = Callable[..., tuple[int, Any]]


@pytest.fixture
def env(cell: Cell, tmp_path: Path) -> dict[str, str]:
    """The settings of the cell, with one channel."""
    return {**cell.env, "OMS_CHANNELS": "web", "OMS_HOME": str(tmp_path)}


@pytest.fixture
def oms(env: dict[str, str]) -> Oms:
    """Runs a command with the cell's settings, and returns its exit code and what it answered."""

    def run(*tokens: str, text: str = "") -> tuple[int, Any]:
        done = subprocess.run(
            [sys.executable, "-c", START, *tokens, "--json"],
            env={**os.environ, **env},
            input=text,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return done.returncode, json.loads(done.stdout or done.stderr)

    return run


@pytest.fixture
def post(cell: Cell) -> Iterator[Post]:
    """Sends to the cell's topics."""
    with closing(ConfluentRegistry(cell.settings)) as registry:
        yield Post(cell.settings, registry)


def placed(cell: Cell) -> list[str]:
    with open_shop(cell.settings) as shop, shop.log() as log:
        return [r.stream for r in log.read(0, types=frozenset({OrderPlaced}))]


def test_poison_is_listed_and_redriven_or_discarded_while_the_engine_runs(
    cell: Cell, post: Post, oms: Oms, env: dict[str, str], tmp_path: Path
):
    with closing(ConfluentRegistry(cell.settings)) as registry:
        good = Sender(registry).wire(order("1"), cell.names.inbound("web"))
    with running("run", env=env, log=tmp_path / "run.log") as engine:
        engine.await_line("started")
        post.send_raw(good._replace(value=good.value[:-3]), good)
        post.send("web", order("2"))
        until(lambda: placed(cell) == ["order:web:2"], SECONDS)
        _, listed = oms("parked", "list")
        assert [(row["stream"], row["command"]) for row in listed["parked"]] == [
            ("inbound:web:1", "(unread)"),
            ("inbound:web:1", "(unread)"),
        ]
        first, second = (str(row["place"]) for row in listed["parked"])
        code, refused = oms("parked", "redrive", "--place", second)
        assert (code, refused["errors"][0]["field"]) == (2, "--place")
        assert oms("parked", "redrive", "--stream", "inbound:web:1") == (0, {"asked": 2})
        until(lambda: engine.lines("parked.redriven"), SECONDS)
        assert oms("parked", "list")[1]["found"] == 2
        code, _ = oms("parked", "redrive", "--place", first, "--discard", "sent again")
        assert code == 0
        until(lambda: oms("parked", "list")[1]["found"] == 1, SECONDS)
        assert oms("parked", "redrive") == (0, {"asked": 1})
        until(lambda: placed(cell) == ["order:web:2", "order:web:1"], SECONDS)
        post.send("web", order("3"))
        until(lambda: "order:web:3" in placed(cell), SECONDS)
        assert engine.ask_to_stop() == 0
    assert oms("parked", "list")[1] == {"parked": [], "found": 0}


def test_poison_is_redriven_without_an_engine_as_well(
    cell: Cell, post: Post, oms: Oms, env: dict[str, str], tmp_path: Path
):
    with closing(ConfluentRegistry(cell.settings)) as registry:
        good = Sender(registry).wire(order("1"), cell.names.inbound("web"))
    with running("run", env=env, log=tmp_path / "run.log") as engine:
        engine.await_line("started")
        post.send_raw(good._replace(value=b"garbage"), good)
        until(lambda: oms("parked", "list")[1]["found"] == 2, SECONDS)
        assert engine.ask_to_stop() == 0
    place = str(oms("parked", "list")[1]["parked"][0]["place"])
    assert oms("parked", "show", place)[1]["error"].startswith("frame.magic")
    code, done = oms("parked", "redrive", "--place", place, "--discard", "garbage")
    assert (code, done["left"]) == (1, 1)
    code, done = oms("parked", "redrive")
    assert (code, [row["verdict"] for row in done["redriven"]]) == (0, ["done"])
    assert placed(cell) == ["order:web:1"]


def test_messages_in_json_are_published_by_their_names_or_refused_with_every_fault(
    cell: Cell, oms: Oms, env: dict[str, str], tmp_path: Path
):
    said = [
        {"message": "StockReceipt", "document_ref": "R1", "item_id": "MUG", "location_id": "LYON"}
        | {"quantity": 5, "cost_minor": 1000, "currency": "EUR"},
        {"message": "CancelOrder", "external_ref": "7"},
    ]
    wrong = [{"message": "CancelOrder"}, {"message": "PlaceBet"}]
    code, refused = oms("kafka", "send", "--channel", "web", text=json.dumps(wrong))
    assert (code, [error["field"] for error in refused["errors"]]) == (
        2,
        ["1: external_ref", "2: message"],
    )
    code, sent = oms("kafka", "send", "--channel", "web", text=json.dumps(said))
    assert (code, sent) == (0, {"published": 2, "left_out": {}})
    code, sent = oms("kafka", "simulate", "--orders", "5", "--seed", "3")
    assert code == 0
    assert sent["published"] > 5
    assert sent["left_out"]["ShipFulfilment"]
    with running("run", env=env, log=tmp_path / "run.log") as engine:
        engine.await_line("started")
        until(lambda: placed(cell), SECONDS)
        assert engine.ask_to_stop() == 0
