"""What an order fixes at placement: the prices that we would have asked, and its coupons."""

import pytest
from msgspec.structs import replace

from oms_core.domain.order import events
from oms_core.domain.order.commands import RecordCoupon, ResolveHold
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import CouponSettled, HoldKind, OrderHeld, Refusal, TenderMethod
from oms_core.domain.order.placement import ReferenceReused
from oms_core.policies.assessment import Assessment
from oms_core.policies.prices import OnDifference
from oms_core.policies.taxation import Rounding
from tests.support.order import (
    CANCEL,
    CAPS,
    CARD,
    MUG,
    MUGS,
    ORDER,
    authorize,
    placed,
    reserve,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)

OURS = Assessment("T1", "2026-03-01", Rounding.LINE, (), (), OnDifference.HOLD)
TOLD = ("net_minor of 'web:1001/1' is 1000, and 1200 by list 'EUR'",)
OTHER = replace(OURS, differences=TOLD)
PLACE = wish(MUGS, pricing=OURS)


def held(hold_id, reason):
    blocks = (events.Blocked.RELEASE,)
    return OrderHeld(ORDER, hold_id, HoldKind.PRICE, blocks, reason)


def test_prices_that_are_ours_are_recorded_and_change_nothing():
    given().when(PLACE).then(placed(PLACE))
    assert placed(PLACE).pricing == OURS


def test_an_order_with_other_prices_is_held_until_a_person_has_looked():
    wanted = replace(PLACE, pricing=OTHER)
    given().when(wanted).then(placed(wanted), held("price", TOLD[0]))
    waiting = told(wanted, reserve(MUG, 3), authorize(1200))
    assert not any(isinstance(event, events.OrderReleased) for event in waiting)
    resolved = told(
        wanted, reserve(MUG, 3), authorize(1200), ResolveHold(ORDER, "price", "agreed by phone")
    )
    assert [type(event).__name__ for event in resolved[-2:]] == ["HoldResolved", "OrderReleased"]


def test_a_hold_for_prices_stops_also_an_order_that_waits_for_nothing_else():
    post = replace(MUGS, kind=events.LineKind.SERVICE)
    tender = events.Tender(f"{ORDER}/p1", TenderMethod.ACCOUNT, 1200)
    free = wish(post, tenders=(tender,), pricing=OTHER)
    given().when(free).then(placed(free), held("price", TOLD[0]))


def test_an_order_with_other_prices_is_rejected_or_taken_as_the_shop_has_chosen():
    wanted = replace(PLACE, pricing=replace(OTHER, on_difference=OnDifference.REJECT))
    given().when(wanted).then(
        events.OrderRejected(ORDER, "web", "1001", (Refusal("order.price", f"{TOLD[0]}."),))
    )
    trusted = replace(PLACE, pricing=replace(OTHER, on_difference=OnDifference.TRUST))
    given().when(trusted).then(placed(trusted))


def test_the_same_order_again_is_no_news_whatever_the_prices_are_by_then():
    given(placed(PLACE)).when(replace(PLACE, pricing=OTHER)).then_nothing()
    rejecting = replace(OTHER, on_difference=OnDifference.REJECT)
    given(placed(PLACE)).when(replace(PLACE, pricing=rejecting)).then_nothing()


@pytest.mark.parametrize("coupons", [("A", "A"), ("",), ("A", "B", "C", "D", "E", "F")])
def test_coupons_are_up_to_five_different_codes(coupons):
    given().when(wish(MUGS, coupons=coupons)).then(
        events.OrderRejected(
            ORDER,
            "web",
            "1001",
            (Refusal("order.coupons", f"coupons {coupons} are not up to 5 different codes."),),
        )
    )


COUPONS = wish(MUGS, coupons=("SAVE", "FIVE"))
GRANTED = RecordCoupon(ORDER, "SAVE", granted=True)
SETTLED = CouponSettled(ORDER, "SAVE", granted=True)


def test_an_order_waits_until_every_coupon_is_settled():
    log = told(COUPONS, reserve(MUG, 3), authorize(1200))
    given(*log).when(GRANTED).then(SETTLED)
    given(*log, SETTLED).when(GRANTED).then_nothing()
    last = told(COUPONS, reserve(MUG, 3), authorize(1200), GRANTED, replace(GRANTED, code="FIVE"))
    assert [type(event).__name__ for event in last[-2:]] == ["CouponSettled", "OrderReleased"]
    paid_last = told(COUPONS, reserve(MUG, 3), GRANTED, replace(GRANTED, code="FIVE"))
    assert isinstance(paid_last[-1], CouponSettled)


def test_an_order_without_a_tender_to_wait_for_waits_for_its_coupon():
    post = replace(MUGS, kind=events.LineKind.SERVICE)
    tender = events.Tender(f"{ORDER}/p1", TenderMethod.ACCOUNT, 1200)
    free = wish(post, tenders=(tender,), coupons=("SAVE",))
    given().when(free).then(placed(free))
    assert isinstance(told(free, GRANTED)[-1], events.OrderCompleted)
    assert told(free, GRANTED)[-1].coupons == ("SAVE",)


def test_without_its_coupon_an_order_is_held_and_can_be_let_go():
    refused = replace(GRANTED, granted=False, reason="limit")
    log = told(COUPONS, reserve(MUG, 3), authorize(1200), replace(GRANTED, code="FIVE"))
    given(*log).when(refused).then(
        held("coupon:SAVE", "coupon SAVE cannot be used: limit"),
        replace(SETTLED, granted=False),
    )
    kind = told(
        COUPONS,
        reserve(MUG, 3),
        authorize(1200),
        replace(GRANTED, code="FIVE"),
        refused,
        ResolveHold(ORDER, "coupon:SAVE"),
    )
    assert isinstance(kind[-1], events.OrderReleased)


def test_a_coupon_that_is_not_the_orders_or_comes_too_late_is_no_news():
    given(*told(COUPONS)).when(replace(GRANTED, code="NONE")).then_nothing()
    given(*told(COUPONS, CANCEL)).when(GRANTED).then_nothing()


def test_p22_a_cancelled_order_names_the_coupons_that_it_gives_back():
    assert told(COUPONS, CANCEL)[-1] == events.OrderCancelled(
        ORDER, "C-1", events.CancellationReason.CUSTOMER, (CARD,), ("SAVE", "FIVE")
    )


def test_the_same_reference_with_other_coupons_is_another_order():
    given(placed(COUPONS)).when(replace(COUPONS, coupons=("SAVE",))).then_rejected(
        ReferenceReused, "order_id 'web:1001' is taken by an order with other coupons."
    )


def test_p12_a_lines_discount_stays_its_own_when_another_line_is_cancelled():
    mugs, caps = replace(MUGS, discount_minor=111), replace(CAPS, discount_minor=55)
    log = told(wish(mugs, caps), CANCEL)
    cancelled = [event for event in log if isinstance(event, events.LineCancelled)]
    assert [(e.net_minor, e.tax_minor) for e in cancelled] == [(1000, 200), (500, 0)]
    state = order.fold(log)
    assert [state.lines[i].terms.discount_minor for i in (mugs.line_id, caps.line_id)] == [111, 55]
