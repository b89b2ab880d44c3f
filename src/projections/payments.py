"""Payments: how certain each tender is, and what was taken and given back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from oms_core.domain.payment import events
from oms_core.kernel import Event, Instant, Recorded, State
from projections.rules import Change, adding, one, view


class Payment(State, frozen=True):
    """One tender. `capturing_minor` and `refunding_minor` are asked for and not answered yet.

    `uncollected_minor` could not be taken for goods that are out, `unrefunded_minor` could not be
    given back: both are for a person to settle. `deferred` names the refunds that wait for their
    capture. `expires_at` is when the provider lets go by itself
    or, while it has not answered, when we stop waiting.
    """

    payment_id: str
    order_id: str = ""
    method: str = ""
    currency: str = ""
    standing: str = "none"
    authorized_minor: int = 0
    captured_minor: int = 0
    refunded_minor: int = 0
    charged_back_minor: int = 0
    capturing_minor: int = 0
    refunding_minor: int = 0
    uncollected_minor: int = 0
    unrefunded_minor: int = 0
    closed: bool = False
    provider_ref: str = ""
    reason: str = ""
    expires_at: Instant = Instant(0)
    deferred: tuple[str, ...] = ()


def blank(key: str, event: Any) -> Payment:
    """Return a payment that nothing is known of but its id and order."""
    return Payment(key, event.order_id)


def requested(payment: Payment, event: events.AuthorizationRequested, _: Recorded) -> Payment:
    """Wait for the provider."""
    return replace(
        payment,
        standing="requested",
        method=event.method.value,
        currency=event.currency,
        authorized_minor=event.amount_minor,
        expires_at=event.pay_by,
    )


def authorized(payment: Payment, event: events.AuthorizationSucceeded, _: Recorded) -> Payment:
    """Know that the amount is set aside."""
    return replace(
        payment,
        standing="authorized",
        currency=event.currency,
        authorized_minor=event.amount_minor,
        provider_ref=event.provider_ref,
        expires_at=event.expires_at,
    )


def _standing(standing: str, reason: Callable[[Any], str] = lambda _: "") -> Change[Payment]:
    """Return the change to one standing, with the reason that the event gives."""

    def change(payment: Payment, event: Event, _: Recorded) -> Payment:
        return replace(payment, standing=standing, reason=reason(event) or payment.reason)

    return change


def _adding(**signs: int) -> Change[Payment]:
    """Return the change that adds the event's amount, or takes it away, in these fields.

    A reason stays until another trouble has its own: a refund that went well is none.
    """
    add = adding(**signs)

    def change(payment: Payment, event: Any, recorded: Recorded) -> Payment:
        reason = getattr(event, "reason", "") or payment.reason
        added: Payment = add(payment, event, recorded)
        return replace(added, reason=reason)

    return change


def deferred(payment: Payment, event: events.RefundDeferred, _: Recorded) -> Payment:
    """Remember that a refund waits."""
    return replace(payment, deferred=(*payment.deferred, event.refund_id))


def _without(payment: Payment, refund_id: str) -> tuple[str, ...]:
    return tuple(waiting for waiting in payment.deferred if waiting != refund_id)


def refund_requested(payment: Payment, event: events.RefundRequested, _: Recorded) -> Payment:
    """Count the amount as on its way back; it waits no longer."""
    return replace(
        payment,
        refunding_minor=payment.refunding_minor + event.amount_minor,
        deferred=_without(payment, event.refund_id),
    )


def refund_failed(payment: Payment, event: events.RefundFailed, _: Recorded) -> Payment:
    """Count the amount as still owed; if it was waiting for its capture, it was never asked for."""
    asked = 0 if event.refund_id in payment.deferred else event.amount_minor
    return replace(
        payment,
        refunding_minor=payment.refunding_minor - asked,
        unrefunded_minor=payment.unrefunded_minor + event.amount_minor,
        deferred=_without(payment, event.refund_id),
        reason=event.reason or payment.reason,
    )


def void_failed(payment: Payment, event: events.VoidFailed, _: Recorded) -> Payment:
    """Keep the provider's reason."""
    return replace(payment, reason=event.reason)


def closed(payment: Payment, _: events.PaymentClosed, __: Recorded) -> Payment:
    """Take nothing more."""
    return replace(payment, closed=True)


CHANGES: Mapping[type[Event], Change[Payment]] = {
    events.AuthorizationRequested: requested,
    events.AuthorizationSucceeded: authorized,
    events.AuthorizationFailed: _standing("declined", lambda event: event.reason),
    events.AuthorizationActionRequired: _standing("action_required"),
    events.AuthorizationUnknown: _standing("unknown"),
    events.AuthorizationExpired: _standing("expired"),
    events.CaptureRequested: _adding(capturing_minor=1),
    events.CaptureSucceeded: _adding(capturing_minor=-1, captured_minor=1),
    events.CaptureFailed: _adding(capturing_minor=-1, uncollected_minor=1),
    events.VoidSucceeded: _standing("voided"),
    events.VoidFailed: void_failed,
    events.RefundDeferred: deferred,
    events.RefundRequested: refund_requested,
    events.RefundSucceeded: _adding(refunding_minor=-1, refunded_minor=1),
    events.RefundFailed: refund_failed,
    events.PaymentClosed: closed,
    events.PaymentChargedBack: _adding(charged_back_minor=1),
}

PAYMENT = one("payment_id")

payments = view(
    "payments", Payment, blank, {event: (PAYMENT, change) for event, change in CHANGES.items()}
)
