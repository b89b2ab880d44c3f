"""What can have happened to a payment. Amounts are minor units of its currency."""

from __future__ import annotations

from enum import StrEnum

from oms_core.kernel import Event, Instant


class Method(StrEnum):
    """How the customer pays. Cash and gift cards stay in the house, the others have a provider."""

    CARD = "card"
    WALLET = "wallet"
    CASH = "cash"
    GIFT_CARD = "gift_card"


class MovementKind(StrEnum):
    """How money moved: its name and the id of its intent name one movement of a payment."""

    CAPTURE = "capture"
    REFUND = "refund"
    CHARGEBACK = "chargeback"


class AuthorizationRequested(Event, frozen=True):
    """The provider is to set the amount aside before `pay_by` (zero: no limit)."""

    payment_id: str
    order_id: str
    method: Method
    amount_minor: int
    currency: str
    token: str
    pay_by: Instant = Instant(0)


class AuthorizationSucceeded(Event, frozen=True):
    """The provider has set the amount aside until `expires_at` (zero: no limit).

    At `renew_at` it is time to authorize anew what is not taken by then (zero: never).
    """

    payment_id: str
    order_id: str
    amount_minor: int
    currency: str
    provider_ref: str
    expires_at: Instant = Instant(0)
    renew_at: Instant = Instant(0)


class AuthorizationFailed(Event, frozen=True):
    """The provider or the customer's bank said no."""

    payment_id: str
    order_id: str
    reason: str


class AuthorizationActionRequired(Event, frozen=True):
    """The customer must do something first, such as 3-D Secure at `url`."""

    payment_id: str
    order_id: str
    url: str


class AuthorizationUnknown(Event, frozen=True):
    """No answer came; the provider must be asked what happened."""

    payment_id: str
    order_id: str


class AuthorizationExpired(Event, frozen=True):
    """The amount is no longer set aside, or was not in time. `uncaptured_minor` has lapsed."""

    payment_id: str
    order_id: str
    uncaptured_minor: int
    currency: str


class AuthorizationLapseAnnounced(Event, frozen=True):
    """What is set aside and not taken, `amount_minor`, lapses soon, at `expires_at`."""

    payment_id: str
    order_id: str
    amount_minor: int
    currency: str
    expires_at: Instant


class CaptureRequested(Event, frozen=True):
    """The provider is to take a part of the amount."""

    payment_id: str
    order_id: str
    method: Method
    capture_id: str
    amount_minor: int
    currency: str
    provider_ref: str


class CaptureSucceeded(Event, frozen=True):
    """The money is ours."""

    payment_id: str
    order_id: str
    capture_id: str
    amount_minor: int
    currency: str
    method: Method


class CaptureFailed(Event, frozen=True):
    """The provider could not take the money: goods are out and unpaid. A person must act."""

    payment_id: str
    order_id: str
    capture_id: str
    amount_minor: int
    currency: str
    reason: str


class CaptureUnknown(Event, frozen=True):
    """No answer came; the provider must be asked what happened."""

    payment_id: str
    order_id: str
    capture_id: str


class VoidRequested(Event, frozen=True):
    """The provider is to let go of what was set aside and not taken."""

    payment_id: str
    order_id: str
    method: Method
    void_id: str
    provider_ref: str
    amount_minor: int
    currency: str


class VoidSucceeded(Event, frozen=True):
    """Nothing is set aside any more."""

    payment_id: str
    order_id: str
    void_id: str
    amount_minor: int
    currency: str


class VoidFailed(Event, frozen=True):
    """The provider did not let go; what is set aside will lapse by itself."""

    payment_id: str
    order_id: str
    void_id: str
    reason: str


class VoidUnknown(Event, frozen=True):
    """No answer came; the provider must be asked what happened."""

    payment_id: str
    order_id: str
    void_id: str


class RefundDeferred(Event, frozen=True):
    """The refund waits until the capture that it belongs to is certain."""

    payment_id: str
    order_id: str
    refund_id: str
    amount_minor: int
    reason: str


class RefundRequested(Event, frozen=True):
    """The provider is to give money back."""

    payment_id: str
    order_id: str
    method: Method
    refund_id: str
    amount_minor: int
    currency: str
    provider_ref: str
    reason: str


class RefundSucceeded(Event, frozen=True):
    """The customer has the money back."""

    payment_id: str
    order_id: str
    refund_id: str
    amount_minor: int
    currency: str
    method: Method


class RefundFailed(Event, frozen=True):
    """The money could not be given back this way. A person must act."""

    payment_id: str
    order_id: str
    refund_id: str
    amount_minor: int
    currency: str
    reason: str


class RefundUnknown(Event, frozen=True):
    """No answer came; the provider must be asked what happened."""

    payment_id: str
    order_id: str
    refund_id: str


class PaymentClosed(Event, frozen=True):
    """Nothing more shall be taken: what is still set aside is let go, now or when it turns up."""

    payment_id: str
    order_id: str


class PaymentChargedBack(Event, frozen=True):
    """The customer's bank took the money back."""

    payment_id: str
    order_id: str
    chargeback_id: str
    amount_minor: int
    currency: str
    reason: str


class MovementSettled(Event, frozen=True):
    """The provider has put a movement into a payout. Money that went back is negative.

    `amount_minor` is what moved; the provider counts it as `paid_minor` in the payout's currency,
    and keeps `fee_minor` of that. `transaction_id` is the provider's own name of the entry.
    """

    payment_id: str
    order_id: str
    movement: MovementKind
    movement_id: str
    amount_minor: int
    currency: str
    payout_id: str
    transaction_id: str
    paid_minor: int
    payout_currency: str
    fee_minor: int


PaymentEvent = (
    AuthorizationRequested
    | AuthorizationSucceeded
    | AuthorizationFailed
    | AuthorizationActionRequired
    | AuthorizationUnknown
    | AuthorizationExpired
    | CaptureRequested
    | CaptureSucceeded
    | CaptureFailed
    | CaptureUnknown
    | VoidRequested
    | VoidSucceeded
    | VoidFailed
    | VoidUnknown
    | RefundDeferred
    | RefundRequested
    | RefundSucceeded
    | RefundFailed
    | RefundUnknown
    | PaymentClosed
    | PaymentChargedBack
    | MovementSettled
    | AuthorizationLapseAnnounced
)
