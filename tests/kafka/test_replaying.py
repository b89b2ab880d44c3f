"""An auditor makes every read model again from the topics alone."""

from __future__ import annotations

import json
from threading import Event as Flag

import pytest
from psycopg.sql import SQL, Identifier

from adapters.bootstrap import open_shop
from adapters.cli.app import run
from adapters.outflow import run_relay
from adapters.postgres.rebuild import compare
from adapters.projecting import project
from adapters.simulation.run import simulate
from projections.catalog import STREAM_CLOSED, VIEWS
from tests.support.kafka.projected import history
from tests.support.kafka.publishing import publishing

EVERY = tuple(VIEWS.values())


@pytest.fixture
def shop(cell, tmp_path, monkeypatch):
    """A shop in which some orders have gone their way; commands find it by the environment."""
    for name, value in cell.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OMS_HOME", str(tmp_path))
    with open_shop(cell.settings.model_copy(update={"home": tmp_path})) as opened:
        simulate(opened, orders=40, seed=3)
        yield opened


def replayed(capsys):
    """Return the exit code of a replay, and what it said."""
    capsys.readouterr()
    code = run(["kafka", "replay", "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_topics_alone_make_every_read_model(shop, capsys):
    run_relay(shop, Flag(), once=True)
    project(shop, Flag(), EVERY, "main", once=True)
    code, said = replayed(capsys)
    assert code == 0, said
    assert said["positions"] == len(history(shop))
    assert (said["views"], said["differences"], said["unreadable"]) == (list(VIEWS), 0, [])


def test_the_first_difference_is_told(shop, capsys):
    run_relay(shop, Flag(), once=True)
    project(shop, Flag(), EVERY, "main", once=True)
    products = Identifier(shop.settings.views_schema, "products")
    with shop.connection() as connection:
        query = SQL("UPDATE {} SET name = 'Forged' WHERE key = (SELECT max(key) FROM {})")
        connection.execute(query.format(products, products))
    code, said = replayed(capsys)
    assert code == 1
    (error,) = said["errors"]
    assert error["field"] == "products"
    assert error["rule"].startswith("Live: (")
    assert "Forged" in error["rule"].partition("From the topics")[0]
    assert "Forged" not in error["rule"].partition("From the topics")[2]


def test_a_position_that_is_missing_is_named(shop, cell, capsys):
    happened = history(shop)
    with publishing(cell.settings) as publisher:
        publisher.publish([r for r in happened if r.position not in {200, 201}])
    code, said = replayed(capsys)
    assert code == 1
    (error,) = said["errors"]
    assert (error["field"], error["value"]) == ("position", "200 to 201")
    assert "republish --from 200" in error["remedy"]


def test_views_whose_lanes_stand_apart_are_compared_where_they_stand(shop, cell):
    happened = history(shop)
    half = len(happened) // 2
    orders = [r for r in happened[half:] if r.stream.startswith("order:")]
    with publishing(cell.settings) as publisher:
        publisher.publish(happened[:half])
        publisher.publish(orders)
    closed = [VIEWS[name] for name in sorted(STREAM_CLOSED)]
    project(shop, Flag(), closed, "main", once=True)
    with shop.connection() as connection, shop.log() as log:
        assert compare(connection, log, closed, shop.settings.views_schema) == []
