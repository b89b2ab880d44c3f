"""Settlements: every movement by a provider, and the payout that it came with; and the payouts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from oms_core.domain.payment import events
from oms_core.domain.payout.events import PayoutBooked
from oms_core.kernel import Event, Instant, Recorded, State
from projections.rules import Change, Keys, one, view


class Settlement(State, frozen=True):
    """One movement: a capture, a refund or a chargeback; negative if the money went back.

    It is `open` until it is part of a payout, then `settled`: the provider counted it as
    `paid_minor` in the payout's currency, and kept `fee_minor` of that. What is paid in cash or by
    gift card needs no payout, and is not here.
    """

    payment_id: str
    movement: str
    movement_id: str
    order_id: str = ""
    state: str = "open"
    amount_minor: int = 0
    currency: str = ""
    moved_at: Instant = Instant(0)
    payout_id: str = ""
    transaction_id: str = ""
    paid_minor: int = 0
    payout_currency: str = ""
    fee_minor: int = 0


class Payout(State, frozen=True):
    """One payout as it was booked."""

    payout_id: str
    provider: str = ""
    reference: str = ""
    currency: str = ""
    net_minor: int = 0
    fee_minor: int = 0
    arrived_on: str = ""
    booked_at: Instant = Instant(0)


def _key(payment_id: str, movement: str, movement_id: str) -> str:
    return f"{payment_id}|{movement}|{movement_id}"


def _moved(movement: str, sign: int) -> tuple[Keys, Change[Settlement]]:
    """Return the rule for money that has moved; cash and gift cards are left out."""
    intent = attrgetter(f"{movement}_id")

    def keys(event: Any) -> Iterable[str]:
        at_home = getattr(event, "method", None) in (events.Method.CASH, events.Method.GIFT_CARD)
        return () if at_home else (_key(event.payment_id, movement, intent(event)),)

    def change(document: Settlement, event: Any, recorded: Recorded) -> Settlement:
        return replace(
            document,
            amount_minor=sign * event.amount_minor,
            currency=event.currency,
            moved_at=recorded.occurred_at,
        )

    return keys, change


def settled(document: Settlement, event: events.MovementSettled, _: Recorded) -> Settlement:
    """Show the payout that it came with."""
    return replace(
        document,
        state="settled",
        payout_id=event.payout_id,
        transaction_id=event.transaction_id,
        paid_minor=event.paid_minor,
        payout_currency=event.payout_currency,
        fee_minor=event.fee_minor,
    )


def blank(key: str, event: Any) -> Settlement:
    """Return a movement that nothing is known of but its name and order."""
    payment_id, movement, movement_id = key.split("|", 2)
    return Settlement(payment_id, movement, movement_id, event.order_id)


def booked(document: Payout, event: PayoutBooked, recorded: Recorded) -> Payout:
    """Show the payout."""
    return replace(
        document,
        provider=event.provider,
        reference=event.reference,
        currency=event.currency,
        net_minor=event.net_minor,
        fee_minor=event.fee_minor,
        arrived_on=event.arrived_on,
        booked_at=recorded.occurred_at,
    )


def _settled_keys(event: events.MovementSettled) -> tuple[str]:
    return (_key(event.payment_id, event.movement.value, event.movement_id),)


RULES: Mapping[type[Event], tuple[Keys, Change[Settlement]]] = {
    events.CaptureSucceeded: _moved("capture", 1),
    events.RefundSucceeded: _moved("refund", -1),
    events.PaymentChargedBack: _moved("chargeback", -1),
    events.MovementSettled: (_settled_keys, settled),
}

settlements = view("settlements", Settlement, blank, RULES)
payouts = view(
    "payouts",
    Payout,
    lambda key, _: Payout(key),
    {PayoutBooked: (one("payout_id"), booked)},
)
