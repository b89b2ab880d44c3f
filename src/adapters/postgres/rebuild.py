"""Read models made again from the log: beside the old ones, then in their place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from adapters.postgres.bookmarks import Bookmarks
from adapters.postgres.projection import Projection
from adapters.postgres.projections import (
    SCHEMA,
    Progress,
    Projector,
    install,
    prepare,
    step,
    types_of,
)
from adapters.postgres.tables import Table, table_of
from oms_core.kernel import Instant, View
from projections.catalog import VIEWS, WRITTEN_ONCE
from projections.log import AsOf, Axis, Log

PAGE_EVENTS = 20_000
"""Events to a page of a rebuild: the larger it is, the fewer times a busy document is written."""

DIFFERENCES_MAX = 1_000
"""How many differing keys a comparison names."""


class Difference(NamedTuple):
    """Keys whose rows in the live table are not those of a fresh build."""

    view: str
    keys: tuple[str, ...]


class Rebuild:
    """Fresh tables of some views, being filled beside the live ones."""

    def __init__(
        self,
        connection: Connection[Any],
        log: Log,
        views: Iterable[View[Any]] = (),
        schema: str = SCHEMA,
    ) -> None:
        """Make empty tables; what an earlier rebuild left behind is dropped first."""
        prepare(connection)
        self._connection = connection
        self._log = log
        self._schema = schema
        self._bookmarks = Bookmarks(connection, schema)
        self._views = tuple(views) or tuple(VIEWS.values())
        self._fresh = {
            view.name: table_of(view, schema, f"{view.name}__next") for view in self._views
        }
        install(connection, self._views, schema)
        self.drop()
        for view in self._views:
            self._begin(view)
        self._projections = tuple(
            Projection(
                connection,
                view,
                self._fresh[view.name],
                self._bookmarks,
                written_once=view.name in WRITTEN_ONCE,
            )
            for view in self._views
        )

    def _begin(self, view: View[Any]) -> None:
        """Make an empty table. Documents that are only ever added can get their key at the end."""
        table = self._fresh[view.name]
        with self._connection.transaction():
            self._bookmarks.add(table)
            self._connection.execute(table.create())
            if view.name not in WRITTEN_ONCE:
                self._connection.execute(table.add_key())

    def _finish(self) -> None:
        for name, table in self._fresh.items():
            if name in WRITTEN_ONCE:
                self._connection.execute(table.add_key())
            for statement in table.add_indexes():
                self._connection.execute(statement)

    def drop(self) -> None:
        """Drop the fresh tables."""
        with self._connection.transaction():
            for table in self._fresh.values():
                self._connection.execute(SQL("DROP TABLE IF EXISTS {}").format(table.identifier))
                self._bookmarks.forget(table.name)

    def fill(self, progress: Progress = lambda _: None) -> int:
        """Take all that has happened so far, telling the position after each page."""
        position, head = 0, self._log.head()
        while position < head:
            position = step(self._log, self._projections, PAGE_EVENTS)
            progress(position)
        return position

    def swap(self) -> None:
        """Put the fresh tables in the place of the live ones, all at once.

        They first take what has happened meanwhile, so that nobody sees a view go back in time.
        A projector of the live tables waits, and then goes on with the fresh ones.
        """
        self._finish()
        with self._connection.transaction():
            for view in self._views:
                self._bookmarks.read(view.name, lock=True)
            self.fill()
            for view in self._views:
                live = table_of(view, self._schema)
                fresh = self._fresh[view.name]
                self._connection.execute(SQL("DROP TABLE {}").format(live.identifier))
                self._connection.execute(
                    SQL("ALTER TABLE {} RENAME TO {}").format(
                        fresh.identifier, Identifier(live.name)
                    )
                )
                self._bookmarks.exchange(live.name, fresh.name)

    def differences(self) -> list[Difference]:
        """Compare the live tables with the fresh ones, row by row, as of the live positions."""
        found = []
        for view, projection in zip(self._views, self._projections, strict=True):
            with self._connection.transaction():
                live = self._bookmarks.read(view.name, lock=True)
                self._fill_to(projection, live.position)
                keys = self._differing(table_of(view, self._schema), self._fresh[view.name])
            if keys:
                found.append(Difference(view.name, keys))
        return found

    def _fill_to(self, projection: Projection, position: int) -> None:
        while projection.position < position:
            page = self._log.read(projection.position, PAGE_EVENTS, types_of([projection]))
            page = [recorded for recorded in page if recorded.position <= position]
            whole = len(page) == PAGE_EVENTS
            projection.apply(page, page[-1].position if whole else position)

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


def rebuild(
    connection: Connection[Any],
    log: Log,
    views: Iterable[View[Any]] = (),
    schema: str = SCHEMA,
    progress: Progress = lambda _: None,
) -> int:
    """Make views again from the log and put them in place; return the position they reached."""
    build = Rebuild(connection, log, views, schema)
    position = build.fill(progress)
    build.swap()
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
        build.fill(progress)
        return build.differences()
    finally:
        build.drop()


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
