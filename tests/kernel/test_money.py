"""Nothing is lost when money is shared out, and nothing changes on its way out and back."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from oms_core.kernel.money import (
    CurrencyMismatch,
    Money,
    apportion,
    extend,
    is_currency_code,
    share,
)

amounts = st.integers(-(10**12), 10**12)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


def test_amounts_of_one_currency_add_up():
    assert Money(1250, "EUR") + Money(-50, "EUR") == Money(1200, "EUR")
    assert Money(1250, "EUR") - Money(50, "EUR") == Money(1200, "EUR")
    assert -Money(1250, "EUR") == Money(-1250, "EUR")


def test_amounts_of_two_currencies_do_not():
    with pytest.raises(CurrencyMismatch, match="EUR and USD cannot be added"):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") - Money(1, "USD")


@pytest.mark.parametrize("text", ["EUR", "USD"])
def test_three_capital_letters_may_be_a_currency(text):
    assert is_currency_code(text)


@pytest.mark.parametrize("text", ["", "EU", "EURO", "eur", "E1R", "ÄÖÜ", "EU "])
def test_anything_else_is_no_currency(text):
    assert not is_currency_code(text)


# Shares by weight


def test_a_cent_goes_to_the_largest_remainder():
    assert apportion(100, (1, 1, 1)) == (34, 33, 33)
    assert apportion(100, (50, 30, 20)) == (50, 30, 20)
    assert apportion(10, (1, 2)) == (3, 7)
    assert apportion(1, (1, 1, 2)) == (0, 0, 1)
    assert apportion(2, (1, 3)) == (0, 2)
    assert apportion(2, (3, 1)) == (2, 0)
    assert apportion(5, (0, 1, 0)) == (0, 5, 0)
    assert apportion(-100, (1, 1, 1)) == (-33, -33, -34)


@given(amounts, weights)
def test_p11_parts_add_up_exactly(total, parts):
    assert sum(apportion(total, parts)) == total


@given(amounts, weights)
def test_p11_each_part_is_less_than_a_minor_unit_from_exact(total, parts):
    whole = sum(parts)
    for part, weight in zip(apportion(total, parts), parts, strict=True):
        assert abs(part - Fraction(total * weight, whole)) < 1


@given(amounts, weights, st.randoms(use_true_random=False))
def test_p11_the_order_of_the_parts_does_not_matter(total, parts, random):
    mixed = list(parts)
    random.shuffle(mixed)
    alike = sorted(zip(parts, apportion(total, parts), strict=True))
    assert alike == sorted(zip(mixed, apportion(total, mixed), strict=True))


@given(amounts, weights)
def test_what_weighs_nothing_gets_nothing(total, parts):
    shares = apportion(total, parts)
    assert all(part == 0 for part, weight in zip(shares, parts, strict=True) if weight == 0)


@pytest.mark.parametrize("wrong", [(), (0, 0), (1, -1, 5)])
def test_weights_are_not_negative_and_not_all_nothing(wrong):
    with pytest.raises(ValueError, match="weights must be non-negative and not all zero"):
        apportion(100, wrong)


# Shares of units


@given(amounts, st.integers(1, 200))
def test_p11_refunding_units_one_at_a_time_refunds_exactly_the_line(total, units):
    assert sum(share(total, n, n + 1, units) for n in range(units)) == total


@given(amounts, st.integers(1, 200), st.data())
def test_p11_refunding_units_in_any_portions_refunds_exactly_the_line(total, units, data):
    cuts = sorted({0, units, *data.draw(st.lists(st.integers(0, units), max_size=6))})
    portions = list(pairwise(cuts))
    shares = [share(total, start, stop, units) for start, stop in portions]
    assert sum(shares) == total
    for (start, stop), part in zip(portions, shares, strict=True):
        assert abs(part - Fraction(total * (stop - start), units)) < 1


# The price of a line


@pytest.mark.parametrize(
    ("price", "quantity", "exponent", "expected"),
    [
        ("1.25", 3, 2, 375),
        ("0.125", 1, 2, 13),
        ("0.124", 1, 2, 12),
        ("0.125", 2, 2, 25),
        ("-0.125", 1, 2, -13),
        ("1000", 2, 0, 2000),
        ("1.2345", 10, 3, 12345),
    ],
)
def test_a_line_is_rounded_half_up_once(price, quantity, exponent, expected):
    assert extend(Decimal(price), quantity, exponent) == expected


@given(st.decimals(-1000, 1000, places=4), st.integers(0, 1000), st.integers(0, 4))
@example(Decimal("0.0050"), 1, 2)
def test_a_line_is_at_most_half_a_minor_unit_from_exact(price, quantity, exponent):
    assume(price.is_finite())
    exact = Fraction(price) * quantity * 10**exponent
    assert abs(extend(price, quantity, exponent) - exact) <= Fraction(1, 2)
