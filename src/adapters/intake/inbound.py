"""What channels and partners may say: the contract of the inbound topics.

A channel knows its own references, line numbers, and what a thing, a customer or a place is called;
our ids are made of those. Amounts are whole minor units of an ISO 4217 currency, countries are ISO
3166-1 alpha-2, times are UTC. `schemas/inbound.avsc` is derived from here.
"""

from __future__ import annotations

from typing import Annotated, get_args

import msgspec
from msgspec import Meta

from oms_core.domain.order.events import (
    CancellationReason,
    LineKind,
    OnShortage,
    Purpose,
    TenderMethod,
)
from oms_core.domain.payment.commands import Outcome
from oms_core.kernel import Instant

NAME_MAX = 200
"""Characters of a name that another system has given."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line of an order, with what the customer was promised for it."""

    number: Annotated[
        int, Meta(description="The line's number in the channel, used once within the order.", ge=1)
    ]
    item_id: Annotated[str, Meta(description="What is sold: its id in our catalogue.")]
    quantity: Annotated[int, Meta(description="Units, 1 or more.")]
    net_minor: Annotated[
        int,
        Meta(description="What the whole line costs, after discount and before tax, minor units."),
    ]
    tax_minor: Annotated[int, Meta(description="Tax on the whole line, minor units.")] = 0
    discount_minor: Annotated[
        int, Meta(description="Discount that net_minor has taken off already, minor units.")
    ] = 0
    unit_price: Annotated[
        str, Meta(description="The price of a unit as it was shown: a decimal in major units.")
    ] = ""
    sku: Annotated[
        str, Meta(description="The code under which it was sold; empty: the item_id itself.")
    ] = ""
    kind: Annotated[
        LineKind, Meta(description="Goods come off a shelf; a service is only charged.")
    ] = LineKind.GOODS


class Payment(msgspec.Struct, frozen=True, gc=False):
    """A part of the total, and how it is paid."""

    method: Annotated[TenderMethod, Meta(description="Cards and wallets are authorized first.")]
    amount_minor: Annotated[int, Meta(description="Its part of the total, in minor units.")]
    token: Annotated[
        str, Meta(description="What the provider knows the card by; never the card's number.")
    ] = ""
    terms: Annotated[
        str, Meta(description="On account: NET30 and the like; the customer is invoiced for it.")
    ] = ""


class Address(msgspec.Struct, frozen=True, gc=False):
    """Where the goods go: only what routing needs can be read."""

    country: Annotated[str, Meta(description="ISO 3166-1 alpha-2, such as FR.")]
    postal_code: Annotated[str, Meta(description="As the country writes it.")] = ""
    sealed: Annotated[
        bytes, Meta(description="The full address, encrypted with the customer's key.")
    ] = b""


class Message(msgspec.Struct, frozen=True, gc=False):
    """Something a channel or a partner says."""


class PlaceOrder(Message, frozen=True):
    """A customer has committed to buy. The same order again is no news."""

    external_ref: Annotated[
        str,
        Meta(
            description="The order's reference in the channel; also the key of the message.",
            min_length=1,
            max_length=NAME_MAX,
        ),
    ]
    customer_id: Annotated[str, Meta(description="The customer's id, the same in every channel.")]
    currency: Annotated[str, Meta(description="ISO 4217, such as EUR; of every amount.")]
    lines: Annotated[tuple[Line, ...], Meta(description="At least one, at most 2,000.")]
    payments: Annotated[
        tuple[Payment, ...], Meta(description="They add up to the net and the tax of all lines.")
    ]
    ship_to: Annotated[Address, Meta(description="Where the goods go.")]
    placed_at: Annotated[Instant, Meta(description="When the customer committed.")]
    on_shortage: Annotated[
        OnShortage, Meta(description="What is done where stock cannot meet the whole order.")
    ] = OnShortage.HOLD
    purpose: Annotated[Purpose, Meta(description="Why the goods go out.")] = Purpose.SALE
    replaces: Annotated[
        str, Meta(description="The reference of the faulty order that this one replaces.")
    ] = ""
    replaces_channel: Annotated[
        str, Meta(description="The channel that it was placed in; empty: this one.")
    ] = ""
    ship_by: Annotated[Instant, Meta(description="The promise to the customer.")] = Instant(0)
    pay_by: Annotated[Instant, Meta(description="Unpaid until then, it is cancelled.")] = Instant(0)
    priority: Annotated[int, Meta(description="Higher goes first.")] = 0
    bill_to: Annotated[
        Address, Meta(description="Where the bill goes; without a country: not known.")
    ] = Address("")
    coupons: Annotated[
        tuple[str, ...], Meta(description="Codes that the prices depend on, at most five.")
    ] = ()
    sold_at: Annotated[
        str,
        Meta(
            description="The location at whose till the customer takes the goods along: paid, "
            "shipped and delivered at once. Needs on_shortage cancel; empty: they are sent."
        ),
    ] = ""


