"""What may be asked of a payment, and what the provider's answers are booked with."""

from __future__ import annotations

from enum import StrEnum

from oms_core.domain.payment.events import Method, MovementKind
from oms_core.kernel import Command, Instant


class Outcome(StrEnum):
    """What a provider answered. Action required is possible for authorizations alone."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ACTION_REQUIRED = "action_required"
    UNKNOWN = "unknown"


class Step(StrEnum):
    """What an answer is to."""

    AUTHORIZATION = "authorization"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class RequestAuthorization(Command, frozen=True):
    """Have an amount set aside."""

    payment_id: str
    order_id: str
    method: Method
    amount_minor: int
    currency: str
    token: str
    pay_by: Instant = Instant(0)


class RequestCapture(Command, frozen=True):
    """Take a part of what is set aside. `capture_id` names the intent."""

    payment_id: str
    capture_id: str
    amount_minor: int


class RequestRefund(Command, frozen=True):
    """Give money back. `refund_id` names the intent: two refunds of one amount are two refunds."""

    payment_id: str
    refund_id: str
    amount_minor: int
    reason: str


class ClosePayment(Command, frozen=True):
    """Take nothing more: let go of what is set aside, also if that turns up later."""

    payment_id: str


class ReportAuthorization(Command, frozen=True):
    """Book the provider's answer. `detail` is its reason, or the address of the required action.

    `renew_at` is when the shop sees to it that the amount stays set aside; nobody else can say so.
    """

    payment_id: str
    outcome: Outcome
    provider_ref: str = ""
    detail: str = ""
    expires_at: Instant = Instant(0)
    renew_at: Instant = Instant(0)


class ReportCapture(Command, frozen=True):
    """Book the provider's answer."""

    payment_id: str
    capture_id: str
    outcome: Outcome
    detail: str = ""


class ReportVoid(Command, frozen=True):
    """Book the provider's answer."""

    payment_id: str
    void_id: str
    outcome: Outcome
    detail: str = ""


class ReportRefund(Command, frozen=True):
    """Book the provider's answer."""

    payment_id: str
    refund_id: str
    outcome: Outcome
    detail: str = ""


class ReportChargeback(Command, frozen=True):
    """Book that the customer's bank took money back."""

    payment_id: str
    chargeback_id: str
    amount_minor: int
    reason: str


class RecordCardAnswer(Command, frozen=True):
    """Book the answer of a gift card of ours; `intent_id` is empty for an authorization."""

    payment_id: str
    step: Step
    outcome: Outcome
    intent_id: str = ""
    card_id: str = ""
    detail: str = ""


class ExpireAuthorization(Command, frozen=True):
    """Let the authorization lapse if its time is over at `now`."""

    payment_id: str
    now: Instant


class RenewAuthorization(Command, frozen=True):
    """Say that the authorization will lapse soon, if it is time for that at `now`."""

    payment_id: str
    now: Instant


class SettleMovement(Command, frozen=True):
    """Book that a movement is part of a payout. Its signs are those of `MovementSettled`."""

    payment_id: str
    movement: MovementKind
    movement_id: str
    amount_minor: int
    currency: str
    payout_id: str
    transaction_id: str
    paid_minor: int
    payout_currency: str
    fee_minor: int


PaymentCommand = (
    RequestAuthorization
    | RequestCapture
    | RequestRefund
    | ClosePayment
    | ReportAuthorization
    | ReportCapture
    | ReportVoid
    | ReportRefund
    | ReportChargeback
    | RecordCardAnswer
    | ExpireAuthorization
    | RenewAuthorization
    | SettleMovement
)
