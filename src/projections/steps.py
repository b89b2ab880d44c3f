"""The next step of every open order: what must happen, who has to do it, and until when.

An order without a next step would be one that nobody looks after. So there is always one: where an
order waits for nothing, it is the engine that should have gone on.
"""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.kernel import Instant, State
from oms_core.policies.patience import Patience

HOUR_MICROS = 3_600_000_000
ENGINE = "engine"
"""Who has to go on where nothing stands in the way: what stays there is a fault of ours."""


class StandingHold(State, frozen=True):
    """A hold that stands, and who answers for it."""

    kind: str
    owner: str
    raised_at: Instant


class Situation(State, frozen=True):
    """What an open order waits for: numbers of units by bucket, tenders that are not certain.

    `changed_at` is when something last happened to it, `lapses_at` when the first of its payments
    lapses, if any does.
    """

    order_id: str
    changed_at: Instant
    holds: tuple[StandingHold, ...] = ()
    awaiting: int = 0
    units_unreserved: int = 0
    units_backordered: int = 0
    units_released: int = 0
    lapses_at: Instant = Instant(0)


class Step(State, frozen=True):
    """What must happen next, who has to do it, and when that is overdue."""

    what: str
    owner: str
    due_at: Instant


def next_step(order: Situation, patience: Patience) -> Step:
    """Return the step of an open order that is due first; there always is one."""
    return min(steps(order, patience), key=lambda step: (step.due_at, step.what))


def steps(order: Situation, patience: Patience) -> Iterator[Step]:
    """Yield every step that an open order waits for, at least one."""
    waits = False
    for hold in order.holds:
        waits = True
        due_at = _later(hold.raised_at, patience.hold_hours)
        yield Step(f"decide about the {hold.kind} hold", hold.owner, due_at)
    for what, owner, count, hours in (
        ("find stock", "purchasing", order.units_unreserved, patience.stock_hours),
        ("get supply", "purchasing", order.units_backordered, patience.supply_hours),
        ("send the goods", "warehouse", order.units_released, patience.warehouse_hours),
    ):
        if count:
            waits = True
            yield Step(what, owner, _later(order.changed_at, hours))
    if order.awaiting:
        waits = True
        due_at = _later(order.changed_at, patience.payment_hours)
        yield Step("pay", "customer", min(order.lapses_at or due_at, due_at))
    if not waits:
        yield Step("go on", ENGINE, _later(order.changed_at, patience.engine_hours))


def _later(at: Instant, hours: int) -> Instant:
    return Instant(at + hours * HOUR_MICROS)
