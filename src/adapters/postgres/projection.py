"""One view kept up to date in its table: a page of events in, a few rows out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from adapters.postgres.bookmarks import Bookmarks, Fenced, Outgrown
from adapters.postgres.folding import Folding, OnParked, Poison, Poisoned, untold
from adapters.postgres.tables import Table
from oms_core.kernel import Recorded, View


class Projection:
    """The one writer of a view's table, which reads the log as a whole."""

    def __init__(
        self,
        connection: Connection[Any],
        view: View[Any],
        table: Table,
        bookmarks: Bookmarks,
        *,
        written_once: bool = False,
        on_parked: OnParked = untold,
    ) -> None:
        """Become the writer. With `written_once`, no document is ever looked at again.

        `on_parked` is told of events that stop their streams, in the transaction.

        :raises Outgrown: if the table was made for other fields.
        """
        self.view = view
        self.name = table.name
        self._bookmarks = bookmarks
        self._folding = Folding(
            connection, view, table, bookmarks, written_once=written_once, on_parked=on_parked
        )
        self._bookmark = bookmarks.claim(self.name)
        if self._bookmark.shape != table.shape:
            raise Outgrown(f"{self.name} has other fields than its table; rebuild it.")
        self._forget()

    @property
    def position(self) -> int:
        """The position up to which the view has read the log."""
        return self._bookmark.position

    def _forget(self) -> None:
        self._folding.forget(empty=self.position == 0)

    def apply(self, page: Sequence[Recorded], position: int) -> None:
        """Take the events of a page that are new, and move to a position at or after them all.

        :raises Fenced: if another writer has taken over.
        """
        while position > self.position:
            after = self.position
            news = page
            if page and page[0].position <= after:
                news = [recorded for recorded in page if recorded.position > after]
            try:
                if self._write(news, position):
                    return
            except Poisoned:
                self._forget()
                self._apply_singly(news, position)
            else:
                self._refresh()

    def _refresh(self) -> None:
        """Go on with a new table, if it was exchanged.

        :raises Fenced: if another writer has taken over.
        """
        found = self._bookmarks.read(self.name)
        if found.epoch != self._bookmark.epoch:
            raise Fenced(f"{self.name} has another writer: epoch {found.epoch}.")
        self._bookmark = found
        self._forget()

    def _apply_singly(self, news: Sequence[Recorded], position: int) -> None:
        for recorded in news:
            try:
                written = self._write([recorded], recorded.position)
            except Poisoned as poisoned:
                self._forget()
                written = self._write([], recorded.position, Poison(recorded, str(poisoned)))
            if not written:
                return
        if position > self.position:
            self._write([], position)

    def _write(self, news: Sequence[Recorded], position: int, poison: Poison | None = None) -> bool:
        """Take events in one transaction; say whether the bookmark was where we had left it."""

        def advance() -> bool:
            return self._bookmarks.advance(self.name, self._bookmark, position)

        written = self._folding.write(news, advance, poison)
        if written:
            self._bookmark = self._bookmark._replace(position=position)
        return written
