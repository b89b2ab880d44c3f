"""Redeeming: an order's coupons are used as it is placed, and given back if it comes to nothing.

The order waits for the answer. Each coupon counts its own uses, in one place, so that it is never
used more often than it may, whichever channels ask at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from oms_core.domain.coupon import commands as coupon
from oms_core.domain.coupon.events import CouponDeclined, CouponRedeemed
from oms_core.domain.order import commands as order
from oms_core.domain.order.events import OrderCancelled, OrderCompleted, OrderPlaced
from oms_core.kernel import Command, Event, Process


def react(event: Event, memory: None) -> Iterator[Command | Event]:
    """Say what `event` calls for."""
    del memory
    match event:
        case OrderPlaced(order_id=order_id, customer_id=customer_id, coupons=coupons):
            for code in coupons:
                yield coupon.RedeemCoupon(code, order_id, customer_id, event.placed_at)
        case CouponRedeemed(code, order_id):
            yield order.RecordCoupon(order_id, code, granted=True)
        case CouponDeclined(code, order_id, reason=reason):
            yield order.RecordCoupon(order_id, code, granted=False, reason=reason.value)
        case OrderCancelled(order_id=order_id, coupons=coupons):
            for code in coupons:
                yield coupon.ReturnCoupon(code, order_id)
        case OrderCompleted(order_id=order_id, coupons=coupons):
            for code in coupons:
                yield coupon.CompleteRedemption(code, order_id)


def _with_coupons(event: Any) -> str | None:
    return event.order_id if event.coupons else None


_by_order: Callable[[Any], str] = attrgetter("order_id")

redeeming: Process[None] = Process(
    "redeeming",
    {
        OrderPlaced: _with_coupons,
        CouponRedeemed: _by_order,
        CouponDeclined: _by_order,
        OrderCancelled: _with_coupons,
        OrderCompleted: _with_coupons,
    },
    react,
    None,
)
