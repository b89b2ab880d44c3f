"""Documents in a table: looked up by one query, written by one COPY."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from psycopg import Connection
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.sql import SQL, Composable

from adapters.postgres.tables import Table, load_instant


class InstantLoader(Loader):
    """Reads a timestamp as microseconds since 1970."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        """Return the instant."""
        return load_instant(bytes(data))


class JsonLoader(Loader):
    """Leaves JSON as the text that it is, behind the byte of its version."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        """Return the text."""
        return bytes(data)[1:]


class Documents:
    """The documents of one table."""

    def __init__(self, connection: Connection[Any], table: Table) -> None:
        """Use a table that is already there."""
        self._connection = connection
        self._copied_as = table.copied_as
        self._row = table.row_of()
        self._document = table.document_of()
        name = table.identifier
        self._select = SQL("SELECT * FROM {} WHERE key = ANY(%s)").format(name)
        self._everything = SQL("SELECT * FROM {} ").format(name)
        self._delete = SQL("DELETE FROM {} WHERE key = ANY(%s)").format(name)
        self._copy = SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(name)

    def load(self, keys: Collection[str]) -> dict[str, Any]:
        """Return those of the documents that exist, by key."""
        return self._read(self._select, [list(keys)])

    def all(self) -> dict[str, Any]:
        """Return every document, by key."""
        return self._read(self._everything, None)

    def find(self, clauses: Composable, arguments: Sequence[Any]) -> dict[str, Any]:
        """Return the documents that `WHERE ...` finds, by key, in the order that it asks for."""
        return self._read(self._everything + clauses, arguments)

    def _read(self, query: Any, arguments: Any) -> dict[str, Any]:
        of = self._document
        with self._connection.cursor(binary=True) as cursor:
            cursor.adapters.register_loader("timestamptz", InstantLoader)
            cursor.adapters.register_loader("jsonb", JsonLoader)
            cursor.execute(query, arguments)
            return {row[0]: of(row) for row in cursor.fetchall()}

    def replace(self, gone: Collection[str], written: Collection[tuple[str, Any]]) -> None:
        """Remove the documents `gone`, if any, and add those `written`."""
        with self._connection.cursor() as cursor:
            if gone:
                cursor.execute(self._delete, [list(gone)])
            if not written:
                return
            with cursor.copy(self._copy) as copy:
                copy.set_types(self._copied_as)
                write, row = copy.write_row, self._row
                for key, document in written:
                    write(row(key, document))
