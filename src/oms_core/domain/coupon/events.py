"""What can have happened to a coupon. What it is worth is said by the discount with its code."""

from __future__ import annotations

from enum import StrEnum

from oms_core.kernel import Event, Instant


class DeclineReason(StrEnum):
    """Why an order may not use the coupon."""

    UNKNOWN = "unknown"
    EARLY = "early"
    LATE = "late"
    WITHDRAWN = "withdrawn"
    LIMIT = "limit"
    CUSTOMER_LIMIT = "customer_limit"


class CouponIssued(Event, frozen=True):
    """The code may be used so often, in all and by each customer (zero: no limit).

    It may be used from one moment to before another (zero: no bound).
    """

    code: str
    uses_max: int
    customer_uses_max: int
    valid_from: Instant = Instant(0)
    valid_until: Instant = Instant(0)


class CouponRedeemed(Event, frozen=True):
    """An order uses it. `used` counts all uses, this one too."""

    code: str
    order_id: str
    customer_id: str
    used: int


class CouponDeclined(Event, frozen=True):
    """An order may not use it."""

    code: str
    order_id: str
    customer_id: str
    reason: DeclineReason


class CouponReturned(Event, frozen=True):
    """The order came to nothing: the use is there for somebody else."""

    code: str
    order_id: str
    customer_id: str


class RedemptionCompleted(Event, frozen=True):
    """The order was sent: the use will not come back."""

    code: str
    order_id: str


class CouponWithdrawn(Event, frozen=True):
    """No further order may use it."""

    code: str
    reason: str


CouponEvent = (
    CouponIssued
    | CouponRedeemed
    | CouponDeclined
    | CouponReturned
    | RedemptionCompleted
    | CouponWithdrawn
)
