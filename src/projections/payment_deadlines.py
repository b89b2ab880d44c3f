"""Deadlines of payments: when what is set aside lapses, and when to do something about it first."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from oms_core.domain.payment import events as payment
from oms_core.kernel import Event, Instant, Recorded
from projections.deadline import Deadline, over
from projections.rules import Change


def requested(
    deadline: Deadline, event: payment.AuthorizationRequested, _: Recorded
) -> Deadline | None:
    """Wait for the provider, but not for ever."""
    return _authorization(deadline, event.amount_minor, event.pay_by)


def authorized(
    deadline: Deadline, event: payment.AuthorizationSucceeded, _: Recorded
) -> Deadline | None:
    """Know when the provider lets go of the amount, and when it is time to do something first."""
    known = _authorization(deadline, event.amount_minor, event.expires_at)
    if known is None or not event.renew_at:
        return known
    return replace(known, kind="renewal", due_at=event.renew_at)


def lapsing(deadline: Deadline, _: payment.AuthorizationLapseAnnounced, __: Recorded) -> Deadline:
    """Wait for the end: what could be done first is under way."""
    return replace(deadline, kind="authorization", due_at=deadline.limit_at)


def _authorization(deadline: Deadline, open_minor: int, at: Instant) -> Deadline | None:
    if not at:
        return None
    return replace(deadline, due_at=at, limit_at=at, open_minor=open_minor)


def captured(deadline: Deadline, event: payment.CaptureSucceeded, _: Recorded) -> Deadline | None:
    """Let less lapse; nothing, if all was taken."""
    left = deadline.open_minor - event.amount_minor
    return replace(deadline, open_minor=left) if left > 0 else None


PAYMENT: Mapping[type[Event], Change[Deadline]] = {
    payment.AuthorizationRequested: requested,
    payment.AuthorizationSucceeded: authorized,
    payment.AuthorizationLapseAnnounced: lapsing,
    payment.CaptureSucceeded: captured,
    payment.AuthorizationFailed: over,
    payment.AuthorizationExpired: over,
    payment.VoidSucceeded: over,
    payment.PaymentClosed: over,
}
