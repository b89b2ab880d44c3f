"""Amounts in other currencies: the rate of the day, its day and its source."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.policies.exchange import Exchange, Rates, StaleRate, UnknownRate, exchanged
from oms_core.policies.prices import NoPrice
from oms_core.policies.pricing import quote
from tests.support.prices import basket, prices, tariff

RATES = Rates(
    {
        "2026-02-26": {"USD": "1.1000", "JPY": "170.00"},
        "2026-02-27": {"USD": "1.1005", "JPY": "170.25", "KRW": "1650.5", "KWD": "0.3391"},
    }
)


def test_the_rate_is_the_last_one_of_the_day_or_before_it():
    assert RATES.between("EUR", "USD", "2026-02-26").rate == "1.1"
    assert RATES.between("EUR", "USD", "2026-02-27") == Exchange(
        "EUR", "USD", "1.1005", "2026-02-27", "ECB"
    )
    assert RATES.between("EUR", "USD", "2026-03-04").day == "2026-02-27"


def test_between_two_other_currencies_it_is_their_quotient():
    assert RATES.between("USD", "JPY", "2026-02-27").rate == "154.702408"
    assert RATES.between("JPY", "EUR", "2026-02-27").rate == "0.005873715125"
    assert RATES.between("EUR", "EUR", "2026-02-27").rate == "1"


def test_a_rate_that_is_too_old_or_not_there_is_an_error_that_says_so():
    with pytest.raises(StaleRate, match="the last rate before it is of 2026-02-27"):
        RATES.between("EUR", "USD", "2026-03-05")
    with pytest.raises(StaleRate, match="there is no rate from before it"):
        RATES.between("EUR", "USD", "2026-02-25")
    with pytest.raises(UnknownRate, match="currency is 'KRW', and not among the rates"):
        RATES.between("EUR", "KRW", "2026-02-26")


@given(
    st.decimals(Decimal(0), Decimal(10**9), places=4),
    st.decimals(Decimal("0.0001"), Decimal(100_000), places=6),
    st.integers(0, 4),
)
def test_p13_an_amount_is_rounded_once_to_the_decimals_of_its_currency(price, rate, exponent):
    found = exchanged(price, Exchange("EUR", "JPY", str(rate), "2026-02-27", "ECB"), exponent)
    exact = Fraction(price) * Fraction(rate)
    assert abs(Fraction(found) - exact) <= Fraction(1, 2 * 10**exponent)
    assert found.as_tuple().exponent == -exponent


SHOP = replace(
    tariff(prices(MUG="12.00", tax_included=True), prices("USD", "USD", MUG="15.00")),
    convert_from="EUR",
    rates=RATES,
    exponents={"USD": 2, "JPY": 0, "KWD": 3},
)


@pytest.mark.parametrize(
    ("currency", "country", "unit_price", "net", "tax"),
    [("JPY", "JP", "2043", 3_715, 371), ("KWD", "KW", "4.069", 8_138, 0)],
)
def test_s27_a_price_is_worked_out_at_the_rate_that_the_line_records(
    currency, country, unit_price, net, tax
):
    (line,) = quote(basket(("MUG", 2), currency=currency, country=country), SHOP).lines
    assert (line.unit_price, line.net_minor, line.tax_minor) == (unit_price, net, tax)
    assert line.exchange == RATES.between("EUR", currency, "2026-03-01")
    assert (line.exchange.day, line.exchange.source) == ("2026-02-27", "ECB")


def test_a_list_in_the_currency_itself_comes_first_and_its_own_currency_has_no_rate():
    wanted = basket(("MUG", 1), currency="USD", country="FR")
    (line,) = quote(wanted, SHOP).lines
    assert (line.list_id, line.exchange) == ("USD", None)
    (line,) = quote(basket(("MUG", 1)), SHOP).lines
    assert line.exchange is None


def test_a_stale_rate_stops_the_price_and_so_does_an_unknown_currency():
    with pytest.raises(StaleRate):
        quote(basket(("MUG", 1), currency="JPY", country="JP", day="2026-04-01"), SHOP)
    with pytest.raises(NoPrice):
        quote(basket(("MUG", 1), currency="KRW", country="KR"), SHOP)
    with pytest.raises(NoPrice):
        quote(basket(("HAT", 1), currency="JPY", country="JP"), SHOP)
