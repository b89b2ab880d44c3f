"""What a reader needs of the log, and the log as it was, or as it is known now, up to a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, Protocol

from oms_core.kernel import Event, Instant, Recorded, View

PAGE_EVENTS = 5_000


class Log(Protocol):
    """Every event of a store, in the order of the positions, which have no gaps."""

    def head(self) -> int:
        """Return the position of the last event; 0 if nothing has happened yet."""

    def read(
        self, after: int, limit: int, types: frozenset[type[Event]] | None = None
    ) -> Sequence[Recorded]:
        """Return the next events after a position, `limit` at most; only of `types`, if given."""


class Unreadable(Event, frozen=True):
    """An event in its place that cannot be read: its stream waits, in the views that mind it.

    `name` is the name of its type, as far as that can be told.
    """

    name: str
    error: str


class Axis(StrEnum):
    """Two ways to ask for a time: what was known then, or what is known now of what was then."""

    RECORDED = "recorded"
    OCCURRED = "occurred"


class AsOf:
    """The part of a log that reaches up to a time."""

    def __init__(self, log: Log, until: Instant, axis: Axis) -> None:
        """Take what is recorded, or what occurred, at `until` or before."""
        self._log = log
        self._until = until
        self._axis = axis

    def _includes(self, recorded: Recorded) -> bool:
        if self._axis is Axis.RECORDED:
            return recorded.recorded_at <= self._until
        return recorded.occurred_at <= self._until

    def head(self) -> int:
        """Return the position of the last event of the whole log."""
        return self._log.head()

    def read(
        self, after: int, limit: int, types: frozenset[type[Event]] | None = None
    ) -> Sequence[Recorded]:
        """Return the next events that belong to the part, in the order of the whole log."""
        found: list[Recorded] = []
        while len(found) < limit and (page := self._log.read(after, limit, types)):
            found.extend(filter(self._includes, page))
            after = page[-1].position
        return found[:limit]


class UpTo:
    """The part of a log that reaches up to a position."""

    def __init__(self, log: Log, position: int) -> None:
        """Take what stands at `position` or before."""
        self._log = log
        self._position = position

    def head(self) -> int:
        """Return the last position of the part."""
        return min(self._log.head(), self._position)

    def read(
        self, after: int, limit: int, types: frozenset[type[Event]] | None = None
    ) -> Sequence[Recorded]:
        """Return the next events that belong to the part."""
        page = self._log.read(after, limit, types)
        if page and page[-1].position > self._position:
            return [recorded for recorded in page if recorded.position <= self._position]
        return page


def history(log: Log, types: frozenset[type[Event]] | None = None) -> Iterator[Recorded]:
    """Yield every event of a log, read page by page; only of `types`, if given."""
    after = 0
    while page := log.read(after, PAGE_EVENTS, types):
        yield from page
        after = page[-1].position


def documents_as_of(view: View[Any], log: Log, until: Instant, axis: Axis) -> dict[str, Any]:
    """Return every document of a view as it stood at a time, by key."""
    return view.fold(history(AsOf(log, until, axis), frozenset(view.keys)))
