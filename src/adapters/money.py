"""Amounts at the edge: what partners and people write, to whole minor units and back.

How many decimals a currency has is taken from ISO 4217, never from a locale: there the Iraqi dinar
has three and a locale shows none.
"""

from __future__ import annotations

import re
from copy import copy
from decimal import Decimal
from functools import cache

from babel import Locale
from iso4217 import Currency

DECIMAL = re.compile(r"[+-]?[0-9]{1,19}(\.[0-9]{1,19})?", re.ASCII)
MINOR_MAX = 2**63 - 1


class WrongAmount(ValueError):
    """An amount that cannot be taken: which field, which value, which rule."""

    def __init__(self, field: str, value: str, rule: str) -> None:
        """Take the name of the field, what it held, and what it should have held."""
        super().__init__(f"{field} is {value!r}, but must be {rule}.")
        self.field = field
        self.value = value
        self.rule = rule


@cache
def exponent(currency: str, field: str = "currency") -> int:
    """Return how many decimals a currency has. Gold and the like are counted in whole units.

    :raises WrongAmount: if ISO 4217 knows no such code.
    """
    try:
        return Currency(currency).exponent or 0
    except ValueError:
        rule = "a code of ISO 4217 in capital letters, such as EUR"
        raise WrongAmount(field, currency, rule) from None


def minor_units(text: str, currency: str, field: str = "amount") -> int:
    """Return the whole minor units that a decimal text says: `12.5` EUR are 1250.

    Nothing is rounded: zeros may follow the decimals of the currency, other digits may not.

    :raises WrongAmount: if it is not a decimal number, too precise, or too large to be stored.
    """
    places = exponent(currency)
    if not DECIMAL.fullmatch(text):
        raise WrongAmount(field, text, "a decimal number with a point, such as 12.50")
    whole, _, decimals = text.lstrip("+-").partition(".")
    if decimals[places:].strip("0"):
        raise WrongAmount(field, text, f"given with at most {places} decimals in {currency}")
    minor = int(whole + decimals[:places].ljust(places, "0"))
    if minor > MINOR_MAX:
        raise WrongAmount(field, text, f"at most {major_units(MINOR_MAX, currency)} {currency}")
    return -minor if text.startswith("-") else minor


def major_units(amount_minor: int, currency: str) -> Decimal:
    """Return the amount in major units, with all decimals of its currency: `Decimal("12.50")`.

    :raises WrongAmount: if ISO 4217 knows no such code.
    """
    digits = tuple(int(digit) for digit in str(abs(amount_minor)))
    return Decimal((int(amount_minor < 0), digits, -exponent(currency)))


def displayed(amount_minor: int, currency: str, locale: str = "en") -> str:
    """Return the amount as people of a locale write it: `€12.50`, `12,50 €`.

    :raises WrongAmount: if ISO 4217 knows no such code.
    """
    places, spoken = exponent(currency), Locale.parse(locale)
    pattern = copy(spoken.currency_formats["standard"])
    pattern.frac_prec = (places, places)
    amount = major_units(amount_minor, currency)
    return str(pattern.apply(amount, spoken, currency=currency, currency_digits=False))
