"""What has lapsed, as the read model of deadlines knows it."""

from __future__ import annotations

from collections.abc import Callable

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from adapters.postgres.documents import Documents
from adapters.postgres.tables import table_of
from oms_core.kernel import Instant
from projections.deadline import Deadline
from projections.deadlines import deadlines

DEADLINES_MAX = 500

LAPSED = sql.SQL(
    "WHERE due_at <= to_timestamp(%s::double precision / 1000000) ORDER BY due_at, key LIMIT %s"
)


def due_deadlines(
    connection: Connection[TupleRow], schema: str
) -> Callable[[Instant], dict[str, Deadline]]:
    """Return a function that asks the read model what has lapsed.

    It gives whole deadlines by their keys, which tell them from each other, the first ones first
    and no more than `DEADLINES_MAX`.
    """
    documents = Documents(connection, table_of(deadlines, schema))

    def due(now: Instant) -> dict[str, Deadline]:
        return documents.find(LAPSED, [now, DEADLINES_MAX])

    return due
