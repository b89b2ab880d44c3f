"""A small tariff, and what is asked of it."""

from __future__ import annotations

from oms_core.kernel.calendar import Period
from oms_core.policies.prices import Audience, Discount, PriceList, Step, Tariff
from oms_core.policies.pricing import Basket, Wanted
from oms_core.policies.taxation import Rate, Region, Rounding, Taxes, by_country_and_category

DAY = "2026-03-01"
RATES = (
    Rate("FR", "", "standard", 200_000),
    Rate("FR", "", "reduced", 55_000),
    Rate("DE", "", "standard", 190_000),
    Rate("DE", "", "standard", 160_000, Period("2020-07-01", "2020-12-31")),
    Rate("KR", "", "standard", 100_000),
    Rate("JP", "", "standard", 100_000),
    Rate("KW", "", "standard", 0),
    Rate("US", "NY", "standard", 40_000),
    Rate("US", "NJ", "standard", 66_250),
)
REGIONS = (
    Region("US", "NY", (("005", "005"), ("100", "149"))),
    Region("US", "NJ", (("070", "089"),)),
)


def taxes(rounding: Rounding = Rounding.LINE) -> Taxes:
    """Return the taxes of a few countries and states."""
    return Taxes(by_country_and_category(RATES), REGIONS, rounding)


def prices(
    list_id: str = "EUR",
    currency: str = "EUR",
    exponent: int = 2,
    *,
    audience: Audience = Audience(),  # noqa: B008  (frozen)
    tax_included: bool = False,
    **items: str,
) -> PriceList:
    """Return a list with one price for each item."""
    steps = {item: (Step(1, price),) for item, price in items.items()}
    return PriceList(list_id, currency, exponent, steps, audience, tax_included)


def tariff(
    *lists: PriceList, discounts: tuple[Discount, ...] = (), rounding: Rounding = Rounding.LINE
) -> Tariff:
    """Return a tariff of these lists; books are taxed less, C7 is a trader."""
    categories, groups = {"BOOK": "reduced"}, {"C7": ("trade",)}
    return Tariff(lists, discounts, taxes(rounding), categories, groups, "T1")


def basket(*wanted: tuple[str, int], **changes: object) -> Basket:
    """Return a basket of some units of some items, for France by the web in euro."""
    lines = tuple(Wanted(f"web:1/{n}", item, units) for n, (item, units) in enumerate(wanted, 1))
    terms = {"currency": "EUR", "channel": "web", "country": "FR", "day": DAY} | changes
    return Basket(lines, **terms)  # type: ignore[arg-type]
