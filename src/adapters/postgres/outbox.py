"""Letters that wait to be published: put beside the log with their batch, taken by the relay.

Their places have gaps, but never run backwards: a batch holds the head of the log while it posts,
so whoever has read up to a place has missed nothing before it.
"""

from __future__ import annotations

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Identifier

from oms_core.engine.cause import Letter

Headers = tuple[tuple[str, bytes], ...]

headers_to_bytes = msgspec.msgpack.Encoder().encode
headers_from_bytes = msgspec.msgpack.Decoder(Headers).decode


class PostgresOutbox:
    """The letters of the log in one schema."""

    def __init__(
        self, connection: Connection[TupleRow], schema: str = "oms", events: str = "oms_events"
    ) -> None:
        """Read over `connection`, which nobody else uses meanwhile."""
        self._connection = connection
        table = Identifier(schema, f"{events}_outbox")
        self._select = SQL(
            "SELECT place, topic, key, value, headers FROM {} "
            "WHERE place > %s ORDER BY place LIMIT %s"
        ).format(table)
        self._delete = SQL("DELETE FROM {} WHERE place <= %s").format(table)

    def read(self, after: int, limit: int) -> list[tuple[int, Letter]]:
        """Return up to `limit` letters past a place, in order."""
        with self._connection.cursor(binary=True, row_factory=tuple_row) as cursor:
            cursor.execute(self._select, (after, limit), prepare=True)
            return [
                (place, Letter(topic, key, value, headers_from_bytes(headers)))
                for place, topic, key, value, headers in cursor
            ]

    def forget(self, upto: int) -> None:
        """Remove the letters up to a place, itself included: they have been published."""
        self._connection.execute(self._delete, (upto,))
