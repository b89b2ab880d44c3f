"""A shop's prices out of its TOML file."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace
from pydantic import ValidationError

from adapters.money import minor_units
from adapters.prices import ecb, form
from adapters.settings import UnusableSetting
from oms_core.kernel import Rejected
from oms_core.kernel.calendar import Period
from oms_core.policies.exchange import Rates
from oms_core.policies.prices import Audience, Discount, PriceList, Step, Tariff
from oms_core.policies.taxation import Rate, Region, Taxes, by_country_and_category

PPM_OF_PERCENT = 10_000


class WrongPrices(Rejected):
    """The file of prices cannot be used."""

    code = "prices.wrong"
    remedy = "Correct the key; deploy/prices/example.toml shows every one of them."


def load(path: Path, rates: Path | None = None) -> Tariff:
    """Read a shop's prices, and the reference rates if it has a file of them.

    :raises WrongPrices: if the file cannot be read, or any key of it is wrong; all are named.
    :raises WrongRates: if the file of rates cannot be used.
    """
    known = ecb.load(rates) if rates else Rates()
    try:
        text = path.read_text(encoding="utf-8")
        prices = form.Prices.model_validate(tomllib.loads(text, parse_float=Decimal))
        return tariff(prices, known)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongPrices(f"{path}: {error}.") from error
    except ValidationError as errors:
        details = "; ".join(
            f"{'.'.join(map(str, error['loc'])) or 'the file'}: "
            f"{error['msg'].removeprefix('Value error, ')}, not {_given(error['input'])}"
            for error in errors.errors()
        )
        raise WrongPrices(f"{path}: {details}.") from errors
    except ValueError as error:
        raise WrongPrices(f"{path}: {error}") from error


def read_tariff(prices: Path | None, rates: Path | None) -> Tariff | None:
    """Read the files that a shop's settings name; without one of prices there is no tariff.

    :raises UnusableSetting: if one of them cannot be used.
    """
    if prices is None:
        return None
    try:
        return load(prices, rates)
    except WrongPrices as wrong:
        raise UnusableSetting("OMS_PRICES", str(prices), wrong.detail, wrong.remedy) from None
    except ecb.WrongRates as wrong:
        raise UnusableSetting("OMS_RATES", str(rates), wrong.detail, wrong.remedy) from None


def _given(value: object) -> str:
    return "this" if isinstance(value, dict | list | form.Part) else repr(value)


def tariff(prices: form.Prices, rates: Rates) -> Tariff:
    """Return what the file says, as it is decided with.

    :raises ValueError: if an amount has more decimals than its currency.
    """
    groups: dict[str, tuple[str, ...]] = {}
    for group, customers in prices.groups.items():
        for customer_id in customers:
            groups[customer_id] = (*groups.get(customer_id, ()), group)
    return Tariff(
        tuple(_list(entry) for entry in prices.list),
        tuple(_discount(entry) for entry in prices.discount),
        Taxes(
            by_country_and_category(_rate(entry) for entry in prices.tax),
            tuple(_region(entry) for entry in prices.region),
            prices.rounding,
        ),
        {item: category for category, items in prices.categories.items() for item in items},
        groups,
        prices.version,
        prices.tolerance_minor,
        prices.on_difference,
        prices.convert_from,
        replace(rates, days_max=prices.rate_days_max),
        _exponents(rates),
    )


def _exponents(rates: Rates) -> dict[str, int]:
    """Return the decimals of every currency that has a rate."""
    codes = {code for found in rates.days.values() for code in found} | {rates.base}
    return {code: places for code in codes if (places := form.decimals(code)) is not None}


def _list(entry: form.List) -> PriceList:
    return PriceList(
        entry.id,
        entry.currency,
        form.decimals(entry.currency) or 0,
        {item: _steps(price) for item, price in entry.prices.items()},
        _audience(entry),
        entry.tax_included,
    )


def _steps(price: Decimal | dict[str, Decimal]) -> tuple[Step, ...]:
    steps = price if isinstance(price, dict) else {"1": price}
    return tuple(Step(int(quantity), f"{steps[quantity]:f}") for quantity in sorted(steps, key=int))


def _discount(entry: form.Off) -> Discount:
    field = f"discount {entry.id}"
    return Discount(
        entry.id,
        entry.name,
        int(entry.percent * PPM_OF_PERCENT),
        _minor(entry.amount, entry.currency, f"{field} amount"),
        entry.currency,
        _minor(entry.at_least, entry.currency, f"{field} at_least"),
        frozenset(entry.items),
        entry.coupon,
        _audience(entry),
    )


def _minor(amount: Decimal, currency: str, field: str) -> int:
    return minor_units(f"{amount:f}", currency, field) if amount else 0


def _rate(entry: form.Tax) -> Rate:
    ppm = int(entry.rate * PPM_OF_PERCENT)
    return Rate(entry.country, entry.region, entry.category, ppm, _period(entry))


def _region(entry: form.Region) -> Region:
    ranges = (text.partition("-") for text in entry.postal)
    return Region(
        entry.country, entry.region, tuple((first, last or first) for first, _, last in ranges)
    )


def _audience(entry: form.Offered) -> Audience:
    return Audience(entry.channels, entry.groups, _period(entry))


def _period(entry: form.Timed) -> Period:
    return Period(_day(entry.first), _day(entry.last))


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
