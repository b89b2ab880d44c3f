"""What customers do before they order, and with what they pay: carts, codes and gift cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oms_core.domain.cart import commands as cart
from oms_core.domain.cart.events import Address, Method, Payment, Price, Shortage
from oms_core.domain.coupon import commands as coupon
from oms_core.domain.giftcard import commands as giftcard
from oms_core.domain.giftcard.events import Origin
from oms_core.domain.stock import commands as stock
from oms_core.kernel import Command, Instant
from tests.machines.deeds import CARDS, CHANNELS, CODES, CUSTOMERS, HOUR, ITEMS, Numbers

if TYPE_CHECKING:
    from tests.machines.whole_shop import WholeShop


def shop_around(shop: WholeShop, n: Numbers) -> Command | None:
    """Open a cart, put something into it, change it, take it out, say who one is, or stay."""
    if not (carts := shop.of("cart")) or n.below(6) == 5:
        name = f"{n.one(CHANNELS)}:c{shop.number()}"
        channel, _, reference = name.partition(":")
        customer_id = n.one(("C1", "C2", ""))
        return cart.OpenCart(name, channel, reference, "EUR", shop.now, customer_id, 600)
    name, state = n.one(carts)
    units, item = 1 + n.below(4), n.one(ITEMS)
    price = Price("10.01", 1_001 * units, 143 * units)
    add = cart.AddToCart(name, f"l{shop.number()}", item, item, units, shop.now, price)
    if not state.lines:
        return add
    line = n.one(state.lines).line_id
    change = cart.ChangeCartLine(name, line, f"x{shop.number()}", units, shop.now, price)
    return n.one(
        (
            add,
            change,
            cart.RemoveFromCart(name, line, shop.now),
            cart.SetCartCustomer(name, n.one(tuple(CUSTOMERS)), shop.now),
            cart.ExtendCart(name, shop.now),
        )
    )


def check_out(shop: WholeShop, n: Numbers) -> Command | None:
    """Commit to what is in a cart; now and then with too little money."""
    full = [(name, state) for name, state in shop.of("cart") if state.lines]
    if not full:
        return None
    name, state = n.one(full)
    total = sum(line.price.net_minor + line.price.tax_minor for line in state.lines)
    total -= n.below(6) == 5
    method = n.one(tuple(Method))
    token = n.one(CARDS) if method is Method.GIFT_CARD else "tok"
    paid = (Payment("p1", method, total, token),)
    ship_to, choice = Address("FR"), n.one(tuple(Shortage))
    pay_by = Instant(shop.now + 24 * HOUR)
    return cart.CheckOutCart(
        name,
        f"o{shop.number()}",
        paid,
        ship_to,
        choice,
        shop.now,
        pay_by=pay_by,
        coupons=n.one(((), CODES[:1], CODES)),
    )


def vouch(shop: WholeShop, n: Numbers) -> Command:
    """Issue a coupon or a gift card, the same as before or another; withdraw one, or let it lapse.

    The card that is short ends in a day, the others never.
    """
    code, card = n.one(CODES), n.one(CARDS)
    uses = {"SAVE": (3, 2), "ONCE": (1, 0)}[code]
    currency = "JPY" if card == "G-JPY" else "EUR"
    until = Instant(shop.now + 24 * HOUR) if card == "G-SHORT" else Instant(0)
    return n.one(
        (
            giftcard.IssueGiftCard(card, 3_000, currency, n.one(tuple(Origin)), until),
            giftcard.IssueGiftCard(f"G{shop.number()}", 1_200, "EUR"),
            coupon.IssueCoupon(code, *uses),
            giftcard.ExpireGiftCard(card, shop.now),
            coupon.WithdrawCoupon(code, "over")
            if not n.below(4)
            else coupon.IssueCoupon(code, *uses),
        )
    )


def leave(shop: WholeShop, n: Numbers) -> Command | None:
    """Let a cart's alarms ring, whether or not it is time."""
    if not (name := shop.choose("cart", n)):
        return None
    ring = n.one((cart.AbandonCart, cart.ExpireCart))
    return n.one((ring(name, shop.now), stock.ExpireSoftReservation(n.one(ITEMS), name, shop.now)))
