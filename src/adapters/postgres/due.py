"""What has lapsed, as the read model of deadlines knows it."""

from __future__ import annotations

from collections.abc import Callable

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from oms_core.kernel import Instant
from projections.deadline import Deadline

NAMING = ("kind", "payment_id", "item_id", "line_id", "cart_id", "document_id")
"""The fields of a deadline that say what lapses: each fills those that its kind has."""

DEADLINES_MAX = 500


def name_of(deadline: Deadline) -> str:
    """Return what tells a deadline from all others."""
    return "|".join(getattr(deadline, field) for field in NAMING)


def due_deadlines(
    connection: Connection[TupleRow], schema: str
) -> Callable[[Instant], list[Deadline]]:
    """Return a function that asks the read model what has lapsed."""
    query = sql.SQL(
        "SELECT {} FROM {} WHERE due_at <= to_timestamp(%s::double precision / 1000000) "
        "ORDER BY due_at, key LIMIT %s"
    ).format(sql.SQL(", ").join(map(sql.Identifier, NAMING)), sql.Identifier(schema, "deadlines"))

    def due(now: Instant) -> list[Deadline]:
        rows = connection.execute(query, (now, DEADLINES_MAX)).fetchall()
        return [Deadline(**dict(zip(NAMING, row, strict=True))) for row in rows]

    return due
