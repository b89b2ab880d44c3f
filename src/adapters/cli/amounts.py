"""Numbers, money and times as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from adapters.money import WrongAmount, exponent

MICROSECONDS = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KILO = 1_000
MINOR = re.compile(r"(-?\d+) ([A-Z]{3}) minor")


def money(minor: int, currency: str) -> str:
    """Write minor units in major ones: `money(123450, "EUR")` is `1,234.50`."""
    try:
        places = exponent(currency)
    except WrongAmount:
        places = 0
    return f"{Decimal(minor).scaleb(-places):,.{places}f}"


def priced(minor: int, currency: str) -> str:
    """Write an amount with its currency: `1,234.50 EUR`."""
    return f"{money(minor, currency)} {currency}".strip()


def told(text: str) -> str:
    """Write the amounts of a told event in major units: `1250 EUR minor` becomes `12.50 EUR`."""
    return MINOR.sub(lambda found: priced(int(found[1]), found[2]), text)


def whole(number: int) -> str:
    """Write a count; thousands are set apart."""
    return f"{number:,}"


def signed(number: int) -> str:
    """Write a change, with its sign."""
    return f"{number:+,}"


def when(instant: int) -> datetime | None:
    """Return a time as a datetime, None for none."""
    return EPOCH + timedelta(microseconds=instant) if instant else None


def moment(at: datetime | int | None) -> str:
    """Write a time to the second, in UTC; nothing for none."""
    if isinstance(at, int):
        at = when(at)
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def ago(seconds: float) -> str:
    """Write how long something took or lags behind, in the fitting unit."""
    if seconds < 120:  # noqa: PLR2004  (two minutes are still told in seconds)
        return f"{seconds:.1f} s"
    return str(timedelta(seconds=round(seconds)))


def size(count: int) -> str:
    """Write a number of bytes with a fitting unit."""
    if count < KILO:
        return f"{count} B"
    unit, amount = "kB", count / KILO
    for larger in ("MB", "GB"):
        if amount >= KILO:
            unit, amount = larger, amount / KILO
    return f"{amount:.1f} {unit}"
