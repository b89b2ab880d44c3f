"""Who keeps which views up to date from Kafka, and how far each partition was read."""

from __future__ import annotations

from typing import Any, LiteralString, NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from adapters.postgres.lease import HOLDER

LANES: LiteralString = """
SELECT l.view, l.topic, l.partition, greatest(l.position, p.position), l.next_offset, l.epoch,
    l.owner
FROM {lanes} l JOIN {views} p ON p.view = l.view ORDER BY 1, 2, 3
"""


class LaneRow(NamedTuple):
    """A partition as a view has it."""

    view: str
    topic: str
    partition: int
    position: int
    next_offset: int
    epoch: int
    owner: str


def lane_rows(connection: Connection[Any], views: str) -> list[LaneRow]:
    """Return every partition of every view in a schema that is kept partition by partition."""
    if not _exists(connection, views, "_lanes"):
        return []
    names = {"lanes": Identifier(views, "_lanes"), "views": Identifier(views, "_projections")}
    return [LaneRow(*row) for row in connection.execute(SQL(LANES).format(**names)).fetchall()]


def reader_names(connection: Connection[Any], views: str) -> list[str]:
    """Return the names of the projectors that have read the topics in the order of the log."""
    if not _exists(connection, views, "_hints"):
        return []
    query = SQL("SELECT DISTINCT reader FROM {} ORDER BY 1").format(Identifier(views, "_hints"))
    return [name for (name,) in connection.execute(query).fetchall()]


def lease_holder(
    connection: Connection[TupleRow], log: str, name: str, events: str = "oms_events"
) -> str:
    """Return which process holds a lease of a log; nothing, if none does."""
    row = connection.execute(HOLDER, (f"{log}.{events}:{name}",)).fetchone()
    return str(row[0]).removeprefix(f"oms {name} ") if row else ""


def _exists(connection: Connection[Any], schema: str, table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s)", [f'"{schema}"."{table}"']).fetchone()
    return row is not None and row[0] is not None
