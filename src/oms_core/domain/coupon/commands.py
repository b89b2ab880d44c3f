"""What may be asked of a coupon."""

from __future__ import annotations

from oms_core.kernel import Command, Instant


class IssueCoupon(Command, frozen=True):
    """Let a code be used so often, in all and by each customer (zero: no limit)."""

    code: str
    uses_max: int
    customer_uses_max: int = 1
    valid_from: Instant = Instant(0)
    valid_until: Instant = Instant(0)


class RedeemCoupon(Command, frozen=True):
    """Use it for an order that was placed at this moment."""

    code: str
    order_id: str
    customer_id: str
    at: Instant


class ReturnCoupon(Command, frozen=True):
    """Give back the use of an order that came to nothing."""

    code: str
    order_id: str


class CompleteRedemption(Command, frozen=True):
    """Note that the order was sent, so that its use is not given back any more."""

    code: str
    order_id: str


class WithdrawCoupon(Command, frozen=True):
    """Let no further order use it."""

    code: str
    reason: str


CouponCommand = IssueCoupon | RedeemCoupon | ReturnCoupon | CompleteRedemption | WithdrawCoupon
