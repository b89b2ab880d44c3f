"""Pricing, redeeming and tendering: what is asked of prices, coupons and gift cards."""

import pytest
from msgspec.structs import replace

from oms_core.domain.coupon import commands as coupon
from oms_core.domain.coupon.events import CouponDeclined, CouponRedeemed, DeclineReason
from oms_core.domain.giftcard import commands as giftcard
from oms_core.domain.giftcard import events as given_card
from oms_core.domain.giftcard.events import DeclineReason as CardDeclineReason
from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    CancellationReason,
    LineKind,
    OrderCancelled,
    OrderCompleted,
    OrderLine,
    Purpose,
)
from oms_core.domain.payment import events as paid
from oms_core.domain.payment.commands import Outcome, RecordCardAnswer, Step
from oms_core.engine.catalog import catalog
from oms_core.kernel import Instant
from oms_core.policies.config import Policies
from oms_core.policies.prices import OnDifference
from oms_core.processes.pricing import assessed
from oms_core.processes.redeeming import redeeming
from oms_core.processes.tendering import tendering
from tests.support.order import placed
from tests.support.prices import prices, tariff
from tests.support.shop import placement
from tests.support.spec import Specification

MARCH = Instant(1_772_323_200_000_000)
SHOP = tariff(prices(MUG="10.00", CUP="5.00"))
POLICIES = Policies(tariff=SHOP)
ASKED = replace(placement(1, ("MUG", 2)), placed_at=MARCH)


def test_without_prices_of_the_shop_nothing_is_added_and_nothing_is_believed():
    assert assessed(ASKED, Policies()) is ASKED
    forged = assessed(ASKED, POLICIES)
    assert assessed(forged, Policies()).pricing is None


def test_what_the_shop_would_ask_is_put_beside_what_the_channel_says():
    found = assessed(ASKED, POLICIES).pricing
    assert (found.day, found.version) == ("2026-03-01", "T1")
    assert found.differences == ("tax_minor of 'web:1/1' is 0, and 400 by list 'EUR'",)
    assert (found.lines[0].country, found.lines[0].net_minor) == ("FR", 2_000)


def test_whatever_a_sender_says_of_our_prices_is_replaced():
    trusting = Policies(tariff=replace(SHOP, on_difference=OnDifference.TRUST))
    forged = assessed(ASKED, trusting)
    assert assessed(forged, POLICIES).pricing.on_difference is OnDifference.HOLD
    assert catalog(POLICIES).completed(forged, Instant(0)) == assessed(ASKED, POLICIES)
    assert catalog(Policies()).completed(forged, Instant(0)).pricing is None


@pytest.mark.parametrize("purpose", [Purpose.REPLACEMENT, Purpose.GIFT])
def test_what_is_not_sold_has_no_price(purpose):
    assert assessed(replace(ASKED, purpose=purpose), POLICIES).pricing is None


def test_a_service_that_no_list_has_is_charged_as_the_channel_says():
    post = OrderLine("web:1/2", "POST", "POST", 1, "4.90", 490, kind=LineKind.SERVICE)
    with_post = replace(ASKED, lines=(*ASKED.lines, post))
    assert [line.item_id for line in assessed(with_post, POLICIES).pricing.lines] == ["MUG"]
    listed = Policies(tariff=tariff(prices(MUG="10.00", POST="4.90")))
    assert len(assessed(with_post, listed).pricing.lines) == 2
    goods = replace(ASKED, lines=(replace(post, kind=LineKind.GOODS),))
    assert "pricing.no_price" in assessed(goods, POLICIES).pricing.differences[0]


# Redeeming

red = Specification(redeeming)
COUPONS = placed(replace(ASKED, coupons=("SAVE", "FIVE")))


def test_the_coupons_of_an_order_are_used_as_it_is_placed():
    red().when(COUPONS).then(
        coupon.RedeemCoupon("SAVE", "web:1", "C1", MARCH),
        coupon.RedeemCoupon("FIVE", "web:1", "C1", MARCH),
    )


