"""What may be asked of a gift card."""

from __future__ import annotations

from oms_core.domain.giftcard.events import Origin
from oms_core.kernel import Command, Instant


class IssueGiftCard(Command, frozen=True):
    """Let an amount be spent, until `expires_at` (zero: for ever)."""

    card_id: str
    amount_minor: int
    currency: str
    origin: Origin = Origin.SOLD
    expires_at: Instant = Instant(0)


class ReserveGiftCard(Command, frozen=True):
    """Set an amount aside for a payment."""

    card_id: str
    payment_id: str
    order_id: str
    amount_minor: int
    currency: str


class RedeemGiftCard(Command, frozen=True):
    """Spend a part of what is set aside. `capture_id` names the intent."""

    card_id: str
    payment_id: str
    capture_id: str
    amount_minor: int


class ReleaseGiftCard(Command, frozen=True):
    """Let go of what is set aside for a payment."""

    card_id: str
    payment_id: str
    void_id: str


class CreditGiftCard(Command, frozen=True):
    """Put back what was spent. `refund_id` names the intent."""

    card_id: str
    payment_id: str
    refund_id: str
    amount_minor: int


class ExpireGiftCard(Command, frozen=True):
    """Let what is left lapse if its time is over at `now`."""

    card_id: str
    now: Instant


GiftCardCommand = (
    IssueGiftCard
    | ReserveGiftCard
    | RedeemGiftCard
    | ReleaseGiftCard
    | CreditGiftCard
    | ExpireGiftCard
)
