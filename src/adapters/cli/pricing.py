"""`oms price`: what a basket costs by the shop's prices, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.amounts import money, priced, whole
from adapters.cli.faults import Fault, Refused
from adapters.cli.opening import settings_of
from adapters.cli.output import PLAIN, Common, emit, table, titled
from adapters.clock import system_clock
from adapters.prices.ecb import WrongRates
from adapters.prices.file import WrongPrices, load
from oms_core.kernel import Rejected
from oms_core.kernel.calendar import date_of, read_date
from oms_core.policies.prices import Tariff
from oms_core.policies.pricing import Basket, LinePrice, Quotation, Wanted, quote

PERCENT = 10_000


def price(
    *items: str,
    country: str,
    currency: str = "EUR",
    postal_code: str = "",
    channel: str = "web",
    customer: str = "",
    coupon: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    day: str = "",
    prices: Path | None = None,
    rates: Path | None = None,
    options: Common = PLAIN,
) -> None:
    """Say what a basket costs by the shop's prices, and why.

    Shows the list that each price comes from, every discount, the tax rate, and what is to be paid.
    Nothing is changed.

    **Examples**

        oms price MUG=2 BOOK --country FR --prices deploy/prices/example.toml
        oms price MUG=12 --country DE --customer C1 --day 2026-07-01 --json
        oms price MUG=3 --country US --postal-code 07030 --currency USD

    **Next:** name the file in OMS_PRICES, and the prices of orders are compared with it.

    Parameters
    ----------
    items
        What is wanted: an item's id, with `=` and a number of units if it is not one.
    country
        Where the goods go, ISO 3166-1 alpha-2.
    currency
        ISO 4217.
    postal_code
        Where in the country; it says which region's tax is due.
    channel
        The channel that it is bought by.
    customer
        Who buys: some prices are for groups of customers.
    coupon
        A coupon's code; may be given again.
    day
        The day that it is bought on [today].
    prices
        The file of prices [OMS_PRICES].
    rates
        The ECB's file of reference rates [OMS_RATES].
    """
    basket = Basket(
        tuple(_wanted(number, text) for number, text in enumerate(items, 1)),
        currency,
        channel,
        country,
        day or date_of(system_clock()),
        postal_code,
        customer,
        coupon,
    )
    if not basket.lines:
        raise Refused(Fault("items", "", "A basket has one item or more.", "Give MUG=2 or so."))
    try:
        read_date(basket.day, "--day")
        settings = settings_of(options)
        tariff = _tariff(prices or settings.prices, rates or settings.rates)
        quotation = quote(basket, tariff)
    except (WrongPrices, WrongRates) as wrong:
        field = "--rates" if isinstance(wrong, WrongRates) else "--prices"
        raise Refused(Fault(field, "", wrong.detail, wrong.remedy)) from None
    except Rejected as refusal:
        field, _, rest = refusal.detail.partition(" is ")
        rule = f"{refusal.detail} ({refusal.code})"
        raise Refused(Fault(field, rest.rstrip("."), rule, refusal.remedy)) from None
    emit(options, quotation, _render)


def _wanted(number: int, text: str) -> Wanted:
    item, mark, units = text.rpartition("=")
    if not mark:
        return Wanted(str(number), text, 1)
    if not (item and units.isascii() and units.isdecimal() and 1 <= int(units) <= 10**9):
        rule = "It must be an item's id, or an id, `=` and a number of units, 1 to 10^9."
        raise Refused(Fault("items", text, rule, "Write it like MUG=2."))
    return Wanted(str(number), item, int(units))


def _tariff(path: Path | None, rates: Path | None) -> Tariff:
    if path is None:
        rule = "The shop has no prices of its own."
        remedy = "Give --prices FILE or set OMS_PRICES; deploy/prices/example.toml shows the form."
        raise Refused(Fault("--prices", "", rule, remedy))
    return load(path, rates)


def _render(quotation: Quotation) -> RenderableType:
    made = table("item", ">units", ">price", ">list", "why", ">net", ">tax", "at")
    currency = quotation.currency
    for line in quotation.lines:
        made.add_row(
            line.item_id,
            whole(line.quantity),
            line.unit_price,
            money(line.list_minor, currency),
            _why(line, currency),
            money(line.net_minor, currency),
            money(line.tax_minor, currency),
            _rate(line),
        )
    caption = (
        f"prices {quotation.version} on {quotation.day}; "
        f"tax rounded for each {'line' if quotation.rounding == 'line' else 'rate'}"
    )
    total = Text(f"\n{priced(quotation.total_minor, currency)} to pay", style="bold")
    return Group(titled("Price", made, caption), total)


def _why(line: LinePrice, currency: str) -> str:
    included = ", tax included" if line.tax_included else ""
    since = f" from {line.from_quantity} units" if line.from_quantity > 1 else ""
    reasons = [f"list {line.list_id}{since}{included}"]
    if line.exchange:
        rate = line.exchange
        reasons.append(f"1 {rate.base} = {rate.rate} {rate.currency} ({rate.source}, {rate.day})")
    reasons += [f"-{money(t.amount_minor, currency)} {t.name}" for t in line.discounts]
    return "\n".join(reasons)


def _rate(line: LinePrice) -> str:
    place = f"{line.country}-{line.region}" if line.region else line.country
    return f"{line.rate_ppm / PERCENT:g}% {place} {line.category}"