class CancelOrder(Message, frozen=True):
    """Nothing more of an order is wanted; what has left is left out of it."""

    external_ref: Annotated[
        str, Meta(description="The order's reference in the channel.", min_length=1)
    ]
    reason: Annotated[CancellationReason, Meta(description="Why.")] = CancellationReason.CUSTOMER


class CancelLine(Message, frozen=True):
    """Fewer units of a line are wanted."""

    external_ref: Annotated[
        str, Meta(description="The order's reference in the channel.", min_length=1)
    ]
    change_ref: Annotated[
        str,
        Meta(
            description="The channel's own name for this change: the same one is made once.",
            min_length=1,
            max_length=NAME_MAX,
        ),
    ]
    number: Annotated[int, Meta(description="The number of the line in the channel.", ge=1)]
    quantity: Annotated[int, Meta(description="So many units less.")]
    reason: Annotated[CancellationReason, Meta(description="Why.")] = CancellationReason.CUSTOMER


class PaymentNotice(Message, frozen=True):
    """The payment provider says what became of a request of ours."""

    request_key: Annotated[
        str,
        Meta(
            description="The idempotency key of our request: payment, operation and intent.",
            pattern="^.+:(authorize|capture|void|refund):.+$",
        ),
    ]
    outcome: Annotated[Outcome, Meta(description="What the provider says.")]
    provider_ref: Annotated[
        str, Meta(description="The provider's own reference of what was set aside.")
    ] = ""
    detail: Annotated[
        str, Meta(description="Why it failed, or where the customer must act (a URL).")
    ] = ""
    expires_at: Annotated[Instant, Meta(description="Until when the amount is set aside.")] = (
        Instant(0)
    )


class ChargebackNotice(Message, frozen=True):
    """The payment provider says that the customer's bank took money back."""

    payment_id: Annotated[
        str, Meta(description="The payment, as our requests have named it.", min_length=1)
    ]
    chargeback_ref: Annotated[
        str, Meta(description="The provider's reference of the chargeback.", min_length=1)
    ]
    amount_minor: Annotated[int, Meta(description="In minor units of the payment's currency.")]
    reason: Annotated[str, Meta(description="The bank's reason.")] = ""


class StockReceipt(Message, frozen=True):
    """Goods have arrived at a location."""

    document_ref: Annotated[
        str,
        Meta(
            description="The warehouse's own name for this receipt: the same one counts once.",
            min_length=1,
            max_length=NAME_MAX,
        ),
    ]
    item_id: Annotated[str, Meta(description="What has come; also the key of the message.")]
    location_id: Annotated[str, Meta(description="Where it has come.", min_length=1)]
    quantity: Annotated[int, Meta(description="Units that arrived.")]
    cost_minor: Annotated[int, Meta(description="What all of them cost, in minor units.")]
    currency: Annotated[str, Meta(description="ISO 4217, of the cost.")]


class StockCount(Message, frozen=True):
    """Somebody has counted what is on a shelf."""

    document_ref: Annotated[
        str,
        Meta(
            description="The warehouse's own name for this count: the same one counts once.",
            min_length=1,
            max_length=NAME_MAX,
        ),
    ]
    item_id: Annotated[str, Meta(description="What was counted; also the key of the message.")]
    location_id: Annotated[str, Meta(description="Where it was counted.", min_length=1)]
    counted: Annotated[int, Meta(description="Units that are there.")]


Inbound = (
    PlaceOrder
    | CancelOrder
    | CancelLine
    | PaymentNotice
    | ChargebackNotice
    | StockReceipt
    | StockCount
)
"""Whatever may stand in an inbound topic."""

MESSAGES: tuple[type[Message], ...] = get_args(Inbound)
