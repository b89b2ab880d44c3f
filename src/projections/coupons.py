"""Coupons: how often each may be used, and has been."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oms_core.domain.coupon import events
from oms_core.kernel import Event, Instant, Recorded, State
from projections.rules import Change, one, view


class Coupon(State, frozen=True):
    """One code. `state` is unknown (only asked for), issued or withdrawn.

    `used` are the uses that were not given back, `open` those that still may be, `declined` how
    often it was wanted and not to be had. A limit of zero is none.
    """

    code: str
    state: str = "unknown"
    uses_max: int = 0
    customer_uses_max: int = 0
    used: int = 0
    open: int = 0
    returned: int = 0
    declined: int = 0
    valid_from: Instant = Instant(0)
    valid_until: Instant = Instant(0)
    last_used_at: Instant = Instant(0)


def blank(key: str, _: Any) -> Coupon:
    """Return a coupon that nobody has issued."""
    return Coupon(key)


def issued(coupon: Coupon, event: events.CouponIssued, _: Recorded) -> Coupon:
    """Show its terms."""
    return replace(
        coupon,
        state="issued",
        uses_max=event.uses_max,
        customer_uses_max=event.customer_uses_max,
        valid_from=event.valid_from,
        valid_until=event.valid_until,
    )


def redeemed(coupon: Coupon, event: events.CouponRedeemed, recorded: Recorded) -> Coupon:
    """Count a use."""
    return replace(coupon, used=event.used, open=coupon.open + 1, last_used_at=recorded.occurred_at)


def declined(coupon: Coupon, _: events.CouponDeclined, __: Recorded) -> Coupon:
    """Count somebody who could not have it."""
    return replace(coupon, declined=coupon.declined + 1)


def returned(coupon: Coupon, _: events.CouponReturned, __: Recorded) -> Coupon:
    """Count a use less."""
    return replace(coupon, used=coupon.used - 1, open=coupon.open - 1, returned=coupon.returned + 1)


def completed(coupon: Coupon, _: events.RedemptionCompleted, __: Recorded) -> Coupon:
    """Count a use that will not come back."""
    return replace(coupon, open=coupon.open - 1)


def withdrawn(coupon: Coupon, _: events.CouponWithdrawn, __: Recorded) -> Coupon:
    """Say that it is of no further use."""
    return replace(coupon, state="withdrawn")


CHANGES: Mapping[type[Event], Change[Coupon]] = {
    events.CouponIssued: issued,
    events.CouponRedeemed: redeemed,
    events.CouponDeclined: declined,
    events.CouponReturned: returned,
    events.RedemptionCompleted: completed,
    events.CouponWithdrawn: withdrawn,
}

coupons = view(
    "coupons",
    Coupon,
    blank,
    {event: (one("code"), change) for event, change in CHANGES.items()},
)
