"""Where readers of the event topics begin again: a hint; losing it costs time, not truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from adapters.postgres.bookmarks import LOCK

Starts = Mapping[tuple[str, int], int]


class Hints:
    """The hint of one reader, beside the views that it fills."""

    def __init__(self, connection: Connection[Any], schema: str, reader: str) -> None:
        """Keep it in a schema; `install` makes the table."""
        self._connection, self._reader = connection, reader
        self._table = Identifier(schema, "_hints")

    def _sql(self, text: Any) -> Composed:
        return SQL(text).format(t=self._table)

    def install(self) -> None:
        """Make the table, where there is none."""
        with self._connection.transaction():
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            self._connection.execute(
                self._sql(
                    "CREATE TABLE IF NOT EXISTS {t} (reader text, topic text, partition int,"
                    " position bigint NOT NULL, next_offset bigint NOT NULL,"
                    " PRIMARY KEY (reader, topic, partition))"
                )
            )

    def read(self) -> tuple[int, Starts]:
        """Return a position, and where each partition goes on after it."""
        rows = self._connection.execute(
            self._sql("SELECT position, topic, partition, next_offset FROM {t} WHERE reader = %s"),
            [self._reader],
        ).fetchall()
        starts = {(topic, partition): offset for _, topic, partition, offset in rows}
        return max((row[0] for row in rows), default=0), starts

    def write(self, position: int, starts: Starts) -> None:
        """Replace the hint. Only what was committed may be passed over by it."""
        with self._connection.transaction():
            self._connection.execute(self._sql("DELETE FROM {t} WHERE reader = %s"), [self._reader])
            self._connection.execute(
                self._sql(
                    "INSERT INTO {t} SELECT %s, topic, partition, %s, next_offset"
                    " FROM unnest(%s::text[], %s::int[], %s::bigint[])"
                    " AS n(topic, partition, next_offset)"
                ),
                [
                    self._reader,
                    position,
                    [topic for topic, _ in starts],
                    [partition for _, partition in starts],
                    list(starts.values()),
                ],
            )
