"""A shop's prices in TOML: what it says, and what is wrong with it."""

from pathlib import Path

import pytest

from adapters.prices.file import WrongPrices, load
from oms_core.policies.prices import OnDifference
from oms_core.policies.pricing import quote
from tests.support.prices import basket

EXAMPLE = Path(__file__).parents[2] / "deploy/prices/example.toml"
HEAD = 'version = "1"\n'
MUGS = '[[list]]\nid = "L"\ncurrency = "EUR"\n[list.prices]\n'


def costs(**changes):
    (line,) = quote(basket(("MUG", 12), **changes), load(EXAMPLE)).lines
    return line.list_id, line.net_minor, line.tax_minor


def test_the_example_is_read_to_the_last_decimal():
    assert costs() == ("shop-eur", 12_000, 2_400)
    assert costs(customer_id="C1") == ("trade-eur", 10_080, 2_016)
    assert costs(day="2026-06-01") == ("summer-eur", 9_900, 1_980)
    assert costs(currency="USD", country="US", postal_code="07030") == ("shop-usd", 15_588, 1_033)
    assert costs(currency="KWD", country="KW") == ("shop-kwd", 46_200, 0)
    assert costs(currency="JPY", country="JP") == ("shop-jpy", 18_000, 1_800)
    assert costs(currency="KRW", country="KR") == ("shop-krw", 173_455, 17_345)
    assert load(EXAMPLE).on_difference is OnDifference.HOLD


def test_rates_change_with_the_day():
    known = load(EXAMPLE).taxes
    found = [
        known.rate(country, "", "standard", day).ppm
        for country, day in (
            ("EE", "2023-12-31"),
            ("EE", "2024-01-01"),
            ("EE", "2025-07-01"),
            ("FI", "2024-08-31"),
            ("FI", "2024-09-01"),
        )
    ]
    assert found == [200_000, 220_000, 240_000, 240_000, 255_000]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "version: Field required"),
        (HEAD + "colour = 1", "colour: Extra inputs are not permitted, not 1"),
        (HEAD + MUGS + "MUG = -1", "list.0.prices.MUG"),
        (HEAD + MUGS + "MUG = { 0 = 1 }", "must have quantities of 1 or more for MUG"),
        (HEAD + MUGS + "MUG = { ten = 1 }", "must have quantities of 1 or more for MUG"),
        (HEAD + MUGS.replace("EUR", "EUX") + "MUG = 1", "list.0.currency: must be an ISO 4217"),
        (HEAD + MUGS.replace("EUR", "XAU") + "MUG = 1", "list.0.currency: must be an ISO 4217"),
        (HEAD + MUGS + "MUG = 1\n" + MUGS, "must have every list once, not L twice"),
        (HEAD + '[[tax]]\ncountry = "FR"\nrate = 101', "tax.0.rate"),
        (HEAD + '[[tax]]\ncountry = "France"\nrate = 20', "tax.0.country"),
        (HEAD + '[[tax]]\ncountry = "FR"\nrate = 20\n' * 2, "must have every tax once, not FR"),
        (
            HEAD + '[[tax]]\ncountry = "US"\nregion = "NY"\nrate = 4',
            "must say which postal codes US-NY has",
        ),
        (
            HEAD + '[[region]]\ncountry = "US"\nregion = "NY"\npostal = ["149-100"]',
            "must have ranges of equal length that go upwards, not '149-100'",
        ),
        (
            HEAD + '[[discount]]\nid = "d"\nname = "d"\npercent = 5\namount = 1\ncurrency = "EUR"',
            "must have either a percent or an amount",
        ),
        (
            HEAD + '[[discount]]\nid = "d"\nname = "d"\namount = 5',
            "must name the currency of its amounts",
        ),
        (
            HEAD + '[[discount]]\nid = "d"\nname = "d"\namount = 5.001\ncurrency = "EUR"',
            "discount d amount is '5.001', but must be given with at most 2 decimals in EUR",
        ),
        (
            HEAD + '[[list]]\nid = "L"\ncurrency = "EUR"\nfrom = 2026-02-01\nto = 2026-01-31\n'
            "[list.prices]",
            "must have a `to` that is not before its `from`",
        ),
        ("version = ", "Invalid value"),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_value(tmp_path, text, told):
    path = tmp_path / "prices.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WrongPrices) as refusal:
        load(path)
    assert told in refusal.value.detail
    assert refusal.value.detail.startswith(str(path))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(WrongPrices, match=r"none\.toml"):
        load(tmp_path / "none.toml")
