"""Carts: who shops for what, what is held for them, and who has gone away and left it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.cart import events
from oms_core.domain.stock import events as stock
from oms_core.kernel import Event, Instant, Recorded, State
from projections.rules import Change, Part, one, view


class Wish(Part, frozen=True):
    """What a line holds; a service has no units."""

    units: int = 0
    value_minor: int = 0
    service: bool = False


class CartRow(State, frozen=True):
    """One cart. What was in it when it became an order or lapsed stays to be seen.

    Its `standing` is open, abandoned, converted (into an order) or expired. `value_minor` is what
    its lines cost, tax included, as far as they are priced. `units_reserved` are set aside for it
    now, `units_declined` could not be had. `episode` counts how often somebody came (back) to it.
    `idle_at` is when an open one will be abandoned.
    """

    cart_id: str
    channel: str = ""
    customer_id: str = ""
    currency: str = ""
    standing: str = "open"
    lines: int = 0
    units: int = 0
    units_reserved: int = 0
    units_declined: int = 0
    value_minor: int = 0
    episode: int = 1
    opened_at: Instant = Instant(0)
    active_at: Instant = Instant(0)
    idle_at: Instant = Instant(0)
    expires_at: Instant = Instant(0)
    abandoned_at: Instant = Instant(0)
    order_id: str = ""
    wishes: HashTrieMap[str, Wish] = HashTrieMap()


NOTHING = Wish()


def blank(key: str, _: Any) -> CartRow:
    """Return a cart that nothing is known of."""
    return CartRow(key)


def _wished(row: CartRow, line_id: str, wish: Wish | None) -> CartRow:
    """Put a line in the place of what it was, and keep the sums right."""
    before, after = row.wishes.get(line_id, NOTHING), wish or NOTHING
    wishes = row.wishes.discard(line_id) if wish is None else row.wishes.insert(line_id, wish)
    return replace(
        row,
        lines=len(wishes),
        units=row.units + after.units - before.units,
        value_minor=row.value_minor + after.value_minor - before.value_minor,
        wishes=wishes,
    )


def _quoted(row: CartRow, line_id: str, units: int, price: events.Price) -> CartRow:
    """Let a line hold so many units at this price."""
    service = row.wishes.get(line_id, NOTHING).service
    return _wished(row, line_id, _wish(units, price, service=service))


def _wish(units: int, price: events.Price, *, service: bool) -> Wish:
    return Wish(0 if service else units, price.net_minor + price.tax_minor, service)


def _waited(row: CartRow, due: events.Due) -> CartRow:
    return replace(row, active_at=due.active_at, idle_at=due.idle_at, expires_at=due.expires_at)


def opened(row: CartRow, event: events.CartOpened, _: Recorded) -> CartRow:
    """Begin to shop."""
    row = replace(
        row,
        channel=event.channel,
        customer_id=event.customer_id,
        currency=event.currency,
        opened_at=event.due.active_at,
    )
    return _waited(row, event.due)


def added(row: CartRow, event: events.CartLineAdded, _: Recorded) -> CartRow:
    """Show one more line."""
    line = event.line
    wish = _wish(line.quantity, line.price, service=line.service)
    return _waited(_wished(row, line.line_id, wish), event.due)


def changed(row: CartRow, event: events.CartLineChanged, _: Recorded) -> CartRow:
    """Show more or fewer units."""
    row = _quoted(row, event.line_id, event.quantity, event.price)
    return _waited(row, event.due)


def removed(row: CartRow, event: events.CartLineRemoved, _: Recorded) -> CartRow:
    """Show one line less."""
    return _waited(_wished(row, event.line_id, None), event.due)


def declined(row: CartRow, event: events.CartLineDeclined, _: Recorded) -> CartRow:
    """Show what could be had, and count what could not."""
    lack = event.requested - event.available
    row = replace(row, units_declined=row.units_declined + lack)
    return _quoted(row, event.line_id, event.available, event.price)


def known(row: CartRow, event: events.CartCustomerSet, _: Recorded) -> CartRow:
    """Show whose it is."""
    return _waited(replace(row, customer_id=event.customer_id), event.due)


def waited(
    row: CartRow, event: events.CartExtended | events.CheckoutRequested, _: Recorded
) -> CartRow:
    """Show until when it is waited for."""
    return _waited(row, event.due)


def abandoned(row: CartRow, event: events.CartAbandoned, _: Recorded) -> CartRow:
    """Show that nobody is there any more."""
    row = replace(row, standing="abandoned", abandoned_at=event.abandoned_at)
    return _waited(row, event.due)


def reopened(row: CartRow, event: events.CartReopened, _: Recorded) -> CartRow:
    """Show that somebody came back."""
    return replace(row, standing="open", episode=event.episode)


def expired(row: CartRow, _: events.CartExpired, __: Recorded) -> CartRow:
    """Show that it has lapsed."""
    return replace(row, standing="expired", idle_at=Instant(0))


def converted(row: CartRow, event: events.CartConverted, _: Recorded) -> CartRow:
    """Show the order that it became."""
    return replace(row, standing="converted", order_id=event.order_id, idle_at=Instant(0))


def held(row: CartRow, event: stock.StockSoftReserved, _: Recorded) -> CartRow:
    """Show that units are set aside for it."""
    return replace(row, units_reserved=row.units_reserved + event.quantity)


def ended(
    row: CartRow,
    event: stock.SoftReservationReleased
    | stock.SoftReservationExpired
    | stock.SoftReservationConverted,
    _: Recorded,
) -> CartRow:
    """Show that units are not set aside for it any more."""
    return replace(row, units_reserved=row.units_reserved - event.quantity)


CART = one("cart_id")
CHANGES: Mapping[type[Event], Change[CartRow]] = {
    events.CartOpened: opened,
    events.CartLineAdded: added,
    events.CartLineChanged: changed,
    events.CartLineRemoved: removed,
    events.CartLineDeclined: declined,
    events.CartCustomerSet: known,
    events.CartExtended: waited,
    events.CheckoutRequested: waited,
    events.CartAbandoned: abandoned,
    events.CartReopened: reopened,
    events.CartExpired: expired,
    events.CartConverted: converted,
    stock.StockSoftReserved: held,
    stock.SoftReservationReleased: ended,
    stock.SoftReservationExpired: ended,
    stock.SoftReservationConverted: ended,
}

carts = view("carts", CartRow, blank, {kind: (CART, change) for kind, change in CHANGES.items()})
