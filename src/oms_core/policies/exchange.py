"""Exchange: an amount in another currency, at a reference rate whose day and source are kept.

A rate says how many units of a currency one unit of the base is. Between two currencies it is the
quotient, to ten significant digits; the amount is worked out from the rate as it is recorded, so
that whoever reads the record gets the same amount.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

from oms_core.kernel import Rejected, State
from oms_core.kernel.calendar import days_after

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
RATE = Context(prec=10, rounding=ROUND_HALF_EVEN)


class UnknownRate(Rejected):
    """There is no reference rate of the currency."""

    code = "exchange.unknown_rate"
    remedy = "Give a file of rates that has this currency, or a price list in it."


class StaleRate(Rejected):
    """The last reference rate is too old, or there is none from before that day."""

    code = "exchange.stale_rate"
    remedy = "Download the reference rates anew."


class Exchange(State, frozen=True):
    """What one unit of `base` was in another currency, on which day, and who says so."""

    base: str
    currency: str
    rate: str
    day: str
    source: str


class Rates(State, frozen=True):
    """Reference rates: by day, oldest first, how many units of each currency the base is.

    Banks do not set rates on holidays: a rate is good for `days_max` days after its own.
    """

    days: Mapping[str, Mapping[str, str]] = {}
    base: str = "EUR"
    source: str = "ECB"
    days_max: int = 5

    def between(self, base: str, currency: str, day: str) -> Exchange:
        """Return the last rate of a day or before it.

        :raises StaleRate: if that is too old, or there is none.
        :raises UnknownRate: if one of the currencies has none.
        """
        known = [found for found in self.days if found <= day]
        if not known:
            raise StaleRate(f"day is {day!r}, and there is no rate from before it.")
        last = max(known)
        if days_after(date.fromisoformat(last), self.days_max).isoformat() < day:
            raise StaleRate(f"day is {day!r}, and the last rate before it is of {last}.")
        rates = {**self.days[last], self.base: "1"}
        for code in (base, currency):
            if code not in rates:
                raise UnknownRate(f"currency is {code!r}, and not among the rates of {last}.")
        rate = RATE.divide(Decimal(rates[currency]), Decimal(rates[base]))
        return Exchange(base, currency, f"{rate.normalize(RATE):f}", last, self.source)


def exchanged(price: Decimal, exchange: Exchange, exponent: int) -> Decimal:
    """Return an amount in major units at a rate, rounded half up to the currency's decimals."""
    exact = EXACT.multiply(price, Decimal(exchange.rate))
    return exact.quantize(Decimal(1).scaleb(-exponent), context=EXACT)
