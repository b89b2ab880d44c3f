"""The channels: orders come in, some twice, some wrong, some cancelled again."""

from __future__ import annotations

from functools import partial
from itertools import accumulate

from msgspec.structs import replace

from adapters.simulation.buying import Buyer, Buyers, free
from adapters.simulation.markets import CHANNELS, Channel
from adapters.simulation.shopping import Shopping
from adapters.simulation.stage import DAY, HOUR, MINUTE, Stage
from adapters.simulation.vouching import Vouching
from oms_core.domain.customer.commands import RegisterCustomer
from oms_core.domain.order.commands import CancelLine, CancelOrder, HoldOrder, PlaceOrder
from oms_core.domain.order.events import (
    Blocked,
    CancellationReason,
    Destination,
    HoldKind,
    OnShortage,
    OrderLine,
    Purpose,
    Tender,
    TenderMethod,
)
from oms_core.kernel import Instant

TRADING_DAYS = 21
SENT_TWICE = 15
WRONG = 5
SUSPECT = 25
IN_CARTS = 600
LOOKS_ONLY = 400
WANTS_THE_SAME = 500
CANCELLED = 55
LINE_CANCELLED = 25
TWO_TENDERS = 40
ON_ACCOUNT = 200
WALLET = 300
PAY_WITHIN = DAY
SHIP_WITHIN = 2 * DAY
CHANNEL_SHARES = list(accumulate(channel.share for channel in CHANNELS))


