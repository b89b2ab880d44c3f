"""S27, S37, S44 and what hangs together with them: prices, coupons and gift cards, told in full."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from adapters.deadlines import Timekeeper, expiry
from adapters.memory import memory_environment
from oms_core.domain.cart import events as cart
from oms_core.domain.cart.commands import AddToCart, CheckOutCart, OpenCart
from oms_core.domain.coupon.commands import IssueCoupon
from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.giftcard.commands import IssueGiftCard
from oms_core.domain.giftcard.events import GiftCardExpired, Origin
from oms_core.domain.order import events as ordered
from oms_core.domain.order.commands import CancelOrder, RecordReturn, ResolveHold, ReturnLine
from oms_core.domain.order.events import (
    CancellationReason,
    Destination,
    Disposition,
    HoldKind,
    OrderLine,
    Tender,
    TenderMethod,
)
from oms_core.domain.payment.commands import Outcome, ReportAuthorization, ReportCapture
from oms_core.domain.quote.commands import AcceptQuote, IssueQuote, RequestQuote
from oms_core.domain.quote.events import Buyer, Offer, Tier, Wish
from oms_core.engine.application import Engine
from oms_core.engine.cause import Verdict
from oms_core.kernel import Instant
from oms_core.kernel.calendar import Period, date_of
from oms_core.policies.config import EUROPE_AND_ASIA
from oms_core.policies.prices import Audience, Discount, OnDifference
from oms_core.policies.pricing import Basket, Wanted, quote
from oms_core.policies.taxation import Rounding
from projections.catalog import VIEWS
from tests.stories.conftest import SECOND, START, read
from tests.support.lab import engine_on
from tests.support.prices import prices, tariff, taxes
from tests.support.shop import ask, must, names, placement, receipt

DAY = 86_400 * SECOND
SPRING = Audience(valid=Period("2026-01-02"))
TEN = Discount("ten", "Ten euro off", amount_minor=1_000, currency="EUR", coupon="TEN")
TARIFF = tariff(
    prices("old", MUG="12.00", CUP="6.00", tax_included=True),
    prices("new", MUG="15.00", tax_included=True, audience=SPRING),
    prices("JPY", "JPY", 0, MUG="1650", tax_included=True),
    prices("KRW", "KRW", 0, MUG="15900", tax_included=True),
    prices("KWD", "KWD", 3, MUG="3.850", tax_included=True),
    discounts=(TEN,),
)


def shop_policies(**changes):
    """Return the policies of a shop with these prices."""
    return replace(EUROPE_AND_ASIA, tariff=replace(TARIFF, **changes))


def opened(**changes):
    """Return an engine of a shop with prices, whose clock moves a second with each batch."""
    now = [START]

    def tick():
        now[0] += SECOND
        return Instant(now[0])

    return Engine(memory_environment(), clock=tick, policies=shop_policies(**changes))


@pytest.fixture
def shop():
    """A shop with prices of its own, which holds orders with others; ten mugs are on the shelf."""
    with opened() as engine:
        must(engine, receipt("MUG", 10))
        yield engine


def wanted(
    reference,
    units,
    *,
    at=START,
    currency="EUR",
    country="FR",
    coupons=(),
    channel="web",
    customer="C1",
    tenders=None,
):
    """Return an order of mugs at the shop's own prices of that moment."""
    basket = Basket(
        (Wanted("1", "MUG", units),),
        currency,
        channel,
        country,
        date_of(Instant(at)),
        customer_id=customer,
        coupons=coupons,
    )
    (line,) = quote(basket, TARIFF).lines
    command = placement(reference, ("MUG", units), channel=channel, customer_id=customer)
    order_id, total = command.order_id, line.net_minor + line.tax_minor
    agreed = OrderLine(
        f"{order_id}/1",
        "MUG",
        "MUG",
        units,
        line.unit_price,
        line.net_minor,
        line.tax_minor,
        line.discount_minor,
    )
    paid = tenders or ((TenderMethod.CARD, total, "tok"),)
    return replace(
        command,
        currency=currency,
        lines=(agreed,),
        tenders=tuple(Tender(f"{order_id}/p{n}", *tender) for n, tender in enumerate(paid, 1)),
        ship_to=Destination(country),
        placed_at=Instant(at),
        coupons=coupons,
    )


