"""Whether a channel's prices are ours."""

from msgspec.structs import replace

from oms_core.policies.assessment import Claim, assess
from oms_core.policies.prices import OnDifference
from tests.support.prices import basket, prices, tariff

SHOP = tariff(prices(MUG="10.00", CUP="5.00"))
WANTED = basket(("MUG", 2), ("CUP", 1))
RIGHT = (Claim("web:1/1", 2_000, 400), Claim("web:1/2", 500, 100))


def test_prices_that_are_ours_have_no_difference_and_their_reasons_are_kept():
    found = assess(WANTED, RIGHT, SHOP)
    assert (found.differences, found.version, found.day) == ((), "T1", "2026-03-01")
    assert [line.net_minor for line in found.lines] == [2_000, 500]
    assert (found.holds, found.rejects) == (False, False)


def test_every_amount_that_is_not_ours_is_named():
    wrong = (replace(RIGHT[0], net_minor=1_999), replace(RIGHT[1], tax_minor=101))
    assert assess(WANTED, wrong, SHOP).differences == (
        "net_minor of 'web:1/1' is 1999, and 2000 by list 'EUR'",
        "tax_minor of 'web:1/2' is 101, and 100 by list 'EUR'",
    )
    assert assess(WANTED, wrong, replace(SHOP, tolerance_minor=1)).differences == ()


def test_what_becomes_of_the_order_is_the_shops_choice():
    outcomes = {}
    for choice in OnDifference:
        shop = replace(SHOP, on_difference=choice)
        found = assess(WANTED, (replace(RIGHT[0], net_minor=1), RIGHT[1]), shop)
        outcomes[choice.value] = (found.holds, found.rejects)
    assert outcomes == {"trust": (False, False), "hold": (True, False), "reject": (False, True)}


def test_what_has_no_price_is_a_difference_too():
    found = assess(basket(("HAT", 1)), (Claim("web:1/1", 1, 0),), SHOP)
    assert found.lines == ()
    assert found.differences == (
        "pricing.no_price: 1 of item_id 'HAT' in EUR, web, on 2026-03-01.",
    )
