"""Two ways of following event topics: partition by partition, or all in the order of the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Protocol

import structlog

from adapters.clock import system_clock
from adapters.kafka.ends import Starts
from adapters.kafka.lanes import Lanes
from adapters.kafka.merged import Hint, MergedLog
from adapters.kafka.registry import RegistryUnavailable
from adapters.postgres.hints import Hints
from adapters.postgres.lease import Lease, LeaseHeld, LeaseLost
from adapters.postgres.projections import Projector
from oms_core.kernel import Instant

SECOND = 1_000_000
LOOK_MICROS = 1 * SECOND
"""How often a process that stands by looks whether it is needed."""

HINT_MICROS = 5 * SECOND

log = structlog.get_logger("oms")


class Part(Protocol):
    """One of the ways in which views are kept up to date."""

    def turn(self, wait_seconds: float) -> int:
        """Take in what has come; return how many messages that was."""

    def is_done(self) -> bool:
        """Say whether all was taken in that was there when this was first asked."""

    @property
    def to_come(self) -> int:
        """How many messages there are yet before that is so, or some more."""

    @property
    def views(self) -> Sequence[str]:
        """The names of the views."""

    @property
    def standing(self) -> str:
        """What we have to do with them, in words."""

    def behind(self) -> tuple[int, Instant]:
        """Return how many messages wait, and when the last event that we took was recorded."""

    def close(self) -> None:
        """Leave the work to others."""


class ByLane:
    """Views of which each document comes from one stream: partition by partition."""

    def __init__(self, lanes: Lanes, views: Sequence[str]) -> None:
        """Be a member of a group."""
        self._lanes, self.views = lanes, views
        self._held: frozenset[object] = frozenset()
        self._ends: Starts | None = None
        self.turn = lanes.turn
        self.close = lanes.close

    def is_done(self) -> bool:
        """Say whether our partitions were read up to where they ended."""
        if not self._lanes.joined:
            return False
        if self._ends is None or self._held != self._lanes.held:
            self._ends, self._held = self._lanes.ends(), self._lanes.held
        return self._lanes.has_read(self._ends)

    @property
    def to_come(self) -> int:
        """How many messages of our partitions are not read yet."""
        return self._lanes.to_come(self._ends or {})

    @property
    def standing(self) -> str:
        """How many partitions are ours."""
        return f"{len(self._lanes.held)} partitions are ours"

    def behind(self) -> tuple[int, Instant]:
        """Return how many messages wait, and when the last event that we took was recorded."""
        return self._lanes.to_come(self._lanes.ends()), self._lanes.last_recorded_at


class InOrder:
    """Views of which a document comes from many streams: all topics in the order of the log."""

    def __init__(
        self,
        lease: Callable[[ExitStack], Lease],
        log_of: Callable[[], MergedLog],
        projector_of: Callable[[MergedLog], Projector],
        hints: Hints,
        views: Sequence[str],
        clock: Callable[[], Instant] = system_clock,
    ) -> None:
        """Stand by until the lease is ours."""
        self._lease_of, self._log_of, self._projector_of = lease, log_of, projector_of
        self._hints, self.views, self._clock = hints, views, clock
        self._stack = ExitStack()
        self._work: tuple[Lease, MergedLog, Projector] | None = None
        self._ends: Starts | None = None
        self._next_look = self._next_hint = self._next_beat = Instant(0)
        self.stands_by = False

    def turn(self, wait_seconds: float) -> int:
        """Take in what has come, if the work is ours.

        :raises Fenced: if someone else has taken the views without the lease.
        :raises Gap: if an event is missing from the topics for too long.
        """
        work = self._work or self._take_up()
        if work is None:
            return 0
        lease, merged, projector = work
        try:
            self._beat(lease)
            count = merged.gather(wait_seconds)
        except LeaseLost as lost:
            log.warning("merged.lease_lost", detail=str(lost))
            self._lay_down()
            return 0
        except RegistryUnavailable as error:
            log.warning("merged.registry", detail=str(error))
            merged.start(projector.position, self._hint())
            return 0
        while projector.position < merged.head():
            projector.step()
        self._keep_hint(merged)
        return count

    def _take_up(self) -> tuple[Lease, MergedLog, Projector] | None:
        now = self._clock()
        if now < self._next_look:
            return None
        self._next_look = Instant(now + LOOK_MICROS)
        try:
            lease = self._lease_of(self._stack)
        except LeaseHeld as held:
            if not self.stands_by:
                log.info("merged.standby", detail=str(held))
            self.stands_by = True
            return None
        merged = self._log_of()
        self._stack.callback(merged.close)
        projector = self._projector_of(merged)
        merged.start(projector.position, self._hint())
        log.info("merged.started", position=projector.position)
        self._work, self.stands_by = (lease, merged, projector), False
        return self._work

    def _lay_down(self) -> None:
        self._stack.close()
        self._work = None

    def _beat(self, lease: Lease) -> None:
        now = self._clock()
        if now >= self._next_beat:
            lease.beat()
            self._next_beat = Instant(now + SECOND)

    def _hint(self) -> Hint:
        return Hint(*self._hints.read())

    def _keep_hint(self, merged: MergedLog) -> None:
        now = self._clock()
        if now >= self._next_hint:
            self._hints.write(*merged.hint())
            self._next_hint = Instant(now + HINT_MICROS)

    def is_done(self) -> bool:
        """Say whether the topics were read up to where they ended; if another reads, they are."""
        if self._work is None:
            return self.stands_by
        _, merged, projector = self._work
        if self._ends is None:
            self._ends = merged.ends()
        return merged.has_read(self._ends) and projector.position == merged.head()

    @property
    def to_come(self) -> int:
        """How many messages are not read yet."""
        return self._work[1].to_come(self._ends or {}) if self._work else 0

    @property
    def standing(self) -> str:
        """Whether the lease is ours."""
        return "the merged log is ours" if self._work else "standing by for the merged log"

    def behind(self) -> tuple[int, Instant]:
        """Return how many messages wait, and when the last event that we took was recorded."""
        if self._work is None:
            return 0, Instant(0)
        merged = self._work[1]
        return merged.to_come(merged.ends()), merged.last_recorded_at

    def close(self) -> None:
        """Keep the hint, and let go of the lease."""
        if self._work is not None:
            self._hints.write(*self._work[1].hint())
        self._lay_down()