def shown(engine, view, key):
    return VIEWS[view].fold(read(engine)).get(key)


def balances(engine, currency="EUR"):
    """Return the trial balance of a currency, but for what the goods cost."""
    rows = VIEWS["trial_balance"].fold(read(engine)).values()
    cost = {"inventory", "goods_issued", "goods_received_not_invoiced", "cost_of_goods_sold"}
    return {
        row.account: row.balance_minor
        for row in rows
        if row.currency == currency and row.balance_minor and row.account not in cost
    }


def authorized(payment_id):
    return ReportAuthorization(payment_id, Outcome.SUCCEEDED, "ref")


# Currencies


@pytest.mark.parametrize(
    ("currency", "country", "net", "tax"),
    [
        ("EUR", "FR", 2_000, 400),
        ("JPY", "JP", 3_000, 300),
        ("KRW", "KR", 28_909, 2_891),
        ("KWD", "KW", 7_700, 0),
    ],
)
def test_s37_an_order_with_the_tax_in_its_prices_from_basket_to_books(
    shop, currency, country, net, tax
):
    must(shop, wanted(1, 2, currency=currency, country=country), authorized("web:1/p1"))
    must(shop, ShipFulfilment("web:1/f1.1"))
    must(shop, ReportCapture("web:1/p1", "web:1/f1.1", Outcome.SUCCEEDED))
    order = shown(shop, "orders", "web:1")
    assert (order.state, order.total_minor, order.captured_minor) == (
        "completed",
        net + tax,
        net + tax,
    )
    booked = {"cash_clearing": net + tax, "revenue": -net} | ({"tax_payable": -tax} if tax else {})
    assert balances(shop, currency) == booked


# A price that changes


def shopped(reference, price_minor, at):
    """Put two mugs into a cart at a price, and check it out at a moment."""
    cart_id = f"web:c{reference}"
    net = price_minor * 5 // 6
    price = cart.Price(f"{price_minor / 200:.2f}", net, price_minor - net)
    paid = (cart.Payment("p1", cart.Method.CARD, price_minor, "tok"),)
    return (
        OpenCart(cart_id, "web", f"c{reference}", "EUR", Instant(START), "C1"),
        AddToCart(cart_id, "a", "MUG", "MUG", 2, Instant(START), price),
        CheckOutCart(cart_id, reference, paid, cart.Address("FR"), cart.Shortage.HOLD, Instant(at)),
    )


def test_s44_a_price_that_changed_between_cart_and_placement_holds_the_order(shop):
    happened = must(shop, *shopped("1", 2_400, START))
    assert "OrderHeld" not in names(happened)
    later = must(shop, *shopped("2", 2_400, START + DAY))
    held = next(event for event in later if isinstance(event, ordered.OrderHeld))
    assert (held.order_id, held.kind, held.hold_id) == ("web:2", HoldKind.PRICE, "price")
    assert held.reason == (
        "net_minor of 'web:2/1' is 2000, and 2500 by list 'new'; "
        "tax_minor of 'web:2/1' is 400, and 500 by list 'new'"
    )
    must(shop, authorized("web:2/p1"))
    assert shown(shop, "orders", "web:2").state == "held"
    assert "OrderReleased" in names(must(shop, ResolveHold("web:2", "price", "agreed")))
    assert "OrderHeld" not in names(must(shop, *shopped("3", 3_000, START + DAY)))


def test_a_shop_that_rejects_other_prices_keeps_the_cart_open():
    with opened(on_difference=OnDifference.REJECT) as shop:
        must(shop, receipt("MUG", 10))
        happened = must(shop, *shopped("2", 2_400, START + DAY))
        assert names(happened)[-2:] == ["OrderRejected", "CheckoutRejected"]
        assert "order.price: net_minor of 'web:2/1' is 2000, and 2500" in happened[-1].reasons[0]


def test_a_shop_that_trusts_its_channels_records_what_it_would_have_asked():
    with opened(on_difference=OnDifference.TRUST) as shop:
        must(shop, receipt("MUG", 10))
        happened = must(shop, *shopped("2", 2_400, START + DAY))
        placed = next(event for event in happened if isinstance(event, ordered.OrderPlaced))
        assert "OrderHeld" not in names(happened)
        assert placed.pricing.lines[0].net_minor == 2_500
        assert len(placed.pricing.differences) == 2


