"""Rules of leaving: a cart is abandoned, lapses, or becomes an order."""

from __future__ import annotations

from msgspec.structs import replace

from oms_core.domain.cart import checks, commands, events
from oms_core.domain.cart.evolution import evolve
from oms_core.domain.cart.shopping import Events, demands, returned
from oms_core.domain.cart.state import Cart, Phase, due_after
from oms_core.kernel import Instant


def abandon(command: commands.AbandonCart, cart: Cart) -> Events:
    """Count an open cart as abandoned; early, late and repeated alarms do no harm."""
    checks.require_known(cart)
    if 0 < cart.due.idle_at <= command.now:
        yield events.CartAbandoned(
            command.cart_id,
            cart.terms.channel,
            cart.customer_id,
            cart.episode,
            cart.units,
            cart.value_minor,
            cart.terms.currency,
            command.now,
            replace(cart.due, idle_at=Instant(0)),
        )


def expire(command: commands.ExpireCart, cart: Cart) -> Events:
    """Let the cart lapse and give back what it holds; an early or repeated alarm does no harm."""
    checks.require_known(cart)
    if not checks.is_closed(cart) and cart.due.expires_at <= command.now:
        expired = events.CartExpired(command.cart_id)
        yield expired
        yield from demands(evolve(cart, expired), command.cart_id, cart.item_ids)


def check_out(command: commands.CheckOutCart, cart: Cart) -> Events:
    """Commit to what is in the cart. Whether that is an order that can be taken, the order says."""
    checks.require_known(cart)
    checks.require_name(command.external_ref, "external_ref")
    order_id = f"{cart.terms.channel}:{command.external_ref}"
    if cart.phase is Phase.CONVERTED and cart.order_id == order_id:
        return
    checks.require_open(cart)
    requested = events.CheckoutRequested(
        command.cart_id,
        order_id,
        cart.terms.channel,
        command.external_ref,
        cart.customer_id,
        cart.terms.currency,
        tuple(line for line in cart.lines if line.quantity),
        command.payments,
        command.ship_to,
        command.on_shortage,
        command.ship_by,
        command.pay_by,
        due_after(cart, command.at, empty=not cart.lines),
        command.coupons,
    )
    if cart.checkout is None or replace(requested, due=cart.checkout.due) != cart.checkout:
        yield from returned(cart, command.cart_id, requested.due.active_at)
        yield requested


def reject(command: commands.RejectCheckout, cart: Cart) -> Events:
    """Say why the order was not accepted, if the cart still waits to hear of it."""
    checks.require_known(cart)
    if cart.checkout and cart.checkout.order_id == command.order_id:
        yield events.CheckoutRejected(command.cart_id, command.order_id, command.reasons)


def convert(command: commands.ConvertCart, cart: Cart) -> Events:
    """End the cart as an order. What the order does not take is given back."""
    checks.require_known(cart)
    if cart.phase is Phase.CONVERTED and cart.order_id == command.order_id:
        return
    checks.require_open(cart)
    converted = events.CartConverted(command.cart_id, command.order_id, cart.customer_id)
    yield converted
    left = (item_id for item_id in cart.item_ids if item_id not in command.item_ids)
    yield from demands(evolve(cart, converted), command.cart_id, left)
