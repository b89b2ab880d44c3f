"""Numbers, money and times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from iso4217 import Currency

MICROSECONDS = 1_000_000
EXPONENT_UNKNOWN = 2


@cache
def exponent(currency: str) -> int:
    """Return the number of decimals of a currency (ISO 4217); two, if there is no such currency."""
    try:
        found = Currency(currency).exponent
    except ValueError:
        return EXPONENT_UNKNOWN
    return EXPONENT_UNKNOWN if found is None else int(found)


def money(minor: int, currency: str) -> str:
    """Write minor units in major ones: `money(123450, "EUR")` is `1,234.50`."""
    places = exponent(currency)
    return f"{Decimal(minor).scaleb(-places):,.{places}f}"


def priced(minor: int, currency: str) -> str:
    """Write an amount with its currency: `1,234.50 EUR`."""
    return f"{money(minor, currency)} {currency}".strip()


def whole(number: int) -> str:
    """Write a count; thousands are set apart."""
    return f"{number:,}"


def signed(number: int) -> str:
    """Write a change, with its sign."""
    return f"{number:+,}"


def moment(instant: int) -> str:
    """Write a time to the second, in UTC; nothing for none."""
    if not instant:
        return ""
    at = datetime.fromtimestamp(instant / MICROSECONDS, UTC)
    return at.strftime("%Y-%m-%d %H:%M:%S")


def iso(instant: int) -> str | None:
    """Write a time in full (ISO 8601, microseconds, UTC), for programs."""
    if not instant:
        return None
    seconds, micros = divmod(instant, MICROSECONDS)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros).isoformat()


def size(count: int) -> str:
    """Write a number of bytes with a fitting unit."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:  # noqa: PLR2004  (a thousand is what "kilo" says)
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
