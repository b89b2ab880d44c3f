"""How each event changes a payment. Events are facts: nothing here refuses one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.payment import events
from oms_core.domain.payment.events import Method
from oms_core.domain.payment.state import Deferred, Payment, Standing
from oms_core.kernel import Instant, evolving


def requested(payment: Payment, event: events.AuthorizationRequested) -> Payment:
    """Wait for the provider."""
    return replace(
        payment,
        standing=Standing.REQUESTED,
        order_id=event.order_id,
        method=event.method,
        currency=event.currency,
        authorized_minor=event.amount_minor,
        expires_at=event.pay_by,
    )


def authorized(payment: Payment, event: events.AuthorizationSucceeded) -> Payment:
    """Know that the amount is set aside."""
    return replace(
        payment,
        standing=Standing.AUTHORIZED,
        authorized_minor=event.amount_minor,
        provider_ref=event.provider_ref,
        expires_at=event.expires_at,
        renew_at=event.renew_at,
    )


def lapsing(payment: Payment, _: events.AuthorizationLapseAnnounced) -> Payment:
    """Remember that it was said."""
    return replace(payment, renew_at=Instant(0))


def standing(value: Standing) -> Callable[[Payment, object], Payment]:
    """Return the change to one standing."""
    return lambda payment, _: replace(payment, standing=value)


def doubted(operation: str) -> Callable[[Payment, Any], Payment]:
    """Return the change that remembers a doubt about an intent of this operation."""

    def change(payment: Payment, event: Any) -> Payment:
        intent = f"{operation}:{getattr(event, f'{operation}_id')}"
        return replace(payment, doubted=payment.doubted.insert(intent))

    return change


def capture_requested(payment: Payment, event: events.CaptureRequested) -> Payment:
    """Count the amount as taken until there is an answer."""
    captures = payment.captures.insert(event.capture_id, event.amount_minor)
    return replace(payment, captures=captures)


def _clearing(payment: Payment, intent: str, amount_minor: int) -> HashTrieMap[str, int]:
    """Await a payout of what moved; cash and gift cards have no provider that pays out."""
    if payment.method in (Method.CASH, Method.GIFT_CARD):
        return payment.in_clearing
    return payment.in_clearing.insert(intent, amount_minor)


def captured(payment: Payment, event: events.CaptureSucceeded) -> Payment:
    """Count the amount as ours."""
    intent = f"capture:{event.capture_id}"
    return replace(
        payment,
        in_clearing=_clearing(payment, intent, event.amount_minor),
        captured_minor=payment.captured_minor + event.amount_minor,
        captures=payment.captures.discard(event.capture_id),
        settled=payment.settled.insert(intent),
    )


def capture_failed(payment: Payment, event: events.CaptureFailed) -> Payment:
    """Count the amount as not taken."""
    return replace(
        payment,
        captures=payment.captures.discard(event.capture_id),
        settled=payment.settled.insert(f"capture:{event.capture_id}"),
    )


def void_requested(payment: Payment, event: events.VoidRequested) -> Payment:
    """Take nothing while the provider is letting go."""
    return replace(payment, voiding=event.void_id)


def voided(payment: Payment, event: events.VoidSucceeded) -> Payment:
    """Know that nothing is set aside any more."""
    settled = payment.settled.insert(f"void:{event.void_id}")
    return replace(payment, standing=Standing.VOIDED, voiding="", settled=settled)


def void_failed(payment: Payment, event: events.VoidFailed) -> Payment:
    """Leave the amount to lapse by itself."""
    settled = payment.settled.insert(f"void:{event.void_id}")
    return replace(payment, voiding="", settled=settled)


def refund_deferred(payment: Payment, event: events.RefundDeferred) -> Payment:
    """Remember what is owed."""
    deferred = Deferred(event.amount_minor, event.reason)
    return replace(payment, deferred=payment.deferred.insert(event.refund_id, deferred))


def refund_requested(payment: Payment, event: events.RefundRequested) -> Payment:
    """Count the amount as given back until there is an answer."""
    return replace(
        payment,
        refunds=payment.refunds.insert(event.refund_id, event.amount_minor),
        deferred=payment.deferred.discard(event.refund_id),
    )


def refunded(payment: Payment, event: events.RefundSucceeded) -> Payment:
    """Count the amount as the customer's."""
    intent = f"refund:{event.refund_id}"
    return replace(
        payment,
        in_clearing=_clearing(payment, intent, -event.amount_minor),
        refunded_minor=payment.refunded_minor + event.amount_minor,
        refunds=payment.refunds.discard(event.refund_id),
        settled=payment.settled.insert(intent),
    )


def refund_failed(payment: Payment, event: events.RefundFailed) -> Payment:
    """Count the amount as ours still."""
    return replace(
        payment,
        refunds=payment.refunds.discard(event.refund_id),
        deferred=payment.deferred.discard(event.refund_id),
        settled=payment.settled.insert(f"refund:{event.refund_id}"),
    )


def closed(payment: Payment, event: events.PaymentClosed) -> Payment:
    """Take nothing more."""
    return replace(payment, closed=True, order_id=event.order_id)


def charged_back(payment: Payment, event: events.PaymentChargedBack) -> Payment:
    """Count the amount as lost to the bank."""
    intent = f"chargeback:{event.chargeback_id}"
    return replace(
        payment,
        in_clearing=_clearing(payment, intent, -event.amount_minor),
        charged_back_minor=payment.charged_back_minor + event.amount_minor,
        settled=payment.settled.insert(intent),
    )


def paid_out(payment: Payment, event: events.MovementSettled) -> Payment:
    """Await it no longer."""
    intent = f"{event.movement}:{event.movement_id}"
    return replace(
        payment,
        in_clearing=payment.in_clearing.discard(intent),
        paid_out=payment.paid_out.insert(intent),
    )


evolve: Callable[[Payment, Any], Payment] = evolving(
    {
        events.AuthorizationRequested: requested,
        events.AuthorizationSucceeded: authorized,
        events.AuthorizationFailed: standing(Standing.DECLINED),
        events.AuthorizationActionRequired: standing(Standing.ACTION_REQUIRED),
        events.AuthorizationUnknown: standing(Standing.UNKNOWN),
        events.AuthorizationExpired: standing(Standing.EXPIRED),
        events.AuthorizationLapseAnnounced: lapsing,
        events.CaptureRequested: capture_requested,
        events.CaptureSucceeded: captured,
        events.CaptureFailed: capture_failed,
        events.CaptureUnknown: doubted("capture"),
        events.VoidRequested: void_requested,
        events.VoidSucceeded: voided,
        events.VoidFailed: void_failed,
        events.VoidUnknown: doubted("void"),
        events.RefundDeferred: refund_deferred,
        events.RefundRequested: refund_requested,
        events.RefundSucceeded: refunded,
        events.RefundFailed: refund_failed,
        events.RefundUnknown: doubted("refund"),
        events.PaymentClosed: closed,
        events.PaymentChargedBack: charged_back,
        events.MovementSettled: paid_out,
    }
)
