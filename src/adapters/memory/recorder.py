"""The library's recorder of plain Python objects, extended to what the engine needs of a log."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from eventsourcing import popo
from eventsourcing.persistence import ProcessRecorder, StoredEvent

from oms_core.engine.cause import Letter, Parked, SourcePosition
from oms_core.engine.mapper import Row, from_row
from oms_core.engine.store import Fenced, Folded, PositionConflict
from oms_core.kernel import Event, Recorded

PAGE_EVENTS = 5_000


def memory_environment() -> dict[str, str]:
    """Return the settings that open a new, empty log in memory."""
    return {
        "PERSISTENCE_MODULE": "adapters.memory.recorder",
        "ORIGINATOR_ID_TYPE": "text",
    }


class MemoryAppending:
    """An append that has begun, as far as there is such a thing in memory."""

    def __init__(self, append: Callable[[], int]) -> None:
        """Leave it for the end."""
        self._append = append

    def push(self) -> None:
        """Do nothing: there is nothing to wait for."""

    def finish(self) -> int:
        """Append, and return the last position of the log."""
        return self._append()

    def abandon(self) -> None:
        """Do nothing: what has not ended has not begun."""


class MemoryRecorder(popo.POPOProcessRecorder):
    """A log that lives as long as its process."""

    def __init__(self) -> None:
        """Begin with an empty log that nobody has leased."""
        super().__init__()
        self.epoch = 0
        self.holder = ""
        self._positions: dict[str, int] = {}
        self._snapshots: dict[str, Folded] = {}
        self._parked: dict[int, Parked] = {}
        self._places = 0
        self._outbox: dict[int, Letter] = {}
        self._posted = 0

    def acquire(self, holder: str) -> int:
        """Become the one writer, and return the epoch that proves it."""
        with self._database_lock:
            self.epoch, self.holder = self.epoch + 1, holder
            return self.epoch

    def begin(
        self, rows: Sequence[Row], positions: Iterable[SourcePosition] = (), **rest: Any
    ) -> MemoryAppending:
        """Begin an append, which takes place at its end: see `append`."""
        return MemoryAppending(partial(self.append, rows, positions, **rest))

    def append(
        self,
        rows: Sequence[Row],
        positions: Iterable[SourcePosition] = (),
        *,
        epoch: int,
        parked: Sequence[Parked] = (),
        unparked: Sequence[int] = (),
        letters: Sequence[Letter] = (),
    ) -> int:
        """Append rows, move positions, park causes, take back others, post letters: all or nothing.

        :returns: the last position of the log.
        :raises IntegrityError: if a stream already has one of the versions.
        :raises PositionConflict: if a source is not at the start of the batch.
        :raises Fenced: if `epoch` is not the latest.
        """
        with self._database_lock:
            if epoch != self.epoch:
                raise Fenced(f"writer of epoch {epoch} was taken over by epoch {self.epoch}")
            positions = tuple(positions)
            for position in positions:
                if self._positions.get(position.source, 0) != position.start:
                    raise PositionConflict(f"source {position.source} is not at {position.start}")
            self.insert_events([StoredEvent(*row) for row in rows])
            self._positions.update({p.source: p.stop for p in positions})
            for entry in parked:
                self._places += 1
                self._parked[self._places] = entry
            for place in unparked:
                self._parked.pop(place, None)
            for letter in letters:
                self._posted += 1
                self._outbox[self._posted] = letter
            return len(self._stored_events)

    def select_streams(self, after: Mapping[str, int]) -> Generator[Row, None, None]:
        """Return the rows of several streams past a version each, as they are now."""
        rows = [
            Row(str(stored.originator_id), stored.originator_version, stored.topic, stored.state)
            for stream, version in after.items()
            for stored in self.select_events(stream, gt=version)
        ]
        return (row for row in rows)

    def source_position(self, source: str) -> int:
        """Return how far a source was read, 0 if it never was."""
        return self._positions.get(source, 0)

    def snapshots(self, streams: Iterable[str]) -> Mapping[str, Folded]:
        """Return the stored states of those streams that have one."""
        return {name: self._snapshots[name] for name in streams if name in self._snapshots}

    def put_snapshots(self, snapshots: Mapping[str, Folded]) -> None:
        """Store states beside the log."""
        self._snapshots.update(snapshots)

    def repark(self, place: int, error: str) -> None:
        """Note why a parked cause failed again."""
        entry = self._parked[place]
        self._parked[place] = Parked(entry.cause, entry.stream, error)

    def parked(self) -> Mapping[int, Parked]:
        """Return the parked causes by their place on the list."""
        return dict(self._parked)

    def parked_streams(self) -> frozenset[str]:
        """Return the streams whose causes wait behind a parked one."""
        return frozenset(entry.stream for entry in self._parked.values())

    def letters(self) -> dict[int, Letter]:
        """Return the outbox itself: letters by their place, in order."""
        return self._outbox


class Factory(popo.POPOFactory):
    """Makes our recorder where the library asks for one; it looks for a class of this name."""

    def process_recorder(self) -> ProcessRecorder:
        """Return an empty log."""
        return MemoryRecorder()


class MemoryLog:
    """Reads a log in memory, as `PostgresLog` reads one in PostgreSQL."""

    def __init__(self, recorder: MemoryRecorder) -> None:
        """Read what `recorder` keeps."""
        self._recorder = recorder

    def read(
        self, after: int, limit: int = PAGE_EVENTS, types: frozenset[type[Event]] | None = None
    ) -> list[Recorded]:
        """Return up to `limit` events past a position, in order; of some types only, if given."""
        names = [kind.__name__ for kind in types] if types is not None else []
        if types is not None and not names:
            return []
        found = self._recorder.select_notifications(after + 1, limit, topics=names)
        return [
            from_row(str(n.originator_id), n.originator_version, n.topic, n.state, n.id)
            for n in found
        ]

    def stream(self, *streams: str) -> list[Recorded]:
        """Return all events of some streams, in the order of the log."""
        return [recorded for recorded in self.read(0, self.head()) if recorded.stream in streams]

    def head(self) -> int:
        """Return the last position, 0 if the log is empty."""
        return self._recorder.max_notification_id() or 0


class MemoryOutbox:
    """The letters of a log in memory, as `PostgresOutbox` has those of one in PostgreSQL."""

    def __init__(self, recorder: MemoryRecorder) -> None:
        """Read what `recorder` keeps."""
        self._letters = recorder.letters()

    def read(self, after: int, limit: int) -> list[tuple[int, Letter]]:
        """Return up to `limit` letters past a place, in order."""
        return [entry for entry in self._letters.items() if entry[0] > after][:limit]

    def forget(self, upto: int) -> None:
        """Remove the letters up to a place, itself included: they have been published."""
        for place in [place for place in self._letters if place <= upto]:
            del self._letters[place]
