"""What a cart's events add up to: its lines, whose it is, and until when it is waited for."""

from __future__ import annotations

from enum import StrEnum

from msgspec.structs import replace

from oms_core.domain.cart.events import CartLine, CartOpened, CheckoutRequested, Due, Price
from oms_core.kernel import Instant, State
from oms_core.kernel.money import share
from oms_core.kernel.recent import Recent

SECOND = 1_000_000
"""Microseconds, the unit of an instant."""

END_OF_TIME = Instant(2**63 - 1)
"""The last instant that can be stored."""


class Phase(StrEnum):
    """Where the cart stands."""

    UNKNOWN = "unknown"
    OPEN = "open"
    ABANDONED = "abandoned"
    CONVERTED = "converted"
    EXPIRED = "expired"


class Cart(State, frozen=True):
    """A cart. `changes` are the last lines and changes that the channel named, `lines` in order.

    `abandoned_at` is when it was last found to be so; `order_id` names the order that it became.
    """

    phase: Phase = Phase.UNKNOWN
    opened: CartOpened | None = None
    customer_id: str = ""
    lines: tuple[CartLine, ...] = ()
    due: Due = Due()
    episode: int = 1
    abandoned_at: Instant = Instant(0)
    changes: Recent = Recent()
    checkout: CheckoutRequested | None = None
    order_id: str = ""

    @property
    def terms(self) -> CartOpened:
        """What was agreed; there is nothing to ask of a cart that was never opened."""
        assert self.opened is not None
        return self.opened

    @property
    def units(self) -> int:
        """Units of goods that are wanted."""
        return sum(line.quantity for line in self.lines if not line.service)

    @property
    def value_minor(self) -> int:
        """What the lines cost together, tax included, as far as they are priced."""
        return sum(line.price.net_minor + line.price.tax_minor for line in self.lines)

    def line(self, line_id: str) -> CartLine | None:
        """Return the line of that name, if there is one."""
        return next((line for line in self.lines if line.line_id == line_id), None)

    def wanted(self, item_id: str) -> int:
        """Return the units of an item that all lines together want of stock."""
        return sum(
            part.quantity for part in self.lines if part.item_id == item_id and is_goods(part)
        )

    @property
    def item_ids(self) -> tuple[str, ...]:
        """The items that stock is asked for, each once, in the order of the lines."""
        return tuple(dict.fromkeys(line.item_id for line in self.lines if is_goods(line)))


def line_key(line_id: str) -> str:
    """Return the name under which a cart remembers that it had a line."""
    return f"line {line_id}"


def change_key(change_id: str) -> str:
    """Return the name under which a cart remembers a change."""
    return f"change {change_id}"


def is_goods(line: CartLine) -> bool:
    """Say whether a line needs stock."""
    return not line.service


def later(at: Instant, seconds: int) -> Instant:
    """Return the instant so many seconds after another."""
    return Instant(min(at + seconds * SECOND, END_OF_TIME))


def due_after(cart: Cart, at: Instant, *, empty: bool) -> Due:
    """Return until when a cart is waited for once somebody was there at `at`.

    What is heard late never makes it shorter, and does not bring an abandoned cart back. A cart
    that is then `empty` is not abandoned.
    """
    terms, active_at = cart.terms, max(cart.due.active_at, at)
    idle_at = later(active_at, terms.idle_seconds)
    waits = not empty and (cart.phase is not Phase.ABANDONED or idle_at > cart.abandoned_at)
    return Due(
        active_at,
        idle_at if waits else Instant(0),
        later(active_at, terms.expire_seconds),
    )


def part_of(price: Price, quantity: int, whole: int) -> Price:
    """Return what `quantity` of `whole` units carry of a quote, rounded down."""
    return replace(
        price,
        net_minor=share(price.net_minor, 0, quantity, whole),
        tax_minor=share(price.tax_minor, 0, quantity, whole),
        discount_minor=share(price.discount_minor, 0, quantity, whole),
    )