def test_p14_a_change_of_prices_and_rounding_leaves_every_past_order_as_it_was():
    with opened() as before:
        must(before, receipt("MUG", 10), wanted(1, 2), authorized("web:1/p1"))
        stored = read(before)
        other = shop_policies(lists=(prices(MUG="99.00"),), taxes=taxes(Rounding.DOCUMENT))
        after = engine_on(before.recorder, lambda: Instant(START), other)
        assert [answer.verdict for answer in ask(after, wanted(1, 2))] == [Verdict.UNCHANGED]
        must(after, ShipFulfilment("web:1/f1.1"))
        log = read(after)
    assert log[: len(stored)] == stored
    left = next(r.event for r in log if isinstance(r.event, ordered.LineShipped))
    assert (left.net_minor, left.tax_minor) == (2_000, 400)


def test_the_price_of_a_quote_is_its_own_whatever_the_price_lists_say(shop):
    buyer = Buyer("C1", "b2b", "EUR", "FR")
    offer = Offer("MUG", "MUG", (Tier(1, "5.00"),), 2_000)
    must(shop, RequestQuote("Q1", buyer, (Wish("MUG", 2),)))
    must(shop, IssueQuote("Q1", 1, (offer,), "NET30", Instant(2**60), 2))
    happened = must(shop, AcceptQuote("Q1", 1, Instant(START)))
    placed = next(event for event in happened if isinstance(event, ordered.OrderPlaced))
    assert (placed.pricing, placed.lines[0].net_minor) == (None, 1_000)
    assert not any(
        event.kind is HoldKind.PRICE for event in happened if isinstance(event, ordered.OrderHeld)
    )


# Coupons


def with_coupon(reference, channel, customer):
    return wanted(reference, 2, coupons=("TEN",), channel=channel, customer=customer)


def test_p22_a_coupon_used_at_its_limit_by_two_channels_at_once(shop):
    must(shop, IssueCoupon("TEN", 1))
    orders = with_coupon(1, "web", "C1"), with_coupon(2, "till", "C2")
    happened = [r.event for answer in ask(shop, *orders) for r in answer.recorded]
    assert [e.granted for e in happened if isinstance(e, ordered.CouponSettled)] == [True, False]
    held = next(event for event in happened if isinstance(event, ordered.OrderHeld))
    assert (held.order_id, held.kind, held.reason) == (
        "till:2",
        HoldKind.PRICE,
        "coupon TEN cannot be used: limit",
    )
    coupon = shown(shop, "coupons", "TEN")
    assert (coupon.used, coupon.uses_max, coupon.declined) == (1, 1, 1)
    must(shop, authorized("web:1/p1"), authorized("till:2/p1"))
    assert [shown(shop, "orders", name).state for name in ("web:1", "till:2")] == [
        "released",
        "held",
    ]


def test_p22_a_cancelled_order_gives_its_coupon_to_the_next_one_exactly_once(shop):
    must(shop, IssueCoupon("TEN", 1))
    must(shop, with_coupon(1, "web", "C1"))
    cancel = CancelOrder("web:1", CancellationReason.CUSTOMER)
    assert names(must(shop, cancel)).count("CouponReturned") == 1
    ask(shop, cancel)
    assert "CouponRedeemed" in names(must(shop, with_coupon(2, "till", "C2")))
    assert "CouponDeclined" in names(must(shop, with_coupon(3, "web", "C3")))
    coupon = shown(shop, "coupons", "TEN")
    assert (coupon.used, coupon.returned, coupon.declined) == (1, 1, 1)


def test_an_order_that_is_sent_keeps_its_coupon_and_pays_the_lower_price(shop):
    must(shop, IssueCoupon("TEN", 9), with_coupon(1, "web", "C1"), authorized("web:1/p1"))
    must(shop, ShipFulfilment("web:1/f1.1"))
    order, coupon = shown(shop, "orders", "web:1"), shown(shop, "coupons", "TEN")
    assert (order.state, order.total_minor) == ("completed", 1_400)
    assert (coupon.used, coupon.open) == (1, 0)


