"""The payment boundary's requests in a provider's words, and a provider's answers in ours."""

from __future__ import annotations

import re
from typing import assert_never

from oms_core.domain.payment import commands, events
from oms_core.domain.payment.commands import Outcome
from oms_core.effects.ports import (
    ActionRequired,
    Failed,
    PaymentProvider,
    Result,
    Succeeded,
)
from oms_core.kernel import Command, Event, Instant
from oms_core.kernel.money import Money

Request = (
    events.AuthorizationRequested
    | events.CaptureRequested
    | events.VoidRequested
    | events.RefundRequested
)

Answer = Succeeded | Failed | ActionRequired | None
"""A provider's result; None stands for no answer at all."""

ONCE = "1"
"""A payment has one authorization, so its intent needs no name."""

KEY = re.compile(r"(.*?):(authorize|capture|void|refund):(.*)", re.DOTALL)


def key_of(event: Event) -> str | None:
    """Return the idempotency key of the request that `event` makes or answers, if it does either.

    It names the payment, the operation and the intent: it is the same however often we ask.
    """
    match event:
        case (
            events.AuthorizationRequested(payment_id=payment_id)
            | events.AuthorizationSucceeded(payment_id=payment_id)
            | events.AuthorizationFailed(payment_id=payment_id)
            | events.AuthorizationActionRequired(payment_id=payment_id)
            | events.AuthorizationUnknown(payment_id=payment_id)
        ):
            return f"{payment_id}:authorize:{ONCE}"
        case (
            events.CaptureRequested(payment_id=payment_id, capture_id=intent)
            | events.CaptureSucceeded(payment_id=payment_id, capture_id=intent)
            | events.CaptureFailed(payment_id=payment_id, capture_id=intent)
            | events.CaptureUnknown(payment_id=payment_id, capture_id=intent)
        ):
            return f"{payment_id}:capture:{intent}"
        case (
            events.VoidRequested(payment_id=payment_id, void_id=intent)
            | events.VoidSucceeded(payment_id=payment_id, void_id=intent)
            | events.VoidFailed(payment_id=payment_id, void_id=intent)
            | events.VoidUnknown(payment_id=payment_id, void_id=intent)
        ):
            return f"{payment_id}:void:{intent}"
        case (
            events.RefundRequested(payment_id=payment_id, refund_id=intent)
            | events.RefundSucceeded(payment_id=payment_id, refund_id=intent)
            | events.RefundFailed(payment_id=payment_id, refund_id=intent)
            | events.RefundUnknown(payment_id=payment_id, refund_id=intent)
        ):
            return f"{payment_id}:refund:{intent}"
    return None


def ask(provider: PaymentProvider, key: str, request: Request) -> Result:
    """Ask the provider for what was requested.

    :raises ProviderTimeout: if the answer did not come.
    """
    match request:
        case events.AuthorizationRequested():
            return provider.authorize(key, _amount(request), request.token)
        case events.CaptureRequested():
            return provider.capture(key, request.provider_ref, _amount(request))
        case events.VoidRequested():
            return provider.void(key, request.provider_ref)
        case events.RefundRequested():
            return provider.refund(key, request.provider_ref, _amount(request))
        case _:
            assert_never(request)


def _amount(
    request: events.AuthorizationRequested | events.CaptureRequested | events.RefundRequested,
) -> Money:
    return Money(request.amount_minor, request.currency)


def report(key: str, answer: Answer) -> Command:
    """Return the command that books an answer, or that there was none, under its request's key.

    :raises ValueError: if the key is not one of ours.
    """
    matched = KEY.fullmatch(key)
    if matched is None:
        raise ValueError(f"key {key!r} is not payment:operation:intent")
    payment_id, operation, intent = matched.groups()
    outcome, detail = _outcome(answer)
    match operation:
        case "authorize":
            ref, expires_at = (
                (answer.provider_ref, answer.expires_at)
                if isinstance(answer, Succeeded)
                else ("", Instant(0))
            )
            return commands.ReportAuthorization(payment_id, outcome, ref, detail, expires_at)
        case "capture":
            return commands.ReportCapture(payment_id, intent, outcome, detail)
        case "void":
            return commands.ReportVoid(payment_id, intent, outcome, detail)
        case _:
            return commands.ReportRefund(payment_id, intent, outcome, detail)


def _outcome(answer: Answer) -> tuple[Outcome, str]:
    match answer:
        case Succeeded():
            return Outcome.SUCCEEDED, ""
        case Failed(reason):
            return Outcome.FAILED, reason
        case ActionRequired(url):
            return Outcome.ACTION_REQUIRED, url
        case None:
            return Outcome.UNKNOWN, ""
        case _:
            assert_never(answer)
