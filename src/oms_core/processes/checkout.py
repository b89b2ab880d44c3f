"""Checkout: a cart becomes an order, if the order can be taken, with the lines that are in it.

Stock moves what the cart held to the order's lines as it reserves them (see `allocation`), so this
process only carries messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oms_core.domain.cart import commands as cart
from oms_core.domain.cart.events import CartLine, CheckoutRequested, Payment
from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    Destination,
    LineKind,
    OnShortage,
    OrderLine,
    OrderPlaced,
    OrderRejected,
    Tender,
    TenderMethod,
)
from oms_core.kernel import Command, Event, Process
from oms_core.policies.config import Policies
from oms_core.processes.pricing import assessed


def _line(order_id: str, number: int, line: CartLine) -> OrderLine:
    """Say in the order's words what was in the cart."""
    return OrderLine(
        f"{order_id}/{number}",
        line.item_id,
        line.sku,
        line.quantity,
        line.price.unit_price,
        line.price.net_minor,
        line.price.tax_minor,
        line.price.discount_minor,
        LineKind.SERVICE if line.service else LineKind.GOODS,
    )


def _tender(order_id: str, payment: Payment) -> Tender:
    """Say in the order's words how the customer pays."""
    return Tender(
        f"{order_id}/{payment.name}",
        TenderMethod(payment.method.value),
        payment.amount_minor,
        payment.token,
    )


def _react(event: Event, policies: Policies) -> Iterator[Command | Event]:
    match event:
        case CheckoutRequested(order_id=order_id, ship_to=ship_to):
            wanted = order.PlaceOrder(
                order_id,
                event.channel,
                event.external_ref,
                event.customer_id,
                event.currency,
                tuple(_line(order_id, n, line) for n, line in enumerate(event.lines, 1)),
                tuple(_tender(order_id, payment) for payment in event.payments),
                Destination(ship_to.country, ship_to.postal_code, ship_to.sealed),
                OnShortage(event.on_shortage.value),
                event.due.active_at,
                ship_by=event.ship_by,
                pay_by=event.pay_by,
                cart_id=event.cart_id,
                coupons=event.coupons,
            )
            yield assessed(wanted, policies)
        case OrderPlaced(order_id=order_id, lines=lines, cart_id=cart_id):
            items = (line.item_id for line in lines if line.kind is LineKind.GOODS)
            yield cart.ConvertCart(cart_id, order_id, tuple(dict.fromkeys(items)))
        case OrderRejected(order_id=order_id, reasons=reasons, cart_id=cart_id):
            told = tuple(f"{reason.code}: {reason.detail}" for reason in reasons)
            yield cart.RejectCheckout(cart_id, order_id, told)


def _of_a_cart(event: Any) -> str | None:
    return event.order_id if event.cart_id else None


def checkout(policies: Policies) -> Process[None]:
    """Return the process that knows the shop's prices."""

    def react(event: Event, memory: None) -> Iterator[Command | Event]:
        del memory
        return _react(event, policies)

    return Process(
        "checkout",
        dict.fromkeys((CheckoutRequested, OrderPlaced, OrderRejected), _of_a_cart),
        react,
        None,
    )
