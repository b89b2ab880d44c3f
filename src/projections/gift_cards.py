"""Gift cards: what is left on each, and what became of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oms_core.domain.giftcard import events
from oms_core.kernel import Event, Instant, Recorded, State
from projections.rules import Change, one, view


class GiftCard(State, frozen=True):
    """One card. `state` is unknown (only asked for), active, exhausted or expired.

    `left_minor` can be spent, `reserved_minor` is set aside; both together are what we owe. What
    was issued and credited is what is left, set aside, redeemed or expired.
    """

    card_id: str
    state: str = "unknown"
    origin: str = ""
    currency: str = ""
    issued_minor: int = 0
    left_minor: int = 0
    reserved_minor: int = 0
    redeemed_minor: int = 0
    credited_minor: int = 0
    expired_minor: int = 0
    declined: int = 0
    issued_at: Instant = Instant(0)
    expires_at: Instant = Instant(0)


def blank(key: str, _: Any) -> GiftCard:
    """Return a card that nobody has issued."""
    return GiftCard(key)


def issued(card: GiftCard, event: events.GiftCardIssued, recorded: Recorded) -> GiftCard:
    """Show what is on it."""
    return replace(
        card,
        state="active",
        origin=event.origin.value,
        currency=event.currency,
        issued_minor=event.amount_minor,
        left_minor=card.left_minor + event.amount_minor,
        issued_at=recorded.occurred_at,
        expires_at=event.expires_at,
    )


def reserved(card: GiftCard, event: events.GiftCardReserved, _: Recorded) -> GiftCard:
    """Set an amount aside."""
    return replace(
        card,
        left_minor=card.left_minor - event.amount_minor,
        reserved_minor=card.reserved_minor + event.amount_minor,
    )


def declined(card: GiftCard, _: events.GiftCardDeclined, __: Recorded) -> GiftCard:
    """Count a payment that could not be made."""
    return replace(card, declined=card.declined + 1)


def redeemed(card: GiftCard, event: events.GiftCardRedeemed, _: Recorded) -> GiftCard:
    """Spend what was set aside."""
    return replace(
        card,
        reserved_minor=card.reserved_minor - event.amount_minor,
        redeemed_minor=card.redeemed_minor + event.amount_minor,
    )


def released(card: GiftCard, event: events.GiftCardReleased, _: Recorded) -> GiftCard:
    """Let what was set aside be spent otherwise."""
    return replace(
        card,
        left_minor=card.left_minor + event.amount_minor,
        reserved_minor=card.reserved_minor - event.amount_minor,
    )


def credited(card: GiftCard, event: events.GiftCardCredited, _: Recorded) -> GiftCard:
    """Let what came back be spent again."""
    return replace(
        card,
        state="active",
        left_minor=card.left_minor + event.amount_minor,
        credited_minor=card.credited_minor + event.amount_minor,
    )


def exhausted(card: GiftCard, _: events.GiftCardExhausted, __: Recorded) -> GiftCard:
    """Say that nothing is left."""
    return replace(card, state="exhausted")


def expired(card: GiftCard, event: events.GiftCardExpired, _: Recorded) -> GiftCard:
    """Owe what lapses no longer."""
    return replace(
        card,
        state="expired",
        left_minor=card.left_minor - event.amount_minor,
        expired_minor=card.expired_minor + event.amount_minor,
    )


CHANGES: Mapping[type[Event], Change[GiftCard]] = {
    events.GiftCardIssued: issued,
    events.GiftCardReserved: reserved,
    events.GiftCardDeclined: declined,
    events.GiftCardRedeemed: redeemed,
    events.GiftCardReleased: released,
    events.GiftCardCredited: credited,
    events.GiftCardExhausted: exhausted,
    events.GiftCardExpired: expired,
}

gift_cards = view(
    "gift_cards",
    GiftCard,
    blank,
    {event: (one("card_id"), change) for event, change in CHANGES.items()},
)
