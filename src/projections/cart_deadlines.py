"""The deadlines of carts: what they hold lapses, who left them is noticed, and they lapse too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oms_core.domain.cart import events as cart
from oms_core.domain.stock import events as stock
from oms_core.kernel import Event, Recorded
from projections.deadline import Deadline, over
from projections.rules import Change


def soft_reserved(deadline: Deadline, event: stock.StockSoftReserved, _: Recorded) -> Deadline:
    """Let units that are set aside for a cart lapse in time."""
    units = deadline.units_reserved + event.quantity
    return replace(
        deadline, due_at=event.expires_at, limit_at=event.expires_at, units_reserved=units
    )


def soft_extended(
    deadline: Deadline, event: stock.SoftReservationExtended, _: Recorded
) -> Deadline:
    """Let a cart's units lapse later."""
    return replace(deadline, due_at=event.expires_at, limit_at=event.expires_at)


def soft_ended(
    deadline: Deadline,
    event: stock.SoftReservationReleased
    | stock.SoftReservationExpired
    | stock.SoftReservationConverted,
    _: Recorded,
) -> Deadline | None:
    """Let fewer units of a cart lapse."""
    left = deadline.units_reserved - event.quantity
    return replace(deadline, units_reserved=left) if left > 0 else None


def awaited(deadline: Deadline, event: Any, _: Recorded) -> Deadline:
    """Wait for somebody to touch a cart: until it is abandoned, or until it lapses."""
    due = event.due
    return replace(
        deadline,
        kind="abandonment" if due.idle_at else "cart",
        due_at=due.idle_at or due.expires_at,
        limit_at=due.expires_at,
    )


CARTS: Mapping[type[Event], Change[Deadline]] = {
    **dict.fromkeys(
        (
            cart.CartOpened,
            cart.CartLineAdded,
            cart.CartLineChanged,
            cart.CartLineRemoved,
            cart.CartCustomerSet,
            cart.CartExtended,
            cart.CartAbandoned,
            cart.CheckoutRequested,
        ),
        awaited,
    ),
    cart.CartExpired: over,
    cart.CartConverted: over,
}

SOFT: Mapping[type[Event], Change[Deadline]] = {
    stock.StockSoftReserved: soft_reserved,
    stock.SoftReservationExtended: soft_extended,
    stock.SoftReservationReleased: soft_ended,
    stock.SoftReservationExpired: soft_ended,
    stock.SoftReservationConverted: soft_ended,
}
