"""Tax by destination, category of goods and day: rates are data, and sums are exact.

A rate is in millionths (`190_000` is 19 %), because some states tax by thousandths of a percent.
Amounts are whole minor units. A tax is rounded half up, for each line or once for each rate of the
document, which is then shared out over its lines by largest remainder (EN 16931 knows both ways).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from oms_core.kernel import Rejected, State
from oms_core.kernel.calendar import Period
from oms_core.kernel.money import apportion

WHOLE_PPM = 1_000_000
STANDARD = "standard"
"""The category of everything that is in no other."""


class Rounding(StrEnum):
    """When a tax is rounded: on each line, or once for each rate of the whole document."""

    LINE = "line"
    DOCUMENT = "document"


class NoTaxRate(Rejected):
    """Nobody knows what is due there, for such goods, on that day."""

    code = "taxation.no_rate"
    remedy = "Add the rate to the shop's prices, with 0 where nothing is due."


class Rate(State, frozen=True):
    """What is due in a country, or in one region of it, on a category of goods."""

    country: str
    region: str
    category: str
    ppm: int
    valid: Period = Period()


class Region(State, frozen=True):
    """A part of a country that taxes for itself, known by the beginnings of its postal codes.

    `postal` holds first and last beginnings, such as `("100", "149")`.
    """

    country: str
    region: str
    postal: tuple[tuple[str, str], ...]


class Due(State, frozen=True):
    """An amount, whether its tax is in it already, and which rate it is taxed at."""

    amount_minor: int
    included: bool
    rate: Rate


class Taxes(State, frozen=True):
    """Every rate of a shop, by country and category."""

    rates: Mapping[tuple[str, str], tuple[Rate, ...]] = {}
    regions: tuple[Region, ...] = ()
    rounding: Rounding = Rounding.LINE

    def region_of(self, country: str, postal_code: str) -> str:
        """Return the region that taxes at this place; empty if its country does."""
        for region in self.regions:
            if region.country == country and any(
                first <= postal_code[: len(first)] <= last for first, last in region.postal
            ):
                return region.region
        return ""

    def rate(self, country: str, region: str, category: str, day: str) -> Rate:
        """Return the rate of a region, or else of its country, that began last.

        :raises NoTaxRate: if there is none.
        """
        found = [
            rate
            for rate in self.rates.get((country, category), ())
            if rate.region in ("", region) and rate.valid.includes(day)
        ]
        if not found:
            place = f"{country}-{region}" if region else country
            raise NoTaxRate(f"ship_to is {place!r}, category {category!r}, on {day}.")
        return max(found, key=lambda rate: (rate.region, rate.valid.first))


def by_country_and_category(rates: Iterable[Rate]) -> Mapping[tuple[str, str], tuple[Rate, ...]]:
    """Return rates as `Taxes` looks them up."""
    table: dict[tuple[str, str], tuple[Rate, ...]] = {}
    for rate in rates:
        key = (rate.country, rate.category)
        table[key] = (*table.get(key, ()), rate)
    return table


def half_up(dividend: int, divisor: int) -> int:
    """Return a quotient of whole numbers that are not negative, rounded half up."""
    return (2 * dividend + divisor) // (2 * divisor)


def tax_of(amount_minor: int, ppm: int, *, included: bool) -> int:
    """Return the tax on an amount, or the tax within one that includes it.

    The two agree: what is within a net amount and its tax is that tax, because it is further than
    half a unit from no other.
    """
    return half_up(amount_minor * ppm, WHOLE_PPM + ppm if included else WHOLE_PPM)


def levy(dues: Sequence[Due], rounding: Rounding) -> tuple[int, ...]:
    """Return the tax of each amount, in their order; none is more than an amount that includes it.

    Rounded for the document, the taxes of one rate add up to the tax of the sum of its amounts.
    """
    if rounding is Rounding.LINE:
        return tuple(tax_of(d.amount_minor, d.rate.ppm, included=d.included) for d in dues)
    groups: dict[tuple[str, int, bool], list[int]] = {}
    for place, due in enumerate(dues):
        groups.setdefault((due.rate.category, due.rate.ppm, due.included), []).append(place)
    taxes = [0] * len(dues)
    for (_, ppm, included), places in groups.items():
        amounts = [dues[place].amount_minor for place in places]
        if whole := sum(amounts):
            shares = apportion(tax_of(whole, ppm, included=included), amounts)
            for place, tax in zip(places, shares, strict=True):
                taxes[place] = tax
    return tuple(taxes)
