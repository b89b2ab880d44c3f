"""Promises: by when each order was to leave, how often that was moved, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oms_core.domain.order import events
from oms_core.kernel import Event, Instant, Recorded, State
from oms_core.processes.promising import PromiseBroken, PromiseEndangered, PromiseMade, PromiseMoved
from projections.rules import Change, one, view


class PromiseRow(State, frozen=True):
    """What an order was promised, and what came of it.

    `first_ship_by` is what was said at placement, `ship_by` what holds now (none: nobody can say),
    `moved` how often it was moved after the step in which the order was placed. It is `open`, or
    `broken` once its day is over, or `kept` or `broken` once everything has left, or `given_up` if
    nothing will. `obstacles` are what stood in the way when it was endangered or broken last, at
    `endangered_at` and `broken_at`; nothing of that is said of a date that has just been moved.
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
    endangered_at: Instant = Instant(0)
    broken_at: Instant = Instant(0)
    obstacles: tuple[str, ...] = ()


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
    """Let the new date hold, and forget what was said of the one before.

    In the step of the placement it is the first that anybody hears.
    """
    first = recorded.recorded_at == row.made_at
    return replace(
        row,
        standing="open",
        endangered_at=Instant(0),
        broken_at=Instant(0),
        obstacles=(),
        ship_by=event.ship_by,
        deliver_by=event.deliver_by,
        jeopardy_at=event.jeopardy_at,
        first_ship_by=event.ship_by if first else row.first_ship_by,
        moved=row.moved + (not first),
        reasons=event.reasons,
    )


def endangered(row: PromiseRow, event: PromiseEndangered, recorded: Recorded) -> PromiseRow:
    """Know what was in the way before the promised day was over."""
    return replace(row, endangered_at=recorded.occurred_at, obstacles=event.obstacles)


def broken(row: PromiseRow, event: PromiseBroken, recorded: Recorded) -> PromiseRow:
    """Know that it was not kept, and why."""
    return replace(
        row, standing="broken", broken_at=recorded.occurred_at, obstacles=event.obstacles
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
    late = row.standing == "broken" or 0 < row.ship_by < row.shipped_at
    return replace(row, standing="broken" if late else "kept")


def given_up(row: PromiseRow, _: events.OrderCancelled, __: Recorded) -> PromiseRow | None:
    """Promise nothing any more; what was broken before stays so."""
    if not row.made_at:
        return None
    return row if row.standing == "broken" else replace(row, standing="given_up")


CHANGES: Mapping[type[Event], Change[PromiseRow]] = {
    PromiseMade: made,
    PromiseMoved: moved,
    PromiseEndangered: endangered,
    PromiseBroken: broken,
    events.LineShipped: shipped,
    events.OrderCompleted: completed,
    events.OrderCancelled: given_up,
}

ORDER = one("order_id")

promises = view(
    "promises", PromiseRow, blank, {event: (ORDER, change) for event, change in CHANGES.items()}
)