# Gift cards


def by_gift_card(reference, gift_minor, card_id="G1"):
    """Return an order of two mugs, paid by gift card first and by card for the rest."""
    rest = (TenderMethod.CARD, 2_400 - gift_minor, "tok")
    return wanted(reference, 2, tenders=((TenderMethod.GIFT_CARD, gift_minor, card_id), rest))


def test_a_gift_card_and_a_card_pay_for_one_order_together(shop):
    must(shop, IssueGiftCard("G1", 1_000, "EUR"))
    assert balances(shop) == {"cash_clearing": 1_000, "gift_cards": -1_000}
    must(shop, by_gift_card(1, 1_000), authorized("web:1/p2"))
    card = shown(shop, "gift_cards", "G1")
    assert (card.state, card.left_minor, card.reserved_minor) == ("active", 0, 1_000)
    happened = must(shop, ShipFulfilment("web:1/f1.1"))
    assert {"GiftCardRedeemed", "GiftCardExhausted"} <= set(names(happened))
    must(shop, ReportCapture("web:1/p2", "web:1/f1.1", Outcome.SUCCEEDED))
    assert shown(shop, "orders", "web:1").captured_minor == 2_400
    assert shown(shop, "gift_cards", "G1").state == "exhausted"
    assert balances(shop) == {"cash_clearing": 2_400, "revenue": -2_000, "tax_payable": -400}


def test_what_comes_back_goes_to_the_gift_card_that_has_paid(shop):
    must(shop, IssueGiftCard("G1", 1_000, "EUR"), by_gift_card(1, 1_000), authorized("web:1/p2"))
    must(shop, ShipFulfilment("web:1/f1.1"))
    back = RecordReturn("web:1", "R1", (ReturnLine("web:1/1", 1),), Disposition.RESTOCK, "LYON")
    must(shop, ReportCapture("web:1/p2", "web:1/f1.1", Outcome.SUCCEEDED))
    assert names(must(shop, back)).count("GiftCardCredited") == 1
    ask(shop, back)
    card = shown(shop, "gift_cards", "G1")
    assert (card.state, card.left_minor, card.credited_minor) == ("active", 1_000, 1_000)
    assert balances(shop)["gift_cards"] == -1_000


def test_p22_one_gift_card_does_not_pay_for_two_orders_at_once(shop):
    must(shop, IssueGiftCard("G1", 1_500, "EUR"))
    answers = ask(shop, by_gift_card(1, 1_000), by_gift_card(2, 1_000))
    happened = names([r.event for answer in answers for r in answer.recorded])
    assert (happened.count("GiftCardReserved"), happened.count("GiftCardDeclined")) == (1, 1)
    assert [shown(shop, "orders", name).state for name in ("web:1", "web:2")] == [
        "awaiting_payment",
        "cancelled",
    ]
    assert shown(shop, "gift_cards", "G1").left_minor == 500


def test_a_cancelled_order_leaves_the_gift_card_as_it_was(shop):
    must(shop, IssueGiftCard("G1", 1_000, "EUR"), by_gift_card(1, 400))
    must(shop, CancelOrder("web:1", CancellationReason.CUSTOMER))
    card = shown(shop, "gift_cards", "G1")
    assert (card.left_minor, card.reserved_minor, card.redeemed_minor) == (1_000, 0, 0)


def test_a_gift_card_lapses_in_time_and_what_it_held_is_earned(shop):
    must(shop, IssueGiftCard("G1", 1_000, "EUR", Origin.GOODWILL, Instant(START + DAY)))
    timekeeper = Timekeeper()
    timekeeper.hear(read(shop))
    assert timekeeper.due(Instant(START + DAY - 1)) == ()
    (due,) = timekeeper.due(Instant(START + DAY))
    happened = must(shop, expiry(due, Instant(START + DAY)))
    assert happened == [GiftCardExpired("G1", 1_000, "EUR")]
    timekeeper.hear(read(shop))
    assert timekeeper.due(Instant(START + 2 * DAY)) == ()
    assert balances(shop) == {"marketing_expense": 1_000, "gift_card_breakage": -1_000}
