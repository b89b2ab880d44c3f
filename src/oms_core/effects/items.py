"""What a notice has to say, in whatever language and form it is written."""

from __future__ import annotations

from oms_core.kernel import Instant, State


class Item(State, frozen=True):
    """Units of an item, with what they cost before tax."""

    item_id: str
    sku: str
    quantity: int
    amount_minor: int = 0


class Matter(State, frozen=True):
    """What there is to say. Each kind of notice fills the fields that it speaks of.

    `amount_minor` is what is refunded or still to be paid. `sealed` is the address of the order,
    where the customer has none of their own. `tells` names what is said, where several notices may
    say the same: one of them is enough.
    """

    order_id: str = ""
    reference: str = ""
    customer_id: str = ""
    country: str = ""
    sealed: bytes = b""
    currency: str = ""
    items: tuple[Item, ...] = ()
    net_minor: int = 0
    tax_minor: int = 0
    amount_minor: int = 0
    at: Instant = Instant(0)
    carrier: str = ""
    tracking: str = ""
    number: str = ""
    issued_on: str = ""
    due_on: str = ""
    level: int = 0
    whole: bool = False
    credit: bool = False
    cart_id: str = ""
    tells: str = ""
