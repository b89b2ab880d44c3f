"""Flagged orders: what each special order was promised, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oms_core.domain.order import events
from oms_core.kernel import Event, Instant, Recorded, State
from projections.rules import Change, one, view


class Promise(State, frozen=True):
    """What an order was promised and what came of it; `flagged` if it is special.

    A flag can come at any time, also after the parcel has left: so the promise of every order is
    kept, and those that matter here are `WHERE flagged`. An order with two flags has both kinds and
    codes, with a comma. `late` is judged by the last unit shipped, and by nothing before that.
    """

    order_id: str
    flagged: bool = False
    kind: str = ""
    code: str = ""
    customer_id: str = ""
    channel: str = ""
    state: str = "open"
    ship_by: Instant = Instant(0)
    shipped_at: Instant = Instant(0)
    late: bool = False
    units_ordered: int = 0
    units_shipped: int = 0
    units_cancelled: int = 0
    units_returned: int = 0
    flagged_at: Instant = Instant(0)


def blank(key: str, _: Any) -> Promise:
    """Return an order that nothing is known of but its id."""
    return Promise(key)


def placed(promise: Promise, event: events.OrderPlaced, _: Recorded) -> Promise:
    """Know the promise."""
    return replace(
        promise,
        customer_id=event.customer_id,
        channel=event.channel,
        ship_by=event.ship_by,
        units_ordered=sum(line.quantity for line in event.lines),
    )


def changed(promise: Promise, event: events.ChangeConfirmed, _: Recorded) -> Promise:
    """Count units that were added."""
    units = sum(line.quantity for line in event.added)
    return replace(promise, units_ordered=promise.units_ordered + units)


def shipped(promise: Promise, event: events.LineShipped, recorded: Recorded) -> Promise:
    """Judge the promise by when the goods left."""
    at = max(promise.shipped_at, recorded.occurred_at)
    return replace(
        promise,
        units_shipped=promise.units_shipped + event.quantity,
        shipped_at=at,
        late=0 < promise.ship_by < at,
    )


def cancelled(promise: Promise, event: events.LineCancelled, _: Recorded) -> Promise:
    """Count units that will not be shipped."""
    return replace(promise, units_cancelled=promise.units_cancelled + event.quantity)


def returned(promise: Promise, event: events.LineReturned, _: Recorded) -> Promise:
    """Count units that came back."""
    return replace(promise, units_returned=promise.units_returned + event.quantity)


def requested(promise: Promise, event: events.FlagRequested, recorded: Recorded) -> Promise:
    """Know that the order is special."""
    kinds = _with(promise.kind, event.kind.value)
    at = promise.flagged_at or recorded.occurred_at
    return replace(promise, flagged=True, kind=kinds, flagged_at=at)


def coded(promise: Promise, event: events.OrderFlagged, recorded: Recorded) -> Promise:
    """Know the code."""
    return replace(
        promise,
        flagged=True,
        kind=_with(promise.kind, event.kind.value),
        code=_with(promise.code, event.code),
        flagged_at=promise.flagged_at or recorded.occurred_at,
    )


def given_up(promise: Promise, _: events.OrderCancelled, __: Recorded) -> Promise:
    """Know that nothing will be shipped."""
    return replace(promise, state="cancelled")


def completed(promise: Promise, _: events.OrderCompleted, __: Recorded) -> Promise:
    """Know that nothing is open any more."""
    return replace(promise, state="completed")


def _with(names: str, name: str) -> str:
    known = names.split(", ") if names else []
    return names if name in known else ", ".join((*known, name))


CHANGES: Mapping[type[Event], Change[Promise]] = {
    events.OrderPlaced: placed,
    events.ChangeConfirmed: changed,
    events.LineShipped: shipped,
    events.LineCancelled: cancelled,
    events.LineReturned: returned,
    events.FlagRequested: requested,
    events.OrderFlagged: coded,
    events.OrderCancelled: given_up,
    events.OrderCompleted: completed,
}

ORDER = one("order_id")

flagged = view(
    "flagged", Promise, blank, {event: (ORDER, change) for event, change in CHANGES.items()}
)
