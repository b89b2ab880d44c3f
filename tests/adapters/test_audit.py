"""A log that was tampered with is found out, and the first bad event is named."""

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.postgres.audit import verify
from adapters.postgres.environment import environment
from adapters.postgres.migration import migrate
from oms_core.engine.application import Engine
from tests.engine.conftest import NOON
from tests.support.shop import must, placement, receipt


@pytest.fixture
def connection(dsn, schema):
    """A log of a hundred events and more, in batches by COPY and by function call."""
    migrate(dsn, schema)
    with Engine(environment(dsn, schema), clock=lambda: NOON) as engine:
        must(engine, receipt("MUG", 500))
        must(engine, *(placement(n, ("MUG", 1)) for n in range(20)))
        for n in range(20, 30):
            must(engine, placement(n, ("MUG", 1)))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(SQL("SET search_path TO {}").format(Identifier(schema)))
        yield connection


def position_of(connection, name):
    stream, _, version = name.rpartition("#")
    row = connection.execute(
        "SELECT notification_id FROM oms_events "
        "WHERE originator_id = %s AND originator_version = %s",
        (stream, int(version)),
    ).fetchone()
    return row[0]


def test_an_untouched_log_is_as_it_was_written(connection, schema):
    report = verify(connection, schema)
    assert (report.ok, report.events, report.batches) == (True, 121, 12)
    assert verify(connection, schema) == report


def test_a_flipped_byte_is_found(connection, schema):
    at = position_of(connection, "order:web:3#1")
    connection.execute(
        "UPDATE oms_events SET state = set_byte(state, 9, get_byte(state, 9) # 1) "
        "WHERE notification_id = %s",
        (at,),
    )
    report = verify(connection, schema)
    assert (report.ok, report.position, report.event, report.reason) == (
        False,
        at,
        "order:web:3#1",
        "the event is not what was appended here",
    )


@pytest.mark.parametrize("column", ["topic = 'OrderHeld'", "originator_id = 'order:x'"])
def test_a_changed_name_is_found(connection, schema, column):
    at = position_of(connection, "order:web:25#1")
    connection.execute(f"UPDATE oms_events SET {column} WHERE notification_id = %s", (at,))
    report = verify(connection, schema)
    assert (report.ok, report.position) == (False, at)


def test_a_deleted_event_is_found(connection, schema):
    at = position_of(connection, "order:web:3#1")
    connection.execute("DELETE FROM oms_events WHERE notification_id = %s", (at,))
    report = verify(connection, schema)
    assert (report.ok, report.position, report.reason) == (
        False,
        at,
        "the event at this position is missing",
    )


def test_the_last_event_cannot_be_cut_off(connection, schema):
    connection.execute("DELETE FROM oms_events WHERE notification_id = 121")
    assert verify(connection, schema)[:1] + verify(connection, schema)[4:5] == (False, 121)


def test_two_swapped_events_are_found_at_the_first(connection, schema):
    one, two = position_of(connection, "order:web:3#1"), position_of(connection, "order:web:9#1")
    for position, temporary in ((one, -1), (two, one), (-1, two)):
        connection.execute(
            "UPDATE oms_events SET notification_id = %s WHERE notification_id = %s",
            (temporary, position),
        )
    report = verify(connection, schema)
    assert (report.ok, report.position, report.event) == (False, one, "order:web:9#1")


@pytest.mark.parametrize("position", [0, 122, 1000])
def test_an_inserted_event_is_found(connection, schema, position):
    connection.execute(
        "INSERT INTO oms_events VALUES ('order:web:3', 99, 'OrderCancelled', 'x', %s)", (position,)
    )
    report = verify(connection, schema)
    assert (report.ok, report.position, report.event) == (False, position, "order:web:3#99")


def test_a_chain_that_was_changed_to_fit_is_found(connection, schema):
    connection.execute(
        "UPDATE oms_events_batches SET leaves = set_byte(leaves, 20, 7) WHERE first > 2 "
        "AND first < 4 OR first = 2"
    )
    report = verify(connection, schema)
    assert (report.ok, report.position) == (False, 2)


def test_a_missing_batch_is_found(connection, schema):
    connection.execute(
        "DELETE FROM oms_events_batches WHERE last = (SELECT max(last) FROM oms_events_batches)"
    )
    assert verify(connection, schema).ok is False
