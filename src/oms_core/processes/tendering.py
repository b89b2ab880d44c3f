"""Tendering: a gift card is a payment's provider, within the house.

What a payment asks of a provider is asked of the card, and what the card answers is booked as a
provider's answer. So gift cards are authorized, captured, voided and refunded by the rules that
hold for cards of a bank, and beside them on one order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from oms_core.domain.giftcard import commands as giftcard
from oms_core.domain.giftcard import events as given
from oms_core.domain.payment import events as paid
from oms_core.domain.payment.commands import Outcome, RecordCardAnswer, Step
from oms_core.kernel import Command, Event, Process


def react(event: Event, memory: None) -> Iterator[Command | Event]:
    """Say what `event` calls for."""
    del memory
    match event:
        case paid.AuthorizationRequested(payment_id, order_id, token=card_id):
            yield giftcard.ReserveGiftCard(
                card_id, payment_id, order_id, event.amount_minor, event.currency
            )
        case paid.CaptureRequested(payment_id, capture_id=capture_id, provider_ref=card_id):
            yield giftcard.RedeemGiftCard(card_id, payment_id, capture_id, event.amount_minor)
        case paid.VoidRequested(payment_id, void_id=void_id, provider_ref=card_id):
            yield giftcard.ReleaseGiftCard(card_id, payment_id, void_id)
        case paid.RefundRequested(payment_id, refund_id=refund_id, provider_ref=card_id):
            yield giftcard.CreditGiftCard(card_id, payment_id, refund_id, event.amount_minor)
        case given.GiftCardReserved(card_id, payment_id):
            yield _answer(payment_id, Step.AUTHORIZATION, card_id=card_id)
        case given.GiftCardDeclined(_, payment_id, reason=reason):
            detail = f"gift card declined: {reason.value}"
            yield RecordCardAnswer(payment_id, Step.AUTHORIZATION, Outcome.FAILED, detail=detail)
        case given.GiftCardRedeemed(_, payment_id, capture_id):
            yield _answer(payment_id, Step.CAPTURE, capture_id)
        case given.GiftCardReleased(_, payment_id, void_id):
            yield _answer(payment_id, Step.VOID, void_id)
        case given.GiftCardCredited(_, payment_id, refund_id):
            yield _answer(payment_id, Step.REFUND, refund_id)


def _answer(payment_id: str, step: Step, intent_id: str = "", card_id: str = "") -> Command:
    return RecordCardAnswer(payment_id, step, Outcome.SUCCEEDED, intent_id, card_id)


def _by_gift_card(event: Any) -> str | None:
    return event.payment_id if event.method is paid.Method.GIFT_CARD else None


_by_payment: Callable[[Any], str] = attrgetter("payment_id")

tendering: Process[None] = Process(
    "tendering",
    {
        paid.AuthorizationRequested: _by_gift_card,
        paid.CaptureRequested: _by_gift_card,
        paid.VoidRequested: _by_gift_card,
        paid.RefundRequested: _by_gift_card,
        given.GiftCardReserved: _by_payment,
        given.GiftCardDeclined: _by_payment,
        given.GiftCardRedeemed: _by_payment,
        given.GiftCardReleased: _by_payment,
        given.GiftCardCredited: _by_payment,
    },
    react,
    None,
)
