"""Stories of shopping, with few names, so that they collide."""

from __future__ import annotations

from random import Random

from oms_core.domain.cart import commands as cart
from oms_core.domain.cart.events import Address, Method, Payment, Price, Shortage
from oms_core.kernel import Command, Instant

CARTS = ("web:c1", "till:c2")
SECOND = Instant(1_000_000)


def opening(cart_id: str) -> Command:
    """Open a cart of nobody yet: it holds goods for one second, and is idle after two."""
    channel, _, reference = cart_id.partition(":")
    return cart.OpenCart(cart_id, channel, reference, "EUR", SECOND, "", 1, 2, 8)


def shopping(dice: Random, items: tuple[str, ...]) -> Command:
    """Let somebody shop: wish for a few things, think better of it, leave, or commit."""
    cart_id, line_id = dice.choice(CARTS), dice.choice(["a", "b", "c"])
    item, units, at = dice.choice(items), dice.randint(1, 4), Instant(dice.randint(1, 9) * SECOND)
    price = Price("10.00", 1_000 * units, 10)
    paid = (Payment("p1", dice.choice(list(Method)), dice.choice([1_010, 2_010]), "tok"),)
    ways = [
        cart.AddToCart(cart_id, line_id, item, "SKU", units, at, price, dice.random() < 0.2),
        cart.ChangeCartLine(cart_id, line_id, f"x{dice.randint(1, 9)}", units, at, price),
        cart.RemoveFromCart(cart_id, line_id, at),
        cart.SetCartCustomer(cart_id, dice.choice(["C1", "C2"]), at),
        cart.ExtendCart(cart_id, at),
        cart.AbandonCart(cart_id, at),
        cart.ExpireCart(cart_id, at),
        cart.CheckOutCart(cart_id, dice.choice("12"), paid, Address("FR"), Shortage.SPLIT, at),
    ]
    return dice.choices(ways, [8, 3, 2, 1, 1, 2, 1, 2])[0]
