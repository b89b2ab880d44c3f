"""What Stripe sends of its own: events about an account, signed as its documentation says."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from tests.support.stripe.account import Account

SIGNING = "whsec_fake"


def sign(body: bytes, at: int, secret: str = SIGNING) -> str:
    """Return the header that proves who has sent a body, and when (in seconds)."""
    proof = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return f"t={at},v1={proof},v0={'0' * 64}"


def event(name: str, kind: str, thing: Mapping[str, Any], at: int) -> bytes:
    """Return the body of an event."""
    return json.dumps(
        {
            "id": name,
            "object": "event",
            "api_version": "2026-01-28",
            "created": at,
            "livemode": False,
            "type": kind,
            "data": {"object": thing},
        }
    ).encode()


def intent_sent(intent: Mapping[str, Any]) -> dict[str, Any]:
    """Return an intent as events have it: its charge is only named."""
    return {**intent, "latest_charge": intent["latest_charge"]["id"]}


def charge_sent(intent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the charge of an intent, with the metadata that the intent had when it was made."""
    metadata = {"oms_key": intent["metadata"]["oms_key"]} if intent["metadata"] else {}
    more = {"payment_intent": intent["id"], "metadata": metadata, "status": "succeeded"}
    return {**intent["latest_charge"], **more}


def dispute(intent: str, amount: int, currency: str = "eur") -> dict[str, Any]:
    """Return a dispute: it names the intent, and has no metadata of ours."""
    return {
        "id": "dp_1",
        "object": "dispute",
        "amount": amount,
        "currency": currency,
        "charge": intent.replace("pi_", "ch_"),
        "payment_intent": intent,
        "reason": "fraudulent",
        "metadata": {},
    }


STATES = {
    "requires_capture": ("charge.succeeded", "payment_intent.amount_capturable_updated"),
    "succeeded": ("charge.succeeded", "payment_intent.succeeded"),
    "requires_action": ("payment_intent.requires_action",),
    "requires_payment_method": ("payment_intent.payment_failed",),
    "canceled": ("payment_intent.canceled",),
}


def sent(account: Account) -> Iterator[bytes]:
    """Yield the events that tell how an account stands, each with an id of its own."""
    for name, intent in account.intents.items():
        for kind in STATES.get(intent["status"], ()):
            thing = charge_sent(intent) if kind.startswith("charge") else intent_sent(intent)
            yield event(f"evt_{name}_{kind}", kind, thing, account.now)
    for name, refund in account.refunds.items():
        for kind in ("refund.created", "refund.updated"):
            yield event(f"evt_{name}_{kind}", kind, refund, account.now)
