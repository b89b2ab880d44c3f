"""Stripe's objects in our words: what an intent, a capture or a refund says about a key of ours.

The objects come in answers, lists and webhooks alike, as JSON with Stripe's field names, and are
read here only. Our keys travel with them as metadata: `oms_key` names what an intent or a refund
was asked for with, and each capture leaves a mark of its own on its intent, because Stripe keeps
no object for a capture.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from hashlib import sha256
from typing import Any

from oms_core.effects.ports import (
    ActionRequired,
    Failed,
    ProviderPending,
    Result,
    Succeeded,
)
from oms_core.kernel import Instant
from oms_core.kernel.money import Money

Object = Mapping[str, Any]

KEY = "oms_key"
MARK = "oms_capture_"
SECOND = 1_000_000
KEY_LENGTH_MAX = 255
"""What Stripe takes as an idempotency key."""

FACTORS = {"ISK": Fraction(100), "UGX": Fraction(100), "MGA": Fraction(1, 100)}
"""How many of Stripe's units are one minor unit of ISO 4217, where the two differ."""


class UnwritableAmount(ValueError):
    """Stripe has no such amount, because it counts in larger units of the currency than we do."""


def stripe_amount(money: Money) -> int:
    """Return an amount as Stripe writes it.

    :raises UnwritableAmount: if Stripe has no unit as small as ours.
    """
    amount = money.amount_minor * FACTORS.get(money.currency, Fraction(1))
    if amount.denominator > 1:
        raise UnwritableAmount(f"{money.amount_minor} {money.currency} is no whole unit at Stripe")
    return amount.numerator


def minor_amount(amount: int, currency: str) -> int:
    """Return what Stripe writes as an amount of ours, in whole minor units."""
    return int(amount / FACTORS.get(currency, Fraction(1)))


def idempotency_key(key: str) -> str:
    """Return the key as Stripe takes it: a long one is named by its hash."""
    return key if len(key) <= KEY_LENGTH_MAX else sha256(key.encode()).hexdigest()


def mark(key: str) -> str:
    """Return the name of the metadata that a capture leaves on its intent (at most 40 signs)."""
    return MARK + sha256(key.encode()).hexdigest()[:24]


def key_of(thing: Object) -> str | None:
    """Return our key of an intent, its charge or a refund; None if it was not made by us."""
    return (thing.get("metadata") or {}).get(KEY)


def authorization(intent: Object) -> Result:
    """Say what came of an authorization.

    :raises ProviderPending: if the customer's bank has not decided yet.
    """
    match intent["status"]:
        case "requires_capture" | "succeeded":
            return Succeeded(intent["id"], _capture_before(_latest_charge(intent)))
        case "requires_action":
            return ActionRequired(address(intent))
        case "canceled":
            return Failed(intent.get("cancellation_reason") or "canceled")
        case "requires_payment_method":
            return Failed(reason_of(intent.get("last_payment_error") or {}))
        case status:  # Such as `processing`.
            raise ProviderPending(f"the intent {intent['id']} is {status}")


def reason_of(error: Object) -> str:
    """Return the most telling code of an error."""
    return str(error.get("decline_code") or error.get("code") or error.get("type") or "declined")


def charged(charge: Object) -> Succeeded:
    """Say what a charge that went well has set aside."""
    return Succeeded(charge["payment_intent"], _capture_before(charge))


def _capture_before(charge: Object) -> Instant:
    """Return when the amount lapses, by the card's own terms; zero if Stripe does not say."""
    return Instant(int(_card(charge).get("capture_before") or 0) * SECOND)


def _latest_charge(intent: Object) -> Object:
    charge = intent.get("latest_charge")
    return charge if isinstance(charge, Mapping) else {}


def _card(charge: Object) -> Object:
    card: Object = (charge.get("payment_method_details") or {}).get("card") or {}
    return card


def can_be_taken_in_parts(intent: Object) -> bool:
    """Say whether several captures of one intent are possible; else the first takes it all up."""
    return bool(
        (_card(_latest_charge(intent)).get("multicapture") or {}).get("status") == "available"
    )


def address(intent: Object) -> str:
    """Return where the customer has to go, or what has to be done if that is nowhere."""
    action = intent.get("next_action") or {}
    return str((action.get("redirect_to_url") or {}).get("url") or action.get("type") or "")


def capture(intent: Object, key: str) -> Result | None:
    """Say what came of a capture; None if the intent does not know of it."""
    known = (intent.get("metadata") or {}).get(mark(key)) == key
    return Succeeded(intent["id"]) if known else None


def captured_keys(intent: Object) -> tuple[str, ...]:
    """Return our keys of all captures that have left their mark on an intent."""
    marks = (intent.get("metadata") or {}).items()
    return tuple(key for name, key in marks if name.startswith(MARK))


def void(intent: Object) -> Result | None:
    """Say whether an intent has been let go of; None if not."""
    gone = intent["status"] in {"canceled", "succeeded"} and not intent.get("amount_capturable")
    return Succeeded(intent["id"]) if gone else None


def refund(thing: Object) -> Result:
    """Say what came of a refund.

    :raises ProviderPending: if the bank has not decided yet.
    """
    match thing["status"]:
        case "succeeded":
            return Succeeded(str(thing.get("payment_intent") or ""))
        case "failed" | "canceled":
            return Failed(thing.get("failure_reason") or thing["status"])
        case status:
            raise ProviderPending(f"the refund {thing['id']} is {status}")
