"""Which documents have changed since they were published: noted by their table itself.

A view whose documents are published has triggers on its table. They note the key of each document
in the transaction that writes it, whoever that is; a view without them costs nothing. A key that
is noted stays until a publisher has published its document as it then is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, LiteralString, NamedTuple

from psycopg import Connection, IsolationLevel
from psycopg.sql import SQL, Composed, Identifier, Literal

from adapters.postgres.bookmarks import LOCK
from adapters.postgres.documents import Documents
from adapters.postgres.tables import Table

TABLE: LiteralString = """
CREATE TABLE IF NOT EXISTS {changes} (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    view text NOT NULL,
    key text COLLATE "C" NOT NULL
)
"""

FUNCTION: LiteralString = """
CREATE OR REPLACE FUNCTION {note}() RETURNS trigger LANGUAGE plpgsql AS $BODY$
BEGIN
    INSERT INTO {changes} (view, key) SELECT TG_ARGV[0], key FROM touched;
    PERFORM pg_notify({channel}, '');
    RETURN NULL;
END $BODY$
"""

TRIGGERS: LiteralString = """
CREATE TRIGGER _note_written AFTER INSERT ON {table} REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION {note}({view});
CREATE TRIGGER _note_gone AFTER DELETE ON {table} REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION {note}({view});
"""

NO_TRIGGERS: LiteralString = """
DROP TRIGGER IF EXISTS _note_written ON {table};
DROP TRIGGER IF EXISTS _note_gone ON {table};
DELETE FROM {changes} WHERE view = {view};
"""

WATCHED: LiteralString = """
SELECT EXISTS (
    SELECT FROM pg_trigger WHERE tgname = '_note_written' AND tgrelid = to_regclass({name})
)
"""

NOTE_DIFFERENCES: LiteralString = """
INSERT INTO {changes} (view, key)
SELECT DISTINCT {view}, coalesce(f.key, l.key)
FROM {live} l FULL JOIN {fresh} f ON f.key = l.key
WHERE f.key IS NULL OR l.key IS NULL OR f::text <> l::text
"""

POSITION: LiteralString = """
SELECT greatest(p.position, (SELECT max(l.position) FROM {lanes} l WHERE l.view = p.view))
FROM {views} p WHERE p.view = %s
"""


class Changed(NamedTuple):
    """Documents of a view as they are at a position at least; None for one that is gone."""

    view: str
    position: int
    documents: dict[str, Any]


class Changes:
    """The changes of the views in one schema."""

    def __init__(self, connection: Connection[Any], schema: str) -> None:
        """Use a schema; `install` makes what is needed in it."""
        self._connection = connection
        self.channel = f"{schema}_changes"
        self._names = {
            "changes": Identifier(schema, "_changes"),
            "note": Identifier(schema, "_note_change"),
            "views": Identifier(schema, "_projections"),
            "lanes": Identifier(schema, "_lanes"),
            "channel": Literal(self.channel),
        }

    def _sql(self, text: LiteralString, **names: Composed | Identifier | Literal) -> Composed:
        return SQL(text).format(**self._names, **names)

    def _of(self, text: LiteralString, table: Table) -> Composed:
        return self._sql(text, table=table.identifier, view=Literal(table.name))

    def install(self) -> None:
        """Make the list of changes, where there is none yet."""
        with self._connection.transaction():
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            self._connection.execute(self._sql(TABLE))
            self._connection.execute(self._sql(FUNCTION))

    def is_watched(self, table: Table) -> bool:
        """Say whether the changes of a view are noted."""
        name = Literal(table.identifier.as_string())
        row = self._connection.execute(self._sql(WATCHED, name=name)).fetchone()
        return bool(row and row[0])

    def watch(self, table: Table) -> None:
        """Note what changes in a view from now on."""
        self._connection.execute(self._of(TRIGGERS, table))

    def unwatch(self, table: Table) -> None:
        """Note no more, and forget what was noted."""
        with self._connection.transaction():
            self._connection.execute(self._of(NO_TRIGGERS, table))

    def note_all(self, table: Table, others: Collection[str] = ()) -> None:
        """Note every document of a view as changed, and `others` that may be gone."""
        with self._connection.transaction():
            noting: LiteralString = (
                "INSERT INTO {changes} (view, key) SELECT {view}, key FROM {table}"
            )
            self._connection.execute(self._of(noting, table))
            gone: LiteralString = (
                "INSERT INTO {changes} (view, key) SELECT {view}, unnest(%s::text[])"
            )
            self._connection.execute(self._of(gone, table), [list(others)])

    def note_differences(self, live: Table, fresh: Table) -> None:
        """Note every document that is not the same in two tables, or in one of them only."""
        self._connection.execute(
            self._sql(
                NOTE_DIFFERENCES,
                view=Literal(live.name),
                live=live.identifier,
                fresh=fresh.identifier,
            )
        )

    def take(self, tables: Iterable[Table], limit: int) -> tuple[list[int], list[Changed]]:
        """Return up to `limit` changes by place, and the documents as they are now."""
        connection, by_name = self._connection, {table.name: table for table in tables}
        before, connection.isolation_level = (
            connection.isolation_level,
            IsolationLevel.REPEATABLE_READ,
        )
        try:
            with connection.transaction():
                return self._taken(by_name, limit)
        finally:
            connection.isolation_level = before

    def _taken(self, tables: dict[str, Table], limit: int) -> tuple[list[int], list[Changed]]:
        rows = self._connection.execute(
            self._sql(
                "SELECT place, view, key FROM {changes} WHERE view = ANY(%s)"
                " ORDER BY place LIMIT %s"
            ),
            [list(tables), limit],
        ).fetchall()
        keys: dict[str, dict[str, None]] = {}
        for _, view, key in rows:
            keys.setdefault(view, {})[key] = None
        return [place for place, _, _ in rows], [
            Changed(view, self._position(view), self._documents(tables[view], list(touched)))
            for view, touched in keys.items()
        ]

    def _position(self, view: str) -> int:
        row = self._connection.execute(self._sql(POSITION), [view]).fetchone()
        return int(row[0]) if row else 0

    def _documents(self, table: Table, keys: Sequence[str]) -> dict[str, Any]:
        found = Documents(self._connection, table).load(keys)
        return {key: found.get(key) for key in keys}

    def forget(self, places: Sequence[int]) -> None:
        """Remove changes: their documents have been published.

        Each is named by its place, because others, noted by a transaction that is not over yet, may
        appear before them.
        """
        self._connection.execute(
            self._sql("DELETE FROM {changes} WHERE place = ANY(%s)"), [list(places)]
        )

    def waiting(self, tables: Iterable[Table], most: int) -> int:
        """Return how many changes of some views are not published yet, counted up to `most`."""
        counting = "SELECT count(*) FROM (SELECT FROM {changes} WHERE view = ANY(%s) LIMIT %s) w"
        names = [table.name for table in tables]
        row = self._connection.execute(self._sql(counting), [names, most]).fetchone()
        return int(row[0]) if row else 0
