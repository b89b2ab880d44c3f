"""What the engine needs of a log, whatever keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from eventsourcing.persistence import IntegrityError, OperationalError

from oms_core.engine.cause import Letter, Parked, SourcePosition
from oms_core.engine.mapper import Row


class PositionConflict(IntegrityError):
    """The source was read past the start of this batch already."""


class Fenced(IntegrityError):
    """Another engine has taken over the log: this one must stop."""


class NotAppended(OperationalError):
    """The connection was lost, and the log was asked: nothing of the batch is in it."""


class Folded(NamedTuple):
    """A stream's state as it was stored at one version, and the form it was stored in."""

    version: int
    fingerprint: str
    state: bytes


class Appending(Protocol):
    """An append that has begun. Whatever becomes of it is told at its end, and not before."""

    def push(self) -> None:
        """Go on as far as it can without waiting."""

    def finish(self) -> int:
        """Wait for it, and return the last position of the log.

        :raises IntegrityError: if a stream already has one of the versions.
        :raises PositionConflict: if a source is not at the start of the batch.
        :raises Fenced: if the epoch is not the latest.
        :raises NotAppended: if the connection was lost and nothing was appended.
        """

    def abandon(self) -> None:
        """Wait no longer. Only the log knows what came of it."""


class Selection(Protocol):
    """Rows that were asked for. They are waited for when they are taken, once through."""

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows."""

    def close(self) -> None:
        """Do without those that were not taken."""


class LogStore(Protocol):
    """A log of rows, with source positions, an outbox, snapshots and parked causes beside it.

    Positions are gap-free from 1. The library's recorders are extended to this.
    """

    def acquire(self, holder: str) -> int:
        """Become the one writer, and return the epoch that proves it."""

    def begin(
        self,
        rows: Sequence[Row],
        positions: Iterable[SourcePosition] = (),
        *,
        epoch: int,
        parked: Sequence[Parked] = (),
        unparked: Sequence[int] = (),
        letters: Sequence[Letter] = (),
    ) -> Appending:
        """Begin to append rows, move positions, park causes, take back others and post letters.

        It is all or nothing. One append must end before the next begins.
        """

    def select_streams(self, after: Mapping[str, int]) -> Selection:
        """Ask for the rows of several streams past a version each, ordered within each stream.

        They are those of some moment between this call and the first row.
        """

    def source_position(self, source: str) -> int:
        """Return how far a source was read."""

    def snapshots(self, streams: Iterable[str]) -> Mapping[str, Folded]:
        """Return the stored states of those streams that have one."""

    def put_snapshots(self, snapshots: Mapping[str, Folded]) -> None:
        """Store states beside the log. Losing them costs time, not truth."""

    def repark(self, place: int, error: str) -> None:
        """Note why a parked cause failed again."""

    def parked_streams(self) -> frozenset[str]:
        """Return the streams whose causes wait behind a parked one."""
