"""Web customers who shop in carts: they wish, think better of it, leave, come back, and commit.

Whatever they do next follows from what they hear became of their cart. So whoever was told that
there is less pays for less, and whoever finds nothing left orders as others do, and waits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec.structs import astuple

from adapters.simulation.hearing import Ears
from adapters.simulation.stage import DAY, HOUR, MINUTE, SECOND, Stage
from oms_core.domain.cart import commands, events
from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import LineKind, OrderLine, OrderPlaced
from oms_core.kernel import Command

RESERVE = HOUR // SECOND
IDLE = 4 * HOUR // SECOND
EXPIRE = 7 * DAY // SECOND
UNKNOWN_AT_FIRST = 300
CHANGES_MIND = 250
TAKES_OUT = 400
LEAVES = 200
TRIES_MAX = 3

Act = Callable[[PlaceOrder], None]


class Basket:
    """What a customer means to order, and what is in their cart; some mean to order nothing."""

    def __init__(self, wish: PlaceOrder, *, buys: bool) -> None:
        """Begin with an empty cart."""
        self.wish = wish
        self.buys = buys
        self.seen_at = wish.placed_at
        self.short: set[str] = set()
        self.lines: dict[str, events.CartLine] = {}
        self.tries = 0

    @property
    def goods(self) -> list[events.CartLine]:
        """The lines of which something is there."""
        return [line for line in self.lines.values() if line.quantity and not line.service]

    @property
    def total_minor(self) -> int:
        """What is to be paid for what is in the cart."""
        prices = [line.price for line in self.lines.values() if line.quantity]
        return sum(price.net_minor + price.tax_minor for price in prices)


class Shopping:
    """All carts of one world. `order` places an order without one, `ordered` hears of one with."""

    def __init__(self, stage: Stage, order: Act, ordered: Act) -> None:
        """Begin without carts."""
        self._stage = stage
        self._order = order
        self._ordered = ordered
        self._baskets: dict[str, Basket] = {}
        self.ears: Ears = {
            events.CartOpened: self._opened,
            events.CartLineAdded: self._added,
            events.CartLineChanged: self._changed,
            events.CartLineDeclined: self._declined,
            events.CartLineRemoved: self._removed,
            events.CartExtended: self._extended,
            events.CartAbandoned: self._abandoned,
            events.CheckoutRejected: self._rejected,
            OrderPlaced: self._placed,
        }

    def begin(self, wish: PlaceOrder, *, buys: bool) -> None:
        """Open a cart for what somebody wishes for, whether they mean to buy it or not."""
        stage, reference = self._stage, f"c{wish.external_ref}"
        cart_id = f"{wish.channel}:{reference}"
        known = not stage.chance(UNKNOWN_AT_FIRST)
        self._baskets[cart_id] = Basket(wish, buys=buys)
        self._say(
            cart_id,
            commands.OpenCart(
                cart_id,
                wish.channel,
                reference,
                wish.currency,
                stage.now,
                wish.customer_id if known else "",
                RESERVE,
                IDLE,
                EXPIRE,
            ),
        )
        for number, line in enumerate(wish.lines, 1):
            self._say(cart_id, self._wish(cart_id, str(number), line))

    def wanted(self) -> list[str]:
        """Return the items that carts hold just now, only the last units of some if there are."""
        since = self._stage.now - HOUR
        recent = [basket for basket in self._baskets.values() if basket.seen_at > since]
        held = {line.item_id for basket in recent for line in basket.goods}
        short = {item_id for basket in recent for item_id in basket.short}
        return sorted(held & short or held)

    def _wish(self, cart_id: str, line_id: str, line: OrderLine) -> Command:
        return commands.AddToCart(
            cart_id,
            line_id,
            line.item_id,
            line.sku,
            line.quantity,
            self._stage.now,
            _price(line),
            line.kind is LineKind.SERVICE,
        )

    def _say(self, cart_id: str, command: Command) -> None:
        customer_id = self._baskets[cart_id].wish.customer_id
        self._stage.say(command, f"customer:{customer_id}", cart_id)

    # What becomes of the cart

    def _opened(self, event: events.CartOpened) -> None:
        if event.cart_id in self._baskets:
            self._stage.later(5 * MINUTE, 90 * MINUTE, partial(self._decide, event.cart_id))

    def _added(self, event: events.CartLineAdded) -> None:
        if basket := self._baskets.get(event.cart_id):
            basket.lines[event.line.line_id] = event.line

    def _changed(self, event: events.CartLineChanged) -> None:
        self._hold(event.cart_id, event.line_id, event.quantity, event.price)

    def _declined(self, event: events.CartLineDeclined) -> None:
        if basket := self._baskets.get(event.cart_id):
            basket.short.add(event.item_id)
        self._hold(event.cart_id, event.line_id, event.available, event.price)

    def _hold(self, cart_id: str, line_id: str, quantity: int, price: events.Price) -> None:
        if basket := self._baskets.get(cart_id):
            line = basket.lines[line_id]
            basket.lines[line_id] = events.CartLine(
                line_id, line.item_id, line.sku, quantity, price, line.service
            )

    def _removed(self, event: events.CartLineRemoved) -> None:
        if basket := self._baskets.get(event.cart_id):
            del basket.lines[event.line_id]

    def _extended(self, event: events.CartExtended) -> None:
        if event.cart_id in self._baskets:
            self._stage.later(MINUTE, 30 * MINUTE, partial(self._commit, event.cart_id))

    def _abandoned(self, event: events.CartAbandoned) -> None:
        basket = self._baskets.get(event.cart_id)
        if basket and basket.buys:
            self._stage.later(HOUR, 2 * DAY, partial(self._stay, event.cart_id))
        elif basket:
            del self._baskets[event.cart_id]

    def _rejected(self, event: events.CheckoutRejected) -> None:
        """Pay what it costs now, a few times; with anything else that is wrong, give up."""
        basket = self._baskets.get(event.cart_id)
        if basket is None:
            return
        basket.tries += 1
        if basket.tries < TRIES_MAX and all(r.startswith("tender.") for r in event.reasons):
            self._stage.later(MINUTE, 30 * MINUTE, partial(self._commit, event.cart_id))
        else:
            del self._baskets[event.cart_id]

    def _placed(self, event: OrderPlaced) -> None:
        if self._baskets.pop(event.cart_id, None):
            self._ordered(PlaceOrder(*astuple(event)))  # The same terms, in the same order.

    # What the customer does next

    def _decide(self, cart_id: str) -> None:
        """Think better of a line, leave for now, or go on."""
        stage, basket = self._stage, self._baskets.get(cart_id)
        if basket is None:
            return
        if basket.goods and stage.chance(CHANGES_MIND):
            self._change_mind(cart_id, stage.dice.choice(basket.goods))
        if basket.buys and not stage.chance(LEAVES):
            self._stay(cart_id)

    def _change_mind(self, cart_id: str, line: events.CartLine) -> None:
        now, more = self._stage.now, line.quantity + 1
        if self._stage.chance(TAKES_OUT):
            self._say(cart_id, commands.RemoveFromCart(cart_id, line.line_id, now))
            return
        wish = self._baskets[cart_id].wish.lines[int(line.line_id) - 1]
        price = events.Price(
            wish.unit_price,
            wish.net_minor * more // wish.quantity,
            wish.tax_minor * more // wish.quantity,
            wish.discount_minor * more // wish.quantity,
        )
        change_id = f"{cart_id}/{line.line_id}"
        self._say(
            cart_id,
            commands.ChangeCartLine(
                cart_id, line.line_id, change_id, more, now, price, line.quantity
            ),
        )

    def _stay(self, cart_id: str) -> None:
        """Say who they are, if they have not, and that they are still there."""
        if basket := self._baskets.get(cart_id):
            customer_id, now = basket.wish.customer_id, self._stage.now
            basket.seen_at = now
            self._say(cart_id, commands.SetCartCustomer(cart_id, customer_id, now))
            self._say(cart_id, commands.ExtendCart(cart_id, now))

    def _commit(self, cart_id: str) -> None:
        """Check out what is there; if nothing is, order as others do."""
        basket = self._baskets.get(cart_id)
        if basket is None:
            return
        wish = basket.wish
        if not basket.goods:
            del self._baskets[cart_id]
            self._order(wish)
            return
        first = wish.tenders[0]
        method = events.Method(first.method.value)
        paid = events.Payment("p1", method, basket.total_minor, first.token)
        where = events.Address(wish.ship_to.country, wish.ship_to.postal_code)
        command = commands.CheckOutCart(
            cart_id,
            wish.external_ref,
            (paid,),
            where,
            events.Shortage(wish.on_shortage.value),
            self._stage.now,
            wish.ship_by,
            wish.pay_by,
        )
        self._say(cart_id, command)


def _price(line: OrderLine) -> events.Price:
    return events.Price(line.unit_price, line.net_minor, line.tax_minor, line.discount_minor)
