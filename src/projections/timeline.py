"""The timeline of an order: who did what, when and why, one row for each event."""

from __future__ import annotations

from collections.abc import Iterable

from oms_core.kernel import Instant, Recorded, State, View
from projections.narration import STORIES


class Moment(State, frozen=True):
    """One event of an order, in a person's words and with what led to it."""

    order_id: str
    event_id: str
    position: int
    recorded_at: Instant
    occurred_at: Instant
    actor: str
    causation_id: str
    correlation_id: str
    event: str
    summary: str


def keys(recorded: Recorded) -> Iterable[str]:
    """Name the one row of the event: the order, then the event's stream and version."""
    order_id: str = getattr(recorded.event, "order_id")  # noqa: B009  (every told event has one)
    return (f"{order_id}|{recorded.stream}#{recorded.version}",)


def tell(_: str, __: Moment | None, recorded: Recorded) -> Moment:
    """Write the row."""
    event = recorded.event
    return Moment(
        getattr(event, "order_id"),  # noqa: B009  (every told event has one)
        f"{recorded.stream}#{recorded.version}",
        recorded.position,
        recorded.recorded_at,
        recorded.occurred_at,
        recorded.actor,
        recorded.causation_id,
        recorded.correlation_id,
        type(event).__name__,
        STORIES[type(event)](event),
    )


timeline: View[Moment] = View("timeline", Moment, dict.fromkeys(STORIES, keys), tell)
