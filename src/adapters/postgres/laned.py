"""One view kept up to date lane by lane, while other processes keep its other lanes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from psycopg import Connection

from adapters.postgres.bookmarks import Bookmark, Bookmarks, Fenced, Outgrown
from adapters.postgres.folding import Folding, OnParked, Poison, Poisoned, untold
from adapters.postgres.lanes import Held, Lane, LaneBookmarks, Mark
from adapters.postgres.tables import Table
from oms_core.kernel import Instant, Recorded, View
from projections.log import Unreadable

NEVER = Instant(0)

News = Mapping[Lane, Sequence[Recorded]]
"""New events of each lane, in order."""


class LanedProjection:
    """The one writer of some lanes of a view's table.

    Each document of the view must come from one stream only: so it belongs to one lane.
    """

    def __init__(
        self,
        connection: Connection[Any],
        view: View[Any],
        table: Table,
        lanes: LaneBookmarks,
        *,
        written_once: bool = False,
        on_parked: OnParked = untold,
    ) -> None:
        """Hold no lanes yet. With `written_once`, no document is ever looked at again.

        `on_parked` is told of events that stop their streams, in the transaction.
        """
        self.view = view
        self.name = table.name
        self._table = table
        self._lanes = lanes
        bookmarks = Bookmarks(connection, table.schema)
        self._folding = Folding(
            connection, view, table, bookmarks, written_once=written_once, on_parked=on_parked
        )
        self._bookmark = Bookmark(0, 0, 0, table.shape)
        self._held: dict[Lane, Held] = {}

    @property
    def marks(self) -> Mapping[Lane, Mark]:
        """How far each of our lanes has been read."""
        return {lane: held.mark for lane, held in self._held.items()}

    def take(self, lanes: Collection[Lane]) -> None:
        """Become the writer of more lanes.

        :raises Outgrown: if the table was made for other fields.
        :raises Fenced: if the view is read from the whole log by another, or a lane of ours is.
        """
        self._bookmark, claimed = self._lanes.claim(self.name, lanes)
        if self._bookmark.shape != self._table.shape:
            raise Outgrown(f"{self.name} has other fields than its table; rebuild it.")
        self._held.update(claimed)
        self._forget()

    def release(self, lanes: Collection[Lane]) -> None:
        """Let go of lanes, for whoever takes them next."""
        for lane in lanes:
            self._held.pop(lane, None)

    def _forget(self) -> None:
        """Know only what the tables say: others may have written documents of our new lanes."""
        self._folding.forget(empty=all(not held.mark.position for held in self._held.values()))

    def apply(self, news: News, marks: Mapping[Lane, Mark]) -> None:
        """Take the events of our lanes that are new, and move the lanes to where `marks` say.

        A mark without progress in position is one without events; it moves what to read next.

        :raises Fenced: if a lane, or the view, has another writer.
        """
        while True:
            fresh = {lane: self._fresh(lane, events) for lane, events in news.items()}
            moved = {
                lane: Mark(max(mark.position, self._held[lane].mark.position), mark.next_offset)
                for lane, mark in marks.items()
            }
            try:
                if self._write(list(chain.from_iterable(fresh.values())), moved):
                    return
            except Poisoned:
                self._forget()
                if self._apply_singly(fresh, moved):
                    return
            self._refresh()

    def park(self, lane: Lane, stream: str, error: str, next_offset: int) -> None:
        """Leave a stream out from here on: a message of it, before `next_offset`, is unreadable.

        :raises Fenced: if the lane, or the view, has another writer.
        """
        mark = self._held[lane].mark
        if next_offset <= mark.next_offset:
            return  # It was parked when the message came first, and may have been taken up again.
        lost = Unreadable("", error)
        recorded = Recorded(stream, 0, lost, NEVER, NEVER, "", "", "", mark.position)
        while not self._write(
            [], {lane: Mark(mark.position, next_offset)}, Poison(recorded, error)
        ):
            self._refresh()

    def _fresh(self, lane: Lane, events: Sequence[Recorded]) -> Sequence[Recorded]:
        """Return the events that come after what the lane has given already."""
        taken = self._held[lane].mark.position
        if not events or events[0].position > taken:
            return events
        return [recorded for recorded in events if recorded.position > taken]

    def _refresh(self) -> None:
        self._bookmark, lanes = self._lanes.renew(self.name, self._bookmark, self._held)
        self._held.update(lanes)
        if self._bookmark.shape != self._table.shape:
            raise Fenced(f"{self.name} was rebuilt with other fields by another version.")
        self._forget()

    def _apply_singly(self, news: News, marks: Mapping[Lane, Mark]) -> bool:
        for lane, events in news.items():
            for recorded in events:
                mark = {lane: self._held[lane].mark._replace(position=recorded.position)}
                try:
                    written = self._write([recorded], mark)
                except Poisoned as poisoned:
                    self._forget()
                    written = self._write([], mark, Poison(recorded, str(poisoned)))
                if not written:
                    return False
        return self._write([], marks)

    def _write(
        self, news: Sequence[Recorded], marks: Mapping[Lane, Mark], poison: Poison | None = None
    ) -> bool:
        """Take events in one transaction; say whether lanes and view were as we had left them."""

        def advance() -> bool:
            return self._lanes.advance(self.name, self._bookmark, self._held, marks)

        written = self._folding.write(news, advance, poison)
        if written:
            for lane, mark in marks.items():
                self._held[lane] = self._held[lane]._replace(mark=mark)
        return written
