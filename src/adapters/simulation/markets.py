"""Where the simulated shop sells: countries with their currency, tax and share of the buyers."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from iso4217 import Currency

from oms_core.domain.order.events import OnShortage


class Market(NamedTuple):
    """A country: `tax_percent` comes on top of prices, `share` is its part of the buyers."""

    country: str
    currency: str
    tax_percent: int
    share: int
    postal_code: str


MARKETS = (
    Market("FR", "EUR", 20, 20, "69001"),
    Market("DE", "EUR", 19, 18, "10115"),
    Market("IT", "EUR", 22, 8, "20121"),
    Market("ES", "EUR", 21, 6, "28001"),
    Market("NL", "EUR", 21, 6, "1011"),
    Market("GB", "GBP", 20, 18, "LS1"),
    Market("US", "USD", 0, 12, "89501"),
    Market("JP", "JPY", 10, 5, "100-0001"),
    Market("KR", "KRW", 10, 5, "04524"),
    Market("KW", "KWD", 0, 2, "13001"),
)

RATES = {
    "EUR": Decimal(1),
    "GBP": Decimal("0.86"),
    "USD": Decimal("1.09"),
    "JPY": Decimal(163),
    "KRW": Decimal(1470),
    "KWD": Decimal("0.335"),
}
"""What one euro is worth in the price lists: a choice of the shop, not of the market."""

STEPS = {"JPY": Decimal(10), "KRW": Decimal(100), "KWD": Decimal("0.050")}
"""Prices are round in their currency; in the others they end in .49 or .99."""


def exponent(currency: str) -> int:
    """Return the number of decimals of a currency (ISO 4217)."""
    return int(Currency(currency).exponent or 0)


def price_in(currency: str, euros: Decimal) -> str:
    """Return the list price in major units, as a channel quotes it."""
    amount = euros * RATES[currency]
    step = STEPS.get(currency)
    if step is not None:
        steps = max(Decimal(1), (amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        return str(steps * step)
    halves = max(1, int(amount * 2))
    return str(Decimal(halves) / 2 - Decimal("0.01"))


class Channel(NamedTuple):
    """A way to buy: its share of the orders, its hours, and what it does when stock lacks."""

    name: str
    share: int
    opens: int
    closes: int
    shortage: tuple[OnShortage, ...]


CHANNELS = (
    Channel(
        "web",
        50,
        6,
        24,
        (OnShortage.SPLIT, OnShortage.SPLIT, OnShortage.BACKORDER, OnShortage.HOLD),
    ),
    Channel("marketplace", 25, 0, 24, (OnShortage.CANCEL, OnShortage.CANCEL, OnShortage.SPLIT)),
    Channel("till", 15, 9, 19, (OnShortage.CANCEL,)),
    Channel("callcentre", 10, 8, 18, (OnShortage.HOLD, OnShortage.BACKORDER)),
)
