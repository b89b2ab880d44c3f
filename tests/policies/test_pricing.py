"""What a basket costs: which list counts, what discounts take off, and sums that are exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.kernel.calendar import Period
from oms_core.policies.prices import (
    Audience,
    Discount,
    NoPrice,
    PriceList,
    Step,
    UnknownCoupon,
)
from oms_core.policies.pricing import Taken, quote
from oms_core.policies.taxation import Rounding, tax_of
from tests.support.prices import basket, prices, tariff

ALL = prices(MUG="12.00", CUP="4.95", BOOK="19.90")


def costs(basket_, tariff_):
    """Return the net amount, the tax and the list of each line."""
    return [
        (line.net_minor, line.tax_minor, line.list_id) for line in quote(basket_, tariff_).lines
    ]


def test_a_price_without_tax_and_one_with_it():
    assert costs(basket(("MUG", 2), ("BOOK", 1)), tariff(ALL)) == [
        (2_400, 480, "EUR"),
        (1_990, 109, "EUR"),
    ]
    assert costs(basket(("MUG", 2), ("BOOK", 1)), tariff(replace(ALL, tax_included=True))) == [
        (2_000, 400, "EUR"),
        (1_886, 104, "EUR"),
    ]


@pytest.mark.parametrize(
    ("currency", "exponent", "country", "price", "net", "tax"),
    [
        ("JPY", 0, "JP", "1650", 4_500, 450),
        ("KRW", 0, "KR", "15900", 43_364, 4_336),
        ("KWD", 3, "KW", "3.850", 11_550, 0),
        ("EUR", 2, "FR", "12.00", 3_000, 600),
    ],
)
def test_p13_amounts_have_the_decimals_of_their_currency(
    currency, exponent, country, price, net, tax
):
    shop = tariff(prices("L", currency, exponent, tax_included=True, MUG=price))
    wanted = basket(("MUG", 3), currency=currency, country=country)
    assert costs(wanted, shop) == [(net, tax, "L")]


def test_the_list_that_is_most_of_all_made_for_the_customer_counts():
    shop = tariff(
        prices("all", MUG="10.00"),
        prices("web", audience=Audience(("web",)), MUG="9.00"),
        prices("trade", audience=Audience(groups=("trade",)), MUG="8.00"),
        prices("spring", audience=Audience(valid=Period("2026-03-01", "2026-03-31")), MUG="7.00"),
    )
    assert costs(basket(("MUG", 1)), shop)[0][2] == "web"
    assert costs(basket(("MUG", 1), customer_id="C7"), shop)[0][2] == "trade"
    assert costs(basket(("MUG", 1), channel="till"), shop)[0][2] == "spring"
    assert costs(basket(("MUG", 1), channel="till", day="2026-04-01"), shop)[0][2] == "all"


def test_a_quantity_break_is_for_every_unit_and_lines_reach_it_together():
    steps = (Step(1, "9.00"), Step(12, "8.40"), Step(144, "7.25"))
    shop = tariff(PriceList("trade", "EUR", 2, {"MUG": steps}))
    assert [costs(basket(("MUG", n)), shop)[0][0] for n in (1, 11, 12, 143, 144)] == [
        900,
        9_900,
        10_080,
        120_120,
        104_400,
    ]
    assert [line[0] for line in costs(basket(("MUG", 5), ("MUG", 7)), shop)] == [4_200, 5_880]


def test_without_a_price_nothing_is_guessed():
    shop = tariff(PriceList("L", "EUR", 2, {"MUG": (Step(10, "8.00"),)}))
    for wanted in (basket(("MUG", 9)), basket(("CUP", 1)), basket(("MUG", 10), currency="USD")):
        with pytest.raises(NoPrice):
            quote(wanted, shop)


OFF = Discount("ten", "Ten percent off", ppm=100_000)
FIVE = Discount("five", "Five off", amount_minor=500, currency="EUR", coupon="FIVE")


def test_discounts_are_given_in_their_order_each_on_what_is_left():
    shop = tariff(ALL, discounts=(OFF, FIVE))
    (line,) = quote(basket(("MUG", 1), coupons=("FIVE",)), shop).lines
    assert line.discounts == (
        Taken("ten", "Ten percent off", 120),
        Taken("five", "Five off", 500),
    )
    assert (line.list_minor, line.discount_minor, line.net_minor) == (1_200, 620, 580)
    (line,) = quote(basket(("MUG", 1)), shop).lines
    assert line.discount_minor == 120


def test_a_discount_is_for_its_items_its_audience_its_currency_and_from_its_least_amount():
    mugs = replace(OFF, items=frozenset({"MUG"}))
    assert [
        line.discount_minor
        for line in quote(basket(("MUG", 1), ("CUP", 1)), tariff(ALL, discounts=(mugs,))).lines
    ] == [120, 0]
    for unfit in (
        replace(OFF, audience=Audience(("till",))),
        replace(OFF, audience=Audience(groups=("trade",))),
        replace(OFF, audience=Audience(valid=Period("2026-03-02"))),
        replace(FIVE, coupon="", currency="USD"),
        replace(OFF, currency="EUR", least_minor=1_201),
    ):
        assert quote(basket(("MUG", 1)), tariff(ALL, discounts=(unfit,))).lines[0].discounts == ()
    fit = replace(OFF, currency="EUR", least_minor=1_200)
    assert quote(basket(("MUG", 1)), tariff(ALL, discounts=(fit,))).lines[0].discount_minor == 120


def test_nothing_costs_less_than_nothing():
    shop = tariff(ALL, discounts=(replace(FIVE, coupon="", amount_minor=99_999),))
    quoted = quote(basket(("MUG", 1), ("CUP", 2)), shop)
    assert (quoted.total_minor, [line.discount_minor for line in quoted.lines]) == (0, [1_200, 990])


def test_a_coupon_that_is_not_known_is_told():
    with pytest.raises(UnknownCoupon) as refusal:
        quote(basket(("MUG", 1), coupons=("five",)), tariff(ALL, discounts=(FIVE,)))
    assert refusal.value.detail == "coupon is 'five'."


shops = st.builds(
    lambda included, ppm, amount, rounding: tariff(
        replace(ALL, tax_included=included),
        discounts=(replace(OFF, ppm=ppm), replace(FIVE, coupon="", amount_minor=amount)),
        rounding=rounding,
    ),
    st.booleans(),
    st.integers(0, 1_000_000),
    st.integers(0, 9_999),
    st.sampled_from(Rounding),
)
wishes = st.lists(
    st.tuples(st.sampled_from(["MUG", "CUP", "BOOK"]), st.integers(1, 500)), min_size=1, max_size=9
)


@given(shops, wishes)
def test_p12_every_line_is_its_list_price_less_its_discounts_to_the_unit(shop, wanted):
    quoted = quote(basket(*wanted), shop)
    for line in quoted.lines:
        left = line.list_minor - line.discount_minor
        assert left == line.net_minor + (line.tax_minor if line.tax_included else 0)
        assert (
            min(line.net_minor, line.tax_minor, *(t.amount_minor for t in line.discounts), 0) == 0
        )


@given(shops, wishes)
def test_what_is_taken_off_the_lines_is_what_the_discounts_are_worth(shop, wanted):
    quoted = quote(basket(*wanted), shop)
    whole = sum(line.list_minor for line in quoted.lines)
    ten = (2 * whole * shop.discounts[0].ppm + 10**6) // (2 * 10**6)
    five = min(whole - ten, shop.discounts[1].amount_minor)
    taken = {"ten": 0, "five": 0}
    for line in quoted.lines:
        for part in line.discounts:
            taken[part.discount_id] += part.amount_minor
    assert taken == {"ten": ten, "five": five}


@given(shops, wishes)
def test_p14_the_tax_of_the_document_is_rounded_as_the_shop_has_chosen(shop, wanted):
    quoted = quote(basket(*wanted), shop)
    included = shop.lists[0].tax_included
    groups = {}
    for line in quoted.lines:
        left = line.list_minor - line.discount_minor
        if shop.taxes.rounding is Rounding.LINE:
            assert line.tax_minor == tax_of(left, line.rate_ppm, included=included)
        amount, tax = groups.get(line.rate_ppm, (0, 0))
        groups[line.rate_ppm] = (amount + left, tax + line.tax_minor)
    if shop.taxes.rounding is Rounding.DOCUMENT:
        for ppm, (amount, tax) in groups.items():
            assert tax == tax_of(amount, ppm, included=included)
    assert quoted.rounding is shop.taxes.rounding


@given(wishes)
def test_the_same_goods_with_the_tax_in_their_prices_and_without_cost_the_same(wanted):
    """A basket is priced without tax in the prices; its gross amounts are then asked for."""
    without = quote(basket(*wanted), tariff(ALL))
    for line in without.lines:
        gross = line.net_minor + line.tax_minor
        price = f"{gross // 100}.{gross % 100:02d}"
        with_tax = tariff(prices(tax_included=True, **{line.item_id: price}))
        (same,) = quote(basket((line.item_id, 1)), with_tax).lines
        assert (same.net_minor, same.tax_minor) == (line.net_minor, line.tax_minor)
