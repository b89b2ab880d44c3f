"""What Stripe sends us of its own: checked, translated, and handed in before we say that it came.

Stripe sends an event again until it is answered with 2xx, for three days, in no particular order.
So an event is answered when what it says is stored, and not before; one that is about none of our
payments is answered as well, or it would come again and again. What is not signed with our secret
is refused, and nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

import stripe
import structlog

from adapters.payments.stripe_events import PaymentOf, told
from adapters.posts import Reply
from oms_core.engine.cause import Cause
from oms_core.kernel import Instant

SIGNATURE = "Stripe-Signature"
TOLERANCE_SECONDS = 300
"""How far the time of a signature may be from ours: an event that is older may be a replay."""

SECOND = 1_000_000
ACTOR = "stripe"

log = structlog.get_logger("oms")


class Unsigned(Exception):
    """What came does not prove that it is Stripe's, or is none of its events."""


class StripeHook:
    """Takes signed events. `hand_in` keeps causes for good, or raises."""

    def __init__(
        self,
        secret: str,
        clock: Callable[[], Instant],
        hand_in: Callable[[Sequence[Cause]], None],
        payment_of: PaymentOf,
    ) -> None:
        """Use the signing secret of the endpoint, `whsec_…`."""
        self._secret, self._clock = secret, clock
        self._hand_in, self._payment_of = hand_in, payment_of

    def receive(self, body: bytes, signature: str) -> Reply:
        """Hand in what an event says, and answer it."""
        try:
            event = self._event(body, signature)
        except Unsigned as error:
            log.warning("webhook.refused", reason=str(error))
            return Reply(HTTPStatus.BAD_REQUEST, f"{error}")
        try:
            causes = self._causes(event)
        except (KeyError, TypeError, AttributeError) as error:
            # Signed by Stripe, and of no form that we know. It comes again for three days.
            log.exception("webhook.unreadable", event_id=event.get("id"))
            return Reply(HTTPStatus.UNPROCESSABLE_ENTITY, f"The event lacks {error}.")
        if causes:
            self._hand_in(causes)
        said = {"event_id": event["id"], "type": event["type"], "commands": len(causes)}
        log.info("webhook.taken" if causes else "webhook.ignored", **said)
        return Reply(HTTPStatus.OK, f"{event['id']} {'taken' if causes else 'ignored'}")

    def _causes(self, event: dict[str, Any]) -> list[Cause]:
        commands = told(event["type"], event["data"]["object"], self._payment_of)
        at = Instant(event["created"] * SECOND)
        return [
            Cause(command, f"stripe:{event['id']}:{number}", ACTOR, at)
            for number, command in enumerate(commands)
        ]

    def _event(self, body: bytes, signature: str) -> dict[str, Any]:
        """Return an event that is signed with our secret, about now.

        Stripe's client would compare with the machine's clock; we compare with the one we are
        given. Its time is part of what is signed.

        :raises Unsigned: if it is not.
        """
        if not signature.isascii():
            raise Unsigned(f"{SIGNATURE}: it has signs that are not ASCII.")
        try:
            event = stripe.Webhook.construct_event(body, signature, self._secret, tolerance=0)
            found: dict[str, Any] = event.to_dict()
        except stripe.SignatureVerificationError as error:
            raise Unsigned(f"{SIGNATURE}: {error.user_message or error}") from None
        except (ValueError, AttributeError):
            raise Unsigned("The body is no event of Stripe's, as JSON in UTF-8.") from None
        signed_at = next(
            # What follows a second "=" Stripe's client leaves out.
            int(part.split("=")[1])
            for part in signature.split(",")
            if part.startswith("t=")
        )
        if abs(self._clock() // SECOND - signed_at) > TOLERANCE_SECONDS:
            raise Unsigned(
                f"{SIGNATURE}: t={signed_at} is more than {TOLERANCE_SECONDS} s from our clock. "
                "Set the clock of this machine, or send the event again."
            )
        return found
