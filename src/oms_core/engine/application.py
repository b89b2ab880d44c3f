"""The engine: causes in, events appended, one transaction for each batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import ClassVar, cast

from eventsourcing.application import ProcessingEvent
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import IntegrityError, Mapper, Recording
from eventsourcing.system import ProcessApplication
from eventsourcing.utils import EnvType

from oms_core.engine.cache import STREAMS_MAX, StateCache
from oms_core.engine.catalog import catalog
from oms_core.engine.cause import (
    Answer,
    Cause,
    Letter,
    Letters,
    Parked,
    SourcePosition,
    Verdict,
)
from oms_core.engine.decision import Batch, Decision
from oms_core.engine.foresight import Foresight
from oms_core.engine.mapper import mapper
from oms_core.engine.store import Fenced, LogStore, NotAppended, PositionConflict
from oms_core.engine.streams import Streams
from oms_core.engine.unit import Entry, UnitOfWork, root_stream
from oms_core.kernel import Instant
from oms_core.policies.config import Policies

ATTEMPTS_MAX = 5
PUSH_CAUSES = 16
"""An append is pushed along after so many causes: every 2 ms, while it takes in 200 kB in 4 ms."""


class Engine(ProcessApplication[str]):
    """Decides causes in batches, and appends what follows from them, all or nothing.

    It is the only writer of its log: it holds the lease, and a later holder fences it off. A batch
    can be decided while the one before is still being appended: see `submit`.
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
        self._cache = StateCache(streams_max)
        self.store = cast("LogStore", self.recorder)
        self._streams = Streams(self.store, self._catalog)
        self.epoch = self.store.acquire(holder)
        self._blocked = set(self.store.parked_streams())
        self._under_way: Decision | None = None
        self._ahead: list[Foresight] = []

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

    def close(self) -> None:
        """Let go of the log. A batch that was not drained is in it or not, and is not answered."""
        self._look_no_further()
        if self._under_way is not None and self._under_way.appending is not None:
            self._under_way.appending.abandon()
        super().close()

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
        assert self._under_way is None, "a batch is still being appended: drain first"
        self.submit(causes, positions, letters, parked)
        return self.drain()

    def submit(
        self,
        causes: Sequence[Cause],
        positions: Iterable[SourcePosition] = (),
        letters: Letters | None = None,
        parked: Sequence[Parked] = (),
    ) -> list[Answer]:
        """Decide `causes` while the batch before is appended, then begin to append them.

        As `handle`, but the answers are those of the batch before, none for the first: a batch is
        answered when it is in the log. `drain` waits for the last one, and is due as soon as there
        is nothing more to submit. If an error is raised, neither batch is in the log.
        """
        batch = Batch(causes, tuple(positions), letters, parked)
        decision = self._decide(batch)
        before, answers = self._under_way, self.drain()
        if before is not None and before.outdone:
            self._cache.evict(decision.unit.states)
            decision = self._decide(batch)
        decision.begin(self.store, self.epoch)
        self._under_way = decision
        for foresight in self._ahead:
            foresight.renew(decision.unit.states)
        return answers

    def foresee(self, causes: Sequence[Cause]) -> None:
        """Begin to read what `causes` need, so that it is at hand when they are submitted.

        It saves the wait, and changes nothing else. It is for causes that are sure to come: it
        keeps a connection until then.
        """
        self._ahead.append(Foresight(causes, self._known, self._streams))

    def drain(self) -> list[Answer]:
        """Wait for the batch that is being appended, and return its answers; none if there is none.

        It is decided again if others got ahead of us or the connection was lost. It raises what
        `handle` does.
        """
        decision = before = self._under_way
        self._under_way = None
        if decision is None or before is None:
            return []
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                decision.finish()
            except (IntegrityError, NotAppended) as failure:
                before.outdone = True
                self._cache.evict(decision.unit.states)
                self._look_no_further()
                if attempt == ATTEMPTS_MAX or isinstance(failure, PositionConflict | Fenced):
                    raise
                decision = self._decide(before.batch)
                decision.begin(self.store, self.epoch)
            else:
                self._keep(decision)
                return decision.answers
        raise AssertionError("unreachable")

    def retry(self, cause: Cause, place: int, letters: Letters | None = None) -> Answer:
        """Decide a parked cause again, and take it off the list in the same transaction.

        `place` is its place on the list. If it fails again, it stays there with the new error, and
        nothing is posted.
        """
        assert self._under_way is None, "a batch is still being appended: drain first"
        unit = UnitOfWork(self._catalog, self._entry, self._clock())
        try:
            answer = unit.run(cause)
        except Exception as fault:  # noqa: BLE001  (as for any cause: the rest must go on)
            error = _described(fault)
            self.store.repark(place, error)
            return Answer(cause.cause_id, Verdict.PARKED, (), "parked", error)
        decision = Decision(Batch((cause,), (), letters), unit, unparked=(place,))
        decision.add(answer)
        self._unpark(decision)
        return answer

    def discard(self, place: int, letters: Iterable[Letter] = ()) -> None:
        """Take something off the list of what is parked, undone, and say so in `letters`."""
        assert self._under_way is None, "a batch is still being appended: drain first"
        said = tuple(letters)
        unit = UnitOfWork(self._catalog, self._entry, self._clock())
        self._unpark(Decision(Batch((), (), lambda _: said), unit, unparked=(place,)))

    def _unpark(self, decision: Decision) -> None:
        self._look_no_further()
        decision.post()
        decision.begin(self.store, self.epoch)
        decision.finish()
        self._keep(decision)
        self._blocked = set(self.store.parked_streams())

    @property
    def blocked(self) -> AbstractSet[str]:
        """The streams for which something is parked, so that what comes later must wait."""
        under_way = self._under_way
        if under_way is None or not under_way.parked:
            return self._blocked
        return self._blocked.union(entry.stream for entry in under_way.parked)

    def _decide(self, batch: Batch) -> Decision:
        """Decide a batch, on top of the one that is being appended, and push that one along."""
        unit = UnitOfWork(self._catalog, self._entry, self._clock(), self._fetch(batch.causes))
        decision, before = Decision(batch, unit), self._under_way
        blocked = {*self.blocked, *(entry.stream for entry in batch.parked)}
        for number, cause in enumerate(batch.causes):
            if before is not None and number % PUSH_CAUSES == 0:
                before.push()
            decision.add(self._answer(decision, cause, blocked))
        decision.post()
        return decision

    def _answer(self, decision: Decision, cause: Cause, blocked: set[str]) -> Answer:
        if blocked and root_stream(cause.command) in blocked:
            error = "an earlier message for this stream is parked"
        else:
            try:
                return decision.unit.run(cause)
            except Exception as fault:  # noqa: BLE001  (whatever it is, the rest must go on)
                error = _described(fault)
        stream = root_stream(cause.command)
        blocked.add(stream)
        decision.parked.append(Parked(cause, stream, error))
        return Answer(cause.cause_id, Verdict.PARKED, (), "parked", error)

    def _keep(self, decision: Decision) -> None:
        """Build on what is now in the log."""
        self._blocked.update(entry.stream for entry in decision.parked)
        self._cache.update(decision.unit.states)
        self._streams.store_due(decision.unit.states)

    def _entry(self, stream: str) -> Entry:
        entry = self._known(stream)
        return entry if entry is not None else self._read([stream])[stream]

    def _known(self, stream: str) -> Entry | None:
        """Return what a stream adds up to with the batch that is being appended, if at hand."""
        appended = self._under_way.unit.states.get(stream) if self._under_way else None
        return appended or self._cache.get(stream)

    def _fetch(self, causes: Sequence[Cause]) -> dict[str, Entry]:
        """Look up the streams of a batch, unless that was foreseen."""
        for foresight in self._ahead:
            if foresight.causes is causes:
                self._ahead.remove(foresight)
                return foresight.finish()
        return Foresight(causes, self._known, self._streams).finish()

    def _look_no_further(self) -> None:
        """Forget what was foreseen: what it builds on may be wrong."""
        while self._ahead:
            self._ahead.pop().abandon()

    def _read(self, streams: Sequence[str]) -> dict[str, Entry]:
        return self._streams.read(streams)


def _described(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"
