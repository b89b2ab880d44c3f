"""A coupon: used so often, in all and by each customer, and never more often."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.coupon.commands import (
    CompleteRedemption,
    IssueCoupon,
    RedeemCoupon,
    ReturnCoupon,
    WithdrawCoupon,
)
from oms_core.domain.coupon.decider import CouponReused, CouponUnknown, UnusableCoupon, coupon
from oms_core.domain.coupon.events import (
    CouponDeclined,
    CouponIssued,
    CouponRedeemed,
    CouponReturned,
    CouponWithdrawn,
    DeclineReason,
    RedemptionCompleted,
)
from oms_core.kernel import Instant
from tests.support.spec import Specification

given = Specification(coupon)

CODE = "SAVE10"
ISSUE = IssueCoupon(CODE, 2, 1, Instant(10), Instant(20))
ISSUED = CouponIssued(CODE, 2, 1, Instant(10), Instant(20))


def redeem(order, customer="C1", at=15):
    return RedeemCoupon(CODE, order, customer, Instant(at))


def redeemed(order, customer="C1", used=1):
    return CouponRedeemed(CODE, order, customer, used)


def declined(order, reason, customer="C1"):
    return CouponDeclined(CODE, order, customer, reason)


def test_a_coupon_is_issued_once():
    given().when(ISSUE).then(ISSUED)
    given(ISSUED).when(ISSUE).then_nothing()
    given(ISSUED).when(replace(ISSUE, uses_max=3)).then_rejected(
        CouponReused, "code 'SAVE10' is taken."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"code": ""},
        {"uses_max": -1},
        {"customer_uses_max": -1},
        {"valid_from": Instant(-1)},
        {"valid_until": Instant(10)},
        {"valid_until": Instant(-1)},
    ],
)
def test_a_coupon_that_nobody_could_use_is_not_issued(changes):
    given().when(replace(ISSUE, **changes)).then_rejected(UnusableCoupon)


def test_an_order_uses_it_once_however_often_it_asks():
    given(ISSUED).when(redeem("web:1")).then(redeemed("web:1"))
    given(ISSUED, redeemed("web:1")).when(redeem("web:1")).then_nothing()
    done = RedemptionCompleted(CODE, "web:1")
    given(ISSUED, redeemed("web:1"), done).when(redeem("web:1")).then_nothing()


@pytest.mark.parametrize(
    ("history", "command", "reason"),
    [
        ((), redeem("web:1"), DeclineReason.UNKNOWN),
        ((ISSUED,), redeem("web:1", at=9), DeclineReason.EARLY),
        ((ISSUED,), redeem("web:1", at=20), DeclineReason.LATE),
        ((ISSUED, CouponWithdrawn(CODE, "leaked")), redeem("web:1"), DeclineReason.WITHDRAWN),
        ((ISSUED, redeemed("web:9")), redeem("web:1"), DeclineReason.CUSTOMER_LIMIT),
        (
            (ISSUED, redeemed("web:8", "C8"), redeemed("web:9", "C9", 2)),
            redeem("web:1"),
            DeclineReason.LIMIT,
        ),
    ],
)
def test_who_may_not_use_it_is_told_why(history, command, reason):
    given(*history).when(command).then(declined("web:1", reason))


def test_its_bounds_are_the_first_moment_and_the_one_after_the_last():
    given(ISSUED).when(redeem("web:1", at=10)).then(redeemed("web:1"))
    given(ISSUED).when(redeem("web:1", at=19)).then(redeemed("web:1"))
    boundless = CouponIssued(CODE, 0, 0)
    many = tuple(redeemed(f"web:{n}", used=n) for n in range(1, 9))
    given(boundless, *many).when(redeem("web:9")).then(redeemed("web:9", used=9))


def test_p22_a_cancelled_order_gives_its_use_back_exactly_once():
    back = CouponReturned(CODE, "web:1", "C1")
    used = (ISSUED, redeemed("web:1"))
    given(*used).when(ReturnCoupon(CODE, "web:1")).then(back)
    given(*used, back).when(ReturnCoupon(CODE, "web:1")).then_nothing()
    given(*used, back).when(redeem("web:2")).then(redeemed("web:2"))
    given(*used, back).when(redeem("web:1")).then_nothing()
    given(ISSUED).when(ReturnCoupon(CODE, "web:1")).then_nothing()


def test_what_was_sent_does_not_give_its_use_back():
    done = RedemptionCompleted(CODE, "web:1")
    used = (ISSUED, redeemed("web:1"))
    given(*used).when(CompleteRedemption(CODE, "web:1")).then(done)
    given(*used, done).when(CompleteRedemption(CODE, "web:1")).then_nothing()
    given(*used, done).when(ReturnCoupon(CODE, "web:1")).then_nothing()
    given(*used, done).when(redeem("web:2")).then(declined("web:2", DeclineReason.CUSTOMER_LIMIT))


def test_a_coupon_is_withdrawn_once_and_only_if_it_is_known():
    gone = CouponWithdrawn(CODE, "leaked")
    given(ISSUED).when(WithdrawCoupon(CODE, "leaked")).then(gone)
    given(ISSUED, gone).when(WithdrawCoupon(CODE, "again")).then_nothing()
    given().when(WithdrawCoupon(CODE, "leaked")).then_rejected(
        CouponUnknown, "code 'SAVE10' is not known."
    )


def test_what_it_remembers_does_not_grow_with_its_uses():
    state = coupon.fold([CouponIssued(CODE, 0, 0)])
    for n in range(1, 1_500):
        state = coupon.evolve(state, redeemed(f"web:{n}", f"C{n}", n))
        state = coupon.evolve(state, RedemptionCompleted(CODE, f"web:{n}"))
    assert (state.used, len(state.open), len(state.by_customer)) == (1_499, 0, 0)
    assert len(state.recent.ids) == 1_000


wishes = st.lists(
    st.builds(
        lambda kind, order, customer: (kind, f"web:{order}", f"C{customer}"),
        st.sampled_from(["redeem", "redeem", "return", "complete"]),
        st.integers(1, 12),
        st.integers(1, 3),
    ),
    max_size=60,
)


@for_all(st.integers(1, 4), st.integers(1, 2), wishes)
def test_p22_no_order_of_events_uses_a_coupon_more_often_than_it_may(most, each, wanted):
    state = coupon.fold([CouponIssued(CODE, most, each)])
    using = {}
    for kind, order, customer in wanted:
        command = {
            "redeem": RedeemCoupon(CODE, order, customer, Instant(1)),
            "return": ReturnCoupon(CODE, order),
            "complete": CompleteRedemption(CODE, order),
        }[kind]
        for event in tuple(coupon.decide(command, state)):
            state = coupon.evolve(state, event)
            if isinstance(event, CouponRedeemed):
                assert order not in using
                using[order] = customer
            elif isinstance(event, CouponReturned):
                del using[order]
        assert state.used == len(using) <= most
        assert all(list(using.values()).count(c) <= each for c in using.values())
