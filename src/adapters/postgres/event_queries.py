"""Single events, and what they led to, out of the log."""

from __future__ import annotations

from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from oms_core.engine.mapper import from_row
from oms_core.kernel import Recorded

EFFECTS_POSITIONS = 20_000
"""How far behind an event its effects are looked for: in its unit of work, or soon after it."""

COLUMNS: LiteralString = (
    "SELECT originator_id, originator_version, topic, state, notification_id FROM {} "
)


class Events:
    """The events of the log in one schema, one at a time."""

    def __init__(
        self, connection: Connection[TupleRow], schema: str = "oms", events: str = "oms_events"
    ) -> None:
        """Ask over `connection`."""
        self._connection = connection
        self._table = Identifier(schema, events)

    def _all(self, query: LiteralString, *values: object) -> list[Recorded]:
        with self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(SQL(query).format(self._table), values).fetchall()
        return [from_row(*row) for row in rows]

    def find(self, stream: str, version: int) -> Recorded | None:
        """Return an event by its name, if there is one."""
        where: LiteralString = "WHERE originator_id = %s AND originator_version = %s"
        found = self._all(COLUMNS + where, stream, version)
        return found[0] if found else None

    def versions(self, stream: str) -> int:
        """Return how many events a stream has."""
        query = SQL("SELECT count(*) FROM {} WHERE originator_id = %s").format(self._table)
        row = self._connection.execute(query, (stream,)).fetchone()
        return int(row[0]) if row else 0

    def effects(self, cause: Recorded) -> list[Recorded]:
        """Return the events that followed directly from one, in the order of the log."""
        where: LiteralString = (
            "WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id"
        )
        begin = cause.position
        following = self._all(COLUMNS + where, begin, begin + EFFECTS_POSITIONS)
        return [recorded for recorded in following if recorded.causation_id == cause.id]
