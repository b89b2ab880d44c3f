"""The outbox in PostgreSQL: for logs that are older than it, and after a lost connection."""

import msgspec
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.postgres.environment import environment
from adapters.postgres.inbox import Inbox
from adapters.postgres.migration import migrate
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.parking import parked
from adapters.postgres.statements import BEFORE_LETTERS
from oms_core.engine import unit
from oms_core.engine.application import Engine
from oms_core.engine.cause import Cause, Letter
from oms_core.engine.waiting import from_bytes, to_bytes
from tests.engine.conftest import NOON
from tests.support.shop import must, receipt

MUGS = Cause(receipt("MUG", 3), "m1", "web", NOON, "visit-9", "00-trace-01")

OF_BEFORE = """
DROP TABLE {schema}.oms_events_outbox;
ALTER TABLE {schema}.oms_events_head DROP COLUMN stamp;
CREATE FUNCTION {schema}.oms_events_advance({types}) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION {schema}.oms_events_append({types}, text[], bigint[], text[], bytea[])
    RETURNS void LANGUAGE sql AS '';
"""


@pytest.fixture
def connection(dsn):
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def engine(dsn, schema):
    migrate(dsn, schema)
    with Engine(environment(dsn, schema), clock=lambda: NOON) as engine:
        yield engine


def letter_of(answers):
    return [Letter("replies", answer.cause_id.encode(), b"") for answer in answers]


def test_a_log_from_before_the_outbox_has_one_after_migrating_again(
    engine, connection, dsn, schema
):
    must(engine, receipt("CUP", 1))
    of_before = SQL(OF_BEFORE).format(schema=Identifier(schema), types=SQL(BEFORE_LETTERS))
    connection.execute(of_before)
    migrate(dsn, schema)
    with Engine(environment(dsn, schema), clock=lambda: NOON) as upgraded:
        upgraded.handle([MUGS], letters=letter_of)
        assert upgraded.recorder.head().position == 2
    functions = connection.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = %s::regnamespace "
        "AND starts_with(proname, 'oms_events_') ORDER BY proname",
        (schema,),
    )
    assert functions.fetchall() == [("oms_events_advance",), ("oms_events_append",)]
    assert [letter.key for _, letter in PostgresOutbox(connection, schema).read(0, 9)] == [b"m1"]


@pytest.mark.parametrize("committed", [True, False])
def test_letters_without_events_are_posted_once_whenever_the_connection_is_lost(
    engine, connection, schema, monkeypatch, committed
):
    must(engine, receipt("MUG", 3))
    whole, lost = engine.recorder._attempt, []

    def attempt(conn, rows, packed, plan, head, sent):
        if lost:
            return (yield from whole(conn, rows, packed, plan, head, sent))
        lost.append(True)
        if committed:
            yield from whole(conn, rows, packed, plan, head, sent)
        else:
            sent.append(head._replace(stamp=b"ours"))
        conn.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(engine.recorder, "_attempt", attempt)
    engine.handle([MUGS], letters=letter_of)
    assert len(PostgresOutbox(connection, schema).read(0, 9)) == 1


def test_a_trace_survives_parking_and_the_inbox(engine, connection, schema, monkeypatch):
    inbox = Inbox(connection, schema)
    inbox.put([MUGS])
    assert inbox.take() == [MUGS]
    monkeypatch.setattr(unit.UnitOfWork, "_execute", lambda *_: 1 / 0)
    engine.handle([MUGS])
    assert [entry.cause for entry in parked(connection, schema)] == [MUGS]


def test_a_cause_that_was_kept_before_there_were_traces_is_still_read():
    *before, trace = msgspec.msgpack.decode(to_bytes(MUGS))
    assert trace == MUGS.trace
    untraced = msgspec.structs.replace(MUGS, trace="")
    assert from_bytes("m1", msgspec.msgpack.encode(before)) == untraced
