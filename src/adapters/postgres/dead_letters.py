"""Messages that could not be taken, in their raw form, until they have been shown to people.

A row is added in the transaction that parks what is behind it, or before it; so a crash may show a
message twice, and never not at all.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from adapters.postgres.bookmarks import LOCK
from adapters.postgres.outbox import headers_from_bytes, headers_to_bytes
from oms_core.engine.cause import Letter

SHOWN_AT_ONCE = 500


class DeadLetters:
    """The dead letters of the projectors that fill one schema."""

    def __init__(self, connection: Connection[Any], schema: str, consumer: str) -> None:
        """Keep those of one consumer; `install` makes the table."""
        self._connection, self._schema, self._consumer = connection, schema, consumer
        self._table = Identifier(schema, "_dead_letters")

    def install(self) -> None:
        """Make the table, where there is none."""
        with self._connection.transaction():
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            self._connection.execute(
                SQL(
                    "CREATE TABLE IF NOT EXISTS {} (place bigint GENERATED ALWAYS AS IDENTITY,"
                    " consumer text, name text, topic text NOT NULL, key bytea NOT NULL,"
                    " value bytea NOT NULL, headers bytea NOT NULL, shown boolean NOT NULL"
                    " DEFAULT false, kept_at timestamptz NOT NULL DEFAULT current_timestamp,"
                    " PRIMARY KEY (consumer, name))"
                ).format(self._table)
            )

    def keep(self, name: str, letter: Letter) -> None:
        """Keep a message, unless one of this name is kept already."""
        self._connection.execute(
            SQL(
                "INSERT INTO {} (consumer, name, topic, key, value, headers)"
                " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
            ).format(self._table),
            [
                self._consumer,
                name,
                letter.topic,
                letter.key,
                letter.value,
                headers_to_bytes(letter.headers),
            ],
        )

    def unshown(self) -> list[tuple[int, Letter]]:
        """Return some of the messages that were not shown yet, with their places, in order."""
        rows = self._connection.execute(
            SQL(
                "SELECT place, topic, key, value, headers FROM {}"
                " WHERE consumer = %s AND NOT shown ORDER BY place LIMIT %s"
            ).format(self._table),
            [self._consumer, SHOWN_AT_ONCE],
        ).fetchall()
        return [
            (place, Letter(topic, key, value, headers_from_bytes(headers)))
            for place, topic, key, value, headers in rows
        ]

    def shown(self, places: Collection[int]) -> None:
        """Note that messages have been shown."""
        self._connection.execute(
            SQL("UPDATE {} SET shown = true WHERE place = ANY(%s)").format(self._table),
            [list(places)],
        )
