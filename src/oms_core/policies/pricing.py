"""What a basket costs, line by line, with the reasons: list price, discounts, net, tax.

Every sum is exact: a line's list price less its discounts is its net amount, or, if the list has
the tax in its prices, its net amount and tax together. A discount is worked out once for all the
lines that it is for and shared out over them by largest remainder, so that no unit is lost, and no
line's share changes later, whatever becomes of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from oms_core.kernel import State
from oms_core.kernel.money import apportion, extend
from oms_core.policies.exchange import Exchange
from oms_core.policies.prices import Asked, Discount, Priced, Tariff
from oms_core.policies.taxation import WHOLE_PPM, Due, Rate, Rounding, half_up, levy


class Wanted(State, frozen=True):
    """Units of an item; `line_id` is whatever the basket calls the line."""

    line_id: str
    item_id: str
    quantity: int


class Basket(State, frozen=True):
    """What somebody would buy: where, by what channel, in which currency, on which day."""

    lines: tuple[Wanted, ...]
    currency: str
    channel: str
    country: str
    day: str
    postal_code: str = ""
    customer_id: str = ""
    coupons: tuple[str, ...] = ()


class Taken(State, frozen=True):
    """What a discount has taken off a line."""

    discount_id: str
    name: str
    amount_minor: int


class LinePrice(State, frozen=True):
    """What a line costs, and why.

    `list_minor` and the discounts have the tax in them if `tax_included`. `rate_ppm` is in
    millionths. With an `exchange`, the list's price is in its base, and `unit_price` in its
    currency.
    """

    line_id: str
    item_id: str
    quantity: int
    list_id: str
    from_quantity: int
    unit_price: str
    list_minor: int
    discounts: tuple[Taken, ...]
    net_minor: int
    tax_minor: int
    tax_included: bool
    category: str
    country: str
    region: str
    rate_ppm: int
    exchange: Exchange | None = None

    @property
    def discount_minor(self) -> int:
        """What all discounts together have taken off."""
        return sum(taken.amount_minor for taken in self.discounts)


class Quotation(State, frozen=True):
    """What the whole basket costs, and by which version of the prices that was found out."""

    currency: str
    day: str
    lines: tuple[LinePrice, ...]
    rounding: Rounding
    version: str

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        return sum(line.net_minor + line.tax_minor for line in self.lines)


class _Line(State, frozen=True):
    """A line on its way: what is left of its list price."""

    wanted: Wanted
    priced: Priced
    rate: Rate
    region: str
    list_minor: int
    left_minor: int
    taken: tuple[Taken, ...] = ()


def quote(basket: Basket, tariff: Tariff) -> Quotation:
    """Return what a basket costs.

    :raises NoPrice: if an item has no price.
    :raises NoTaxRate: if the tax of an item is not known.
    :raises UnknownCoupon: if a coupon is not known.
    :raises StaleRate, UnknownRate: if a price cannot be worked out from that of another currency.
    """
    groups = tariff.groups.get(basket.customer_id, ())
    lines = _listed(basket, tariff, groups)
    for discount in tariff.discounts_for(basket.channel, groups, basket.day, basket.coupons):
        lines = _discounted(lines, discount, basket.currency)
    rounding = tariff.taxes.rounding
    taxes = levy(
        [Due(line.left_minor, line.priced.list.tax_included, line.rate) for line in lines], rounding
    )
    return Quotation(
        basket.currency,
        basket.day,
        tuple(_taxed(line, tax) for line, tax in zip(lines, taxes, strict=True)),
        rounding,
        tariff.version,
    )


def _listed(basket: Basket, tariff: Tariff, groups: tuple[str, ...]) -> Sequence[_Line]:
    """Find each line's price and rate; lines of one item reach a step together."""
    units: dict[str, int] = {}
    for line in basket.lines:
        units[line.item_id] = units.get(line.item_id, 0) + line.quantity
    region = tariff.taxes.region_of(basket.country, basket.postal_code)
    asked = Asked(basket.currency, basket.channel, groups, basket.day)
    lines = []
    for line in basket.lines:
        priced = tariff.find(line.item_id, units[line.item_id], asked)
        category = tariff.category(line.item_id)
        rate = tariff.taxes.rate(basket.country, region, category, basket.day)
        amount = extend(Decimal(priced.step.unit_price), line.quantity, priced.exponent)
        lines.append(_Line(line, priced, rate, region, amount, amount))
    return lines


def _discounted(lines: Sequence[_Line], discount: Discount, currency: str) -> Sequence[_Line]:
    """Give a discount on what earlier ones have left, if enough is bought of what it is for."""
    if discount.currency not in ("", currency):
        return lines
    chosen = [
        place
        for place, line in enumerate(lines)
        if not discount.items or line.wanted.item_id in discount.items
    ]
    left = [lines[place].left_minor for place in chosen]
    whole = sum(left)
    off = min(whole, discount.amount_minor + half_up(whole * discount.ppm, WHOLE_PPM))
    if not off or whole < discount.least_minor:
        return lines
    given = list(lines)
    for place, part in zip(chosen, apportion(off, left), strict=True):
        line, taken = lines[place], Taken(discount.discount_id, discount.name, part)
        if part:
            given[place] = replace(
                line, left_minor=line.left_minor - part, taken=(*line.taken, taken)
            )
    return given


def _taxed(line: _Line, tax_minor: int) -> LinePrice:
    wanted, prices, step = line.wanted, line.priced.list, line.priced.step
    return LinePrice(
        wanted.line_id,
        wanted.item_id,
        wanted.quantity,
        prices.list_id,
        step.from_quantity,
        step.unit_price,
        line.list_minor,
        line.taken,
        line.left_minor - (tax_minor if prices.tax_included else 0),
        tax_minor,
        prices.tax_included,
        line.rate.category,
        line.rate.country,
        line.region,
        line.rate.ppm,
        line.priced.exchange,
    )
