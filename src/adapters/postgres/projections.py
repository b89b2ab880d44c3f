"""Keeps read models up to date: reads the log once, page by page, for many views."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from psycopg import Connection

from adapters.postgres.bookmarks import Bookmarks
from adapters.postgres.folding import OnParked, untold
from adapters.postgres.projection import Projection
from adapters.postgres.tables import table_of
from oms_core.kernel import Event, Recorded, View
from projections.catalog import VIEWS, WRITTEN_ONCE
from projections.log import Log, Unreadable

PAGE_EVENTS = 5_000
"""How many events are read, and then written to each view in one transaction, at a time."""

SCHEMA = "projections"

Progress = Callable[[int], None]


class Taking(Protocol):
    """Something that takes the log page by page into a view."""

    @property
    def view(self) -> View[Any]:
        """The view."""

    @property
    def position(self) -> int:
        """The position up to which it has read the log."""

    def apply(self, page: Sequence[Recorded], position: int) -> None:
        """Take the events of a page that are new, and move to a position at or after them all."""


def install(
    connection: Connection[Any], views: Iterable[View[Any]] = (), schema: str = SCHEMA
) -> None:
    """Make the tables of the views (all of them, unless some are given) where there are none."""
    chosen = tuple(views) or tuple(VIEWS.values())
    Bookmarks(connection, schema).install(table_of(view, schema) for view in chosen)


def prepare(connection: Connection[Any]) -> None:
    """Make a connection ready for projecting.

    Read models can be made again from the log, so a crash of the server may cost their last moment:
    each would go on from the position that it was stored with.
    """
    connection.autocommit = True
    connection.execute("SET synchronous_commit = off")


class Projector:
    """The one writer of some views. A second one on the same views takes over from the first."""

    def __init__(
        self,
        connection: Connection[Any],
        log: Log,
        views: Iterable[View[Any]] = (),
        schema: str = SCHEMA,
        on_parked: OnParked = untold,
    ) -> None:
        """Take over the views: all of them, unless some are given. They must be installed.

        :raises Outgrown: if a view has other fields than its table.
        :raises Laned: if a view is kept up to date from Kafka, partition by partition.
        """
        prepare(connection)
        bookmarks = Bookmarks(connection, schema)
        self._log = log
        self.projections = tuple(
            Projection(
                connection,
                view,
                table_of(view, schema),
                bookmarks,
                written_once=view.name in WRITTEN_ONCE,
                on_parked=on_parked,
            )
            for view in tuple(views) or tuple(VIEWS.values())
        )

    @property
    def position(self) -> int:
        """The position that every view has reached."""
        return min(projection.position for projection in self.projections)

    def step(self) -> int:
        """Take one page of the log, and return the position that every view has reached.

        :raises Fenced: if another projector has taken over.
        """
        return step(self._log, self.projections, PAGE_EVENTS)

    def catch_up(self, progress: Progress = lambda _: None) -> int:
        """Take all that has happened so far, telling the position after each page."""
        head = self._log.head()
        while (position := self.position) < head:
            progress(position)
            self.step()
        progress(position)
        return position


def step(log: Log, projections: Sequence[Taking], page_events: int) -> int:
    """Give the next page of the log to each projection; return the position all have reached."""
    after, head = min(projection.position for projection in projections), log.head()
    page = log.read(after, page_events, types_of(projections))
    last = page[-1].position if page else after
    reached = last if len(page) == page_events else max(head, last)
    for projection, news in zip(projections, _heard(page, projections), strict=True):
        projection.apply(news, reached)
    return min(projection.position for projection in projections)


def _heard(page: Sequence[Recorded], projections: Sequence[Taking]) -> list[list[Recorded]]:
    """Return, for each projection, the events of a page that matter to it."""
    heard: list[list[Recorded]] = [[] for _ in projections]
    hear: dict[type[Event], list[Callable[[Recorded], None]]] = {}
    for projection, news in zip(projections, heard, strict=True):
        kinds: list[type[Event]] = [*projection.view.keys, Unreadable]
        for kind in kinds:
            hear.setdefault(kind, []).append(news.append)
    for recorded in page:
        for take in hear.get(type(recorded.event), ()):
            take(recorded)
    return heard


def types_of(projections: Iterable[Taking]) -> frozenset[type[Event]]:
    """Return the event types that matter to at least one of the views."""
    return frozenset(kind for projection in projections for kind in projection.view.keys)
