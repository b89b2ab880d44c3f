"""The row of the order list, and how its status is read off its numbers."""

from __future__ import annotations

from rpds import HashTrieMap

from oms_core.kernel import Instant, State
from projections.rules import Part


class OpenHold(Part, frozen=True):
    """Why a person has to look at the order."""

    hold_id: str
    kind: str
    reason: str


class Flag(Part, frozen=True):
    """What makes the order special, and the code that names it, once there is one."""

    kind: str
    code: str


class Reason(Part, frozen=True):
    """Why the order was not accepted."""

    code: str
    detail: str


class Order(State, frozen=True):
    """An order as a person in the shop wants to see it.

    Every unit is unreserved (without stock), backordered, reserved, released (on its way through a
    location), a service not yet charged, shipped, or cancelled; delivered and returned are parts of
    shipped. `captured_minor` and `refunded_minor` are what really moved, `returned_minor` is what
    was owed for returns. `services` are line ids; `backorders` are units by line. `changed_at` is
    when something last happened to it.
    """

    order_id: str
    state: str = ""
    channel: str = ""
    external_ref: str = ""
    customer_id: str = ""
    country: str = ""
    currency: str = ""
    purpose: str = ""
    replaces: str = ""
    lines: int = 0
    units_ordered: int = 0
    units_unreserved: int = 0
    units_backordered: int = 0
    units_reserved: int = 0
    units_released: int = 0
    units_service: int = 0
    units_shipped: int = 0
    units_delivered: int = 0
    units_cancelled: int = 0
    units_returned: int = 0
    total_minor: int = 0
    shipped_minor: int = 0
    cancelled_minor: int = 0
    captured_minor: int = 0
    returned_minor: int = 0
    refunded_minor: int = 0
    holds: tuple[OpenHold, ...] = ()
    awaiting: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    rejections: tuple[Reason, ...] = ()
    placed_at: Instant = Instant(0)
    ship_by: Instant = Instant(0)
    first_shipped_at: Instant = Instant(0)
    last_shipped_at: Instant = Instant(0)
    closed_at: Instant = Instant(0)
    last_position: int = 0
    services: tuple[str, ...] = ()
    backorders: HashTrieMap[str, int] = HashTrieMap()
    changed_at: Instant = Instant(0)


CLOSED = frozenset({"cancelled", "completed", "rejected"})


def label(order: Order) -> str:
    """Return what one would call the status of an open order: what it waits for, or is at."""
    if order.holds:
        return "held"
    if order.awaiting:
        return "awaiting_payment"
    if order.units_shipped:
        return "partially_shipped"
    if order.units_released:
        return "released"
    if order.units_backordered:
        return "backordered"
    return "placed"
