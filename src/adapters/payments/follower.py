"""Follows the log, calls the payment provider, and books its answers where it stopped reading.

The answers and the new position are appended in one transaction, by compare-and-set. A crash
before it means that the same page is read and the same keys are asked for again; that a page is
booked twice is impossible.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from oms_core.effects.cashier import HEARD, NEVER, Alert, Cashier, Said
from oms_core.engine.cause import Cause, SourcePosition
from oms_core.kernel import Event, Instant, Recorded

SOURCE = "effects:payments"
ACTOR = "effects:payments"
PAGE_EVENTS = 500


class EventLog(Protocol):
    """Reads the log in order."""

    def read(
        self, after: int, limit: int = ..., types: frozenset[type[Event]] | None = ...
    ) -> Sequence[Recorded]:
        """Return up to `limit` events past a position, of some types only if given."""


class Round(NamedTuple):
    """What one round of calls wants to be booked, and from where to where it has read."""

    causes: tuple[Cause, ...]
    position: SourcePosition
    alerts: tuple[Alert, ...] = ()


def cause_of(said: Said) -> Cause:
    """Return an answer as a cause: the request is what caused it, in the same conversation."""
    request = said.request
    return Cause(said.command, request.id, ACTOR, correlation_id=request.correlation_id)


class PaymentFollower:
    """Turns pages of the log into answers, one round after the other.

    A round must be booked before the next one is asked for; if that fails, or its outcome is not
    known, a new follower must be made: it finds its place and its open requests in the log.
    """

    def __init__(self, log: EventLog, position: int, cashier: Cashier) -> None:
        """Find the requests up to `position` that have no answer."""
        self._log = log
        self._position = position
        self._cashier = cashier
        after = 0
        while page := [r for r in log.read(after, types=HEARD) if r.position <= position]:
            cashier.hear(page, asked=True)
            after = page[-1].position

    @property
    def next_due(self) -> Instant:
        """When the next call is due; `NEVER` if none is."""
        return self._cashier.next_due

    def turn(self, now: Instant) -> Round | None:
        """Read a page, make the calls that are due, and say what to book; None if nothing."""
        page = self._log.read(self._position, PAGE_EVENTS, HEARD)
        self._cashier.hear(page)
        said, alerts = self._cashier.act(now)
        start, stop = self._position, page[-1].position if page else self._position
        if start == stop and not said and not alerts:
            return None
        self._position = stop
        causes = tuple(cause_of(answer) for answer in said)
        return Round(causes, SourcePosition(SOURCE, start, stop), alerts)


__all__ = ["NEVER", "SOURCE", "EventLog", "PaymentFollower", "Round", "cause_of"]
