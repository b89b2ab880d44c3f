"""Refusals: what processes asked for and the rules forbade. A person should look at each."""

from __future__ import annotations

from collections.abc import Iterable

from oms_core.kernel import CommandRefused, Instant, Recorded, State, View


class Refused(State, frozen=True):
    """One command that was refused: which, by whom, why, and what had led to it."""

    event_id: str
    position: int
    recorded_at: Instant
    stream: str
    command: str
    code: str
    detail: str
    target: str
    causation_id: str
    correlation_id: str


def keys(recorded: Recorded) -> Iterable[str]:
    """Name the one row of the event."""
    return (recorded.id,)


def note(key: str, before: Refused | None, recorded: Recorded) -> Refused | None:
    """Write the row."""
    event = recorded.event
    if not isinstance(event, CommandRefused):
        return before
    return Refused(
        key,
        recorded.position,
        recorded.recorded_at,
        recorded.stream,
        event.command,
        event.code,
        event.detail,
        event.target,
        recorded.causation_id,
        recorded.correlation_id,
    )


refusals: View[Refused] = View("refusals", Refused, {CommandRefused: keys}, note)
