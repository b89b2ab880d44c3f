"""Read models made again from the log: beside the old ones, then in their place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from adapters.postgres.bookmarks import Bookmarks
from adapters.postgres.changes import Changes
from adapters.postgres.projection import Projection
from adapters.postgres.projections import (
    SCHEMA,
    Progress,
    Projector,
    Taking,
    install,
    prepare,
    step,
)
from adapters.postgres.reach import Limited, reach_of
from adapters.postgres.tables import Table, table_of
from oms_core.kernel import Instant, View
from projections.catalog import VIEWS, WRITTEN_ONCE
from projections.log import AsOf, Axis, Log, UpTo

PAGE_EVENTS = 20_000
"""Events to a page of a rebuild: the larger it is, the fewer times a busy document is written."""

DIFFERENCES_MAX = 1_000
"""How many differing keys a comparison names."""


class Difference(NamedTuple):
    """Keys whose rows in the live table are not those of a fresh build."""

    view: str
    keys: tuple[str, ...]


class Rebuild:
    """Fresh tables of some views, being filled in a schema beside the live one.

    The schema's name is the live one's with `_next`. One rebuild goes on at a time.
    """

    def __init__(
        self,
        connection: Connection[Any],
        log: Log,
        views: Iterable[View[Any]] = (),
        schema: str = SCHEMA,
    ) -> None:
        """Make empty tables, when no other rebuild goes on; `close` drops them."""
        prepare(connection)
        self._connection = connection
        self._log = log
        self._schema = schema
        self._views = tuple(views) or tuple(VIEWS.values())
        install(connection, self._views, schema)
        self._beside = f"{schema}_next"
        self._connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [self._beside])
        self._drop()
        self._live = Bookmarks(connection, schema)
        self._fresh = Bookmarks(connection, self._beside)
        self._fresh.install(())
        self._tables = {view.name: table_of(view, self._beside) for view in self._views}
        self._projections = tuple(self._begin(view) for view in self._views)

    def _begin(self, view: View[Any]) -> Projection:
        """Make an empty table. Documents that are only ever added can get their key at the end."""
        table = self._tables[view.name]
        with self._connection.transaction():
            self._fresh.add(table)
            self._connection.execute(table.create())
            if view.name not in WRITTEN_ONCE:
                self._connection.execute(table.add_key())
        return Projection(
            self._connection,
            view,
            table,
            self._fresh,
            written_once=view.name in WRITTEN_ONCE,
        )

    def _finish(self) -> None:
        for name, table in self._tables.items():
            if name in WRITTEN_ONCE:
                self._connection.execute(table.add_key())
            for statement in table.add_indexes():
                self._connection.execute(statement)

    def _drop(self) -> None:
        self._connection.execute(
            SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(self._beside))
        )

    def close(self) -> None:
        """Drop what is left of the fresh tables, and let others rebuild."""
        self._drop()
        self._connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", [self._beside])

    def fill(self, progress: Progress = lambda _: None) -> int:
        """Take all that has happened so far, telling the position after each page."""
        return _fill(self._log, self._projections, progress)

    def swap(self) -> None:
        """Put the fresh tables in the place of the live ones, all at once.

        They first take what has happened meanwhile, so that nobody sees a view go back in time.
        A projector of the live tables waits, and then goes on with the fresh ones.
        """
        self._finish()
        with self._connection.transaction():
            for view in self._views:
                self._live.read(view.name, lock=True)
            self.fill()
            for view in self._views:
                self._exchange(table_of(view, self._schema), self._tables[view.name])

    def _exchange(self, live: Table, fresh: Table) -> None:
        """Put a fresh table in the place of the live one; what is published of it stays so."""
        changes = Changes(self._connection, self._schema)
        watched = changes.is_watched(live)
        if watched:
            changes.note_differences(live, fresh)
        self._connection.execute(SQL("DROP TABLE {}").format(live.identifier))
        self._connection.execute(
            SQL("ALTER TABLE {} SET SCHEMA {}").format(fresh.identifier, Identifier(self._schema))
        )
        if watched:
            changes.watch(live)
        self._live.exchange(live.name, self._fresh)

    def differences(self, progress: Progress = lambda _: None) -> list[Difference]:
        """Fill the fresh tables with as much as the live ones hold, and compare row by row.

        It is one snapshot of the live tables: whoever writes to them goes on meanwhile.
        """
        with self._connection.transaction():
            self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            reaches = [reach_of(self._connection, self._schema, v.name) for v in self._views]
            limited = tuple(map(Limited, self._projections, reaches))
            top = max(reach.top for reach in reaches)
            _fill(UpTo(self._log, top), limited, progress)
            found = {
                view.name: self._differing(table_of(view, self._schema), self._tables[view.name])
                for view in self._views
            }
        return [Difference(name, keys) for name, keys in found.items() if keys]

    def rows(self, view: str, key: str) -> tuple[str, str]:
        """Return the row of a key in the live table and in the fresh one, as text."""
        fresh = self._tables[view]
        return self._row(replace(fresh, schema=self._schema), key), self._row(fresh, key)

    def _row(self, table: Table, key: str) -> str:
        query = SQL("SELECT t::text FROM {} t WHERE key = %s").format(table.identifier)
        row = self._connection.execute(query, [key]).fetchone()
        return row[0] if row else ""

    def _differing(self, live: Table, fresh: Table) -> tuple[str, ...]:
        rows = self._connection.execute(
            SQL(
                "WITH live AS (SELECT key, l::text AS row FROM {live} l),"
                " fresh AS (SELECT key, f::text AS row FROM {fresh} f)"
                " SELECT key FROM (SELECT * FROM live EXCEPT SELECT * FROM fresh) AS missing"
                " UNION SELECT key FROM (SELECT * FROM fresh EXCEPT SELECT * FROM live) AS added"
                " ORDER BY key LIMIT {most}"
            ).format(live=live.identifier, fresh=fresh.identifier, most=DIFFERENCES_MAX)
        )
        return tuple(key for (key,) in rows.fetchall())


def _fill(log: Log, projections: tuple[Taking, ...], progress: Progress = lambda _: None) -> int:
    """Take all of a log, in pages; return the position that was reached."""
    head = log.head()
    while (position := min(projection.position for projection in projections)) < head:
        progress(step(log, projections, PAGE_EVENTS))
    return position


def rebuild(
    connection: Connection[Any],
    log: Log,
    views: Iterable[View[Any]] = (),
    schema: str = SCHEMA,
    progress: Progress = lambda _: None,
) -> int:
    """Make views again from the log and put them in place; return the position they reached."""
    build = Rebuild(connection, log, views, schema)
    try:
        position = build.fill(progress)
        build.swap()
    finally:
        build.close()
    return position


def compare(
    connection: Connection[Any],
    log: Log,
    views: Iterable[View[Any]] = (),
    schema: str = SCHEMA,
    progress: Progress = lambda _: None,
) -> list[Difference]:
    """Build views again from the log and say in which rows the live ones differ, if in any."""
    build = Rebuild(connection, log, views, schema)
    try:
        return build.differences(progress)
    finally:
        build.close()


def project_as_of(
    connection: Connection[Any],
    log: Log,
    until: Instant,
    axis: Axis,
    views: Iterable[View[Any]] = (),
    *,
    schema: str,
) -> None:
    """Fill a schema of its own with views as they stood at a time; what was there is dropped."""
    chosen = tuple(views)
    prepare(connection)
    connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(schema)))
    install(connection, chosen, schema)
    Projector(connection, AsOf(log, until, axis), chosen, schema).catch_up()
