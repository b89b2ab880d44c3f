"""Rules of shopping: lines come, change and go, and stock is asked to set the goods aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oms_core.domain.cart import checks, commands, events
from oms_core.domain.cart.evolution import evolve
from oms_core.domain.cart.state import (
    Cart,
    Phase,
    change_key,
    due_after,
    is_goods,
    later,
    line_key,
    part_of,
)
from oms_core.kernel import Instant
from oms_core.kernel.money import is_currency_code

Events = Iterator[events.CartEvent]


def open_cart(command: commands.OpenCart, cart: Cart) -> Events:
    """Begin to shop, once."""
    checks.require_name(command.channel, "channel")
    checks.require_name(command.external_ref, "external_ref")
    if command.cart_id != f"{command.channel}:{command.external_ref}" or ":" in command.channel:
        raise checks.WrongIdentity(f"cart_id is {command.cart_id!r}.")
    if not is_currency_code(command.currency):
        raise checks.WrongCurrency(f"currency is {command.currency!r}.")
    for field in ("reserve_seconds", "idle_seconds", "expire_seconds"):
        checks.require_quantity(getattr(command, field), field)
    if cart.phase is Phase.UNKNOWN:
        lapses_at = later(command.opened_at, command.expire_seconds)
        yield events.CartOpened(
            command.cart_id,
            command.channel,
            command.external_ref,
            command.currency,
            command.customer_id,
            command.reserve_seconds,
            command.idle_seconds,
            command.expire_seconds,
            events.Due(command.opened_at, expires_at=lapses_at),
        )


def add(command: commands.AddToCart, cart: Cart) -> Events:
    """Put a line into the cart, once, even if it was taken out again."""
    checks.require_open(cart)
    for field in ("line_id", "item_id"):
        checks.require_name(getattr(command, field), field)
    checks.require_quantity(command.quantity)
    checks.require_price(command.price)
    if line_key(command.line_id) in cart.changes:
        line = cart.line(command.line_id)
        if line and line.item_id != command.item_id:
            raise checks.LineTaken(f"line_id {command.line_id!r} is a line of {line.item_id!r}.")
        return
    if len(cart.lines) >= checks.LINES_MAX:
        raise checks.TooManyLines(f"the cart has {len(cart.lines)} lines.")
    line = events.CartLine(
        command.line_id,
        command.item_id,
        command.sku,
        command.quantity,
        command.price,
        command.service,
    )
    due = due_after(cart, command.at, empty=False)
    added = events.CartLineAdded(command.cart_id, line, due)
    yield from _happens(added, cart, (command.item_id,) if is_goods(line) else ())


def change(command: commands.ChangeCartLine, cart: Cart) -> Events:
    """Let a line hold more or fewer units, unless somebody else has changed it unseen."""
    checks.require_open(cart)
    checks.require_name(command.change_id, "change_id")
    checks.require_quantity(command.quantity)
    checks.require_price(command.price)
    if change_key(command.change_id) in cart.changes:
        return
    line = checks.line_of(cart, command.line_id)
    if command.seen and command.seen != line.quantity:
        raise checks.StaleLine(f"quantity is {line.quantity}, not {command.seen} as was seen.")
    changed = events.CartLineChanged(
        command.cart_id,
        command.line_id,
        line.item_id,
        command.change_id,
        command.quantity,
        command.price,
        due_after(cart, command.at, empty=False),
    )
    yield from _happens(changed, cart, (line.item_id,) if is_goods(line) else ())


def remove(command: commands.RemoveFromCart, cart: Cart) -> Events:
    """Take a line out of the cart."""
    checks.require_open(cart)
    if cart.line(command.line_id) is None and line_key(command.line_id) in cart.changes:
        return
    line = checks.line_of(cart, command.line_id)
    due = due_after(cart, command.at, empty=len(cart.lines) == 1)
    removed = events.CartLineRemoved(command.cart_id, command.line_id, line.item_id, due)
    yield from _happens(removed, cart, (line.item_id,) if is_goods(line) else ())


def set_customer(command: commands.SetCartCustomer, cart: Cart) -> Events:
    """Know whose cart it is: what it holds counts as theirs from now on."""
    checks.require_open(cart)
    checks.require_name(command.customer_id, "customer_id")
    if cart.customer_id == command.customer_id:
        return
    if cart.customer_id:
        raise checks.OtherCustomer(f"customer_id is {cart.customer_id!r} already.")
    due = due_after(cart, command.at, empty=not cart.lines)
    known = events.CartCustomerSet(command.cart_id, command.customer_id, due)
    yield from _happens(known, cart, cart.item_ids)


def extend(command: commands.ExtendCart, cart: Cart) -> Events:
    """Wait for longer, and hold everything for longer; the same news again is none."""
    checks.require_open(cart)
    due = due_after(cart, command.at, empty=not cart.lines)
    if due != cart.due:
        yield from _happens(events.CartExtended(command.cart_id, due), cart, cart.item_ids)


def record_shortage(command: commands.RecordCartShortage, cart: Cart) -> Events:
    """Let the lines of an item hold what could be had; the last line wanted gives way first.

    An answer to a wish that is no longer the cart's own changes nothing: another is on its way.
    """
    checks.require_known(cart)
    if cart.wanted(command.item_id) != command.requested:
        return
    lack = command.requested - command.available
    for line in reversed(cart.lines):
        if line.item_id == command.item_id and is_goods(line) and min(lack, line.quantity) > 0:
            left = line.quantity - min(lack, line.quantity)
            lack -= line.quantity - left
            yield events.CartLineDeclined(
                command.cart_id,
                line.line_id,
                line.item_id,
                line.quantity,
                left,
                part_of(line.price, left, line.quantity),
            )


def returned(cart: Cart, cart_id: str, at: Instant) -> Events:
    """Begin a new episode if somebody came back to an abandoned cart."""
    if cart.phase is Phase.ABANDONED and due_after(cart, at, empty=False).idle_at:
        yield events.CartReopened(cart_id, cart.episode + 1)


def demands(cart: Cart, cart_id: str, item_ids: Iterable[str]) -> Events:
    """Ask stock to set aside what the cart wants of these items now, and for how long."""
    expires_at = later(cart.due.active_at, cart.terms.reserve_seconds)
    for item_id in item_ids:
        yield events.CartDemandChanged(
            cart_id,
            item_id,
            cart.terms.channel,
            cart.customer_id,
            cart.wanted(item_id),
            expires_at,
        )


def _happens(
    event: events.CartLineAdded
    | events.CartLineChanged
    | events.CartLineRemoved
    | events.CartCustomerSet
    | events.CartExtended,
    cart: Cart,
    item_ids: Iterable[str],
) -> Events:
    """Let somebody do something: whoever comes back is told first, what it means to stock last."""
    yield from returned(cart, event.cart_id, event.due.active_at)
    yield event
    yield from demands(evolve(cart, event), event.cart_id, item_ids)
