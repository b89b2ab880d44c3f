"""Stripe's events in our words: the commands that book what an event tells.

An event tells of one moment, and may come late, again, or before the answer to the call that it
is about. So nothing is worked out from one: it is said to the payment under the key that we had
given, and the payment knows whether that is news. The key travels as metadata: on the intent, on
the charge, where Stripe copies it, and on the refund. A dispute carries none: it names its intent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from adapters.payments import stripe_objects as objects
from oms_core.domain.payment.commands import Outcome, ReportChargeback, ReportVoid
from oms_core.effects.payments import KEY, report
from oms_core.effects.ports import ActionRequired, Failed, ProviderPending, Succeeded
from oms_core.kernel import Command

PaymentOf = Callable[[str], str | None]
"""Finds the payment that an intent of Stripe's belongs to; None if it is not ours."""

VOID = "close"
"""A payment lets go once, under this name."""

HEARD = frozenset(
    {
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "payment_intent.succeeded",
        "payment_intent.requires_action",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.funds_withdrawn",
    }
)
"""The types of events that tell us something: those to choose for the endpoint at Stripe."""


def told(kind: str, thing: objects.Object, payment_of: PaymentOf) -> Iterator[Command]:
    """Yield what an event of type `kind` about `thing` says; nothing if that is not about us.

    :raises KeyError: if the object lacks what objects of its kind have.
    """
    if kind == "charge.dispute.funds_withdrawn":
        yield from _charged_back(thing, payment_of)
    elif kind in HEARD and (key := objects.key_of(thing)) and KEY.fullmatch(key):
        yield from _under(key, kind, thing)


def _under(key: str, kind: str, thing: objects.Object) -> Iterator[Command]:
    match kind.split("."):
        case ["charge", _]:
            yield report(key, objects.charged(thing))
        case ["refund", _]:
            yield from _refunded(key, thing)
        case [_, "amount_capturable_updated" | "succeeded"]:
            for captured in filter(KEY.fullmatch, objects.captured_keys(thing)):
                yield report(captured, Succeeded(thing["id"]))
        case [_, "canceled"]:
            yield report(key, objects.authorization(thing))
            yield ReportVoid(key.partition(":authorize:")[0], VOID, Outcome.SUCCEEDED)
        case [_, "payment_failed"]:
            yield report(key, Failed(objects.reason_of(thing.get("last_payment_error") or {})))
        case _:
            yield report(key, ActionRequired(objects.address(thing)))


def _refunded(key: str, refund: objects.Object) -> Iterator[Command]:
    try:
        yield report(key, objects.refund(refund))
    except ProviderPending:
        return  # Another event will tell.


def _charged_back(dispute: objects.Object, payment_of: PaymentOf) -> Iterator[Command]:
    payment_id = payment_of(dispute.get("payment_intent") or "")
    if payment_id is not None:
        amount = objects.minor_amount(dispute["amount"], dispute["currency"].upper())
        yield ReportChargeback(payment_id, dispute["id"], amount, dispute["reason"])
