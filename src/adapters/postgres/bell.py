"""Rings when something was appended to the log, so that its followers need not keep asking."""

from __future__ import annotations

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier


class Bell:
    """The log's notifications. One that comes between two waits ends the next at once."""

    def __init__(self, connection: Connection[TupleRow], events: str = "oms_events") -> None:
        """Listen on a connection, which may be used for queries between the waits."""
        self._connection = connection
        connection.execute(SQL("LISTEN {}").format(Identifier(events)))

    def wait(self, seconds: float) -> bool:
        """Wait until it rings, or until the time is over; say whether it rang."""
        rang = any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))
        for _ in self._connection.notifies(timeout=0):
            rang = True
        return rang
