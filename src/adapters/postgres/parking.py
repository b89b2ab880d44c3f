"""Causes that could not be handled: kept with their error and in their order, until re-driven."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from oms_core.engine.application import Engine
from oms_core.engine.cause import Answer, Cause, Verdict
from oms_core.engine.waiting import from_bytes


class ParkedCause(NamedTuple):
    """A cause that waits. `place` is its turn; those of one stream are re-driven in this order."""

    place: int
    stream: str
    error: str
    parked_at: datetime
    cause: Cause


def _table(schema: str, events: str) -> Composed:
    return SQL("{}.{}").format(Identifier(schema), Identifier(f"{events}_parked"))


def parked(
    connection: Connection[TupleRow], schema: str = "oms", events: str = "oms_events"
) -> list[ParkedCause]:
    """Return every parked cause, oldest first."""
    query = SQL("SELECT place, stream, error, parked_at, cause_id, cause FROM {} ORDER BY place")
    rows = connection.execute(query.format(_table(schema, events))).fetchall()
    return [
        ParkedCause(place, stream, error, parked_at, from_bytes(cause_id, bytes(data)))
        for place, stream, error, parked_at, cause_id, data in rows
    ]


def redrive(
    engine: Engine,
    connection: Connection[TupleRow],
    schema: str = "oms",
    stream: str = "",
) -> Sequence[Answer]:
    """Hand parked causes to the engine again, in order, those of one stream or all.

    A cause that fails again stays parked, with its new error, and so do the later ones of its
    stream. Each cause is answered and taken off the list in one transaction.
    """
    answers: list[Answer] = []
    failed: set[str] = set()
    for entry in parked(connection, schema):
        if (stream and entry.stream != stream) or entry.stream in failed:
            continue
        answer = engine.retry(entry.cause, entry.place)
        answers.append(answer)
        if answer.verdict is Verdict.PARKED:
            failed.add(entry.stream)
    return answers
