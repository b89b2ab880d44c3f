"""What Stripe would keep of one account: intents, captures and refunds, with its own arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

DAY = 86_400
DECLINES = {
    "pm_card_visa_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_visa_chargeDeclinedExpiredCard": ("expired_card", ""),
}
THREE_D_SECURE = "pm_card_threeDSecure2Required"
SINGLE_CAPTURE = "pm_card_singleCapture"
SLOW = "pm_card_slow"


class Refusal(Exception):
    """A clear no, with Stripe's status, type and code."""

    def __init__(self, status: int, kind: str, code: str, param: str = "", **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": {"type": kind, "code": code, "param": param, "message": code, **more}}


def invalid(code: str, param: str = "") -> Refusal:
    """Return the refusal of a request that makes no sense."""
    return Refusal(404 if code == "resource_missing" else 400, "invalid_request_error", code, param)


@dataclass
class Account:
    """One account. `now` is its time in seconds; the search index is `lag_seconds` behind."""

    now: int = 1_767_268_800
    lag_seconds: int = 0
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    movements: list[tuple[str, str, int, str]] = field(default_factory=list)
    _ids: Any = field(default_factory=lambda: count(1))

    def create(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make an intent and confirm it."""
        assert params["capture_method"] == "manual"
        assert params["confirm"] == "true"
        name = f"pi_{next(self._ids):04d}"
        token = params["payment_method"]
        if token.startswith("pm_of_") and token != f"pm_of_{params.get('customer')}":
            raise invalid("payment_method_unexpected_state", "payment_method")
        several = token != SINGLE_CAPTURE
        intent = self.intents[name] = {
            "id": name,
            "object": "payment_intent",
            "created": self.now,
            "amount": int(params["amount"]),
            "amount_capturable": 0,
            "amount_received": 0,
            "currency": params["currency"],
            "metadata": dict(params["metadata"]),
            "next_action": None,
            "last_payment_error": None,
            "cancellation_reason": None,
            "latest_charge": {
                "id": name.replace("pi_", "ch_"),
                "object": "charge",
                "payment_method_details": {
                    "card": {
                        "capture_before": self.now + 7 * DAY,
                        "multicapture": {"status": "available" if several else "unavailable"},
                    }
                },
            },
        }
        if token in DECLINES:
            code, reason = DECLINES[token]
            error = {"type": "card_error", "code": code, "decline_code": reason}
            intent |= {"status": "requires_payment_method", "last_payment_error": error}
            raise Refusal(402, "card_error", code, decline_code=reason, payment_intent=intent)
        if token == THREE_D_SECURE:
            address = {"url": f"https://hooks.example/3ds/{name}"}
            action = {"type": "redirect_to_url", "redirect_to_url": address}
            intent |= {"status": "requires_action", "next_action": action}
        elif token == SLOW:
            intent |= {"status": "processing"}
        else:
            self.set_aside(name)
        return intent

    def set_aside(self, name: str) -> None:
        """The bank has agreed."""
        intent = self.intents[name]
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        intent["next_action"] = None

    def fail(self, name: str) -> None:
        """The customer has failed 3-D Secure."""
        error = {"type": "card_error", "code": "payment_intent_authentication_failure"}
        self.intents[name] |= {"status": "requires_payment_method", "last_payment_error": error}

    def intent(self, name: str) -> dict[str, Any]:
        """Find an intent."""
        if name not in self.intents:
            raise invalid("resource_missing", "intent")
        return self.intents[name]

    def capture(self, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Take money."""
        intent = self.intent(name)
        amount = int(params["amount_to_capture"])
        final = params.get("final_capture", "true") == "true"
        card = intent["latest_charge"]["payment_method_details"]["card"]
        if intent["status"] != "requires_capture":
            raise invalid("payment_intent_unexpected_state")
        if self.now > card["capture_before"]:
            raise invalid("charge_expired_for_capture")
        if amount > intent["amount_capturable"]:
            raise invalid("amount_too_large")
        if not final and card["multicapture"]["status"] != "available":
            raise invalid("parameter_invalid", "final_capture")
        left = intent["amount_capturable"] - amount
        intent["metadata"] |= params.get("metadata", {})
        intent["amount_received"] += amount
        intent["amount_capturable"] = 0 if final else left
        intent["status"] = "succeeded" if final else "requires_capture"
        self.movements.append(("charge", name, amount, intent["currency"]))
        return intent

    def cancel(self, name: str) -> dict[str, Any]:
        """Let go of what is not taken."""
        intent = self.intent(name)
        if intent["status"] in {"succeeded", "canceled"}:
            raise invalid("payment_intent_unexpected_state")
        intent |= {"status": "canceled", "amount_capturable": 0}
        return intent

    def refund(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Give money back."""
        intent, amount = self.intent(params["payment_intent"]), int(params["amount"])
        given = sum(r["amount"] for r in self.refunds_of(intent["id"]) if r["status"] != "failed")
        if amount > intent["amount_received"] - given:
            raise invalid("amount_too_large")
        name = f"re_{next(self._ids):04d}"
        self.refunds[name] = {
            "id": name,
            "object": "refund",
            "payment_intent": intent["id"],
            "amount": amount,
            "currency": intent["currency"],
            "status": "succeeded",
            "metadata": dict(params["metadata"]),
        }
        self.movements.append(("refund", intent["id"], -amount, intent["currency"]))
        return self.refunds[name]

    def refunds_of(self, intent: str) -> list[dict[str, Any]]:
        """Return the refunds of an intent, the newest first."""
        return [r for r in reversed(self.refunds.values()) if r["payment_intent"] == intent]

    def search(self, query: str) -> list[dict[str, Any]]:
        """Find intents whose key is asked for and that the index knows of already."""
        head, key = "metadata['oms_key']:'", query.removesuffix("'")
        assert key.startswith(head)
        key = key.removeprefix(head).replace("\\'", "'").replace("\\\\", "\\")
        return [
            intent
            for intent in self.intents.values()
            if intent["created"] + self.lag_seconds <= self.now
            and intent["metadata"].get("oms_key") == key
        ]

    def taken(self) -> dict[str, tuple[int, int]]:
        """Return what was taken and given back, by our payment."""
        return {
            intent["metadata"]["oms_key"].partition(":authorize:")[0]: (
                intent["amount_received"],
                sum(refund["amount"] for refund in self.refunds_of(name)),
            )
            for name, intent in self.intents.items()
        }
