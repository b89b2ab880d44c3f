"""The ECB's files of reference rates, in every form that it publishes."""

import pytest

from adapters.prices.ecb import WrongRates, load
from adapters.prices.file import load as load_prices

DAILY = "Date, USD, JPY, KRW, \n27 February 2026, 1.1005, 170.25, 1650.5, \n"
HISTORY = "Date,USD,JPY,CYP,\n2026-02-27,1.1005,170.25,N/A,\n2026-02-26,1.1000,170.00,N/A,\n"
XML = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
  xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
 <gesmes:subject>Reference rates</gesmes:subject>
 <Cube><Cube time='2026-02-27'><Cube currency='USD' rate='1.1005'/>
 <Cube currency='JPY' rate='170.25'/></Cube></Cube>
</gesmes:Envelope>"""


def written(tmp_path, text):
    path = tmp_path / "eurofxref"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "days"),
    [
        (DAILY, {"2026-02-27": {"USD": "1.1005", "JPY": "170.25", "KRW": "1650.5"}}),
        (
            HISTORY,
            {
                "2026-02-26": {"USD": "1.1000", "JPY": "170.00"},
                "2026-02-27": {"USD": "1.1005", "JPY": "170.25"},
            },
        ),
        (XML, {"2026-02-27": {"USD": "1.1005", "JPY": "170.25"}}),
    ],
)
def test_every_form_is_read_and_the_digits_are_kept(tmp_path, text, days):
    rates = load(written(tmp_path, text))
    assert (rates.days, list(rates.days)) == (days, sorted(days))
    assert (rates.base, rates.source) == ("EUR", "ECB")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the first column is [], but must be Date"),
        ("Datum,USD\n", "the first column is ['Datum'], but must be Date"),
        ("Date,USD\nyesterday,1\n", "yesterday"),
        ("Date,USD\n2026-02-27,0\n", "the rate of 'USD' on 2026-02-27 is '0'"),
        ("Date,USD\n2026-02-27,-1\n", "the rate of 'USD' on 2026-02-27 is '-1'"),
        ("Date,usd\n2026-02-27,1\n", "the rate of 'usd' on 2026-02-27 is '1'"),
        ("Date,USD\n", "there is no day with rates in it"),
        ("<Cube", "unclosed token"),
        ("<Cube/>", "there is no day with rates in it"),
    ],
)
def test_a_file_that_says_nothing_usable_is_refused(tmp_path, text, told):
    path = written(tmp_path, text)
    with pytest.raises(WrongRates) as refusal:
        load(path)
    assert told in refusal.value.detail


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(WrongRates, match="none"):
        load(tmp_path / "none")


def test_a_shop_that_converts_knows_the_decimals_of_every_currency_with_a_rate(tmp_path):
    prices = tmp_path / "prices.toml"
    text = 'version = "1"\nconvert_from = "EUR"\nrate_days_max = 3\n'
    prices.write_text(text, encoding="utf-8")
    tariff = load_prices(prices, written(tmp_path, DAILY))
    assert tariff.exponents == {"EUR": 2, "USD": 2, "JPY": 0, "KRW": 0}
    assert (tariff.convert_from, tariff.rates.days_max) == ("EUR", 3)
