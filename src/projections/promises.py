"""Promises: by when each order was to leave, how often that was moved, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oms_core.domain.order import events
from oms_core.kernel import Event, Instant, Recorded, State
from oms_core.processes.promising import PromiseMade, PromiseMoved
from projections.rules import Change, one, view


class PromiseRow(State, frozen=True):
    """What an order was promised, and what came of it.

    `first_ship_by` is what was said at placement, `ship_by` what holds now (none: nobody can say),
    `moved` how often it was moved after the step in which the order was placed. It is `open`, or
    `kept` or `broken` once everything has left, or `given_up` if nothing will.
    """

    order_id: str
    standing: str = ""
    ship_by: Instant = Instant(0)
    deliver_by: Instant = Instant(0)
    jeopardy_at: Instant = Instant(0)
    first_ship_by: Instant = Instant(0)
    made_at: Instant = Instant(0)
    moved: int = 0
    reasons: tuple[str, ...] = ()
    shipped_at: Instant = Instant(0)


def blank(key: str, _: Any) -> PromiseRow:
    """Return an order that was promised nothing."""
    return PromiseRow(key)


def made(row: PromiseRow, event: PromiseMade, recorded: Recorded) -> PromiseRow:
    """Begin with what was said at placement."""
    return replace(
        row,
        standing="open",
        ship_by=event.ship_by,
        deliver_by=event.deliver_by,
        jeopardy_at=event.jeopardy_at,
        first_ship_by=event.ship_by,
        made_at=recorded.recorded_at,
        reasons=event.reasons,
    )


def moved(row: PromiseRow, event: PromiseMoved, recorded: Recorded) -> PromiseRow:
    """Let the new date hold. In the step of the placement it is the first that anybody hears."""
    first = recorded.recorded_at == row.made_at
    return replace(
        row,
        ship_by=event.ship_by,
        deliver_by=event.deliver_by,
        jeopardy_at=event.jeopardy_at,
        first_ship_by=event.ship_by if first else row.first_ship_by,
        moved=row.moved + (not first),
        reasons=event.reasons,
    )


def shipped(row: PromiseRow, _: events.LineShipped, recorded: Recorded) -> PromiseRow | None:
    """Know when something left last."""
    if not row.made_at:
        return None
    return replace(row, shipped_at=max(row.shipped_at, recorded.occurred_at))


def completed(row: PromiseRow, _: events.OrderCompleted, __: Recorded) -> PromiseRow | None:
    """Judge by the last unit that left; without a date there is nothing to keep."""
    if not row.made_at:
        return None
    late = 0 < row.ship_by < row.shipped_at
    return replace(row, standing="broken" if late else "kept")


def given_up(row: PromiseRow, _: events.OrderCancelled, __: Recorded) -> PromiseRow | None:
    """Promise nothing any more."""
    return replace(row, standing="given_up") if row.made_at else None


CHANGES: Mapping[type[Event], Change[PromiseRow]] = {
    PromiseMade: made,
    PromiseMoved: moved,
    events.LineShipped: shipped,
    events.OrderCompleted: completed,
    events.OrderCancelled: given_up,
}

ORDER = one("order_id")

promises = view(
    "promises", PromiseRow, blank, {event: (ORDER, change) for event, change in CHANGES.items()}
)
