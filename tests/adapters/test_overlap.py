"""Batches that overlap, on a PostgreSQL that breaks off, and in a process that is killed."""

from __future__ import annotations

import subprocess
import sys
from random import Random
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.postgres.environment import environment
from adapters.postgres.migration import migrate
from adapters.postgres.outbox import PostgresOutbox
from oms_core.engine.application import Engine
from oms_core.engine.cause import SourcePosition
from oms_core.policies.config import EUROPE_AND_ASIA
from tests.engine.conftest import NOON
from tests.support.overlap import cut, one_by_one, outcomes, overlapping, story
from tests.support.process import until

SIZE = 90
"""Causes of a batch: most batches go by COPY."""

KILLS = 6
PROGRAM = """
import sys
from tests.adapters.test_overlap import SIZE, open_engine
from tests.support.overlap import cut, overlapping, story
with open_engine(sys.argv[1], sys.argv[2]) as engine:
    print("begun", flush=True)
    overlapping(engine, cut(story(8, int(sys.argv[3])), (SIZE,)))
"""


def open_engine(dsn: str, schema: str) -> Engine:
    return Engine(environment(dsn, schema), clock=lambda: NOON, policies=EUROPE_AND_ASIA)


def content(dsn: str, schema: str) -> tuple[object, ...]:
    """All that is stored, but the places and the stamp, which no two runs share."""
    rows = "SELECT originator_id, originator_version, topic, state, notification_id FROM {}.{}"
    with psycopg.connect(dsn, autocommit=True) as connection:

        def read(query: str, table: str) -> list[tuple[object, ...]]:
            named = SQL(query).format(Identifier(schema), Identifier(f"oms_events{table}"))
            return connection.execute(named).fetchall()

        return (
            read(f"{rows} ORDER BY notification_id", ""),
            read("SELECT position, hash FROM {}.{}", "_head"),
            read("SELECT * FROM {}.{} ORDER BY first", "_batches"),
            [letter for _, letter in PostgresOutbox(connection, schema).read(0, 1_000_000)],
        )


@pytest.fixture
def expected(dsn, schema):
    """What a story leads to if nothing happens to it: `expected(length)`."""

    def of(length):
        calm = f"{schema}_{uuid4().hex[:6]}"
        migrate(dsn, calm)
        with open_engine(dsn, calm) as engine:
            one_by_one(engine, cut(story(8, length), (SIZE,)))
        return content(dsn, calm)

    return of


def test_an_append_that_breaks_off_is_made_again_with_what_was_built_on_it(dsn, schema, expected):
    """Every third append is held up by a lock, and its connection is cut meanwhile."""
    migrate(dsn, schema)
    batches = cut(story(8, 800), (SIZE,))
    cuts, begun = 0, 0
    with open_engine(dsn, schema) as engine, psycopg.connect(dsn) as locker:
        whole = engine.store.begin

        def begin(*given, **named):
            nonlocal begun, cuts
            begun += 1
            if begun % 3:
                return whole(*given, **named)
            locker.execute(
                SQL("SELECT * FROM {}.oms_events_head FOR UPDATE").format(Identifier(schema))
            )
            appending = whole(*given, **named)
            cuts += cut_off(dsn, schema)
            locker.rollback()
            return appending

        engine.store.begin = begin
        overlapping(engine, batches)
    assert cuts >= 3
    assert content(dsn, schema) == expected(800)


def cut_off(dsn, schema):
    """Cut the connections that are appending to a log; returns how many there were."""
    end = (
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
        "WHERE query LIKE %s AND wait_event_type = 'Lock'"
    )
    appending = f'SELECT "{schema}"."oms_events_advance"%'
    with psycopg.connect(dsn, autocommit=True) as connection:
        return len(until(lambda: connection.execute(end, (appending,)).fetchall()))


def test_an_engine_that_is_closed_before_it_has_drained_holds_nobody_up(dsn, schema, expected):
    migrate(dsn, schema)
    batches = cut(story(8, 300), (SIZE,))
    with open_engine(dsn, schema) as closed:
        closed.submit(batches[0], [SourcePosition("topic", 0, len(batches[0]))], outcomes)
    with open_engine(dsn, schema) as engine:
        overlapping(engine, batches)
    assert content(dsn, schema) == expected(300)


def test_a_process_killed_while_batches_overlap_leaves_nothing_out_and_nothing_twice(
    dsn, schema, expected
):
    length = 6_000
    migrate(dsn, schema)
    dice = Random(6)
    for _ in range(KILLS):
        child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, dsn, schema, str(length)], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"begun\n"
        try:
            child.wait(dice.uniform(0.05, 0.5))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()
    with open_engine(dsn, schema) as engine:
        overlapping(engine, cut(story(8, length), (SIZE,)))
    assert content(dsn, schema) == expected(length)


def test_an_engine_that_foresaw_something_closes_that_connection_too(dsn, schema):
    migrate(dsn, schema)
    query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE %s"
    asked = (f"%unnest%{schema}%",)
    with psycopg.connect(dsn, autocommit=True) as connection:
        with open_engine(dsn, schema) as engine:
            engine.foresee(cut(story(8, SIZE), (SIZE,))[0])
            until(lambda: connection.execute(query, asked).fetchone() == (1,))
        until(lambda: connection.execute(query, asked).fetchone() == (0,))
