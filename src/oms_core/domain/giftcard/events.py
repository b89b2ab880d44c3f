"""What can have happened to a gift card. Amounts are minor units of its currency."""

from __future__ import annotations

from enum import StrEnum

from oms_core.kernel import Event, Instant


class Origin(StrEnum):
    """Where its money is from: somebody paid for it, or we gave it away."""

    SOLD = "sold"
    GOODWILL = "goodwill"


class DeclineReason(StrEnum):
    """Why a payment cannot be made with it."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CURRENCY = "currency"
    BALANCE = "balance"


class GiftCardIssued(Event, frozen=True):
    """It can be spent until `expires_at` (zero: for ever)."""

    card_id: str
    amount_minor: int
    currency: str
    origin: Origin
    expires_at: Instant = Instant(0)


class GiftCardReserved(Event, frozen=True):
    """An amount is set aside for a payment; `left_minor` is there for others."""

    card_id: str
    payment_id: str
    order_id: str
    amount_minor: int
    currency: str
    left_minor: int


class GiftCardDeclined(Event, frozen=True):
    """The payment cannot be made with it."""

    card_id: str
    payment_id: str
    order_id: str
    amount_minor: int
    reason: DeclineReason


class GiftCardRedeemed(Event, frozen=True):
    """A part of what was set aside is spent."""

    card_id: str
    payment_id: str
    capture_id: str
    amount_minor: int
    currency: str


class GiftCardReleased(Event, frozen=True):
    """What was set aside and not spent can be used by others again."""

    card_id: str
    payment_id: str
    void_id: str
    amount_minor: int
    currency: str


class GiftCardCredited(Event, frozen=True):
    """What was spent came back, and can be spent again."""

    card_id: str
    payment_id: str
    refund_id: str
    amount_minor: int
    currency: str


class GiftCardExhausted(Event, frozen=True):
    """Nothing is left on it, and nothing set aside."""

    card_id: str


class GiftCardExpired(Event, frozen=True):
    """Its time is over: we owe this amount no longer."""

    card_id: str
    amount_minor: int
    currency: str


GiftCardEvent = (
    GiftCardIssued
    | GiftCardReserved
    | GiftCardDeclined
    | GiftCardRedeemed
    | GiftCardReleased
    | GiftCardCredited
    | GiftCardExhausted
    | GiftCardExpired
)
