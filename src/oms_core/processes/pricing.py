"""Pricing: before an order is placed, its prices are compared with the shop's own.

What we would have asked is put beside what the channel says, and goes with the order from there on:
however prices, taxes or the rounding of the shop change later, the order keeps its own.
"""

from __future__ import annotations

from msgspec.structs import replace

from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import LineKind, OrderLine, Purpose
from oms_core.kernel.calendar import date_of
from oms_core.policies.assessment import Claim, assess
from oms_core.policies.config import Policies
from oms_core.policies.prices import Tariff
from oms_core.policies.pricing import Basket, Wanted


def assessed(wanted: PlaceOrder, policies: Policies) -> PlaceOrder:
    """Return the command with what the shop says of its prices, whatever it said of that itself.

    Replacements and gifts have no price. A service that is in no list is charged as the channel
    says.
    """
    tariff = policies.tariff
    if tariff is None or wanted.purpose is not Purpose.SALE:
        return wanted if wanted.pricing is None else replace(wanted, pricing=None)
    lines = tuple(line for line in wanted.lines if _has_price(line, tariff))
    basket = Basket(
        tuple(Wanted(line.line_id, line.item_id, line.quantity) for line in lines),
        wanted.currency,
        wanted.channel,
        wanted.ship_to.country,
        date_of(wanted.placed_at),
        wanted.ship_to.postal_code,
        wanted.customer_id,
        wanted.coupons,
    )
    claims = tuple(Claim(line.line_id, line.net_minor, line.tax_minor) for line in lines)
    return replace(wanted, pricing=assess(basket, claims, tariff))


def _has_price(line: OrderLine, tariff: Tariff) -> bool:
    return line.kind is LineKind.GOODS or any(
        line.item_id in prices.prices for prices in tariff.lists
    )
