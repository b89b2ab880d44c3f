"""The form of a shop's prices: price lists, discounts and taxes, written by a person in TOML.

Unknown keys are mistakes. Numbers keep the digits that were written: 8.875 is 8.875, not the
nearest binary fraction.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Annotated

from iso4217 import Currency
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from oms_core.policies.prices import OnDifference
from oms_core.policies.taxation import STANDARD, Rounding

PERCENT_DECIMALS = 4
PRICE_DECIMALS = 6


def _exact(value: object) -> object:
    """Take whole and decimal numbers as they are written."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("must be a number such as 12.50")  # noqa: TRY004  (pydantic reads this)
    return value


def decimals(currency: str) -> int | None:
    """Return how many decimals a currency has (ISO 4217); None if it is no money of a country."""
    try:
        places: int | None = Currency(currency).exponent
    except ValueError:
        return None
    return places


Name = Annotated[str, Field(pattern=r"^[^\s].{0,63}$")]
Number = Annotated[Decimal, BeforeValidator(_exact)]
Amount = Annotated[Number, Field(ge=0, lt=10**12, decimal_places=PRICE_DECIMALS)]
Percent = Annotated[Number, Field(ge=0, le=100, decimal_places=PERCENT_DECIMALS)]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Postal = Annotated[str, Field(pattern=r"^[0-9A-Z ]+(-[0-9A-Z ]+)?$")]


class Part(BaseModel):
    """A table of the file: unknown keys are mistakes, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Timed(Part):
    """Something that holds from a day to another, both of them in it."""

    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")

    @model_validator(mode="after")
    def _begins_first(self) -> Timed:
        if self.first and self.last and self.last < self.first:
            raise ValueError("must have a `to` that is not before its `from`")
        return self


class Offered(Timed):
    """Something that holds for some channels and groups of customers, or for all."""

    channels: tuple[Name, ...] = ()
    groups: tuple[Name, ...] = ()


def _known_currency(code: str) -> str:
    if decimals(code) is None:
        raise ValueError("must be an ISO 4217 code of a currency with minor units, such as EUR")
    return code


class List(Offered):
    """A price list: for each item one price, or one for each quantity from which it holds."""

    id: Name
    currency: str
    tax_included: bool = False
    prices: dict[Name, Amount | dict[str, Amount]]

    _currency = field_validator("currency")(_known_currency)

    @field_validator("prices")
    @classmethod
    def _steps_of_units(cls, prices: dict[str, Amount | dict[str, Amount]]) -> object:
        for item, price in prices.items():
            if isinstance(price, dict) and not (
                price and all(step.isdecimal() and step[0] != "0" for step in price)
            ):
                raise ValueError(f"must have quantities of 1 or more for {item}, such as 10 = 8.50")
        return prices


class Off(Offered):
    """A discount: a percentage or an amount, of everything or of some items, perhaps by coupon."""

    id: Name
    name: Name
    percent: Percent = Decimal(0)
    amount: Amount = Decimal(0)
    at_least: Amount = Decimal(0)
    currency: str = ""
    items: tuple[Name, ...] = ()
    coupon: str = ""

    @model_validator(mode="after")
    def _takes_something(self) -> Off:
        if bool(self.percent) == bool(self.amount):
            raise ValueError("must have either a percent or an amount")
        if self.currency:
            _known_currency(self.currency)
        elif self.amount or self.at_least:
            raise ValueError("must name the currency of its amounts")
        return self


class Tax(Timed):
    """What is due in a country or a region, in percent, on a category of goods."""

    country: CountryCode
    rate: Percent
    region: str = ""
    category: Name = STANDARD


class Region(Part):
    """A part of a country that taxes for itself, by the beginnings of its postal codes."""

    country: CountryCode
    region: Name
    postal: tuple[Postal, ...]

    @field_validator("postal")
    @classmethod
    def _ranges(cls, postal: tuple[str, ...]) -> tuple[str, ...]:
        for text in postal:
            first, _, last = text.partition("-")
            if last and (len(first) != len(last) or last < first):
                raise ValueError(f"must have ranges of equal length that go upwards, not {text!r}")
        return postal


class Prices(Part):
    """The whole file."""

    version: Name
    on_difference: OnDifference = OnDifference.HOLD
    tolerance_minor: Annotated[int, Field(ge=0, le=1_000)] = 0
    rounding: Rounding = Rounding.LINE
    convert_from: str = ""
    rate_days_max: Annotated[int, Field(ge=0, le=366)] = 5
    list: tuple[List, ...] = ()
    discount: tuple[Off, ...] = ()
    tax: tuple[Tax, ...] = ()
    region: tuple[Region, ...] = ()
    categories: dict[Name, tuple[Name, ...]] = {}
    groups: dict[Name, tuple[Name, ...]] = {}

    @field_validator("convert_from")
    @classmethod
    def _nothing_or_a_currency(cls, code: str) -> str:
        return code and _known_currency(code)

    @model_validator(mode="after")
    def _fits_together(self) -> Prices:
        for what, names in (
            ("list", [entry.id for entry in self.list]),
            ("discount", [entry.id for entry in self.discount]),
            ("categories item", [item for items in self.categories.values() for item in items]),
            ("region", [(entry.country, entry.region) for entry in self.region]),
            ("tax", [(t.country, t.region, t.category, t.first) for t in self.tax]),
        ):
            for name, times in Counter(names).items():
                if times > 1:
                    raise ValueError(f"must have every {what} once, not {_told(name)} twice")
        regions = {(entry.country, entry.region) for entry in self.region}
        for tax in self.tax:
            if tax.region and (tax.country, tax.region) not in regions:
                raise ValueError(f"must say which postal codes {tax.country}-{tax.region} has")
        return self


def _told(name: object) -> str:
    return " ".join(map(str, filter(None, name))) if isinstance(name, tuple) else str(name)
