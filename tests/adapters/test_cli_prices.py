"""Prices on the command line: what a basket costs and why, and what became of coupons and cards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.terminal import faults, oms

EXAMPLE = str(Path(__file__).parents[2] / "deploy/prices/example.toml")


def price(*tokens: str, day: str = "2026-03-01"):
    return oms("price", *tokens, "--prices", EXAMPLE, "--day", day)


def test_a_basket_is_priced_with_its_reasons():
    told = price("MUG=2", "BOOK", "--country", "FR", "--coupon", "WELCOME5")
    assert told.code == 0
    for words in (
        "list shop-eur, tax included",
        "-1.99 Ten percent off books",
        "Welcome: 5 euro off from 30 euro",
        "20% FR standard",
        "5.5% FR reduced",
        "36.91 EUR to pay",
        "prices 2026-01 on 2026-03-01; tax rounded for each line",
    ):
        assert words in told.out, words


def test_as_json_every_amount_is_in_minor_units_and_the_lines_add_up():
    data = price("MUG=2", "BOOK", "--country", "FR", "--coupon", "WELCOME5", "--json").data
    assert sum(line["net_minor"] + line["tax_minor"] for line in data["lines"]) == 3_691
    assert [line["list_minor"] for line in data["lines"]] == [2_400, 1_990]
    assert [
        sum(taken["amount_minor"] for taken in line["discounts"]) for line in data["lines"]
    ] == [286, 413]


def test_a_state_taxes_by_its_postal_codes():
    told = price("MUG", "--country", "US", "--postal-code", "07030", "--currency", "USD")
    assert "6.625% US-NJ standard" in told.out
    assert "13.85 USD to pay" in told.out


def test_a_price_in_another_currency_shows_its_rate(tmp_path):
    rates = tmp_path / "eurofxref.csv"
    rates.write_text("Date, CHF, \n27 February 2026, 0.9337, \n", encoding="utf-8")
    told = price("MUG", "--country", "FR", "--currency", "CHF", "--rates", str(rates))
    assert "1 EUR = 0.9337 CHF (ECB, 2026-02-27)" in told.out
    assert "11.20 CHF to pay" in told.out


@pytest.mark.parametrize(
    ("tokens", "field", "value"),
    [
        (("MUG=0", "--country", "FR"), "items", "MUG=0"),
        (("=2", "--country", "FR"), "items", "=2"),
        (("--country", "FR"), "items", ""),
        (("MUG", "--country", "FR", "--coupon", "NONE"), "coupon", "'NONE'"),
        (("MUG", "--country", "XX"), "ship_to", "'XX', category 'standard', on 2026-03-01"),
        (("MUG", "--country", "FR", "--rates", "none"), "--rates", ""),
    ],
)
def test_what_cannot_be_priced_is_refused_with_field_and_value(tokens, field, value):
    told = price(*tokens, "--json")
    assert told.code == 2
    assert faults(told) == [(field, value)]


def test_a_day_that_is_none_is_refused():
    told = price("MUG", "--country", "FR", "--json", day="2026-02-30")
    assert faults(told) == [("--day", "'2026-02-30'")]


def test_without_a_file_of_prices_one_is_asked_for(monkeypatch):
    monkeypatch.delenv("OMS_PRICES", raising=False)
    assert faults(oms("price", "MUG", "--country", "FR", "--json")) == [("--prices", "")]
    told = oms("price", "MUG", "--country", "FR", "--prices", "none.toml", "--json")
    assert faults(told) == [("--prices", "")]


ISSUED = [
    {"command": "IssueCoupon", "code": "SAVE", "uses_max": 1, "customer_uses_max": 1},
    {"command": "IssueGiftCard", "card_id": "G1", "amount_minor": 5_000, "currency": "EUR"},
]


@pytest.fixture
def shop(dsn, schema, monkeypatch):
    monkeypatch.setenv("OMS_DSN", dsn)
    monkeypatch.setenv("OMS_LOG_SCHEMA", f"{schema}_log")
    monkeypatch.setenv("OMS_VIEWS_SCHEMA", f"{schema}_views")
    return monkeypatch


def send(*commands):
    return oms("send", "--json", typed=json.dumps(commands))


def test_coupons_and_gift_cards_are_issued_and_listed(shop):
    assert send(*ISSUED).code == 0
    (coupon,) = oms("show", "coupons", "--json").data["coupons"]
    assert (coupon["code"], coupon["used"], coupon["uses_max"]) == ("SAVE", 0, 1)
    (card,) = oms("show", "gift-cards", "--currency", "EUR", "--json").data["gift cards"]
    assert (card["card_id"], card["left_minor"], card["state"]) == ("G1", 5_000, "active")
    assert "50.00 EUR" in oms("show", "gift-cards", "--state", "active").out
    assert "SAVE" in oms("show", "coupons", "--state", "issued").out


def test_a_running_shop_takes_its_prices_from_the_file_and_says_what_is_wrong_with_it(
    shop, tmp_path
):
    shop.setenv("OMS_PRICES", EXAMPLE)
    assert send(*ISSUED).code == 0
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("version = 1", encoding="utf-8")
    shop.setenv("OMS_PRICES", str(wrong))
    assert faults(send(*ISSUED)) == [("OMS_PRICES", str(wrong))]
    shop.setenv("OMS_PRICES", EXAMPLE)
    shop.setenv("OMS_RATES", str(wrong))
    assert faults(send(*ISSUED)) == [("OMS_RATES", str(wrong))]
