"""How far each view has read the log, who may write it, and which streams it cannot take.

A view's row is changed in the transaction that changes its documents. `epoch` counts its writers:
a writer that another has followed can write no more. `build` counts its tables: a writer whose
table was replaced forgets what it knew of it and goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from psycopg import Connection
from psycopg.errors import LockNotAvailable
from psycopg.sql import SQL, Composed, Identifier

from adapters.postgres.lease import END_STUCK
from adapters.postgres.tables import Table

LOCK = 7_201_904
"""The advisory lock under which tables are made, so that two processes do not make them at once."""

STUCK_SECONDS = 5
"""A transaction that leaves the server waiting so long is a stopped writer's."""

T = TypeVar("T")


class Bookmark(NamedTuple):
    """Where a view stands."""

    position: int
    epoch: int
    build: int
    shape: str


class Fenced(Exception):
    """Another projector has taken over: this one must stop."""


class Outgrown(Exception):
    """A view has other columns than its table: it must be rebuilt."""


class Laned(Exception):
    """A view is read lane by lane: its own bookmark does not say how far."""


class Bookmarks:
    """The bookmarks and parked streams of the views in one schema."""

    def __init__(self, connection: Connection[Any], schema: str) -> None:
        """Use the tables of a schema; `install` makes them."""
        self._connection = connection
        self._schema = schema
        self.table = Identifier(schema, "_projections")
        self.parked = Identifier(schema, "_parked_events")
        self.lanes = Identifier(schema, "_lanes")

    def _sql(self, text: Any) -> Composed:
        return SQL(text).format(t=self.table, p=self.parked, l=self.lanes)

    def install(self, tables: Iterable[Table]) -> None:
        """Make the schema, these tables and their bookmarks, where they are not there yet."""
        with self._connection.transaction():
            run = self._connection.execute
            run("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            run(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(self._schema)))
            run(
                self._sql(
                    "CREATE TABLE IF NOT EXISTS {t} (view text PRIMARY KEY,"
                    " position bigint NOT NULL, epoch bigint NOT NULL,"
                    " build bigint NOT NULL, shape text NOT NULL)"
                )
            )
            run(
                self._sql(
                    "CREATE TABLE IF NOT EXISTS {p} (view text, stream text,"
                    " version bigint NOT NULL, position bigint NOT NULL, error text NOT NULL,"
                    " parked_at timestamptz NOT NULL DEFAULT current_timestamp,"
                    " PRIMARY KEY (view, stream))"
                )
            )
            run(
                self._sql(
                    "CREATE TABLE IF NOT EXISTS {l} (view text, topic text, partition int,"
                    " position bigint NOT NULL, next_offset bigint NOT NULL,"
                    " epoch bigint NOT NULL, tenure bigint NOT NULL, owner text NOT NULL,"
                    " claimed_at timestamptz NOT NULL DEFAULT current_timestamp,"
                    " PRIMARY KEY (view, topic, partition))"
                )
            )
            for table in tables:
                if self.add(table):
                    for statement in (table.create(), table.add_key(), *table.add_indexes()):
                        run(statement)

    def add(self, table: Table) -> bool:
        """Begin a bookmark at the start of the log, and say whether there was none."""
        added = self._connection.execute(
            self._sql("INSERT INTO {t} VALUES (%s, 0, 0, 0, %s) ON CONFLICT DO NOTHING"),
            [table.name, table.shape],
        )
        return added.rowcount == 1

    def claim(self, view: str, *, laned: bool = False) -> Bookmark:
        """Become the one writer of a view, or one of those that read it lane by lane.

        :raises Laned: if some lanes are ahead of the view, and it is wanted as a whole.
        """

        def claim() -> Bookmark:
            row = self._connection.execute(
                self._sql(
                    "UPDATE {t} SET epoch = epoch + 1 WHERE view = %s"
                    " RETURNING position, epoch, build, shape"
                ),
                [view],
            ).fetchone()
            assert row is not None, f"{view} is not installed"
            if not laned and self._is_laned(view, row[0]):
                raise Laned(f"{view} is kept up to date from Kafka, partition by partition.")
            return Bookmark(*row)

        return self.insisting(claim)

    def insisting(self, claim: Callable[[], T]) -> T:
        """Claim in one transaction, and end that of a writer which was stopped in the midst of it.

        Without this it would keep its successor waiting: no timeout ends a COPY that is waited for.
        """
        while True:
            try:
                with self._connection.transaction():
                    self._connection.execute(f"SET LOCAL lock_timeout = '{STUCK_SECONDS}s'")
                    return claim()
            except LockNotAvailable:
                table = self.table.as_string(self._connection)
                self._connection.execute(END_STUCK, (table, STUCK_SECONDS))

    def _is_laned(self, view: str, position: int) -> bool:
        ahead = self._connection.execute(
            self._sql("SELECT FROM {l} WHERE view = %s AND position > %s LIMIT 1"),
            [view, position],
        )
        return ahead.rowcount > 0

    def advance(self, view: str, bookmark: Bookmark, position: int) -> bool:
        """Move a bookmark, and say whether it still was where the writer believed it to be."""
        moved = self._connection.execute(
            self._sql(
                "UPDATE {t} SET position = %s"
                " WHERE view = %s AND position = %s AND epoch = %s AND build = %s"
            ),
            [position, view, *bookmark[:3]],
        )
        return moved.rowcount == 1

    def read(self, view: str, *, lock: bool = False) -> Bookmark:
        """Return where a view stands; with a `lock`, nobody moves it in this transaction."""
        query = "SELECT position, epoch, build, shape FROM {t} WHERE view = %s"
        row = self._connection.execute(
            self._sql(f"{query} FOR UPDATE" if lock else query), [view]
        ).fetchone()
        assert row is not None, f"{view} is not installed"
        return Bookmark(*row)

    def park(self, view: str, stream: str, version: int, position: int, error: str) -> None:
        """Leave a stream out of a view, from one of its events on."""
        self._connection.execute(
            self._sql("INSERT INTO {p} VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"),
            [view, stream, version, position, error],
        )

    def parked_streams(self, view: str) -> frozenset[str]:
        """Return the streams that a view leaves out."""
        rows = self._connection.execute(self._sql("SELECT stream FROM {p} WHERE view = %s"), [view])
        return frozenset(stream for (stream,) in rows.fetchall())

    def exchange(self, view: str, successors: Bookmarks) -> None:
        """Let a view go on where its successor stands, with what that has parked."""
        stands = successors.read(view)
        self._connection.execute(
            self._sql(
                "UPDATE {t} SET position = %s, build = build + 1, shape = %s WHERE view = %s"
            ),
            [stands.position, stands.shape, view],
        )
        self._connection.execute(self._sql("DELETE FROM {p} WHERE view = %s"), [view])
        self._connection.execute(
            SQL("INSERT INTO {} SELECT * FROM {} WHERE view = %s").format(
                self.parked, successors.parked
            ),
            [view],
        )
