"""Taking a parked stream up again in one view: its events once more, in order, from the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from adapters.postgres.bookmarks import Bookmarks
from adapters.postgres.documents import Documents
from adapters.postgres.reach import reach_of
from adapters.postgres.tables import table_of
from oms_core.kernel import Recorded, View


class Waiting(NamedTuple):
    """A stream that a view leaves out, since one of its events (version 0: one unreadable)."""

    view: str
    stream: str
    version: int
    error: str


class Streams(Protocol):
    """A log that can be asked for a stream."""

    def stream(self, *streams: str) -> Sequence[Recorded]:
        """Return all events of some streams, in the order of the log."""


def waiting(connection: Connection[Any], schema: str) -> list[Waiting]:
    """Return every stream that a view leaves out."""
    query = SQL("SELECT view, stream, version, error FROM {} ORDER BY parked_at, 1, 2")
    rows = connection.execute(query.format(Bookmarks(connection, schema).parked)).fetchall()
    return [Waiting(*row) for row in rows]


def take_up(
    connection: Connection[Any], log: Streams, view: View[Any], stream: str, schema: str
) -> str:
    """Make the documents of a stream anew, and let it flow again; return why not, if it cannot.

    Each document of the view must come from one stream only. Whoever keeps the view up to date
    goes on from there: its memory of the documents is void.
    """
    bookmarks = Bookmarks(connection, schema)
    with connection.transaction():
        bookmarks.read(view.name, lock=True)
        reach = reach_of(connection, schema, view.name)
        events = [recorded for recorded in log.stream(stream) if reach.includes(recorded)]
        try:
            documents = view.fold(events)
        except Exception as bug:  # noqa: BLE001  (it is still there: the stream stays parked)
            return f"{type(bug).__name__}: {bug}"
        heard = (recorded for recorded in events if type(recorded.event) in view.keys)
        keys = {key for r in heard for key in view.keys[type(r.event)](r)}
        Documents(connection, table_of(view, schema)).replace(keys, list(documents.items()))
        connection.execute(
            SQL("DELETE FROM {} WHERE view = %s AND stream = %s").format(bookmarks.parked),
            [view.name, stream],
        )
        connection.execute(
            SQL("UPDATE {} SET build = build + 1 WHERE view = %s").format(
                Identifier(schema, "_projections")
            ),
            [view.name],
        )
    return ""
