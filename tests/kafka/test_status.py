"""`oms status` says how far relay and projectors are behind, and who keeps what."""

from __future__ import annotations

import json
from threading import Event as Flag

import pytest

from adapters.bootstrap import open_shop
from adapters.cli.app import run
from adapters.outflow import run_relay
from adapters.projecting import project
from projections.catalog import VIEWS
from tests.support.process import running, until
from tests.support.shop import must, placement, receipt

EVERY = tuple(VIEWS.values())


@pytest.fixture
def shop(cell, tmp_path, monkeypatch):
    """A shop with a first order; commands find it by the environment."""
    for name, value in cell.env.items():
        monkeypatch.setenv(name, value)
    with open_shop(cell.settings.model_copy(update={"home": tmp_path})) as opened:
        sell(opened, 1)
        yield opened


def sell(shop, number):
    """Take an order."""
    with shop.engine() as engine:
        must(engine, receipt("MUG", 2, document=f"R{number}"), placement(number, ("MUG", 2)))


def said(capsys):
    """Return what `oms status` says."""
    capsys.readouterr()
    assert run(["status", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def behind(status):
    """Return how far each read model is behind, unless it is not."""
    return {row["view"]: row["behind"] for row in status["views"] if row["behind"]}


def test_what_is_published_and_not_read_is_behind(shop, capsys):
    run_relay(shop, Flag(), once=True)
    project(shop, Flag(), EVERY, "main", once=True)
    status = said(capsys)
    assert behind(status) == {}
    head = status["log"]["position"]
    assert status["kafka"]["relay"] == {
        "position": head,
        "behind": 0,
        "lag_seconds": 0.0,
        "owner": "",
    }
    sell(shop, 2)
    added = said(capsys)["log"]["position"] - head
    assert said(capsys)["kafka"]["relay"]["behind"] == added
    run_relay(shop, Flag(), once=True)
    found = behind(said(capsys))
    assert found["orders"] == added
    assert found["inventory_network"] > 0
    assert found["journal"] > 0
    project(shop, Flag(), EVERY, "main", once=True)
    assert behind(said(capsys)) == {}


def test_it_says_which_process_keeps_what_and_with_which_epoch(shop, cell, tmp_path, capsys):
    run_relay(shop, Flag(), once=True)
    with running("project", env=cell.env, log=tmp_path / "projector.log") as projector:
        projector.await_line("merged.started")
        until(lambda: not behind(said(capsys)))
        status = said(capsys)
        assert f"pid {projector.process.pid}" in status["kafka"]["projectors"]["main"]
        (inventory,) = (row for row in status["views"] if row["view"] == "inventory")
        assert inventory["epoch"] == 1
        (owner,) = inventory["owners"]
        assert owner.startswith("main on ")
        assert owner.endswith(f"pid {projector.process.pid}")
        capsys.readouterr()
        assert run(["status"]) == 0
        told = capsys.readouterr().out
        assert "Kept from Kafka" in told
        assert projector.ask_to_stop() == 0, projector.said()
    assert said(capsys)["kafka"]["projectors"] == {"main": ""}
