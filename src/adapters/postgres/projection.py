"""One view kept up to date in its table: a page of events in, a few rows out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection, DataError

from adapters.postgres.bookmarks import Bookmarks, Fenced, Outgrown
from adapters.postgres.documents import Documents
from adapters.postgres.tables import Table
from oms_core.kernel import Recorded, View

DOCUMENTS_MAX = 200_000
"""How many documents of a view are remembered between pages."""

Touch = tuple[Recorded, tuple[str, ...], str]
"""An event, the documents that it touches, and the error if they could not be named."""


class Poisoned(Exception):
    """A document cannot be stored."""


class Projection:
    """The one writer of a view's table.

    It remembers the documents that it wrote lately: nobody else changes them. An event that the
    view cannot take, or a document that cannot be stored, parks the event's stream for this view.
    """

    def __init__(
        self,
        connection: Connection[Any],
        view: View[Any],
        table: Table,
        bookmarks: Bookmarks,
        *,
        written_once: bool = False,
    ) -> None:
        """Become the writer. With `written_once`, no document is ever looked at again.

        :raises Outgrown: if the table was made for other fields.
        """
        self.view = view
        self.name = table.name
        self._connection = connection
        self._bookmarks = bookmarks
        self._documents = Documents(connection, table)
        self._written_once = written_once
        self._bookmark = bookmarks.claim(self.name)
        if self._bookmark.shape != table.shape:
            raise Outgrown(f"{self.name} has other fields than its table; rebuild it.")
        self._known: dict[str, Any] = {}
        self._known_all = False
        self._parked: set[str] = set()
        self._forget()

    @property
    def position(self) -> int:
        """The position up to which the view has read the log."""
        return self._bookmark.position

    def _forget(self) -> None:
        """Know nothing of the documents but what the table says."""
        self._known = {}
        self._known_all = self.position == 0
        self._parked = set(self._bookmarks.parked_streams(self.name))

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
                written = self._write([], recorded.position, (recorded, str(poisoned)))
            if not written:
                return
        if position > self.position:
            self._write([], position)

    def _write(
        self, news: Sequence[Recorded], position: int, poison: tuple[Recorded, str] | None = None
    ) -> bool:
        """Take events in one transaction; say whether the bookmark was where we had left it."""
        parked = [poison] if poison else []
        touched = self._touched(news)
        before = self._before(touched)
        after = self._evolve(touched, before, parked)
        gone = [key for key in after if before.get(key) is not None]
        written = [(key, document) for key, document in after.items() if document is not None]
        try:
            with self._connection.transaction():
                if not self._bookmarks.advance(self.name, self._bookmark, position):
                    return False
                self._documents.replace(gone, written)
                for recorded, error in parked:
                    self._bookmarks.park(
                        self.name, recorded.stream, recorded.version, recorded.position, error
                    )
        except (DataError, OverflowError, UnicodeError) as error:
            raise Poisoned(f"{type(error).__name__}: {error}") from error
        self._bookmark = self._bookmark._replace(position=position)
        self._parked.update(recorded.stream for recorded, _ in parked)
        self._remember(after)
        return True

    def _touched(self, news: Sequence[Recorded]) -> list[Touch]:
        """Return the events that matter to the view, each with the keys that it touches."""
        rules, parked = self.view.keys, self._parked
        touched: list[Touch] = []
        for recorded in news:
            keys = rules.get(type(recorded.event))
            if keys is None or (parked and recorded.stream in parked):
                continue
            try:
                touched.append((recorded, tuple(keys(recorded)), ""))
            except Exception as error:  # noqa: BLE001  (a bug in one view stops that stream only)
                touched.append((recorded, (), _told(error)))
        return touched

    def _before(self, touched: Sequence[Touch]) -> dict[str, Any]:
        """Return the touched documents as they are, as far as they exist."""
        if self._written_once:
            return {}
        known = self._known
        if not self._known_all:
            missing = {key for _, keys, _ in touched for key in keys if key not in known}
            if missing:
                known.update(dict.fromkeys(missing))
                known.update(self._documents.load(missing))
        return {key: known.get(key) for _, keys, _ in touched for key in keys}

    def _evolve(
        self,
        touched: Sequence[Touch],
        before: dict[str, Any],
        parked: list[tuple[Recorded, str]],
    ) -> dict[str, Any]:
        """Return what has become of the touched documents; None, if they are no more."""
        evolve = self.view.evolve
        documents, leave_out = before.copy(), set[str]()
        for recorded, keys, unnamed in touched:
            if leave_out and recorded.stream in leave_out:
                continue
            error = unnamed
            try:
                if len(keys) == 1:
                    documents[keys[0]] = evolve(keys[0], documents.get(keys[0]), recorded)
                else:
                    changed = [(key, evolve(key, documents.get(key), recorded)) for key in keys]
                    documents.update(changed)
            except Exception as bug:  # noqa: BLE001  (a bug in one view stops that stream only)
                error = _told(bug)
            if error:
                parked.append((recorded, error))
                leave_out.add(recorded.stream)
        return documents

    def _remember(self, after: dict[str, Any]) -> None:
        if self._written_once:
            return
        known = self._known
        for key, document in after.items():
            known.pop(key, None)  # What was touched last is forgotten last.
            if document is not None or not self._known_all:
                known[key] = document
        if len(known) > DOCUMENTS_MAX:
            self._known_all = False
            for key in list(known)[: len(known) - DOCUMENTS_MAX]:
                del known[key]


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
