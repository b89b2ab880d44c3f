"""Events into the documents of one view's table: loaded once, evolved in memory, written by COPY.

An event that the view cannot take, or a document that cannot be stored, parks the event's stream
for this view: the event and all later ones of its stream are left out, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from psycopg import Connection, DataError

from adapters.postgres.bookmarks import Bookmarks
from adapters.postgres.documents import Documents
from adapters.postgres.tables import Table
from oms_core.kernel import Recorded, View
from projections.log import Unreadable

DOCUMENTS_MAX = 200_000
"""How many documents of a view are remembered between pages."""

Touch = tuple[Recorded, tuple[str, ...], str]
"""An event, the documents that it touches, and the error if they could not be named."""


class Poison(NamedTuple):
    """An event that stops its stream in this view, and why."""

    recorded: Recorded
    error: str


class Poisoned(Exception):
    """A document cannot be stored."""


OnParked = Callable[[str, Sequence[Poison]], None]
"""Is told the name of a view, and the events that stop their streams in it."""


def untold(view: str, parked: Sequence[Poison]) -> None:
    """Tell nobody."""
    del view, parked


class Folding:
    """The documents of a view in the hands of their one writer.

    It remembers the documents that it wrote lately: nobody else changes them.
    """

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
        """Know nothing yet. With `written_once`, no document is ever looked at again.

        `on_parked` is called in the transaction that parks streams.
        """
        self.view = view
        self.name = table.name
        self._connection = connection
        self._bookmarks = bookmarks
        self._documents = Documents(connection, table)
        self._written_once = written_once
        self._on_parked = on_parked
        self._heard = frozenset(kind.__name__ for kind in view.keys)
        self._known: dict[str, Any] = {}
        self._known_all = False
        self._parked: set[str] = set()

    def forget(self, *, empty: bool) -> None:
        """Know nothing of the documents but what the table says; nothing, if it is `empty`."""
        self._known = {}
        self._known_all = empty
        self._parked = set(self._bookmarks.parked_streams(self.name))

    def write(
        self, news: Sequence[Recorded], advance: Callable[[], bool], poison: Poison | None = None
    ) -> bool:
        """Take events in one transaction, unless `advance` says in it that they are not ours.

        :raises Poisoned: if a document cannot be stored; then nothing is.
        """
        parked = [poison] if poison else []
        touched = self._touched(news)
        before = self._before(touched)
        after = self._evolve(touched, before, parked)
        gone = [key for key in after if before.get(key) is not None]
        written = [(key, document) for key, document in after.items() if document is not None]
        try:
            with self._connection.transaction():
                if not advance():
                    return False
                self._documents.replace(gone, written)
                for recorded, error in parked:
                    self._bookmarks.park(
                        self.name, recorded.stream, recorded.version, recorded.position, error
                    )
                if parked:
                    self._on_parked(self.name, parked)
        except (DataError, OverflowError, UnicodeError) as error:
            raise Poisoned(f"{type(error).__name__}: {error}") from error
        self._parked.update(recorded.stream for recorded, _ in parked)
        self._remember(after)
        return True

    def _touched(self, news: Sequence[Recorded]) -> list[Touch]:
        """Return the events that matter to the view, each with the keys that it touches."""
        rules, parked = self.view.keys, self._parked
        touched: list[Touch] = []
        for recorded in news:
            event = recorded.event
            keys = rules.get(type(event))
            if keys is None:
                if isinstance(event, Unreadable) and self._minds(recorded, event):
                    touched.append((recorded, (), event.error))
                continue
            if parked and recorded.stream in parked:
                continue
            try:
                touched.append((recorded, tuple(keys(recorded)), ""))
            except Exception as error:  # noqa: BLE001  (a bug in one view stops that stream only)
                touched.append((recorded, (), _told(error)))
        return touched

    def _minds(self, recorded: Recorded, event: Unreadable) -> bool:
        return event.name in self._heard and recorded.stream not in self._parked

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
        self, touched: Sequence[Touch], before: dict[str, Any], parked: list[Poison]
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
                parked.append(Poison(recorded, error))
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
