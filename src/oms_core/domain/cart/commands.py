"""What may be asked of a cart. `at` is when the customer, or whoever shops for them, did it."""

from __future__ import annotations

from oms_core.domain.cart.events import Address, Payment, Price, Shortage
from oms_core.kernel import Command, Instant

MINUTE_SECONDS = 60
DAY_SECONDS = 86_400


class OpenCart(Command, frozen=True):
    """Begin to shop. The cart's id is its channel and the channel's own reference.

    Goods are held for `reserve_seconds` after each wish for them. After `idle_seconds` without a
    sign of the customer the cart counts as abandoned, after `expire_seconds` it lapses.
    """

    cart_id: str
    channel: str
    external_ref: str
    currency: str
    opened_at: Instant
    customer_id: str = ""
    reserve_seconds: int = 20 * MINUTE_SECONDS
    idle_seconds: int = 60 * MINUTE_SECONDS
    expire_seconds: int = 30 * DAY_SECONDS


class AddToCart(Command, frozen=True):
    """Put a line into the cart. `line_id` is the channel's own, and used once."""

    cart_id: str
    line_id: str
    item_id: str
    sku: str
    quantity: int
    at: Instant
    price: Price = Price()
    service: bool = False


class ChangeCartLine(Command, frozen=True):
    """Let a line hold so many units, at this price. `change_id` is the channel's own.

    `seen` is the quantity that the sender saw, so that two who shop together do not undo each
    other's wish unawares; zero if that does not matter.
    """

    cart_id: str
    line_id: str
    change_id: str
    quantity: int
    at: Instant
    price: Price = Price()
    seen: int = 0


class RemoveFromCart(Command, frozen=True):
    """Take a line out of the cart."""

    cart_id: str
    line_id: str
    at: Instant


class SetCartCustomer(Command, frozen=True):
    """Say whose cart it is, once they have made themselves known."""

    cart_id: str
    customer_id: str
    at: Instant


class ExtendCart(Command, frozen=True):
    """Hold everything for longer, and set aside again what was given back meanwhile."""

    cart_id: str
    at: Instant


class AbandonCart(Command, frozen=True):
    """Count the cart as abandoned if nobody has touched it for long enough at `now`."""

    cart_id: str
    now: Instant


class ExpireCart(Command, frozen=True):
    """Let the cart lapse if its time is over at `now`."""

    cart_id: str
    now: Instant


class CheckOutCart(Command, frozen=True):
    """Commit to what is in the cart: let it become the order of this reference of its channel."""

    cart_id: str
    external_ref: str
    payments: tuple[Payment, ...]
    ship_to: Address
    on_shortage: Shortage
    at: Instant
    ship_by: Instant = Instant(0)
    pay_by: Instant = Instant(0)
    coupons: tuple[str, ...] = ()


class RecordCartShortage(Command, frozen=True):
    """Note that of so many units of an item only so many could be set aside."""

    cart_id: str
    item_id: str
    requested: int
    available: int


class RejectCheckout(Command, frozen=True):
    """Note why the order was not accepted."""

    cart_id: str
    order_id: str
    reasons: tuple[str, ...]


class ConvertCart(Command, frozen=True):
    """Note that the cart has become an order, and which items are the order's to reserve now."""

    cart_id: str
    order_id: str
    item_ids: tuple[str, ...]


CartCommand = (
    OpenCart
    | AddToCart
    | ChangeCartLine
    | RemoveFromCart
    | SetCartCustomer
    | ExtendCart
    | AbandonCart
    | ExpireCart
    | CheckOutCart
    | RecordCartShortage
    | RejectCheckout
    | ConvertCart
)
