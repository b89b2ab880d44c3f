"""The rules of a coupon, and which command each of them answers."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.coupon import commands, events
from oms_core.domain.coupon.events import DeclineReason
from oms_core.kernel import Decider, Rejected, State, deciding, evolving, unchanged
from oms_core.kernel.recent import Recent

Events = Iterator[events.CouponEvent]


class Coupon(State, frozen=True):
    """How often the code was used, by whom, and by which orders that may still give it back.

    Customers are counted only where there is a limit for each.
    """

    issued: events.CouponIssued | None = None
    withdrawn: bool = False
    used: int = 0
    by_customer: HashTrieMap[str, int] = HashTrieMap()
    open: HashTrieMap[str, str] = HashTrieMap()
    recent: Recent = Recent()


class CouponUnknown(Rejected):
    """There is no such code."""

    code = "coupon.unknown"
    remedy = "Issue the coupon first; capitals count."


class UnusableCoupon(Rejected):
    """Nobody could ever use it, or its limits are no numbers of uses."""

    code = "coupon.unusable"
    remedy = (
        "Give a code, limits of 0 (none) or more, and a valid_until of 0 (none) or after "
        "valid_from."
    )


class CouponReused(Rejected):
    """The code was issued with other terms."""

    code = "coupon.reused"
    remedy = "Take another code, or the terms that it was issued with."


def issue(command: commands.IssueCoupon, coupon: Coupon) -> Events:
    """Let the code be used, once and for all on these terms."""
    first, until = command.valid_from, command.valid_until
    if (
        not command.code
        or min(command.uses_max, command.customer_uses_max, first, until) < 0
        or 0 < until <= first
    ):
        raise UnusableCoupon(
            f"code is {command.code!r}, uses_max {command.uses_max}, customer_uses_max "
            f"{command.customer_uses_max}, valid_from {first}, valid_until {until}."
        )
    issued = events.CouponIssued(
        command.code, command.uses_max, command.customer_uses_max, first, until
    )
    if coupon.issued is None:
        yield issued
    elif coupon.issued != issued:
        raise CouponReused(f"code {command.code!r} is taken.")


def redeem(command: commands.RedeemCoupon, coupon: Coupon) -> Events:
    """Use it once for an order, or say why not."""
    order_id, customer_id = command.order_id, command.customer_id
    if order_id in coupon.open or order_id in coupon.recent:
        return
    if reason := _obstacle(command, coupon):
        yield events.CouponDeclined(command.code, order_id, customer_id, reason)
    else:
        yield events.CouponRedeemed(command.code, order_id, customer_id, coupon.used + 1)


def _obstacle(command: commands.RedeemCoupon, coupon: Coupon) -> DeclineReason | None:
    terms = coupon.issued
    if terms is None:
        return DeclineReason.UNKNOWN
    by_customer = coupon.by_customer.get(command.customer_id, 0)
    obstacles = (
        (coupon.withdrawn, DeclineReason.WITHDRAWN),
        (command.at < terms.valid_from, DeclineReason.EARLY),
        (0 < terms.valid_until <= command.at, DeclineReason.LATE),
        (0 < terms.uses_max <= coupon.used, DeclineReason.LIMIT),
        (0 < terms.customer_uses_max <= by_customer, DeclineReason.CUSTOMER_LIMIT),
    )
    return next((reason for stands, reason in obstacles if stands), None)


def give_back(command: commands.ReturnCoupon, coupon: Coupon) -> Events:
    """Let somebody else have the use, once."""
    customer_id = coupon.open.get(command.order_id)
    if customer_id is not None:
        yield events.CouponReturned(command.code, command.order_id, customer_id)


def complete(command: commands.CompleteRedemption, coupon: Coupon) -> Events:
    """Keep the use for good, and forget the order."""
    if command.order_id in coupon.open:
        yield events.RedemptionCompleted(command.code, command.order_id)


def withdraw(command: commands.WithdrawCoupon, coupon: Coupon) -> Events:
    """Stop here; orders that use it already keep it."""
    if coupon.issued is None:
        raise CouponUnknown(f"code {command.code!r} is not known.")
    if not coupon.withdrawn:
        yield events.CouponWithdrawn(command.code, command.reason)


def issued(coupon: Coupon, event: events.CouponIssued) -> Coupon:
    """Know the terms."""
    return replace(coupon, issued=event)


def redeemed(coupon: Coupon, event: events.CouponRedeemed) -> Coupon:
    """Count the use."""
    by_customer = coupon.by_customer
    if coupon.issued and coupon.issued.customer_uses_max:
        uses = by_customer.get(event.customer_id, 0) + 1
        by_customer = by_customer.insert(event.customer_id, uses)
    return replace(
        coupon,
        used=event.used,
        by_customer=by_customer,
        open=coupon.open.insert(event.order_id, event.customer_id),
    )


def returned(coupon: Coupon, event: events.CouponReturned) -> Coupon:
    """Count one use less, in all and of the customer."""
    by_customer = coupon.by_customer
    if (uses := by_customer.get(event.customer_id, 0)) > 1:
        by_customer = by_customer.insert(event.customer_id, uses - 1)
    else:
        by_customer = by_customer.discard(event.customer_id)
    return replace(
        coupon,
        used=coupon.used - 1,
        by_customer=by_customer,
        open=coupon.open.remove(event.order_id),
        recent=coupon.recent.add(event.order_id),
    )


def completed(coupon: Coupon, event: events.RedemptionCompleted) -> Coupon:
    """Forget the order, but not its use."""
    return replace(
        coupon,
        open=coupon.open.remove(event.order_id),
        recent=coupon.recent.add(event.order_id),
    )


def withdrawn(coupon: Coupon, event: events.CouponWithdrawn) -> Coupon:
    """Be of no further use."""
    del event
    return replace(coupon, withdrawn=True)


coupon = Decider(
    "coupon",
    attrgetter("code"),
    Coupon(),
    deciding(
        {
            commands.IssueCoupon: issue,
            commands.RedeemCoupon: redeem,
            commands.ReturnCoupon: give_back,
            commands.CompleteRedemption: complete,
            commands.WithdrawCoupon: withdraw,
        }
    ),
    evolving(
        {
            events.CouponIssued: issued,
            events.CouponRedeemed: redeemed,
            events.CouponDeclined: unchanged,
            events.CouponReturned: returned,
            events.RedemptionCompleted: completed,
            events.CouponWithdrawn: withdrawn,
        }
    ),
)