class Selling:
    """All channels of one world, for a given number of orders."""

    def __init__(self, stage: Stage, orders: int, *, carts: bool) -> None:
        """Plan when the orders come, some of them out of `carts`, with codes and gift cards."""
        self._stage = stage
        self._carts = carts
        self.shopping = Shopping(stage, self._send, self._ordered)
        self._buyers = Buyers(stage, orders)
        self._vouching = Vouching(stage, orders) if carts else None
        self._known: set[str] = set()
        self._extra = 0
        self.customers: dict[str, Buyer] = {}
        arrivals = sorted((self._arrival(), number) for number in range(orders))
        for number, ((due_at, channel), _) in enumerate(arrivals, 1):
            stage.at(due_at, partial(self._order, number, channel))

    def _arrival(self) -> tuple[int, Channel]:
        dice = self._stage.dice
        channel = dice.choices(CHANNELS, cum_weights=CHANNEL_SHARES)[0]
        day = dice.randrange(TRADING_DAYS) * DAY
        moment = dice.randrange(channel.opens * HOUR, channel.closes * HOUR)
        return self._stage.start + day + moment, channel

    def _order(self, number: int, channel: Channel) -> None:
        """Place one order as its channel does."""
        stage, buyer = self._stage, self._buyers.next()
        reference = f"{stage.seed}{number:06d}"
        order_id = f"{channel.name}:{reference}"
        self._introduce(buyer, channel)
        wish = self._overheard() if channel.name == "callcentre" else ""
        lines = self._buyers.basket(order_id, buyer, posted=channel.name != "till", wish=wish)
        placed = PlaceOrder(
            order_id,
            channel.name,
            reference,
            buyer.customer_id,
            buyer.market.currency,
            lines,
            self._tenders(order_id, channel, lines),
            Destination(buyer.market.country, buyer.market.postal_code),
            stage.dice.choice(channel.shortage),
            stage.now,
            ship_by=Instant(stage.now + SHIP_WITHIN),
            pay_by=Instant(stage.now + PAY_WITHIN),
            priority=int(channel.name == "till"),
        )
        if stage.chance(WRONG):
            placed = replace(placed, ship_to=Destination("??"))
        if channel.name == "web" and self._carts and stage.chance(IN_CARTS):
            self.shopping.begin(placed, buys=True)
            return
        self._send(self._vouching.vouched(placed) if self._vouching else placed)
        if channel.name == "web" and self._carts and stage.chance(LOOKS_ONLY):
            self._look(placed, buyer)

    def _look(self, placed: PlaceOrder, buyer: Buyer) -> None:
        """Let the customer fill a cart that will not become an order."""
        reference = f"L{placed.external_ref}"
        order_id = f"web:{reference}"
        lines = self._buyers.basket(order_id, buyer, posted=False)
        wish = replace(placed, order_id=order_id, external_ref=reference, lines=lines)
        self.shopping.begin(wish, buys=False)

    def _overheard(self) -> str:
        """Return what a caller wants that is in somebody's cart, if anything."""
        stage, wanted = self._stage, self.shopping.wanted()
        return stage.dice.choice(wanted) if wanted and stage.chance(WANTS_THE_SAME) else ""

    def _send(self, placed: PlaceOrder) -> None:
        self.place(placed)
        if placed.channel != "till":
            self._afterthoughts(placed)

    def _ordered(self, placed: PlaceOrder) -> None:
        """Know an order that came out of a cart."""
        self._stage.orders[placed.order_id] = placed
        self._afterthoughts(placed)

    def place(self, placed: PlaceOrder) -> None:
        """Send an order, now and then twice."""
        stage = self._stage
        stage.orders[placed.order_id] = placed
        stage.say(placed, f"channel:{placed.channel}", placed.order_id)
        if stage.chance(SENT_TWICE):
            stage.later(0, 2 * HOUR, partial(stage.repeat, stage.said[-1]))

    def _introduce(self, buyer: Buyer, channel: Channel) -> None:
        self.customers[buyer.customer_id] = buyer
        if buyer.registered and buyer.customer_id not in self._known:
            self._known.add(buyer.customer_id)
            self._stage.say(
                RegisterCustomer(buyer.customer_id, buyer.market.country),
                f"channel:{channel.name}",
                buyer.customer_id,
            )

    def _tenders(
        self, order_id: str, channel: Channel, lines: tuple[OrderLine, ...]
    ) -> tuple[Tender, ...]:
        stage, total = self._stage, sum(line.net_minor + line.tax_minor for line in lines)
        method = TenderMethod.WALLET if stage.chance(WALLET) else TenderMethod.CARD
        if channel.name == "till":
            method = TenderMethod.CASH
        elif channel.name == "callcentre" and stage.chance(ON_ACCOUNT):
            method = TenderMethod.ACCOUNT
        first = Tender(f"{order_id}/p1", method, total, f"tok-{order_id}")
        if method is TenderMethod.CARD and stage.chance(TWO_TENDERS):
            part = max(1, total // 3)
            second = Tender(f"{order_id}/p2", TenderMethod.WALLET, part, f"tok-{order_id}-2")
            return (replace(first, amount_minor=total - part), second)
        return (first,)

    def _afterthoughts(self, placed: PlaceOrder) -> None:
        """Let the screening suspect the order, or the customer think better of it."""
        stage = self._stage
        if stage.chance(SUSPECT):
            reason = "address and card do not match"
            hold = HoldOrder(
                placed.order_id, "screening", HoldKind.FRAUD, (Blocked.RELEASE,), reason
            )
            stage.say(hold, "screening", placed.order_id)
        if stage.chance(CANCELLED):
            stage.later(5 * MINUTE, 3 * DAY, partial(self._cancel, placed))
        elif stage.chance(LINE_CANCELLED):
            stage.later(5 * MINUTE, 2 * DAY, partial(self._cancel_line, placed))

    def _cancel(self, placed: PlaceOrder) -> None:
        command = CancelOrder(placed.order_id, CancellationReason.CUSTOMER)
        self._stage.say(command, f"customer:{placed.customer_id}", placed.order_id)

    def _cancel_line(self, placed: PlaceOrder) -> None:
        line = self._stage.dice.choice(placed.lines)
        command = CancelLine(
            placed.order_id,
            line.line_id,
            self._stage.dice.randint(1, line.quantity),
            CancellationReason.CUSTOMER,
            f"changed-mind-{line.line_id}",
        )
        self._stage.say(command, f"customer:{placed.customer_id}", placed.order_id)

    def send_free(
        self,
        customer_id: str,
        items: tuple[tuple[str, int], ...],
        purpose: Purpose,
        replaces: str = "",
    ) -> None:
        """Place an order that costs nothing, by telephone: a replacement or a gift."""
        stage = self._stage
        self._extra += 1
        reference = f"{purpose.value[0].upper()}{stage.seed}{self._extra:06d}"
        order_id = f"callcentre:{reference}"
        market = self.customers[customer_id].market
        self.place(
            PlaceOrder(
                order_id,
                "callcentre",
                reference,
                customer_id,
                market.currency,
                free(order_id, items),
                (),
                Destination(market.country, market.postal_code),
                OnShortage.CANCEL,
                stage.now,
                purpose,
                replaces,
                priority=2,
            )
        )
