"""What can have happened to a cart. Amounts are minor units of the cart's currency."""

from __future__ import annotations

from enum import StrEnum

from oms_core.kernel import Event, Instant, State


class Method(StrEnum):
    """How a part of the total is paid, in the words of the order that the cart becomes."""

    CARD = "card"
    WALLET = "wallet"
    CASH = "cash"
    ACCOUNT = "account"
    GIFT_CARD = "gift_card"


class Shortage(StrEnum):
    """What becomes of the order if stock cannot meet it in full, in the order's own words."""

    HOLD = "hold"
    BACKORDER = "backorder"
    SPLIT = "split"
    CANCEL = "cancel"


class Price(State, frozen=True):
    """What the channel quoted for a line: a decimal in major units, and the whole line's amounts.

    `net_minor` is after `discount_minor` and before `tax_minor`. A line without a quote costs
    nothing.
    """

    unit_price: str = ""
    net_minor: int = 0
    tax_minor: int = 0
    discount_minor: int = 0


class CartLine(State, frozen=True):
    """What is wanted of an item. A service (postage, gift wrap) needs no stock."""

    line_id: str
    item_id: str
    sku: str
    quantity: int
    price: Price = Price()
    service: bool = False


class Payment(State, frozen=True):
    """A part of the total; `name` tells it from the others. `token` stands for the card."""

    name: str
    method: Method
    amount_minor: int
    token: str = ""


class Address(State, frozen=True):
    """Where the goods are to go. `sealed` is the address, encrypted with the customer's key."""

    country: str
    postal_code: str = ""
    sealed: bytes = b""


class Due(State, frozen=True):
    """Until when a cart is waited for: when somebody was last there, and what follows from it.

    At `idle_at` it counts as abandoned, unless it is zero: an empty cart and one that is abandoned
    already are not. At `expires_at` it lapses.
    """

    active_at: Instant = Instant(0)
    idle_at: Instant = Instant(0)
    expires_at: Instant = Instant(0)


class CartOpened(Event, frozen=True):
    """Somebody began to shop. How long the cart holds goods and is waited for is agreed here."""

    cart_id: str
    channel: str
    external_ref: str
    currency: str
    customer_id: str
    reserve_seconds: int
    idle_seconds: int
    expire_seconds: int
    due: Due


class CartLineAdded(Event, frozen=True):
    """A line is in the cart."""

    cart_id: str
    line: CartLine
    due: Due


class CartLineChanged(Event, frozen=True):
    """A line holds more or fewer units, at another price."""

    cart_id: str
    line_id: str
    item_id: str
    change_id: str
    quantity: int
    price: Price
    due: Due


class CartLineRemoved(Event, frozen=True):
    """A line is no longer in the cart."""

    cart_id: str
    line_id: str
    item_id: str
    due: Due


class CartLineDeclined(Event, frozen=True):
    """So many units were asked for, and only so many could be had: the line holds those.

    Its price is the part of the quote that falls to them, until the channel quotes anew.
    """

    cart_id: str
    line_id: str
    item_id: str
    requested: int
    available: int
    price: Price


class CartCustomerSet(Event, frozen=True):
    """The customer is known."""

    cart_id: str
    customer_id: str
    due: Due


class CartExtended(Event, frozen=True):
    """Somebody is still there: what the cart holds is held for longer."""

    cart_id: str
    due: Due


class CartDemandChanged(Event, frozen=True):
    """So many units of an item in all are to be set aside for the cart; stock listens for it."""

    cart_id: str
    item_id: str
    channel: str
    customer_id: str
    quantity: int
    expires_at: Instant


class CartAbandoned(Event, frozen=True):
    """Nobody has touched the cart for as long as was agreed: once for each episode."""

    cart_id: str
    channel: str
    customer_id: str
    episode: int
    units: int
    value_minor: int
    currency: str
    abandoned_at: Instant
    due: Due


class CartReopened(Event, frozen=True):
    """Somebody came back to an abandoned cart: a new episode begins."""

    cart_id: str
    episode: int


class CartExpired(Event, frozen=True):
    """The cart has lapsed: it holds nothing, and nobody waits for it any more."""

    cart_id: str


class CheckoutRequested(Event, frozen=True):
    """The customer commits to what is in the cart. Whether it becomes an order, the order says."""

    cart_id: str
    order_id: str
    channel: str
    external_ref: str
    customer_id: str
    currency: str
    lines: tuple[CartLine, ...]
    payments: tuple[Payment, ...]
    ship_to: Address
    on_shortage: Shortage
    ship_by: Instant
    pay_by: Instant
    due: Due
    coupons: tuple[str, ...] = ()


class CheckoutRejected(Event, frozen=True):
    """The order was not accepted; the cart is as it was, and may be checked out again."""

    cart_id: str
    order_id: str
    reasons: tuple[str, ...]


class CartConverted(Event, frozen=True):
    """The cart has become an order."""

    cart_id: str
    order_id: str
    customer_id: str


CartEvent = (
    CartOpened
    | CartLineAdded
    | CartLineChanged
    | CartLineRemoved
    | CartLineDeclined
    | CartCustomerSet
    | CartExtended
    | CartDemandChanged
    | CartAbandoned
    | CartReopened
    | CartExpired
    | CheckoutRequested
    | CheckoutRejected
    | CartConverted
)
