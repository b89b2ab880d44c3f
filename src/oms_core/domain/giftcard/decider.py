"""The rules of a gift card, and which command each of them answers."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from oms_core.domain.giftcard import commands, events
from oms_core.domain.giftcard.events import DeclineReason
from oms_core.domain.giftcard.evolution import evolve
from oms_core.domain.giftcard.state import GiftCard
from oms_core.kernel import Decider, Rejected, deciding
from oms_core.kernel.money import is_currency_code

Events = Iterator[events.GiftCardEvent]
AMOUNT_MINOR_MAX = 10**12


class GiftCardUnknown(Rejected):
    """There is no such card."""

    code = "giftcard.unknown"
    remedy = "Issue the card first."


class UnusableGiftCard(Rejected):
    """Nothing could ever be paid with it."""

    code = "giftcard.unusable"
    remedy = "Give a card_id, an amount of 1 to 10^12 minor units, and an ISO 4217 code."


class GiftCardReused(Rejected):
    """Another card has this id."""

    code = "giftcard.reused"
    remedy = "Take another card_id, or the terms that it was issued with."


class NotReserved(Rejected):
    """More was to be spent than is set aside for the payment."""

    code = "giftcard.not_reserved"
    remedy = "Spend no more than is set aside for this payment."


class NotCreditable(Rejected):
    """Less than one unit was to be put back, or more than a card can hold."""

    code = "giftcard.not_creditable"
    remedy = "Put back 1 to 10^12 minor units."


def issue(command: commands.IssueGiftCard, card: GiftCard) -> Events:
    """Owe the amount to whoever holds the card, once."""
    if (
        not command.card_id
        or not 1 <= command.amount_minor <= AMOUNT_MINOR_MAX
        or not is_currency_code(command.currency)
        or command.expires_at < 0
    ):
        raise UnusableGiftCard(
            f"card_id is {command.card_id!r}, amount_minor {command.amount_minor}, currency "
            f"{command.currency!r}, expires_at {command.expires_at}."
        )
    issued = events.GiftCardIssued(
        command.card_id,
        command.amount_minor,
        command.currency,
        command.origin,
        command.expires_at,
    )
    if card.issued is None:
        yield issued
    elif card.issued != issued:
        raise GiftCardReused(f"card_id {command.card_id!r} is taken.")


def reserve(command: commands.ReserveGiftCard, card: GiftCard) -> Events:
    """Set the whole amount aside, once for each payment, or say why not."""
    payment_id, amount = command.payment_id, command.amount_minor
    if f"reserve:{payment_id}" in card.recent:
        return
    if reason := _obstacle(command, card):
        yield events.GiftCardDeclined(command.card_id, payment_id, command.order_id, amount, reason)
        return
    yield events.GiftCardReserved(
        command.card_id,
        payment_id,
        command.order_id,
        amount,
        command.currency,
        card.left_minor - amount,
    )


def _obstacle(command: commands.ReserveGiftCard, card: GiftCard) -> DeclineReason | None:
    if card.issued is None:
        return DeclineReason.UNKNOWN
    if card.issued.currency != command.currency:
        return DeclineReason.CURRENCY
    if card.expired and not card.left_minor:
        return DeclineReason.EXPIRED
    if not 1 <= command.amount_minor <= card.left_minor:
        return DeclineReason.BALANCE
    return None


def redeem(command: commands.RedeemGiftCard, card: GiftCard) -> Events:
    """Spend a part of what is set aside, once for each intent."""
    terms = _terms(command.card_id, card)
    if f"redeem:{command.payment_id}|{command.capture_id}" in card.recent:
        return
    most = card.reserved.get(command.payment_id, 0)
    if not 1 <= command.amount_minor <= most:
        raise NotReserved(
            f"amount_minor is {command.amount_minor}, and {most} are set aside for "
            f"{command.payment_id!r}."
        )
    redeemed = events.GiftCardRedeemed(
        command.card_id,
        command.payment_id,
        command.capture_id,
        command.amount_minor,
        terms.currency,
    )
    yield redeemed
    if evolve(card, redeemed).is_empty:
        yield events.GiftCardExhausted(command.card_id)


def release(command: commands.ReleaseGiftCard, card: GiftCard) -> Events:
    """Let go of what is set aside; on a card whose time is over, it lapses."""
    terms = _terms(command.card_id, card)
    amount = card.reserved.get(command.payment_id, 0)
    if not amount:
        return
    yield events.GiftCardReleased(
        command.card_id, command.payment_id, command.void_id, amount, terms.currency
    )
    if card.expired:
        yield events.GiftCardExpired(command.card_id, amount, terms.currency)


def credit(command: commands.CreditGiftCard, card: GiftCard) -> Events:
    """Put back what was spent, once for each intent; it can be spent whatever the card's time."""
    terms = _terms(command.card_id, card)
    if f"credit:{command.payment_id}|{command.refund_id}" in card.recent:
        return
    if not 1 <= command.amount_minor <= AMOUNT_MINOR_MAX:
        raise NotCreditable(f"amount_minor is {command.amount_minor}.")
    yield events.GiftCardCredited(
        command.card_id,
        command.payment_id,
        command.refund_id,
        command.amount_minor,
        terms.currency,
    )


def expire(command: commands.ExpireGiftCard, card: GiftCard) -> Events:
    """Let what is left lapse, once; what is set aside for payments is not touched."""
    terms = _terms(command.card_id, card)
    if not card.expired and 0 < terms.expires_at <= command.now:
        yield events.GiftCardExpired(command.card_id, card.left_minor, terms.currency)


def _terms(card_id: str, card: GiftCard) -> events.GiftCardIssued:
    """Return what the card was issued with.

    :raises GiftCardUnknown: if it never was.
    """
    if card.issued is None:
        raise GiftCardUnknown(f"card_id {card_id!r} is not known.")
    return card.issued


giftcard = Decider(
    "giftcard",
    attrgetter("card_id"),
    GiftCard(),
    deciding(
        {
            commands.IssueGiftCard: issue,
            commands.ReserveGiftCard: reserve,
            commands.RedeemGiftCard: redeem,
            commands.ReleaseGiftCard: release,
            commands.CreditGiftCard: credit,
            commands.ExpireGiftCard: expire,
        }
    ),
    evolve,
)
