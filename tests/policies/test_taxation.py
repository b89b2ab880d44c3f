"""What is due where, and sums of taxes that are exact."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_core.policies.taxation import (
    WHOLE_PPM,
    Due,
    NoTaxRate,
    Rate,
    Rounding,
    levy,
    tax_of,
)
from tests.support.prices import taxes

ppms = st.integers(0, WHOLE_PPM)
amounts = st.integers(0, 10**12)
RATES = [Rate("FR", "", f"c{ppm}", ppm) for ppm in (0, 21_000, 55_000, 66_250, 200_000, 255_000)]
dues = st.lists(st.builds(Due, st.integers(0, 10**6), st.booleans(), st.sampled_from(RATES)))


@pytest.mark.parametrize(
    ("country", "postal_code", "day", "ppm"),
    [
        ("FR", "69001", "2026-03-01", 200_000),
        ("DE", "10115", "2020-06-30", 190_000),
        ("DE", "10115", "2020-07-01", 160_000),
        ("DE", "10115", "2020-12-31", 160_000),
        ("DE", "10115", "2021-01-01", 190_000),
        ("KR", "48058", "2026-03-01", 100_000),
        ("US", "10118", "2026-03-01", 40_000),
        ("US", "00501", "2026-03-01", 40_000),
        ("US", "07030", "2026-03-01", 66_250),
    ],
)
def test_the_rate_is_that_of_the_destination_on_the_day(country, postal_code, day, ppm):
    known = taxes()
    region = known.region_of(country, postal_code)
    assert known.rate(country, region, "standard", day).ppm == ppm


def test_where_no_rate_is_known_nothing_is_guessed():
    known = taxes()
    for country, postal_code in (("US", "60601"), ("US", ""), ("XX", "1")):
        region = known.region_of(country, postal_code)
        with pytest.raises(NoTaxRate) as refusal:
            known.rate(country, region, "standard", "2026-03-01")
        assert (
            refusal.value.detail == f"ship_to is {country!r}, category 'standard', on 2026-03-01."
        )


def test_a_postal_code_of_another_country_is_in_no_region():
    assert taxes().region_of("FR", "10118") == ""


@given(amounts, ppms)
def test_p14_a_tax_is_less_than_half_a_unit_off_or_rounded_up_at_the_half(amount, ppm):
    exact = Fraction(amount * ppm, WHOLE_PPM)
    assert -Fraction(1, 2) < tax_of(amount, ppm, included=False) - exact <= Fraction(1, 2)


@given(amounts, ppms)
def test_the_tax_within_a_gross_amount_is_the_tax_that_was_put_on_it(net, ppm):
    tax = tax_of(net, ppm, included=False)
    assert tax_of(net + tax, ppm, included=True) == tax


@given(dues)
def test_p14_taxes_rounded_for_the_document_add_up_to_the_tax_of_each_sum(found):
    shares = levy(found, Rounding.DOCUMENT)
    for rate in RATES:
        for included in (True, False):
            mine = [
                (due.amount_minor, share)
                for due, share in zip(found, shares, strict=True)
                if due.rate is rate and due.included is included
            ]
            whole = sum(amount for amount, _ in mine)
            assert sum(share for _, share in mine) == tax_of(whole, rate.ppm, included=included)


@given(dues)
def test_no_share_is_a_unit_off_and_none_is_more_than_what_it_is_in(found):
    for rounding in Rounding:
        for due, share in zip(found, levy(found, rounding), strict=True):
            whole = WHOLE_PPM + due.rate.ppm if due.included else WHOLE_PPM
            exact = Fraction(due.amount_minor * due.rate.ppm, whole)
            # Half a unit for the rounding, less than one for the sharing out.
            assert abs(share - exact) < Fraction(3, 2)
            assert 0 <= share <= due.amount_minor


def test_rounding_on_lines_and_on_the_document_may_differ():
    three = [Due(3, False, RATES[4])] * 3
    assert levy(three, Rounding.LINE) == (1, 1, 1)
    assert levy(three, Rounding.DOCUMENT) == (1, 1, 0)
