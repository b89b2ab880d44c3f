"""The engine: causes in, events appended, one transaction for each batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar, cast

from eventsourcing.application import ProcessingEvent
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import IntegrityError, Mapper, Recording
from eventsourcing.system import ProcessApplication
from eventsourcing.utils import EnvType

from oms_core.engine import snapshots
from oms_core.engine.cache import STREAMS_MAX, StateCache
from oms_core.engine.catalog import BY_CATEGORY, catalog
from oms_core.engine.cause import (
    Answer,
    Cause,
    Letter,
    Letters,
    Parked,
    SourcePosition,
    Verdict,
)
from oms_core.engine.footprint import footprint
from oms_core.engine.mapper import from_row, mapper, to_row
from oms_core.engine.store import Fenced, Folded, LogStore, NotAppended, PositionConflict
from oms_core.engine.unit import Entry, UnitOfWork, root_stream
from oms_core.kernel import Instant
from oms_core.policies.config import Policies

ATTEMPTS_MAX = 5
SNAPSHOT_EVENTS = 5_000
"""A stream's state is stored once in so many of its events."""


class Engine(ProcessApplication[str]):
    """Decides causes in batches, and appends what follows from them, all or nothing.

    It is the only writer of its log: it holds the lease, and a later holder fences it off.
    """

    name = "oms"
    env: ClassVar[dict[str, str]] = {"ORIGINATOR_ID_TYPE": "text", "CREATE_TABLE": "n"}

    def __init__(
        self,
        env: EnvType | None = None,
        *,
        clock: Callable[[], Instant],
        policies: Policies | None = None,
        holder: str = "engine",
        streams_max: int = STREAMS_MAX,
    ) -> None:
        """Open the log that `env` names, and take over its lease.

        `clock` gives the time, `holder` is shown to whoever asks who holds the lease.
        """
        super().__init__(env)
        self._clock = clock
        self._catalog = catalog(policies or Policies())
        self._folds: Mapping[str, Any] = {
            **BY_CATEGORY,
            **{process.category: process for process in self._catalog.processes},
        }
        self._cache = StateCache(streams_max)
        self._folded: dict[str, int] = {}
        self.store = cast("LogStore", self.recorder)
        self.epoch = self.store.acquire(holder)
        self._blocked = set(self.store.parked_streams())

    def construct_mapper(self) -> Mapper[str]:
        """Store events by name rather than by Python path."""
        return mapper()

    def policy(
        self,
        domain_event: DomainEventProtocol[str],
        processing_event: ProcessingEvent[str],
    ) -> None:
        """Do nothing: reactions happen within the unit of work, not when the log is followed."""

    def _notify(self, recordings: list[Recording[str]]) -> None:
        """Do nothing: PostgreSQL notifies those who follow the log."""

    def handle(
        self,
        causes: Sequence[Cause],
        positions: Iterable[SourcePosition] = (),
        letters: Letters | None = None,
        parked: Sequence[Parked] = (),
    ) -> list[Answer]:
        """Decide `causes` in order and append all that follows, in one transaction.

        The answers are in the order of the causes. A cause whose command is rejected changes
        nothing. One that breaks a rule's code is parked with its error, and so are later causes of
        its stream; the rest go on. `positions` move in the same transaction, and what `letters`
        makes of the answers is posted in it; it is asked again on each attempt. `parked` is what
        came with the causes and could not be read: it is kept in the same transaction.

        :raises PositionConflict: if a source was already read past the start of this batch.
        :raises Fenced: if another engine has taken over the lease.
        :raises IntegrityError: if others kept getting ahead of us.
        :raises NotAppended: if the connection kept being lost; nothing was appended.
        """
        positions = tuple(positions)
        for attempt in range(1, ATTEMPTS_MAX + 1):
            unit = UnitOfWork(self._catalog, self._entry, self._clock())
            unit.states.update(self._prefetch(causes))
            failed = list(parked)
            answers = [self._answer(unit, cause, failed) for cause in causes]
            try:
                posted = tuple(letters(answers)) if letters else ()
                self._append(unit, positions, failed, letters=posted)
            except (PositionConflict, Fenced):
                self._cache.evict(list(unit.states))
                raise
            except (IntegrityError, NotAppended):
                self._cache.evict(list(unit.states))
                if attempt == ATTEMPTS_MAX:
                    raise
            else:
                self._blocked.update(entry.stream for entry in failed)
                return answers
        raise AssertionError("unreachable")

    def retry(self, cause: Cause, place: int, letters: Letters | None = None) -> Answer:
        """Decide a parked cause again, and take it off the list in the same transaction.

        `place` is its place on the list. If it fails again, it stays there with the new error, and
        nothing is posted.
        """
        unit = UnitOfWork(self._catalog, self._entry, self._clock())
        try:
            answer = unit.run(cause)
        except Exception as fault:  # noqa: BLE001  (as for any cause: the rest must go on)
            error = _described(fault)
            self.store.repark(place, error)
            return Answer(cause.cause_id, Verdict.PARKED, (), "parked", error)
        posted = tuple(letters([answer])) if letters else ()
        self._append(unit, unparked=(place,), letters=posted)
        self._blocked = set(self.store.parked_streams())
        return answer

    def discard(self, place: int, letters: Iterable[Letter] = ()) -> None:
        """Take something off the list of what is parked, undone, and say so in `letters`."""
        unit = UnitOfWork(self._catalog, self._entry, self._clock())
        self._append(unit, unparked=(place,), letters=tuple(letters))
        self._blocked = set(self.store.parked_streams())

    @property
    def blocked(self) -> AbstractSet[str]:
        """The streams for which something is parked, so that what comes later must wait."""
        return self._blocked

    def _answer(self, unit: UnitOfWork, cause: Cause, parked: list[Parked]) -> Answer:
        stream = root_stream(cause.command)
        if stream in self._blocked or any(entry.stream == stream for entry in parked):
            error = "an earlier message for this stream is parked"
        else:
            try:
                return unit.run(cause)
            except Exception as fault:  # noqa: BLE001  (whatever it is, the rest must go on)
                error = _described(fault)
        parked.append(Parked(cause, stream, error))
        return Answer(cause.cause_id, Verdict.PARKED, (), "parked", error)

    def _append(
        self,
        unit: UnitOfWork,
        positions: tuple[SourcePosition, ...] = (),
        parked: Sequence[Parked] = (),
        unparked: Sequence[int] = (),
        letters: Sequence[Letter] = (),
    ) -> None:
        if unit.recorded or positions or parked or unparked or letters:
            self.store.append(
                [to_row(recorded) for recorded in unit.recorded],
                positions,
                epoch=self.epoch,
                parked=parked,
                unparked=unparked,
                letters=letters,
            )
        self._cache.update(unit.states)
        self._take_due_snapshots(unit.states)

    def _entry(self, stream: str) -> Entry:
        entry = self._cache.get(stream)
        return entry if entry is not None else self._read([stream])[stream]

    def _prefetch(self, causes: Sequence[Cause]) -> dict[str, Entry]:
        """Read the cold streams of a batch with one query."""
        cold = {
            stream
            for cause in causes
            for stream in footprint(cause.command)
            if stream not in self._cache
        }
        return self._read(sorted(cold)) if len(cold) > 1 else {}

    def _read(self, streams: Sequence[str]) -> dict[str, Entry]:
        """Fold streams from their snapshots and the rows after them."""
        entries: dict[str, Entry] = {
            stream: (0, self._folds[stream.partition(":")[0]].initial) for stream in streams
        }
        for stream, folded in self.store.snapshots(streams).items():
            form = type(entries[stream][1])
            if folded.fingerprint == snapshots.fingerprint(form):
                entries[stream] = (folded.version, snapshots.load(form, folded.state))
                self._folded[stream] = folded.version
        after = {stream: entry[0] for stream, entry in entries.items()}
        for row in self.store.select_streams(after):
            stream, version, topic, data = row
            evolve = self._folds[stream.partition(":")[0]].evolve
            event = from_row(stream, version, topic, data).event
            entries[stream] = (version, evolve(entries[stream][1], event))
        return entries

    def _take_due_snapshots(self, states: Mapping[str, Entry]) -> None:
        due = {
            stream: Folded(version, snapshots.fingerprint(type(state)), snapshots.save(state))
            for stream, (version, state) in states.items()
            if version - self._folded.get(stream, 0) >= SNAPSHOT_EVENTS
        }
        if due:
            self.store.put_snapshots(due)
            self._folded.update({stream: folded.version for stream, folded in due.items()})


def _described(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"
