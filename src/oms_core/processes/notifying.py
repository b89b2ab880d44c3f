"""Notifying: what people should hear of is asked for once, in the transaction in which it happens.

A notice is named after its kind and subject. So however often, and in whatever order, events are
told of, one cause has one notice. What it says is worked out when it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from oms_core.domain.cart.events import CartAbandoned
from oms_core.domain.fulfilment.events import FulfilmentShipped
from oms_core.domain.invoice.events import DunningRaised, InvoiceIssued
from oms_core.domain.notice.commands import RequestNotice
from oms_core.domain.notice.events import Kind
from oms_core.domain.order.events import (
    LineBackordered,
    LineCancelled,
    OrderPlaced,
    ParcelDelivered,
)
from oms_core.domain.payment.events import RefundSucceeded
from oms_core.kernel import Command, Event, Process
from oms_core.kernel.identity import customer_of
from oms_core.policies.config import Policies
from oms_core.processes.promising import PromiseBroken

WHOLE = "all"
"""How the lines of a cancellation are named that ends an order, or what is left of it."""


class Wish(NamedTuple):
    """A notice that an event calls for, if the shop sends notices of its kind."""

    kind: Kind
    subject_id: str
    order_id: str = ""
    customer_id: str = ""


def placed(event: OrderPlaced) -> Iterator[Wish]:
    """Confirm an order."""
    yield Wish(Kind.ORDER_PLACED, event.order_id, event.order_id, event.customer_id)


def shipped(event: FulfilmentShipped) -> Iterator[Wish]:
    """Tell of a parcel, unless nothing is in it."""
    if any(line.quantity for line in event.lines):
        yield Wish(Kind.ORDER_SHIPPED, event.fulfilment_id, event.order_id)


def delayed(event: LineBackordered) -> Iterator[Wish]:
    """Tell that a line has to wait."""
    yield Wish(Kind.ORDER_DELAYED, event.line_id, event.order_id)


def cancelled(event: LineCancelled) -> Iterator[Wish]:
    """Tell of a cancellation; the lines of one that ends the order are one cause."""
    group = event.cancellation_id
    name = WHOLE if group == f"{WHOLE}:{event.line_id}" else group
    yield Wish(Kind.ORDER_CANCELLED, f"{event.order_id}|{name}", event.order_id, event.customer_id)


def refunded(event: RefundSucceeded) -> Iterator[Wish]:
    """Tell that money is on its way back."""
    yield Wish(Kind.REFUNDED, f"{event.payment_id}|{event.refund_id}", event.order_id)


def issued(event: InvoiceIssued) -> Iterator[Wish]:
    """Send an invoice or a credit note."""
    customer_id = customer_of(event.account_id)
    yield Wish(Kind.INVOICE_ISSUED, event.invoice_id, event.order_id, customer_id)


def dunned(event: DunningRaised) -> Iterator[Wish]:
    """Remind of a debt, at each level."""
    customer_id = customer_of(event.account_id)
    subject_id = f"{event.invoice_id}|{event.level}"
    yield Wish(Kind.PAYMENT_REMINDER, subject_id, event.order_id, customer_id)


def abandoned(event: CartAbandoned) -> Iterator[Wish]:
    """Remind whoever left a cart, if we know who it is, and tell the merchant: once an episode."""
    subject_id = f"{event.cart_id}|{event.episode}"
    if event.customer_id:
        yield Wish(Kind.CART_ABANDONED, subject_id, customer_id=event.customer_id)
    yield Wish(Kind.CART_LEFT, subject_id, customer_id=event.customer_id)


def delivered(event: ParcelDelivered) -> Iterator[Wish]:
    """Ask what the customer thinks, and whether all has come: once for an order."""
    yield Wish(Kind.REVIEW_REQUEST, event.order_id, event.order_id)


def broken(event: PromiseBroken) -> Iterator[Wish]:
    """Say that goods have not left as promised: once for each promise."""
    subject_id = f"{event.order_id}|{event.ship_by}"
    yield Wish(Kind.PROMISE_BROKEN, subject_id, event.order_id)


WISHES: Mapping[type[Event], Callable[[Any], Iterator[Wish]]] = {
    OrderPlaced: placed,
    FulfilmentShipped: shipped,
    LineBackordered: delayed,
    LineCancelled: cancelled,
    RefundSucceeded: refunded,
    InvoiceIssued: issued,
    DunningRaised: dunned,
    CartAbandoned: abandoned,
    ParcelDelivered: delivered,
    PromiseBroken: broken,
}

SAYS: Mapping[type[Event], frozenset[Kind]] = {
    OrderPlaced: frozenset({Kind.ORDER_PLACED}),
    FulfilmentShipped: frozenset({Kind.ORDER_SHIPPED}),
    LineBackordered: frozenset({Kind.ORDER_DELAYED}),
    LineCancelled: frozenset({Kind.ORDER_CANCELLED}),
    RefundSucceeded: frozenset({Kind.REFUNDED}),
    InvoiceIssued: frozenset({Kind.INVOICE_ISSUED}),
    DunningRaised: frozenset({Kind.PAYMENT_REMINDER}),
    CartAbandoned: frozenset({Kind.CART_ABANDONED, Kind.CART_LEFT}),
    ParcelDelivered: frozenset({Kind.REVIEW_REQUEST}),
    PromiseBroken: frozenset({Kind.PROMISE_BROKEN}),
}
"""The kinds of notice that each event can call for: what no shop sends is not even listened for."""


def notice_id(kind: Kind, subject_id: str) -> str:
    """Return the name of the one notice of a kind about a subject."""
    return f"{kind}|{subject_id}"


def notifying(policies: Policies) -> Process[None]:
    """Return the process that knows which notices the shop sends, and whom it may not write to."""

    def react(event: Event, memory: None) -> Iterator[Command | Event]:
        del memory
        for wish in WISHES[type(event)](event):
            channel = (wish.order_id or wish.subject_id).partition(":")[0]
            quiet = channel in policies.quiet_channels and wish.kind is not Kind.CART_LEFT
            if wish.kind in policies.notices and not quiet:
                delay_days = policies.review_days if wish.kind is Kind.REVIEW_REQUEST else 0
                yield RequestNotice(notice_id(wish.kind, wish.subject_id), *wish, delay_days)

    heard = [event for event, kinds in SAYS.items() if kinds & set(policies.notices)]
    return Process("notifying", dict.fromkeys(heard, _about), react, None)


def _about(event: Any) -> str:
    """Return the conversation: that of the order, or of the cart."""
    return str(getattr(event, "order_id", "") or event.cart_id)
