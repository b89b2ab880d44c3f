"""Stripe behind the port of payment providers, by its own client (the extra `stripe`).

Nothing is charged twice, because two nets overlap. Stripe honours an idempotency key for a day at
least; and what a key came to is found at Stripe itself, by metadata: on the intent (captures), in
its list of refunds, or for authorizations in the search index, which may lag behind, and in the
list of what is newer than its longest lag. The client's own retries are off: the cashier repeats,
and asks first.

An answer that is not about the request, such as a wrong API key, is no answer: an order must not
be declined because we are badly set up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import stripe

from adapters.payments import stripe_objects as objects
from oms_core.effects.payments import KEY
from oms_core.effects.ports import Failed, ProviderTimeout, Result, Succeeded
from oms_core.kernel import Command, Instant
from oms_core.kernel.money import Money

TIMEOUT_SECONDS = (5, 20)
"""How long to wait for a connection, and then for an answer."""

LAG_SECONDS = 2 * 3_600
"""The search index is never further behind than this."""

PAGE = 100
PAGES_MAX = 50
EXPAND = ["latest_charge"]
OURS = {"intent", "payment_intent"}
"""What Stripe itself has named: if it does not know it, our key is that of another account."""

OTHER_CURRENCY = Failed("other_currency")

Params = dict[str, Any]


class StripeGateway:
    """Moves money with Stripe. `address` leads elsewhere than to Stripe itself, in tests."""

    def __init__(
        self,
        api_key: str,
        clock: Callable[[], Instant],
        *,
        return_url: str = "",
        address: str = "",
        timeout_seconds: tuple[float, float] = TIMEOUT_SECONDS,
    ) -> None:
        """Use an account's secret key; customers come back from 3-D Secure to `return_url`."""
        self._http = stripe.RequestsClient(timeout=timeout_seconds)
        client = stripe.StripeClient(
            api_key,
            base_addresses={"api": address} if address else None,
            max_network_retries=0,
            http_client=self._http,
        )
        self._intents, self._refunds = client.v1.payment_intents, client.v1.refunds
        self._clock = clock
        self._return_url = return_url

    def authorize(self, key: str, amount: Money, token: str) -> Result:
        """Set an amount aside, or ask the customer to confirm it.

        The token names a payment method, `pm_…`, which Stripe takes once; or one that a customer
        has left with it, `cus_…/pm_…`, which can be used again, as renewals do.
        """
        customer, _, method = token.rpartition("/")

        def set_aside() -> Result:
            params: Params = {
                "amount": objects.stripe_amount(amount),
                "currency": amount.currency.lower(),
                "payment_method": method,
                "payment_method_types": ["card"],
                "payment_method_options": {"card": {"request_multicapture": "if_available"}},
                "capture_method": "manual",
                "confirm": True,
                "metadata": {objects.KEY: key},
                "expand": EXPAND,
            }
            if customer:
                params |= {"customer": customer, "setup_future_usage": "off_session"}
            if self._return_url:
                params["return_url"] = self._return_url
            return objects.authorization(_plain(self._intents.create(params, _under(key))))

        return self._do(set_aside)

    def capture(self, key: str, provider_ref: str, amount: Money) -> Result:
        """Take a part of what is set aside: the last part of it ends the authorization.

        Without Stripe's multicapture the first capture does, and the rest is let go of by Stripe.
        """

        def take() -> Result:
            intent = self._intent(provider_ref)
            if done := objects.capture(intent, key):
                return done
            if intent["currency"].upper() != amount.currency:
                return OTHER_CURRENCY
            wanted = objects.stripe_amount(amount)
            params: Params = {"amount_to_capture": wanted, "metadata": {objects.mark(key): key}}
            if objects.can_be_taken_in_parts(intent):
                params["final_capture"] = wanted >= intent["amount_capturable"]
            self._intents.capture(provider_ref, params, _under(key))
            return Succeeded(provider_ref)

        return self._do(take)

    def void(self, key: str, provider_ref: str) -> Result:
        """Let go of the rest."""

        def let_go() -> Result:
            if done := objects.void(self._intent(provider_ref)):
                return done
            self._intents.cancel(provider_ref, {}, _under(key))
            return Succeeded(provider_ref)

        return self._do(let_go)

    def refund(self, key: str, provider_ref: str, amount: Money) -> Result:
        """Give back a part of what was taken."""

        def give_back() -> Result:
            if self._intent(provider_ref)["currency"].upper() != amount.currency:
                return OTHER_CURRENCY
            params: Params = {
                "payment_intent": provider_ref,
                "amount": objects.stripe_amount(amount),
                "metadata": {objects.KEY: key},
            }
            return objects.refund(_plain(self._refunds.create(params, _under(key))))

        return self._do(give_back)

    def query(self, key: str, provider_ref: str = "") -> Result | None:
        """Say what became of a key; None if Stripe has not done it."""
        matched = KEY.fullmatch(key)
        operation = matched[2] if matched else "authorize"
        with _answering():
            match operation:
                case "capture":
                    return objects.capture(self._intent(provider_ref), key)
                case "void":
                    return objects.void(self._intent(provider_ref))
                case "refund":
                    found = self._find(self._refunds.list, {"payment_intent": provider_ref}, key)
                    return None if found is None else objects.refund(found)
                case _:
                    intent = self._searched(key) or self._recent(key)
                    return None if intent is None else objects.authorization(intent)

    def messages(self) -> Iterator[Command]:
        """Yield nothing: what Stripe says of its own comes in by webhooks."""
        return iter(())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _do(self, ask: Callable[[], Result]) -> Result:
        """Ask, and take a clear no as an answer, or that there is no such amount at Stripe."""
        with _answering():
            try:
                return ask()
            except objects.UnwritableAmount as error:
                return Failed(str(error))
            except stripe.CardError as error:
                return Failed(objects.reason_of(_error(error)))
            except stripe.InvalidRequestError as error:
                if error.code == "resource_missing" and error.param in OURS:
                    raise
                return Failed(error.code or "invalid_request")

    def _intent(self, provider_ref: str) -> objects.Object:
        return _plain(self._intents.retrieve(provider_ref, {"expand": EXPAND}))

    def _searched(self, key: str) -> objects.Object | None:
        quoted = key.replace("\\", "\\\\").replace("'", "\\'")
        params: Params = {
            "query": f"metadata['{objects.KEY}']:'{quoted}'",
            "expand": [f"data.{field}" for field in EXPAND],
        }
        found = [_plain(intent) for intent in self._intents.search(params).data]
        return next((intent for intent in found if objects.key_of(intent) == key), None)

    def _recent(self, key: str) -> objects.Object | None:
        since = self._clock() // objects.SECOND - LAG_SECONDS
        expand = [f"data.{field}" for field in EXPAND]
        params: Params = {"created": {"gte": since}, "expand": expand}
        return self._find(self._intents.list, params, key)

    def _find(
        self, listing: Callable[[Params], Any], params: Params, key: str
    ) -> objects.Object | None:
        """Look a key up in a list, page by page.

        :raises ProviderTimeout: if the list is too long to be looked through.
        """
        after: Params = {}
        for _ in range(PAGES_MAX):
            page = listing({**params, **after, "limit": PAGE})
            things = [_plain(thing) for thing in page.data]
            for thing in things:
                if objects.key_of(thing) == key:
                    return thing
            if not page.has_more:
                return None
            after = {"starting_after": things[-1]["id"]}
        raise ProviderTimeout(f"{key} is not among the last {PAGE * PAGES_MAX}")


@contextmanager
def _answering() -> Iterator[None]:
    """Let what is no answer about the request be none."""
    try:
        yield
    except stripe.StripeError as error:
        raise ProviderTimeout(f"{type(error).__name__}: {error.user_message or error}") from error


def _under(key: str) -> Params:
    return {"idempotency_key": objects.idempotency_key(key)}


def _plain(thing: Any) -> objects.Object:
    plain: Mapping[str, Any] = thing.to_dict()
    return plain


def _error(error: Any) -> objects.Object:
    body: Mapping[str, Any] = (error.json_body or {}).get("error") or {}
    return {**body, "code": body.get("code") or error.code}
