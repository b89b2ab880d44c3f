"""Read models that came over Kafka beside those that the embedded projector makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from psycopg.sql import SQL, Identifier

from adapters.bootstrap import Shop
from adapters.postgres.projections import Projector, install
from oms_core.kernel import Recorded
from projections.catalog import VIEWS

Rows = Mapping[str, Sequence[str]]


def history(shop: Shop) -> list[Recorded]:
    """Return everything that happened."""
    with shop.log() as log:
        return [recorded for page in log.pages() for recorded in page]


def rows(shop: Shop, schema: str = "") -> Rows:
    """Return every row of every view as text: of the live ones, unless a schema is named."""
    found = {}
    with psycopg.connect(shop.dsn) as connection:
        for name in VIEWS:
            table = Identifier(schema or shop.settings.views_schema, name)
            query = SQL("SELECT t::text FROM {} t ORDER BY key").format(table)
            found[name] = [row for (row,) in connection.execute(query).fetchall()]
    return found


def embedded(shop: Shop) -> Rows:
    """Return every row of every view as the embedded projector writes them."""
    schema = f"{shop.settings.views_schema}_embedded"
    with shop.connection() as connection, shop.log() as log:
        install(connection, schema=schema)
        Projector(connection, log, schema=schema).catch_up()
    return rows(shop, schema)


def parked(shop: Shop) -> list[tuple[str, str]]:
    """Return the views and streams that wait, with nothing twice."""
    table = Identifier(shop.settings.views_schema, "_parked_events")
    query = SQL("SELECT view, stream FROM {} ORDER BY 1, 2").format(table)
    with shop.connection() as connection:
        return connection.execute(query).fetchall()
