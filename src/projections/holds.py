"""The holds queue: what a person must look at, why, since when, and who answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oms_core.domain.order import events
from oms_core.domain.order.events import HoldKind
from oms_core.kernel import Event, Instant, Recorded, State
from projections.rules import Change, Part, one, view

OWNERS: Mapping[HoldKind, str] = {
    HoldKind.SHORTAGE: "purchasing",
    HoldKind.FRAUD: "risk",
    HoldKind.CREDIT: "credit control",
    HoldKind.ADDRESS: "customer care",
    HoldKind.ROUTING: "warehouse",
    HoldKind.MANUAL: "customer care",
    HoldKind.PRICE: "sales",
    HoldKind.PAYMENT: "customer care",
}
"""Who answers for a hold of each kind, until a person has looked and let it stand."""


class StandingHold(Part, frozen=True):
    """A hold that stands. `owner` is a part of the shop, or the person who let it stand last."""

    hold_id: str
    kind: str
    blocks: tuple[str, ...]
    reason: str
    owner: str
    raised_at: Instant
    raised_by: str
    kept_at: Instant = Instant(0)
    note: str = ""


class Held(State, frozen=True):
    """An order that holds stand in the way of, the oldest first; without any it is not here."""

    order_id: str
    standing: int = 0
    oldest_at: Instant = Instant(0)
    holds: tuple[StandingHold, ...] = ()


def blank(key: str, _: Any) -> Held:
    """Return an order without holds."""
    return Held(key)


def _with(held: Held, holds: tuple[StandingHold, ...]) -> Held | None:
    if not holds:
        return None
    return replace(held, standing=len(holds), oldest_at=holds[0].raised_at, holds=holds)


def raised(held: Held, event: events.OrderHeld, recorded: Recorded) -> Held | None:
    """Put one more at the end of the queue."""
    hold = StandingHold(
        event.hold_id,
        event.kind.value,
        tuple(step.value for step in event.blocks),
        event.reason,
        OWNERS[event.kind],
        recorded.occurred_at,
        recorded.actor,
    )
    others = tuple(other for other in held.holds if other.hold_id != event.hold_id)
    return _with(held, (*others, hold))


def resolved(held: Held, event: events.HoldResolved, _: Recorded) -> Held | None:
    """Take one out of the queue."""
    return _with(held, tuple(hold for hold in held.holds if hold.hold_id != event.hold_id))


def kept(held: Held, event: events.HoldKept, recorded: Recorded) -> Held | None:
    """Let whoever looked answer for it."""
    return _with(
        held,
        tuple(
            replace(hold, owner=recorded.actor, kept_at=recorded.occurred_at, note=event.note)
            if hold.hold_id == event.hold_id
            else hold
            for hold in held.holds
        ),
    )


def given_up(_: Held, __: events.OrderCancelled, ___: Recorded) -> None:
    """Let nobody look at an order that is no more."""


CHANGES: Mapping[type[Event], Change[Held]] = {
    events.OrderHeld: raised,
    events.HoldResolved: resolved,
    events.HoldKept: kept,
    events.OrderCancelled: given_up,
}

ORDER = one("order_id")

holds = view("holds", Held, blank, {event: (ORDER, change) for event, change in CHANGES.items()})
