"""Amounts as partners and people write them."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from adapters.money import (
    MINOR_MAX,
    WrongAmount,
    displayed,
    exponent,
    major_units,
    minor_units,
)

CODES = sorted(currency.code for currency in Currency)


@pytest.mark.parametrize(
    ("code", "places"),
    [("JPY", 0), ("EUR", 2), ("HUF", 2), ("BHD", 3), ("IQD", 3), ("CLF", 4), ("XAU", 0)],
)
def test_decimals_are_those_of_iso_4217(code, places):
    assert exponent(code) == places


@pytest.mark.parametrize("code", ["", "EURO", "eur", "ZZZ"])
def test_a_currency_that_does_not_exist_is_named(code):
    with pytest.raises(WrongAmount, match=f"currency is {code!r}, but must be a code of ISO 4217"):
        exponent(code)


@pytest.mark.parametrize("minor", [0, 1, -1, 7, 99, 100, -12345, MINOR_MAX, -MINOR_MAX])
def test_p13_an_amount_goes_to_a_partner_and_back_unchanged_in_every_currency(minor):
    for code in CODES:
        major = major_units(minor, code)
        assert Fraction(major) == Fraction(minor, 10 ** exponent(code))
        assert minor_units(f"{major:f}", code) == minor


@given(st.sampled_from(CODES), st.integers(-MINOR_MAX, MINOR_MAX))
def test_p13_any_amount_goes_to_a_partner_and_back_unchanged(code, minor):
    assert minor_units(f"{major_units(minor, code):f}", code) == minor


@pytest.mark.parametrize(
    ("text", "code", "minor"),
    [
        ("12.5", "EUR", 1250),
        ("12", "EUR", 1200),
        ("+0.01", "EUR", 1),
        ("-3.10", "EUR", -310),
        ("12.5000", "EUR", 1250),
        ("500", "JPY", 500),
        ("500.00", "JPY", 500),
        ("1.234", "BHD", 1234),
        ("007", "EUR", 700),
    ],
)
def test_a_decimal_number_is_taken_at_its_word(text, code, minor):
    assert minor_units(text, code) == minor


@pytest.mark.parametrize(
    ("text", "code", "rule"),
    [
        ("", "EUR", "a decimal number with a point, such as 12.50"),
        ("12,50", "EUR", "a decimal number with a point, such as 12.50"),
        ("1e3", "EUR", "a decimal number with a point, such as 12.50"),
        ("1_000", "EUR", "a decimal number with a point, such as 12.50"),
        ("NaN", "EUR", "a decimal number with a point, such as 12.50"),
        (" 1", "EUR", "a decimal number with a point, such as 12.50"),
        (".5", "EUR", "a decimal number with a point, such as 12.50"),
        ("٣", "EUR", "a decimal number with a point, such as 12.50"),
        ("0.005", "EUR", "given with at most 2 decimals in EUR"),
        ("0.5", "JPY", "given with at most 0 decimals in JPY"),
        ("92233720368547758.08", "EUR", "at most 92233720368547758.07 EUR"),
    ],
)
def test_a_wrong_amount_names_its_field_its_value_and_the_rule(text, code, rule):
    with pytest.raises(WrongAmount) as refusal:
        minor_units(text, code, "shipping")
    wrong = refusal.value
    assert (wrong.field, wrong.value, wrong.rule) == ("shipping", text, rule)
    assert str(wrong) == f"shipping is {text!r}, but must be {rule}."


def test_an_amount_in_major_units_keeps_its_decimals():
    assert str(major_units(1250, "EUR")) == "12.50"
    assert str(major_units(-5, "EUR")) == "-0.05"
    assert str(major_units(0, "EUR")) == "0.00"
    assert str(major_units(1, "EUR")) == "0.01"
    assert major_units(1250, "JPY") == Decimal(1250)


def test_an_amount_is_shown_as_the_locale_writes_it_and_with_the_decimals_of_its_currency():
    assert displayed(123450, "EUR") == "€1,234.50"
    assert displayed(123450, "EUR", "de_DE") == "1.234,50\N{NO-BREAK SPACE}€"
    assert displayed(-1250, "JPY") == "-¥1,250"
    assert displayed(1234, "IQD") == "IQD1.234"


@given(st.text(max_size=12) | st.text("0123456789.-+", max_size=8))
def test_any_text_is_taken_or_refused_with_a_reason(text):
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]{1,2}0*)?", text, re.ASCII):
        assert minor_units(text, "EUR") == Fraction(text) * 100
    else:
        with pytest.raises(WrongAmount, match=r"^amount is "):
            minor_units(text, "EUR")