def test_the_order_is_told_whether_it_may_use_a_coupon():
    red().when(CouponRedeemed("SAVE", "web:1", "C1", 1)).then(
        order.RecordCoupon("web:1", "SAVE", granted=True)
    )
    red().when(CouponDeclined("SAVE", "web:1", "C1", DeclineReason.LIMIT)).then(
        order.RecordCoupon("web:1", "SAVE", granted=False, reason="limit")
    )


def test_an_order_that_comes_to_nothing_gives_them_back_and_a_completed_one_never():
    customer = CancellationReason.CUSTOMER
    red().when(OrderCancelled("web:1", "C1", customer, (), ("SAVE",))).then(
        coupon.ReturnCoupon("SAVE", "web:1")
    )
    red().when(OrderCompleted("web:1", "C1", 900, "EUR", (), ("SAVE",))).then(
        coupon.CompleteRedemption("SAVE", "web:1")
    )


def test_an_order_without_coupons_concerns_nobody_here():
    for event in (placed(ASKED), OrderCompleted("web:1", "C1", 900, "EUR", ())):
        assert redeeming.route[type(event)](event) is None
    assert redeeming.route[type(COUPONS)](COUPONS) == "web:1"


# Tendering

ten = Specification(tendering)
GIFT = paid.Method.GIFT_CARD
REQUESTED = paid.AuthorizationRequested("web:1/p1", "web:1", GIFT, 900, "EUR", "G1")
CAPTURE = paid.CaptureRequested("web:1/p1", "web:1", GIFT, "f1", 900, "EUR", "G1")
VOID = paid.VoidRequested("web:1/p1", "web:1", GIFT, "close", "G1", 900, "EUR")
REFUND = paid.RefundRequested("web:1/p1", "web:1", GIFT, "R1", 900, "EUR", "G1", "return")


def test_what_a_payment_asks_of_its_provider_is_asked_of_the_gift_card():
    ten().when(REQUESTED).then(giftcard.ReserveGiftCard("G1", "web:1/p1", "web:1", 900, "EUR"))
    ten().when(CAPTURE).then(giftcard.RedeemGiftCard("G1", "web:1/p1", "f1", 900))
    ten().when(VOID).then(giftcard.ReleaseGiftCard("G1", "web:1/p1", "close"))
    ten().when(REFUND).then(giftcard.CreditGiftCard("G1", "web:1/p1", "R1", 900))


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        (
            given_card.GiftCardReserved("G1", "web:1/p1", "web:1", 900, "EUR", 0),
            (Step.AUTHORIZATION, Outcome.SUCCEEDED, "", "G1"),
        ),
        (
            given_card.GiftCardDeclined("G1", "web:1/p1", "web:1", 900, CardDeclineReason.BALANCE),
            (Step.AUTHORIZATION, Outcome.FAILED, "", "", "gift card declined: balance"),
        ),
        (
            given_card.GiftCardRedeemed("G1", "web:1/p1", "f1", 900, "EUR"),
            (Step.CAPTURE, Outcome.SUCCEEDED, "f1"),
        ),
        (
            given_card.GiftCardReleased("G1", "web:1/p1", "close", 900, "EUR"),
            (Step.VOID, Outcome.SUCCEEDED, "close"),
        ),
        (
            given_card.GiftCardCredited("G1", "web:1/p1", "R1", 900, "EUR"),
            (Step.REFUND, Outcome.SUCCEEDED, "R1"),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_the_gift_card_answers_is_booked_as_a_providers_answer(event, answer):
    ten().when(event).then(RecordCardAnswer("web:1/p1", *answer))


def test_other_ways_to_pay_concern_nobody_here():
    for event in (REQUESTED, CAPTURE, VOID, REFUND):
        assert tendering.route[type(event)](event) == "web:1/p1"
        other = replace(event, method=paid.Method.CARD)
        assert tendering.route[type(event)](other) is None
