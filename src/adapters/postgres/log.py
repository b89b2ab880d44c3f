"""Reading the log in the order of its positions, as fast as it can be decoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from psycopg import Connection
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Identifier

from oms_core.engine.mapper import from_row
from oms_core.kernel import Event, Recorded

PAGE_EVENTS = 5_000


class PostgresLog:
    """The log of one schema, for those who only read."""

    def __init__(
        self, connection: Connection[TupleRow], schema: str = "oms", events: str = "oms_events"
    ) -> None:
        """Read over `connection`, which nobody else uses meanwhile."""
        self._connection = connection
        table = SQL("{}.{}").format(Identifier(schema), Identifier(events))
        columns = SQL(
            "SELECT originator_id, originator_version, topic, state, notification_id FROM {} "
        ).format(table)
        page = SQL(" ORDER BY notification_id LIMIT %s")
        self._all = columns + SQL("WHERE notification_id > %s") + page
        self._some = columns + SQL("WHERE notification_id > %s AND topic = ANY(%s)") + page
        self._stream = columns + SQL("WHERE originator_id = ANY(%s) ORDER BY notification_id")
        self._head = SQL("SELECT position FROM {}.{}").format(
            Identifier(schema), Identifier(f"{events}_head")
        )

    def read(
        self, after: int, limit: int = PAGE_EVENTS, types: frozenset[type[Event]] | None = None
    ) -> list[Recorded]:
        """Return up to `limit` events past a position, in order; of some types only, if given."""
        with self._connection.cursor(binary=True, row_factory=tuple_row) as cursor:
            if types is None:
                cursor.execute(self._all, (after, limit), prepare=True)
            else:
                names = sorted(kind.__name__ for kind in types)
                cursor.execute(self._some, (after, names, limit), prepare=True)
            return [from_row(*row) for row in cursor.fetchall()]

    def stream(self, *streams: str) -> list[Recorded]:
        """Return all events of some streams, in the order of the log."""
        with self._connection.cursor(binary=True, row_factory=tuple_row) as cursor:
            cursor.execute(self._stream, (list(streams),))
            return [from_row(*row) for row in cursor.fetchall()]

    def pages(
        self, after: int = 0, types: frozenset[type[Event]] | None = None
    ) -> Iterator[Sequence[Recorded]]:
        """Yield everything past a position, page by page."""
        while page := self.read(after, PAGE_EVENTS, types):
            yield page
            after = page[-1].position

    def head(self) -> int:
        """Return the last position, 0 if the log is empty."""
        row = self._connection.execute(self._head).fetchone()
        return int(row[0]) if row else 0
