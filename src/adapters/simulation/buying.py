"""Customers: who they are, how often they come, and what they put into their orders."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

from adapters.simulation.catalogue import Good, goods
from adapters.simulation.markets import MARKETS, Market, exponent, price_in
from adapters.simulation.stage import Stage
from oms_core.domain.order.events import LineKind, OrderLine
from oms_core.kernel.money import extend

LINES_MAX = 6
ANOTHER_LINE = 480
GUEST = 150
DISCOUNTED = 120
BULK = 25
POSTAGE = Decimal("4.90")
MARKET_SHARES = list(accumulate(market.share for market in MARKETS))


class Buyer(NamedTuple):
    """A customer; guests are not registered, and nothing is remembered of them."""

    customer_id: str
    market: Market
    registered: bool


def market_of(stage: Stage) -> Market:
    """Draw where a customer lives."""
    return stage.dice.choices(MARKETS, cum_weights=MARKET_SHARES)[0]


class Buyers:
    """The people of one world. A few buy often, most of them once or twice."""

    def __init__(self, stage: Stage, orders: int) -> None:
        """Draw enough people for so many orders."""
        self._stage = stage
        self._guests = 0
        count = max(12, orders // 4)
        self._regulars = [
            Buyer(f"C{stage.seed}-{number:05d}", market_of(stage), registered=True)
            for number in range(1, count + 1)
        ]
        self._shares = list(accumulate(rank**-0.7 for rank in range(1, count + 1)))
        self._goods = goods()
        self._popularity = list(accumulate(good.weight for good in self._goods))

    def next(self) -> Buyer:
        """Say who comes next."""
        if self._stage.chance(GUEST):
            self._guests += 1
            return Buyer(
                f"guest-{self._stage.seed}-{self._guests:05d}",
                market_of(self._stage),
                registered=False,
            )
        return self._stage.dice.choices(self._regulars, cum_weights=self._shares)[0]

    def basket(
        self, order_id: str, buyer: Buyer, *, posted: bool, wish: str = ""
    ) -> tuple[OrderLine, ...]:
        """Fill a basket, with the item wished for, and with postage if the goods are to be sent."""
        stage, lines = self._stage, 1
        while lines < LINES_MAX and stage.chance(ANOTHER_LINE):
            lines += 1
        chosen = stage.dice.choices(self._goods, cum_weights=self._popularity, k=lines)
        chosen = [good for good in self._goods if good.item_id == wish] + chosen
        basket = [
            self._line(f"{order_id}/{number}", good, buyer.market)
            for number, good in enumerate(chosen, 1)
        ]
        if posted:
            basket.append(postage(f"{order_id}/{len(chosen) + 1}", buyer.market))
        return tuple(basket)

    def _line(self, line_id: str, good: Good, market: Market) -> OrderLine:
        stage = self._stage
        quantity = stage.dice.choice((1, 1, 1, 1, 2, 2, 3))
        if stage.chance(BULK):
            quantity = stage.dice.randint(6, 24)
        percent = stage.dice.choice((10, 20, 30)) if stage.chance(DISCOUNTED) else 0
        price = price_in(market.currency, good.euros)
        gross = extend(Decimal(price), quantity, exponent(market.currency))
        discount = gross * percent // 100
        net = gross - discount
        return OrderLine(
            line_id,
            good.item_id,
            good.item_id,
            quantity,
            price,
            net,
            tax(net, market),
            discount,
        )


def free(order_id: str, items: tuple[tuple[str, int], ...]) -> tuple[OrderLine, ...]:
    """Return lines that cost nothing: sent again, or given."""
    return tuple(
        OrderLine(f"{order_id}/{number}", item_id, item_id, quantity, "0", 0)
        for number, (item_id, quantity) in enumerate(items, 1)
    )


def tax(net_minor: int, market: Market) -> int:
    """Return the tax on a net amount, rounded half up."""
    return (net_minor * market.tax_percent + 50) // 100


def postage(line_id: str, market: Market) -> OrderLine:
    """Return the line for sending a parcel."""
    price = price_in(market.currency, POSTAGE)
    net = extend(Decimal(price), 1, exponent(market.currency))
    return OrderLine(
        line_id, "POST", "POST", 1, price, net, tax(net, market), kind=LineKind.SERVICE
    )
