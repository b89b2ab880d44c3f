"""Gift cards are ours: what they answer comes from within, and from nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from oms_core.domain.payment import answers, commands, events
from oms_core.domain.payment.commands import Step
from oms_core.domain.payment.state import Payment
from oms_core.kernel import Command, Rejected

Events = Iterator[events.PaymentEvent]


class AnsweredInHouse(Rejected):
    """A provider answers for what no provider was asked: the payment is by a gift card of ours."""

    code = "payment.in_house"
    remedy = "Look at the card: `oms show gift-cards`; it answers by itself."


def of_provider(rule: Callable[[Any, Payment], Events]) -> Callable[[Any, Payment], Events]:
    """Return a rule for what providers say, who have no say over gift cards."""

    def checked(command: Any, payment: Payment) -> Events:
        if payment.method is events.Method.GIFT_CARD:
            raise AnsweredInHouse(f"payment_id {command.payment_id!r} is paid by gift card.")
        return rule(command, payment)

    return checked


def record_card_answer(command: commands.RecordCardAnswer, payment: Payment) -> Events:
    """Book what a gift card says, by the rules that hold for any provider."""
    payment_id, outcome, detail = command.payment_id, command.outcome, command.detail
    report: Command
    match command.step:
        case Step.AUTHORIZATION:
            report = commands.ReportAuthorization(payment_id, outcome, command.card_id, detail)
            return answers.report_authorization(report, payment)
        case Step.CAPTURE:
            report = commands.ReportCapture(payment_id, command.intent_id, outcome, detail)
            return answers.report_capture(report, payment)
        case Step.VOID:
            report = commands.ReportVoid(payment_id, command.intent_id, outcome, detail)
            return answers.report_void(report, payment)
        case Step.REFUND:
            report = commands.ReportRefund(payment_id, command.intent_id, outcome, detail)
            return answers.report_refund(report, payment)
