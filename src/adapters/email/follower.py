"""Follows the log, sends the notices that are due, and books what became of them.

What became of them and the new position are appended in one transaction, by compare-and-set. A
crash before it means that what was sent is sent again, under the same Message-ID; that a page is
booked twice is impossible.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from oms_core.effects.courier import HEARD, Courier
from oms_core.engine.cause import Cause, SourcePosition
from oms_core.kernel import Event, Instant, Recorded

SOURCE = "effects:notices"
ACTOR = "effects:notices"
PAGE_EVENTS = 500


class EventLog(Protocol):
    """Reads the log in order."""

    def read(
        self, after: int, limit: int = ..., types: frozenset[type[Event]] | None = ...
    ) -> Sequence[Recorded]:
        """Return up to `limit` events past a position, of some types only if given."""


class Round(NamedTuple):
    """What one round wants to be booked, and from where to where it has read."""

    causes: tuple[Cause, ...]
    position: SourcePosition
    alerts: tuple[str, ...] = ()


class NoticeFollower:
    """Turns pages of the log into letters, one round after the other.

    A round must be booked before the next one is asked for; if that fails, or its outcome is not
    known, a new follower must be made: it finds its place and its open notices in the log.
    """

    def __init__(self, log: EventLog, position: int, courier: Courier) -> None:
        """Find the notices up to `position` that have no end."""
        self._log, self._position, self._courier = log, position, courier
        after = 0
        while page := [r for r in log.read(after, types=HEARD) if r.position <= position]:
            courier.hear(page)
            after = page[-1].position

    @property
    def next_due(self) -> Instant:
        """When the next notice is due; `NEVER` if none is."""
        return self._courier.next_due

    def turn(self, now: Instant) -> Round | None:
        """Read a page, send what is due, and say what to book; None if nothing."""
        page = self._log.read(self._position, PAGE_EVENTS, HEARD)
        self._courier.hear(page)
        said, alerts = self._courier.act(now)
        start, stop = self._position, page[-1].position if page else self._position
        if start == stop and not said and not alerts:
            return None
        self._position = stop
        causes = tuple(
            Cause(
                answer.command,
                answer.request.id,
                ACTOR,
                correlation_id=answer.request.correlation_id,
            )
            for answer in said
        )
        return Round(causes, SourcePosition(SOURCE, start, stop), alerts)
