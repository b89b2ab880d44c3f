"""How each event changes a gift card. Events are facts: nothing here refuses one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from oms_core.domain.giftcard import events
from oms_core.domain.giftcard.state import GiftCard
from oms_core.kernel import evolving, unchanged


def issued(card: GiftCard, event: events.GiftCardIssued) -> GiftCard:
    """Know the terms."""
    return replace(card, issued=event, left_minor=event.amount_minor)


def reserved(card: GiftCard, event: events.GiftCardReserved) -> GiftCard:
    """Set the amount aside."""
    return replace(
        card,
        left_minor=event.left_minor,
        reserved=card.reserved.insert(event.payment_id, event.amount_minor),
        recent=card.recent.add(f"reserve:{event.payment_id}"),
    )


def redeemed(card: GiftCard, event: events.GiftCardRedeemed) -> GiftCard:
    """Spend a part of what is set aside."""
    rest = card.reserved[event.payment_id] - event.amount_minor
    return replace(
        card,
        reserved=card.reserved.insert(event.payment_id, rest)
        if rest
        else card.reserved.remove(event.payment_id),
        recent=card.recent.add(f"redeem:{event.payment_id}|{event.capture_id}"),
    )


def released(card: GiftCard, event: events.GiftCardReleased) -> GiftCard:
    """Let others have what was set aside."""
    return replace(
        card,
        left_minor=card.left_minor + event.amount_minor,
        reserved=card.reserved.remove(event.payment_id),
    )


def credited(card: GiftCard, event: events.GiftCardCredited) -> GiftCard:
    """Have more to spend."""
    return replace(
        card,
        left_minor=card.left_minor + event.amount_minor,
        recent=card.recent.add(f"credit:{event.payment_id}|{event.refund_id}"),
    )


def expired(card: GiftCard, event: events.GiftCardExpired) -> GiftCard:
    """Owe the amount no longer."""
    return replace(card, left_minor=card.left_minor - event.amount_minor, expired=True)


evolve: Callable[[GiftCard, Any], GiftCard] = evolving(
    {
        events.GiftCardIssued: issued,
        events.GiftCardReserved: reserved,
        events.GiftCardDeclined: unchanged,
        events.GiftCardRedeemed: redeemed,
        events.GiftCardReleased: released,
        events.GiftCardCredited: credited,
        events.GiftCardExhausted: unchanged,
        events.GiftCardExpired: expired,
    }
)
