"""Rules of asking: what may be requested of the provider, and never twice."""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.payment import commands, events
from oms_core.domain.payment.evolution import evolve
from oms_core.domain.payment.state import PENDING, Payment, Standing
from oms_core.kernel import Instant, Rejected

Events = Iterator[events.PaymentEvent]


class UnknownPayment(Rejected):
    """There is no such payment."""

    code = "payment.unknown"
    remedy = "Use the payment_id of one of the order's tenders."


class AmountNotPositive(Rejected):
    """An amount must be at least one minor unit."""

    code = "payment.not_positive"
    remedy = "Give the amount in whole minor units, one or more."


class NotCapturable(Rejected):
    """More was to be taken than is set aside."""

    code = "payment.not_capturable"
    remedy = "Take no more than is authorized and not yet taken; else authorize again."


class NotRefundable(Rejected):
    """More was to be given back than was taken."""

    code = "payment.not_refundable"
    remedy = "Give back no more than was taken and not yet given back."


class IntentReused(Rejected):
    """The same intent was named with another amount."""

    code = "payment.intent_reused"
    remedy = "Name a new intent for a new amount."


class AuthorizationPending(Rejected):
    """The payment was already asked for on other terms."""

    code = "payment.other_terms"
    remedy = "Use a new payment_id for a new tender."


def require_known(payment: Payment) -> None:
    """Check that the payment exists.

    :raises UnknownPayment: if nobody ever asked for it.
    """
    if payment.standing is Standing.NONE:
        raise UnknownPayment("payment_id is not known.")


def require_positive(amount_minor: int) -> None:
    """Check an amount.

    :raises AmountNotPositive: if it is less than one minor unit.
    """
    if amount_minor < 1:
        raise AmountNotPositive(f"amount_minor is {amount_minor}.")


def authorize(command: commands.RequestAuthorization, payment: Payment) -> Events:
    """Ask for the amount, once. Cash is answered at once."""
    require_positive(command.amount_minor)
    if payment.standing is not Standing.NONE:
        asked = (command.order_id, command.method, command.amount_minor, command.currency)
        if asked != (payment.order_id, payment.method, payment.authorized_minor, payment.currency):
            raise AuthorizationPending(
                f"the payment is for {payment.authorized_minor} {payment.currency} by "
                f"{payment.method} and order {payment.order_id!r}."
            )
        return
    yield events.AuthorizationRequested(
        command.payment_id,
        command.order_id,
        command.method,
        command.amount_minor,
        command.currency,
        command.token,
        command.pay_by,
    )
    if command.method is events.Method.CASH:
        yield events.AuthorizationSucceeded(
            command.payment_id,
            command.order_id,
            command.amount_minor,
            command.currency,
            "cash",
            Instant(0),
        )


def capture(command: commands.RequestCapture, payment: Payment) -> Events:
    """Take a part of what is set aside, once for each intent."""
    require_known(payment)
    require_positive(command.amount_minor)
    if f"capture:{command.capture_id}" in payment.settled:
        return
    pending = payment.captures.get(command.capture_id)
    if pending is not None:
        if pending != command.amount_minor:
            raise IntentReused(f"capture_id {command.capture_id!r} was for {pending}.")
        return
    most = 0 if payment.closed else payment.capturable_minor
    if command.amount_minor > most:
        raise NotCapturable(
            f"amount_minor {command.amount_minor} is more than the {most} that a payment "
            f"{'closed' if payment.closed else payment.standing} can give."
        )
    yield events.CaptureRequested(
        command.payment_id,
        payment.order_id,
        payment.method,
        command.capture_id,
        command.amount_minor,
        payment.currency,
        payment.provider_ref,
    )
    if payment.method is events.Method.CASH:
        yield events.CaptureSucceeded(
            command.payment_id,
            payment.order_id,
            command.capture_id,
            command.amount_minor,
            payment.currency,
            payment.method,
        )


def refund(command: commands.RequestRefund, payment: Payment) -> Events:
    """Give money back, once for each intent; it waits if the capture is not certain yet."""
    require_known(payment)
    require_positive(command.amount_minor)
    if f"refund:{command.refund_id}" in payment.settled:
        return
    pending = payment.refunding(command.refund_id)
    if pending:
        if pending != command.amount_minor:
            raise IntentReused(f"refund_id {command.refund_id!r} was for {pending}.")
        return
    waiting = sum(deferred.amount_minor for deferred in payment.deferred.values())
    if command.amount_minor <= payment.refundable_minor - waiting:
        yield from give_back(command, payment)
        return
    most = payment.refundable_minor + payment.capturing_minor - waiting
    if command.amount_minor > most:
        raise NotRefundable(
            f"amount_minor {command.amount_minor} is more than the {most} that was taken."
        )
    yield events.RefundDeferred(
        command.payment_id,
        payment.order_id,
        command.refund_id,
        command.amount_minor,
        command.reason,
    )


def give_back(command: commands.RequestRefund, payment: Payment) -> Events:
    """Ask the provider for a refund that is known to be within bounds."""
    yield events.RefundRequested(
        command.payment_id,
        payment.order_id,
        payment.method,
        command.refund_id,
        command.amount_minor,
        payment.currency,
        payment.provider_ref,
        command.reason,
    )
    if payment.method is events.Method.CASH:
        yield events.RefundSucceeded(
            command.payment_id,
            payment.order_id,
            command.refund_id,
            command.amount_minor,
            payment.currency,
            payment.method,
        )


def close(command: commands.ClosePayment, payment: Payment) -> Events:
    """Take nothing more, and let go of what is set aside."""
    require_known(payment)
    if payment.closed:
        return
    closed = events.PaymentClosed(command.payment_id, payment.order_id)
    yield closed
    yield from let_go(command.payment_id, evolve(payment, closed))


def let_go(payment_id: str, payment: Payment) -> Events:
    """Void what a closed payment still has set aside, once no capture is awaited."""
    if payment.closed and payment.capturable_minor and not payment.captures:
        void = events.VoidRequested(
            payment_id,
            payment.order_id,
            payment.method,
            "close",
            payment.provider_ref,
            payment.capturable_minor,
            payment.currency,
        )
        yield void
        if payment.method is events.Method.CASH:
            yield events.VoidSucceeded(
                payment_id,
                payment.order_id,
                void.void_id,
                void.amount_minor,
                payment.currency,
            )


def expire(command: commands.ExpireAuthorization, payment: Payment) -> Events:
    """Let the authorization lapse if its time is over; repeated and early alarms do no harm."""
    require_known(payment)
    if (
        0 < payment.expires_at <= command.now
        and (payment.standing in PENDING or payment.capturable_minor)
        and not payment.captures
    ):
        lapsed = payment.authorized_minor - payment.captured_minor
        yield events.AuthorizationExpired(
            command.payment_id, payment.order_id, lapsed, payment.currency
        )


def renew(command: commands.RenewAuthorization, payment: Payment) -> Events:
    """Say once that the authorization lapses soon, while something of it is left to take.

    An alarm that comes after it has lapsed lets it lapse; repeated and early ones do no harm.
    """
    require_known(payment)
    if 0 < payment.expires_at <= command.now:
        yield from expire(commands.ExpireAuthorization(command.payment_id, command.now), payment)
    elif 0 < payment.renew_at <= command.now and payment.capturable_minor and not payment.closed:
        yield events.AuthorizationLapseAnnounced(
            command.payment_id,
            payment.order_id,
            payment.capturable_minor,
            payment.currency,
            payment.expires_at,
        )
