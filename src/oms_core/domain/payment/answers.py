"""Rules of answers: what the provider says is a fact, whenever and however often it is said."""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.payment import commands, events
from oms_core.domain.payment.asking import (
    NotRefundable,
    give_back,
    let_go,
    require_known,
    require_positive,
)
from oms_core.domain.payment.commands import Outcome
from oms_core.domain.payment.events import Method
from oms_core.domain.payment.evolution import evolve
from oms_core.domain.payment.state import PENDING, Payment, Standing
from oms_core.kernel import Rejected

Events = Iterator[events.PaymentEvent]

LATE = frozenset({Standing.DECLINED, Standing.EXPIRED})
"""The standings in which nobody expects a success any more."""


class UnknownIntent(Rejected):
    """The provider answers what was never asked."""

    code = "payment.unknown_intent"
    remedy = "Compare the provider's record with ours: money may have moved without us."


class NoBank(Rejected):
    """Cash stays in the house: there is no bank that could take it back."""

    code = "payment.no_bank"
    remedy = "Name the payment by card or wallet that the bank speaks of; else refund this one."


class ImpossibleOutcome(Rejected):
    """Only an authorization can call for an action of the customer."""

    code = "payment.impossible_outcome"
    remedy = "Report succeeded, failed or unknown."


def report_authorization(command: commands.ReportAuthorization, payment: Payment) -> Events:
    """Book the answer. A success that comes after the payment was closed is let go at once.

    A success is booked even after the payment was declined or had lapsed unanswered: the money is
    set aside, whatever was said before.
    """
    require_known(payment)
    late = payment.standing in LATE and not payment.provider_ref
    if payment.standing not in PENDING and not (late and command.outcome is Outcome.SUCCEEDED):
        return
    match command.outcome:
        case Outcome.SUCCEEDED:
            succeeded = events.AuthorizationSucceeded(
                command.payment_id,
                payment.order_id,
                payment.authorized_minor,
                payment.currency,
                command.provider_ref,
                command.expires_at,
                command.renew_at,
            )
            yield succeeded
            yield from let_go(command.payment_id, evolve(payment, succeeded))
        case Outcome.FAILED:
            yield events.AuthorizationFailed(command.payment_id, payment.order_id, command.detail)
        case Outcome.ACTION_REQUIRED:
            if payment.standing is not Standing.ACTION_REQUIRED:
                yield events.AuthorizationActionRequired(
                    command.payment_id, payment.order_id, command.detail
                )
        case Outcome.UNKNOWN:
            if payment.standing is Standing.REQUESTED:
                yield events.AuthorizationUnknown(command.payment_id, payment.order_id)


def report_capture(command: commands.ReportCapture, payment: Payment) -> Events:
    """Book the answer, and do what waited for it: deferred refunds, and letting go."""
    require_known(payment)
    if f"capture:{command.capture_id}" in payment.settled:
        return
    amount = payment.captures.get(command.capture_id)
    if amount is None:
        raise UnknownIntent(f"capture_id {command.capture_id!r} was never requested.")
    common = (command.payment_id, payment.order_id, command.capture_id)
    match command.outcome:
        case Outcome.SUCCEEDED:
            succeeded = events.CaptureSucceeded(*common, amount, payment.currency, payment.method)
            yield succeeded
            yield from _after_capture(command.payment_id, evolve(payment, succeeded))
        case Outcome.FAILED:
            failed = events.CaptureFailed(*common, amount, payment.currency, command.detail)
            yield failed
            yield from _after_capture(command.payment_id, evolve(payment, failed))
        case Outcome.UNKNOWN:
            if f"capture:{command.capture_id}" not in payment.doubted:
                yield events.CaptureUnknown(*common)
        case Outcome.ACTION_REQUIRED:
            raise ImpossibleOutcome("outcome is action_required.")


def _after_capture(payment_id: str, payment: Payment) -> Events:
    for refund_id, deferred in sorted(payment.deferred.items()):
        if deferred.amount_minor <= payment.refundable_minor:
            request = commands.RequestRefund(
                payment_id, refund_id, deferred.amount_minor, deferred.reason
            )
            for event in give_back(request, payment):
                yield event
                payment = evolve(payment, event)
        elif not payment.captures:
            failed = events.RefundFailed(
                payment_id,
                payment.order_id,
                refund_id,
                deferred.amount_minor,
                payment.currency,
                "the capture that it belonged to failed",
            )
            yield failed
            payment = evolve(payment, failed)
    yield from let_go(payment_id, payment)


def report_void(command: commands.ReportVoid, payment: Payment) -> Events:
    """Book the answer."""
    require_known(payment)
    if f"void:{command.void_id}" in payment.settled:
        return
    if not payment.voiding or payment.voiding != command.void_id:
        raise UnknownIntent(f"void_id {command.void_id!r} was never requested.")
    common = (command.payment_id, payment.order_id, command.void_id)
    match command.outcome:
        case Outcome.SUCCEEDED:
            left = payment.authorized_minor - payment.captured_minor
            yield events.VoidSucceeded(*common, left, payment.currency)
        case Outcome.FAILED:
            yield events.VoidFailed(*common, command.detail)
        case Outcome.UNKNOWN:
            if f"void:{command.void_id}" not in payment.doubted:
                yield events.VoidUnknown(*common)
        case Outcome.ACTION_REQUIRED:
            raise ImpossibleOutcome("outcome is action_required.")


def report_refund(command: commands.ReportRefund, payment: Payment) -> Events:
    """Book the answer."""
    require_known(payment)
    if f"refund:{command.refund_id}" in payment.settled:
        return
    amount = payment.refunds.get(command.refund_id)
    if amount is None:
        raise UnknownIntent(f"refund_id {command.refund_id!r} was never requested.")
    common = (command.payment_id, payment.order_id, command.refund_id)
    match command.outcome:
        case Outcome.SUCCEEDED:
            yield events.RefundSucceeded(*common, amount, payment.currency, payment.method)
        case Outcome.FAILED:
            yield events.RefundFailed(*common, amount, payment.currency, command.detail)
        case Outcome.UNKNOWN:
            if f"refund:{command.refund_id}" not in payment.doubted:
                yield events.RefundUnknown(*common)
        case Outcome.ACTION_REQUIRED:
            raise ImpossibleOutcome("outcome is action_required.")


def report_chargeback(command: commands.ReportChargeback, payment: Payment) -> Events:
    """Book that the bank took money back; it cannot be more than we have."""
    require_known(payment)
    require_positive(command.amount_minor)
    if payment.method is Method.CASH:
        raise NoBank(f"payment_id {command.payment_id!r} was paid in cash.")
    if f"chargeback:{command.chargeback_id}" in payment.settled:
        return
    if command.amount_minor > payment.refundable_minor:
        raise NotRefundable(
            f"amount_minor {command.amount_minor} is more than the "
            f"{payment.refundable_minor} that we have."
        )
    yield events.PaymentChargedBack(
        command.payment_id,
        payment.order_id,
        command.chargeback_id,
        command.amount_minor,
        payment.currency,
        command.reason,
    )
