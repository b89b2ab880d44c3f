"""Follows the log, has done what is due, and books what came of it where it stopped reading.

What came of it and the new position are appended in one transaction, by compare-and-set. A crash
before it means that the same page is read and done again, as often as its effect is made for; that
a page is booked twice is impossible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, NamedTuple, Protocol

from oms_core.effects.rounds import Alert_co, Said, Turn
from oms_core.engine.cause import Cause, SourcePosition
from oms_core.kernel import Event, Instant, Recorded

PAGE_EVENTS = 500
BEHIND_MAX = 100_000
"""When so many events that are none of ours have been passed over, that is booked as well."""


class EventLog(Protocol):
    """Reads the log in order."""

    def read(
        self, after: int, limit: int = ..., types: frozenset[type[Event]] | None = ...
    ) -> Sequence[Recorded]:
        """Return up to `limit` events past a position, of some types only if given."""

    def head(self) -> int:
        """Return the position of the last event."""


class Effect(Protocol[Alert_co]):
    """Does what the log asks for."""

    @property
    def next_due(self) -> Instant:
        """When the next thing is due; `NEVER` if none is."""

    def hear(self, page: Iterable[Recorded]) -> None:
        """Take note of what was asked for and what became of it, without doing anything."""

    def act(self, now: Instant) -> Turn[Alert_co]:
        """Do what is due, and return what is to be booked."""


class Round(NamedTuple, Generic[Alert_co]):
    """What one round wants to be booked, and from where to where it has read."""

    causes: tuple[Cause, ...]
    position: SourcePosition
    alerts: tuple[Alert_co, ...] = ()


def cause_of(said: Said, actor: str) -> Cause:
    """Return an answer as a cause: the request is what caused it, in the same conversation."""
    request = said.request
    return Cause(said.command, request.id, actor, correlation_id=request.correlation_id)


class Follower(Generic[Alert_co]):
    """Turns pages of the log into answers, one round after the other.

    A round must be booked before the next one is asked for; if that fails, or its outcome is not
    known, a new follower must be made: it finds its place and its open requests in the log.
    """

    def __init__(
        self,
        log: EventLog,
        source: str,
        heard: frozenset[type[Event]],
        position: int,
        effect: Effect[Alert_co],
        recall: Callable[[Sequence[Recorded]], None],
    ) -> None:
        """Find the requests up to `position` that have no answer: `recall` takes note of them.

        `source` is the name of the position, and of who says what is booked.
        """
        self._log, self._source, self._heard = log, source, heard
        self._position, self._effect = position, effect
        self._looked_to = position
        after = 0
        while after < position and (
            page := [r for r in log.read(after, types=heard) if r.position <= position]
        ):
            recall(page)
            after = page[-1].position

    @property
    def next_due(self) -> Instant:
        """When the next thing is due; `NEVER` if none is."""
        return self._effect.next_due

    def turn(self, now: Instant) -> Round[Alert_co] | None:
        """Read a page, do what is due, and say what to book; None if nothing."""
        page = self._page()
        self._effect.hear(page)
        said, alerts = self._effect.act(now)
        start, stop = self._position, page[-1].position if page else self._position
        if self._looked_to - start >= BEHIND_MAX:
            stop = self._looked_to
        if start == stop and not said and not alerts:
            return None
        self._position = stop
        causes = tuple(cause_of(answer, self._source) for answer in said)
        return Round(causes, SourcePosition(self._source, start, stop), alerts)

    def _page(self) -> Sequence[Recorded]:
        """Return what was not read yet; what is none of ours is passed over once."""
        head = self._log.head()
        if head <= self._looked_to:
            return ()
        page = self._log.read(self._looked_to, PAGE_EVENTS, self._heard)
        self._looked_to = page[-1].position if len(page) == PAGE_EVENTS else head
        if page:
            self._looked_to = max(self._looked_to, page[-1].position)
        return page
