"""Commands for an engine that runs in another process: put in a table, taken from it in turn.

A command is deleted after it was handled, so that a crash in between hands it in twice; asking
twice changes no more than asking once.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from oms_core.engine.cause import Cause
from oms_core.engine.waiting import from_bytes, to_bytes

BATCH_CAUSES = 500

TABLE = """
CREATE TABLE IF NOT EXISTS {} (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cause_id text NOT NULL,
    cause bytea NOT NULL
)
"""


class Inbox:
    """The commands that wait for the engine of a log in one schema."""

    def __init__(self, connection: Connection[TupleRow], schema: str = "oms") -> None:
        """Use `connection`, which nobody else uses meanwhile; make the table if there is none."""
        self._connection = connection
        self._table = Identifier(schema, "inbox")
        self._taken: list[int] = []
        connection.execute(SQL(TABLE).format(self._table))

    def put(self, causes: Sequence[Cause]) -> None:
        """Add causes, all or nothing."""
        insert = SQL("INSERT INTO {} (cause_id, cause) VALUES (%s, %s)").format(self._table)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(insert, [(cause.cause_id, to_bytes(cause)) for cause in causes])

    def take(self) -> list[Cause]:
        """Return the next causes, and delete those that were returned before: they are handled."""
        if self._taken:
            delete = SQL("DELETE FROM {} WHERE place = ANY(%s)").format(self._table)
            self._connection.execute(delete, (self._taken,))
        select = SQL("SELECT place, cause_id, cause FROM {} ORDER BY place LIMIT %s")
        rows = self._connection.execute(
            select.format(self._table), (BATCH_CAUSES,), binary=True
        ).fetchall()
        self._taken = [place for place, _, _ in rows]
        return [from_bytes(cause_id, cause) for _, cause_id, cause in rows]

    def waiting(self) -> int:
        """Return how many causes are not handled yet."""
        row = self._connection.execute(
            SQL("SELECT count(*) FROM {}").format(self._table)
        ).fetchone()
        return int(row[0]) if row else 0
