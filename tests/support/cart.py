"""A cart in plain words: the terms it was opened on, and the moments that follow from them."""

from __future__ import annotations

from oms_core.domain.cart import events
from oms_core.kernel import Instant

CART = "web:c1"
SECOND = 1_000_000
RESERVE, IDLE, EXPIRE = 10, 60, 600
MUG = events.Price("10.00", 1_000, 200)
MUGS = events.Price("10.00", 3_000, 600)


def at(second: int) -> Instant:
    """Return the instant so many seconds after the cart was opened."""
    return Instant(second * SECOND)


def due(second: int, *, waits: bool = True) -> events.Due:
    """Return until when a cart is waited for if somebody was last there at this second."""
    idle_at = at(second + IDLE) if waits else at(0)
    return events.Due(at(second), idle_at, at(second + EXPIRE))


OPENED = events.CartOpened(
    CART, "web", "c1", "EUR", "C1", RESERVE, IDLE, EXPIRE, due(0, waits=False)
)


def line(line_id: str, quantity: int, item_id: str = "MUG", price: events.Price = MUG):
    """Return a line as it is in the cart."""
    return events.CartLine(line_id, item_id, item_id, quantity, price)


def added(line_id: str, quantity: int, second: int = 1, item_id: str = "MUG", price=MUG):
    """Return the event of a line that was put in at this second."""
    return events.CartLineAdded(CART, line(line_id, quantity, item_id, price), due(second))


def wants(quantity: int, second: int = 1, item_id: str = "MUG", customer_id: str = "C1"):
    """Return the event by which stock is asked, at this second, to set units aside."""
    return events.CartDemandChanged(
        CART, item_id, "web", customer_id, quantity, at(second + RESERVE)
    )


def abandoned(
    episode: int = 1, units: int = 1, second: int = 61, last: int = 1, value: int = 1_200
):
    """Return the event of a cart that was found abandoned at this second."""
    return events.CartAbandoned(
        CART, "web", "C1", episode, units, value, "EUR", at(second), due(last, waits=False)
    )
