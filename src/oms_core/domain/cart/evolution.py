"""How each event changes a cart. Events are facts: nothing here refuses one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from oms_core.domain.cart import events
from oms_core.domain.cart.state import Cart, Phase, change_key, line_key
from oms_core.kernel import evolving, unchanged


def opened(cart: Cart, event: events.CartOpened) -> Cart:
    """Begin to shop."""
    return replace(
        cart, phase=Phase.OPEN, opened=event, customer_id=event.customer_id, due=event.due
    )


def added(cart: Cart, event: events.CartLineAdded) -> Cart:
    """Put a line behind the others."""
    return replace(
        cart,
        lines=(*cart.lines, event.line),
        changes=cart.changes.add(line_key(event.line.line_id)),
        due=event.due,
    )


def changed(cart: Cart, event: events.CartLineChanged) -> Cart:
    """Let a line hold more or fewer units."""
    cart = _with_units(cart, event.line_id, event.quantity, event.price)
    return replace(cart, changes=cart.changes.add(change_key(event.change_id)), due=event.due)


def removed(cart: Cart, event: events.CartLineRemoved) -> Cart:
    """Take a line out."""
    lines = tuple(line for line in cart.lines if line.line_id != event.line_id)
    return replace(cart, lines=lines, due=event.due)


def declined(cart: Cart, event: events.CartLineDeclined) -> Cart:
    """Let a line hold what could be had."""
    return _with_units(cart, event.line_id, event.available, event.price)


def known(cart: Cart, event: events.CartCustomerSet) -> Cart:
    """Know whose cart it is."""
    return replace(cart, customer_id=event.customer_id, due=event.due)


def extended(cart: Cart, event: events.CartExtended) -> Cart:
    """Wait for the cart for longer."""
    return replace(cart, due=event.due)


def abandoned(cart: Cart, event: events.CartAbandoned) -> Cart:
    """Wait for somebody to come back."""
    return replace(cart, phase=Phase.ABANDONED, abandoned_at=event.abandoned_at, due=event.due)


def reopened(cart: Cart, event: events.CartReopened) -> Cart:
    """Begin a new episode."""
    return replace(cart, phase=Phase.OPEN, episode=event.episode)


def expired(cart: Cart, event: events.CartExpired) -> Cart:
    """Forget what was wanted."""
    del event
    return _closed(cart, Phase.EXPIRED)


def requested(cart: Cart, event: events.CheckoutRequested) -> Cart:
    """Remember what the customer commits to, until the order answers."""
    return replace(cart, checkout=event, due=event.due)


def converted(cart: Cart, event: events.CartConverted) -> Cart:
    """Know the order, and forget what was wanted: it is the order's now."""
    return replace(_closed(cart, Phase.CONVERTED), order_id=event.order_id)


def _with_units(cart: Cart, line_id: str, quantity: int, price: events.Price) -> Cart:
    lines = tuple(
        replace(line, quantity=quantity, price=price) if line.line_id == line_id else line
        for line in cart.lines
    )
    return replace(cart, lines=lines)


def _closed(cart: Cart, phase: Phase) -> Cart:
    return Cart(phase, cart.opened, cart.customer_id, episode=cart.episode)


evolve: Callable[[Cart, Any], Cart] = evolving(
    {
        events.CartOpened: opened,
        events.CartLineAdded: added,
        events.CartLineChanged: changed,
        events.CartLineRemoved: removed,
        events.CartLineDeclined: declined,
        events.CartCustomerSet: known,
        events.CartExtended: extended,
        events.CartDemandChanged: unchanged,
        events.CartAbandoned: abandoned,
        events.CartReopened: reopened,
        events.CartExpired: expired,
        events.CheckoutRequested: requested,
        events.CheckoutRejected: unchanged,
        events.CartConverted: converted,
    }
)
