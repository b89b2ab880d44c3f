"""What streams add up to, from their snapshots and the events after them."""

from __future__ import annotations

from collections.abc import Iterable, KeysView, Mapping
from typing import Any

from oms_core.engine import snapshots
from oms_core.engine.catalog import BY_CATEGORY, Catalog
from oms_core.engine.mapper import from_row
from oms_core.engine.store import Folded, LogStore, Selection
from oms_core.engine.unit import Entry

SNAPSHOT_EVENTS = 5_000
"""A stream's state is stored once in so many of its events, or more if it is large."""

SNAPSHOT_BYTES_PER_EVENT = 16
"""Storing so many bytes of a state may cost as much as reading one more event after a start."""


class Reading:
    """Streams that are being read: their events are on their way."""

    def __init__(
        self, entries: dict[str, Entry], rows: Selection | None, folds: Mapping[str, Any]
    ) -> None:
        """Know where the streams stand before these rows."""
        self._entries = entries
        self._rows = rows
        self._folds = folds

    @property
    def streams(self) -> KeysView[str]:
        """Name what is being read."""
        return self._entries.keys()

    def finish(self) -> dict[str, Entry]:
        """Wait for the events, and return the versions and states that they lead to."""
        entries = self._entries
        for stream, version, topic, data in self._rows or ():
            evolve = self._folds[stream.partition(":")[0]].evolve
            event = from_row(stream, version, topic, data).event
            entries[stream] = (version, evolve(entries[stream][1], event))
        return entries

    def abandon(self) -> None:
        """Do without it."""
        if self._rows is not None:
            self._rows.close()


class Streams:
    """Folds the streams of a log, and stores the states of long ones beside it."""

    def __init__(self, store: LogStore, catalog: Catalog) -> None:
        """Know every category: deciders' and processes'."""
        self._store = store
        self._folds: Mapping[str, Any] = {
            **BY_CATEGORY,
            **{process.category: process for process in catalog.processes},
        }
        self._due: dict[str, int] = {}

    def read(self, streams: Iterable[str]) -> dict[str, Entry]:
        """Return the versions and states of streams; a stream that nobody knows is at its start."""
        return self.begin(streams).finish()

    def begin(self, streams: Iterable[str]) -> Reading:
        """Begin to read, without waiting for the log."""
        entries: dict[str, Entry] = {
            stream: (0, self._folds[stream.partition(":")[0]].initial) for stream in streams
        }
        for stream, folded in self._store.snapshots(entries).items():
            form = type(entries[stream][1])
            if folded.fingerprint == snapshots.fingerprint(form):
                entries[stream] = (folded.version, snapshots.load(form, folded.state))
                self._due[stream] = _next_due(folded)
        after = {stream: entry[0] for stream, entry in entries.items()}
        rows = self._store.select_streams(after) if after else None
        return Reading(entries, rows, self._folds)

    def store_due(self, states: Mapping[str, Entry]) -> None:
        """Store those of these states, all of them in the log, whose turn has come."""
        due = {
            stream: Folded(version, snapshots.fingerprint(type(state)), snapshots.save(state))
            for stream, (version, state) in states.items()
            if version >= SNAPSHOT_EVENTS and version >= self._due.get(stream, SNAPSHOT_EVENTS)
        }
        if due:
            self._store.put_snapshots(due)
            self._due.update((stream, _next_due(folded)) for stream, folded in due.items())


def _next_due(folded: Folded) -> int:
    """Return the version from which on a stream's state is to be stored again."""
    pause = max(SNAPSHOT_EVENTS, len(folded.state) // SNAPSHOT_BYTES_PER_EVENT)
    return folded.version + pause
