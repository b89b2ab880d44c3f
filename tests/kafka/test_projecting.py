"""Read models kept up to date from Kafka: the same bytes as from the log itself."""

from __future__ import annotations

from threading import Event as Flag

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.bootstrap import open_shop
from adapters.postgres.projections import Projector, install
from adapters.projecting import project
from adapters.simulation.run import simulate
from projections.catalog import VIEWS
from tests.support.kafka.publishing import publishing

EVERY = tuple(VIEWS.values())


@pytest.fixture
def shop(cell, tmp_path):
    """A shop in which some orders have gone their way."""
    with open_shop(cell.settings.model_copy(update={"home": tmp_path})) as opened:
        simulate(opened, orders=60, seed=3)
        yield opened


@pytest.fixture
def publisher(cell):
    """A publisher to the cell's event topics."""
    with publishing(cell.settings) as opened:
        yield opened


def history(shop):
    with shop.log() as log:
        return [recorded for page in log.pages() for recorded in page]


def project_all(shop, views=EVERY):
    return project(shop, Flag(), views, "main", once=True)


def rows(shop, schema):
    """Return every row of every view, as text."""
    found = {}
    with psycopg.connect(shop.dsn) as connection:
        for name in VIEWS:
            query = SQL("SELECT t::text FROM {} t ORDER BY key").format(Identifier(schema, name))
            found[name] = [row for (row,) in connection.execute(query).fetchall()]
    return found


def embedded(shop):
    """Return every row of every view as the embedded projector writes them."""
    schema = f"{shop.settings.views_schema}_embedded"
    with shop.connection() as connection, shop.log() as log:
        install(connection, schema=schema)
        Projector(connection, log, schema=schema).catch_up()
    return rows(shop, schema)


def test_all_views_over_kafka_are_the_embedded_ones_byte_for_byte(shop, publisher):
    happened = history(shop)
    for start in range(0, len(happened), 400):
        publisher.publish(happened[start : start + 400])
    assert project_all(shop) > 0
    expected = embedded(shop)
    assert {name for name, found in expected.items() if not found} <= {"deadlines", "refusals"}
    assert rows(shop, shop.settings.views_schema) == expected
