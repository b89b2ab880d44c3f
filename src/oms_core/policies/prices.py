"""Price lists and discounts: what a shop asks for its goods, from whom, and when.

All of it is data that the shop edits. Prices are decimals in major units, as people write them;
amounts are whole minor units. A list's prices have the tax in them, or they do not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from enum import StrEnum

from oms_core.kernel import Rejected, State
from oms_core.kernel.calendar import Period
from oms_core.policies.exchange import Exchange, Rates, exchanged
from oms_core.policies.taxation import STANDARD, Taxes


class OnDifference(StrEnum):
    """What becomes of an order whose prices are not ours.

    Trust: take the channel's, and keep a record. Hold: let a person look before anything is sent.
    Reject: do not take the order.
    """

    TRUST = "trust"
    HOLD = "hold"
    REJECT = "reject"


class NoPrice(Rejected):
    """No list has a price for so many units of the item."""

    code = "pricing.no_price"
    remedy = "Add the item to a price list of the currency, or order more units."


class UnknownCoupon(Rejected):
    """No discount goes by this code."""

    code = "pricing.unknown_coupon"
    remedy = "Look at the code again: capitals count."


class Step(State, frozen=True):
    """The price of every unit for whoever takes so many or more."""

    from_quantity: int
    unit_price: str


class Audience(State, frozen=True):
    """For whom and when something holds; without channels or groups, for all of them."""

    channels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    valid: Period = Period()

    def includes(self, channel: str, groups: Collection[str], day: str) -> bool:
        """Say whether it holds for a customer of these groups in this channel, on this day."""
        return (
            self.valid.includes(day)
            and (not self.channels or channel in self.channels)
            and (not self.groups or any(group in groups for group in self.groups))
        )


class PriceList(State, frozen=True):
    """Prices in one currency, with so many decimals (ISO 4217); steps go upwards."""

    list_id: str
    currency: str
    exponent: int
    prices: Mapping[str, tuple[Step, ...]]
    audience: Audience = Audience()
    tax_included: bool = False


class Discount(State, frozen=True):
    """A part of the price, or an amount, less. Without items it is for all of them.

    An amount, and the least that must be bought, are in `currency`, and in that alone. What has a
    `coupon` is only for those who know that code.
    """

    discount_id: str
    name: str
    ppm: int = 0
    amount_minor: int = 0
    currency: str = ""
    least_minor: int = 0
    items: frozenset[str] = frozenset()
    coupon: str = ""
    audience: Audience = Audience()


class Priced(State, frozen=True):
    """A step, the list that it is in, and the rate if its price was worked out from another's.

    `exponent` is the number of decimals of the currency that the price of the step is in.
    """

    list: PriceList
    step: Step
    exponent: int
    exchange: Exchange | None = None


class Asked(State, frozen=True):
    """By whom and how a price is asked for."""

    currency: str
    channel: str
    groups: tuple[str, ...]
    day: str


class Tariff(State, frozen=True):
    """All that a shop asks for its goods. Discounts are given in the order in which they stand.

    `categories` says which goods are taxed in a category of their own, `groups` which groups a
    customer belongs to. What a channel says of a line may differ by `tolerance_minor` from ours.

    Where no list is in a currency that is in `exponents`, prices are worked out from those in
    `convert_from` at the reference rate of the day.
    """

    lists: tuple[PriceList, ...] = ()
    discounts: tuple[Discount, ...] = ()
    taxes: Taxes = Taxes()
    categories: Mapping[str, str] = {}
    groups: Mapping[str, tuple[str, ...]] = {}
    version: str = "1"
    tolerance_minor: int = 0
    on_difference: OnDifference = OnDifference.HOLD
    convert_from: str = ""
    rates: Rates = Rates()
    exponents: Mapping[str, int] = {}

    def category(self, item_id: str) -> str:
        """Return the category of an item."""
        return self.categories.get(item_id, STANDARD)

    def find(self, item_id: str, quantity: int, asked: Asked) -> Priced:
        """Return the price of an item: of the list that is most of all made for this customer.

        A list for a group comes before one for a channel, and that before one for all; among
        those, the one that began last.

        :raises NoPrice: if there is none.
        :raises StaleRate, UnknownRate: if it cannot be worked out from that of another currency.
        """
        found = self._listed(item_id, quantity, asked.currency, asked)
        if found is not None:
            return found
        base = self.convert_from
        if base and base != asked.currency and asked.currency in self.exponents:
            found = self._listed(item_id, quantity, base, asked)
        if found is None:
            raise NoPrice(
                f"{quantity} of item_id {item_id!r} in {asked.currency}, {asked.channel}, on "
                f"{asked.day}."
            )
        exchange = self.rates.between(base, asked.currency, asked.day)
        exponent = self.exponents[asked.currency]
        price = exchanged(Decimal(found.step.unit_price), exchange, exponent)
        step = Step(found.step.from_quantity, f"{price:f}")
        return Priced(found.list, step, exponent, exchange)

    def _listed(self, item_id: str, quantity: int, currency: str, asked: Asked) -> Priced | None:
        found = [
            Priced(prices, steps[-1], prices.exponent)
            for prices in self.lists
            if prices.currency == currency
            and prices.audience.includes(asked.channel, asked.groups, asked.day)
            and (
                steps := [s for s in prices.prices.get(item_id, ()) if s.from_quantity <= quantity]
            )
        ]
        return max(
            found,
            key=lambda entry: (
                bool(entry.list.audience.groups),
                bool(entry.list.audience.channels),
                entry.list.audience.valid.first,
                entry.list.list_id,
            ),
            default=None,
        )

    def discounts_for(
        self, channel: str, groups: Collection[str], day: str, coupons: Collection[str]
    ) -> tuple[Discount, ...]:
        """Return the discounts that a customer may have, with the coupons that are shown.

        :raises UnknownCoupon: if one of them is no coupon of the shop.
        """
        known = {discount.coupon for discount in self.discounts}
        for code in coupons:
            if not code or code not in known:
                raise UnknownCoupon(f"coupon is {code!r}.")
        return tuple(
            discount
            for discount in self.discounts
            if (not discount.coupon or discount.coupon in coupons)
            and discount.audience.includes(channel, groups, day)
        )
