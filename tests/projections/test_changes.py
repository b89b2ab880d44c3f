"""What changes in a published read model is noted, in the transaction that changes it."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.postgres.changes import Changes
from adapters.postgres.projections import Projector, install
from adapters.postgres.rebuild import rebuild
from adapters.postgres.tables import table_of
from oms_core.domain.stock.events import StockReceived
from projections.inventory import inventory
from projections.products import products
from tests.projections.records import ListLog, recorded

HISTORY = recorded(
    StockReceived("MUG", "R1", "LYON", 1, 400, "EUR"),
    StockReceived("MUG", "R2", "LEEDS", 1, 400, "EUR"),
    StockReceived("JUG", "R3", "LYON", 1, 400, "EUR"),
    StockReceived("MUG", "R4", "LYON", 1, 400, "EUR"),
)


@pytest.fixture
def connection(dsn, schema):
    with psycopg.connect(dsn, autocommit=True) as opened:
        install(opened, (), schema)
        Changes(opened, schema).install()
        yield opened


@pytest.fixture
def changes(connection, schema):
    return Changes(connection, schema)


@pytest.fixture
def table(schema):
    return table_of(inventory, schema)


def project(connection, schema, upto):
    Projector(connection, ListLog(HISTORY[:upto]), [inventory], schema).catch_up()


def noted(changes, table):
    """Return the documents that are to be published, by key, and forget them."""
    places, changed = changes.take([table], 100)
    changes.forget(places)
    return {key: doc and doc.on_hand for one in changed for key, doc in one.documents.items()}


def test_a_view_that_is_not_published_notes_nothing(connection, changes, schema, table):
    project(connection, schema, 4)
    assert not changes.is_watched(table)
    assert changes.waiting([table], 9) == 0


def test_what_changes_is_noted_once_for_each_document_as_it_is_at_last(
    connection, changes, schema, table
):
    changes.watch(table)
    assert changes.is_watched(table)
    project(connection, schema, 1)
    project(connection, schema, 4)
    assert noted(changes, table) == {"MUG@LYON": 2, "MUG@LEEDS": 1, "JUG@LYON": 1}
    assert noted(changes, table) == {}


def test_a_change_tells_the_position_that_the_view_has_reached(connection, changes, schema, table):
    changes.watch(table)
    project(connection, schema, 3)
    _, (changed,) = changes.take([table], 100)
    assert (changed.view, changed.position) == ("inventory", 3)


def test_a_document_that_is_gone_is_noted_as_such(connection, changes, schema, table):
    project(connection, schema, 1)
    changes.watch(table)
    connection.execute(SQL("DELETE FROM {}").format(table.identifier))
    assert noted(changes, table) == {"MUG@LYON": None}


def test_a_change_that_is_undone_was_never_noted(connection, changes, schema, table):
    project(connection, schema, 1)
    changes.watch(table)
    with connection.transaction(force_rollback=True):
        connection.execute(SQL("DELETE FROM {}").format(table.identifier))
    assert changes.waiting([table], 9) == 0


def test_a_change_of_a_transaction_that_ends_late_is_not_forgotten_with_later_ones(
    connection, changes, dsn, schema, table
):
    project(connection, schema, 3)
    changes.watch(table)
    delete = SQL("DELETE FROM {} WHERE key = %s").format(table.identifier)
    with psycopg.connect(dsn) as late:
        late.execute(delete, ["MUG@LYON"])
        connection.execute(delete, ["JUG@LYON"])
        assert noted(changes, table) == {"JUG@LYON": None}
    assert noted(changes, table) == {"MUG@LYON": None}


def test_a_rebuild_notes_what_it_changed_and_what_is_gone(connection, changes, schema, table):
    project(connection, schema, 4)
    changes.watch(table)
    stray = SQL("UPDATE {} SET key = 'OLD@LYON' WHERE key = 'JUG@LYON'").format(table.identifier)
    connection.execute(stray)
    connection.execute(
        SQL("UPDATE {} SET on_hand = 9 WHERE key = 'MUG@LYON'").format(table.identifier)
    )
    rebuild(connection, ListLog(HISTORY), [inventory], schema)
    assert noted(changes, table) == {"JUG@LYON": 1, "MUG@LYON": 2, "OLD@LYON": None}
    assert changes.is_watched(table)


def test_a_rebuild_that_changes_nothing_notes_nothing(connection, changes, schema, table):
    project(connection, schema, 4)
    changes.watch(table)
    rebuild(connection, ListLog(HISTORY), [inventory], schema)
    assert changes.waiting([table], 9) == 0


def test_a_view_can_be_published_as_a_whole_and_no_more(connection, changes, schema, table):
    project(connection, schema, 4)
    changes.watch(table)
    changes.note_all(table, ["GONE@LYON"])
    assert changes.waiting([table], 9) == 4
    changes.unwatch(table)
    assert not changes.is_watched(table)
    assert changes.waiting([table], 9) == 0


def test_views_are_published_apart(connection, changes, schema, table):
    changes.watch(table)
    project(connection, schema, 4)
    assert changes.take([table_of(products, schema)], 100) == ([], [])


def test_no_more_changes_are_taken_than_are_asked_for(connection, changes, schema, table):
    changes.watch(table)
    project(connection, schema, 4)
    places, (changed,) = changes.take([table], 2)
    assert len(places) == len(changed.documents) == 2


def test_whoever_listens_is_told_of_changes(connection, changes, dsn, schema, table):
    changes.watch(table)
    with psycopg.connect(dsn, autocommit=True) as listener:
        listener.execute(SQL("LISTEN {}").format(Identifier(changes.channel)))
        project(connection, schema, 1)
        assert [n.channel for n in listener.notifies(timeout=10, stop_after=1)][:1] == [
            changes.channel
        ]
