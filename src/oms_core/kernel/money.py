"""Amounts of money: whole minor units, and ways to share them out that lose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from oms_core.kernel.errors import Rejected
from oms_core.kernel.message import State

CURRENCY_LETTERS = 3


class CurrencyMismatch(Rejected):
    """Two currencies met in one sum."""

    code = "money.currency_mismatch"
    remedy = "Convert one of the amounts first, at a recorded rate."


class Money(State, frozen=True):
    """Whole minor units of an ISO 4217 currency: `Money(1250, "EUR")` is 12.50 euro."""

    amount_minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        """Add an amount in the same currency.

        :raises CurrencyMismatch: if the currencies differ.
        """
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be added.")
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __neg__(self) -> Money:
        """Return the opposite amount."""
        return Money(-self.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        """Subtract an amount in the same currency.

        :raises CurrencyMismatch: if the currencies differ.
        """
        return self + -other


def is_currency_code(text: str) -> bool:
    """Say whether `text` has the form of an ISO 4217 code: three capital letters."""
    return len(text) == CURRENCY_LETTERS and text.isascii() and text.isalpha() and text.isupper()


def share(total: int, start: int, stop: int, whole: int) -> int:
    """Return what units `start` to `stop` of `whole` carry of `total`.

    Adjoining shares add up exactly: `share(t, 0, a, n) + share(t, a, n, n) == t`, and each differs
    from its exact value by less than one.
    """
    return total * stop // whole - total * start // whole


def apportion(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split `total` in proportion to `weights` by largest remainder; nothing is lost.

    Equal remainders are served by larger weight first and then by position, so that the parts of
    distinct weights do not depend on their order. Weights are not negative and not all zero.

    :raises ValueError: if a weight is negative or all are zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError(f"weights must be non-negative and not all zero, not {weights!r}")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda i: (-(total * weights[i] % whole), -weights[i], i)
    )
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return tuple(parts)


def extend(unit_price: Decimal, quantity: int, exponent: int) -> int:
    """Return the price of `quantity` units in minor units, rounded half up once for the line.

    `unit_price` is in major units; `exponent` is the currency's number of decimals (ISO 4217).
    """
    amount = (unit_price * quantity).scaleb(exponent)
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
