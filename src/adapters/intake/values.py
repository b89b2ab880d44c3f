"""Values out of fields: text, whole numbers, prices, times, countries; or why they are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from adapters.intake.mapping import CURRENCIES
from oms_core.kernel import Instant

TEXT_MAX = 64
DESCRIPTION_MAX = 300
QUANTITY_MAX = 1_000_000_000
PRICE_MAX = Decimal(10) ** 12
DECIMALS_MAX = 6
NUMBER_TEXT_MAX = 40
WHOLE_MAX = 10**15
"""Up to here a binary fraction holds every whole number."""

MEMORY = 65_536
YEAR_MIN = 1971
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Parse = Callable[[Any], Any]


class Wrong(NamedTuple):
    """Why a value cannot be used: a stable code and the rule that it breaks."""

    code: str
    rule: str


class Moment(NamedTuple):
    """A point in time, and the month that it lies in where it was written down."""

    at: Instant
    month: str


def remembered(parse: Parse) -> Parse:
    """Return `parse` with a bounded memory: files say the same things again and again."""
    memory = lru_cache(MEMORY, typed=True)(parse)

    def read(value: Any) -> Any:
        if isinstance(value, list | dict | bytes):
            return Wrong("row.not_a_value", "must be one plain value")
        return memory(value)

    return read


def text(required: bool, longest: int = TEXT_MAX) -> Parse:  # noqa: FBT001  (named at each use)
    """Return the parser of text that can be printed and is no longer than `longest`."""

    def parse(value: str | float | Decimal | date | None) -> str | Wrong:
        if isinstance(value, bool | date):
            return Wrong("row.not_text", "must be text")
        if isinstance(value, float | Decimal):
            if value != value:  # noqa: PLR0124  (how a missing number looks)
                value = None
            elif not -WHOLE_MAX < value < WHOLE_MAX or value != int(value):
                return Wrong("row.not_text", "must be text or a whole number")
            else:
                value = int(value)
        found = "" if value is None else str(value).strip()
        if not found:
            return Wrong("row.missing", "is missing") if required else ""
        return _unfit(found, longest) or found

    return remembered(parse)


def _unfit(found: str, longest: int) -> Wrong | None:
    if any("\udc80" <= letter <= "\udcff" for letter in found):
        return Wrong("row.encoding", "is not valid UTF-8")
    if not found.isprintable():
        return Wrong("row.unprintable", "holds characters that cannot be printed")
    if len(found) > longest:
        return Wrong("row.too_long", f"is longer than {longest} characters")
    return None


def _number(value: Any) -> Decimal | Wrong:
    """Return the shortest decimal that a value stands for, never one of binary arithmetic."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return Wrong("row.missing", "is missing")
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return Wrong("row.not_a_number", "is not a number")
    written = value.strip() if isinstance(value, str) else str(value)
    if len(written) > NUMBER_TEXT_MAX or "_" in written:
        return Wrong("row.not_a_number", f"is not a number of up to {NUMBER_TEXT_MAX} characters")
    try:
        number = Decimal(written)
    except InvalidOperation:
        return Wrong("row.not_a_number", "is not a number")
    return number if number.is_finite() else Wrong("row.not_finite", "is not a finite number")


def _quantity(value: Any) -> int | Wrong:
    number = _number(value)
    if isinstance(number, Wrong):
        return number
    if abs(number) > QUANTITY_MAX:
        return Wrong("row.too_large", f"is not -{QUANTITY_MAX} to {QUANTITY_MAX}")
    if number != number.to_integral_value():
        return Wrong("row.fraction", "is not a whole number of units")
    return int(number)


def _price(value: Any) -> Decimal | Wrong:
    number = _number(value)
    if isinstance(number, Wrong):
        return number
    if abs(number) > PRICE_MAX:
        return Wrong("row.too_large", f"is not -{PRICE_MAX} to {PRICE_MAX}")
    if number != round(number, DECIMALS_MAX):
        return Wrong("row.too_precise", f"has more than {DECIMALS_MAX} decimals")
    return Decimal(f"{number.normalize():f}") if number else Decimal(0)


def moment(form: str, zone: ZoneInfo) -> Parse:
    """Return the parser of times written as `form` (ISO 8601 if empty), in `zone` if in none."""

    def parse(value: Any) -> Moment | Wrong:
        if value is None or (isinstance(value, str) and not value.strip()):
            return Wrong("row.missing", "is missing")
        try:
            found = _datetime(value, form)
        except (ValueError, TypeError):
            return Wrong("row.not_a_date", f"is not a time written as {form or 'ISO 8601'}")
        if found.year < YEAR_MIN:
            return Wrong("row.not_a_date", f"is before {YEAR_MIN}")
        found = found if found.tzinfo else found.replace(tzinfo=zone)
        try:
            passed = found - EPOCH
        except OverflowError:
            return Wrong("row.not_a_date", "is too far from today")
        at = (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
        return Moment(Instant(at), f"{found:%Y-%m}")

    return remembered(parse)


def _datetime(value: Any, form: str) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001  (zone comes later)
    if not isinstance(value, str):
        raise TypeError
    written = value.strip()
    # The zone, if there is none, comes later.
    return datetime.strptime(written, form) if form else datetime.fromisoformat(written)  # noqa: DTZ007


def country(names: Mapping[str, str], otherwise: str) -> Parse:
    """Return the parser of countries: a name of the mapping, or an ISO 3166-1 alpha-2 code."""
    plain = text(required=not otherwise)

    def parse(value: Any) -> str | Wrong:
        name = plain(value)
        if isinstance(name, Wrong):
            return name
        found = names.get(name, name or otherwise)
        if len(found) == 2 and found.isascii() and found.isalpha() and found.isupper():  # noqa: PLR2004
            return found
        return Wrong("row.unknown_country", "is neither in the mapping's countries nor a code")

    return remembered(parse)


def currency(otherwise: str) -> Parse:
    """Return the parser of ISO 4217 codes."""
    plain = text(required=not otherwise)

    def parse(value: Any) -> str | Wrong:
        code = plain(value) or otherwise
        if isinstance(code, Wrong) or CURRENCIES.get(code) is not None:
            return code
        return Wrong("row.unknown_currency", "is not an ISO 4217 code of money")

    return remembered(parse)


quantity: Parse = remembered(_quantity)
price: Parse = remembered(_price)
