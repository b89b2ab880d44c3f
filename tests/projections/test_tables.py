"""Documents as rows: typed columns that people can query, and nothing lost on the way."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from rpds import HashTrieMap

from adapters.postgres.bookmarks import Bookmarks
from adapters.postgres.documents import Documents
from adapters.postgres.projections import install
from adapters.postgres.tables import table_of
from oms_core.engine.catalog import EVENTS
from oms_core.kernel import Instant
from projections.catalog import VIEWS
from projections.ledger import EntryLine, journal
from projections.network_level import Fenced, Shelf
from tests.projections.records import recorded
from tests.support.messages import sample


@pytest.fixture
def connection(dsn):
    """A connection that commits by itself."""
    with psycopg.connect(dsn, autocommit=True) as opened:
        yield opened


def documents_of(name):
    """Return documents of a view that every one of its events has touched, and a blank one."""
    view = VIEWS[name]
    happened = [sample(event) for event in EVENTS.values() if event in view.keys]
    return view.fold(recorded(*happened, *reversed(happened)))


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_a_document_comes_back_from_its_row_as_it_was(connection, schema, name):
    install(connection, [VIEWS[name]], schema)
    kept = Documents(connection, table_of(VIEWS[name], schema))
    written = documents_of(name)
    kept.replace((), list(written.items()))
    assert kept.load(written.keys()) == written
    assert kept.all() == written
    assert written


def test_a_document_with_every_kind_of_value_comes_back_as_it_was(connection, schema):
    view = VIEWS["inventory_network"]
    install(connection, [view], schema)
    kept = Documents(connection, table_of(view, schema))
    level = view.document(
        "MÜG'\\\t\n✓",
        on_hand=-(2**63),
        shelves=HashTrieMap({"A": Shelf(1, 2, 3, 4, selling=False), "ß": Shelf()}),
        fenced_lines=HashTrieMap({"web:1/1": Fenced("web", 2)}),
        awaited=HashTrieMap({"": 2**63 - 1}),
    )
    kept.replace((), [("MÜG", level)])
    assert kept.load(["MÜG", "CAP"]) == {"MÜG": level}


def test_columns_are_typed_and_no_time_is_null(connection, schema):
    install(connection, [journal], schema)
    entry = journal.document(
        "order:web:1#1",
        1,
        Instant(1_700_000_000_000_001),
        Instant(0),
        "EUR",
        "LineShipped web:1/1",
        1250,
        (EntryLine("receivables", 1250, 0), EntryLine("revenue", 0, 1250)),
    )
    Documents(connection, table_of(journal, schema)).replace((), [("order:web:1#1|EUR", entry)])
    row = connection.execute(
        SQL(
            "SELECT pg_typeof(recorded_at)::text, (recorded_at AT TIME ZONE 'UTC')::text,"
            " occurred_at, amount_minor, lines -> 0 ->> 'account', lines -> 1 -> 'credit_minor'"
            " FROM {}"
        ).format(Identifier(schema, "journal"))
    ).fetchone()
    assert row == (
        "timestamp with time zone",
        "2023-11-14 22:13:20.000001",
        None,
        1250,
        "receivables",
        1250,
    )


def test_installing_twice_changes_nothing(connection, schema):
    install(connection, (), schema)
    bookmarks = Bookmarks(connection, schema)
    bookmarks.claim("orders")
    install(connection, (), schema)
    assert bookmarks.read("orders").epoch == 1
