"""Stripe's ways: what its client says, loses and repeats, in the words of the port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from adapters.payments.stripe_gateway import StripeGateway
from adapters.payments.stripe_objects import (
    idempotency_key,
    mark,
    stripe_amount,
)
from oms_core.effects.ports import (
    ActionRequired,
    Failed,
    ProviderPending,
    ProviderTimeout,
    Succeeded,
)
from oms_core.kernel import Instant
from oms_core.kernel.money import Money
from tests.support.stripe.account import (
    DAY,
    DECLINES,
    SINGLE_CAPTURE,
    SLOW,
    THREE_D_SECURE,
)
from tests.support.stripe.server import SECRET, FakeStripe, Trouble, fake_stripe

EUROS = Money(1_000, "EUR")
KEY = "web:1/p1:authorize:1"
TAKE = "web:1/p1:capture:web:1/f1.1"


@pytest.fixture(scope="module")
def server() -> Iterator[FakeStripe]:
    with fake_stripe() as fake:
        yield fake


@pytest.fixture
def stripe(server: FakeStripe) -> FakeStripe:
    server.begin()
    return server


@pytest.fixture
def gateway(stripe: FakeStripe) -> Iterator[StripeGateway]:
    def clock() -> Instant:
        return Instant(stripe.account.now * 1_000_000)

    with closing(
        StripeGateway(SECRET, clock, return_url="https://shop.example/back", address=stripe.address)
    ) as made:
        yield made


def trouble_at(path: str, trouble: Trouble, times: int = 1):
    left = [times]

    def troubles(method: str, at: str) -> Trouble:
        if method == "POST" and at.endswith(path) and left[0]:
            left[0] -= 1
            return trouble
        return Trouble.NONE

    return troubles


def test_an_amount_is_set_aside_until_the_card_lets_go(stripe, gateway):
    answer = gateway.authorize(KEY, EUROS, "pm_card_visa")
    until = Instant((stripe.account.now + 7 * DAY) * 1_000_000)
    assert answer == Succeeded("pi_0001", until)
    (intent,) = stripe.account.intents.values()
    assert (intent["amount"], intent["currency"], intent["status"]) == (
        1_000,
        "eur",
        "requires_capture",
    )


@pytest.mark.parametrize(("token", "reason"), [(t, r or c) for t, (c, r) in DECLINES.items()])
def test_a_decline_is_final_and_gives_the_banks_reason(gateway, token, reason):
    assert gateway.authorize(KEY, EUROS, token) == Failed(reason)
    assert gateway.query(KEY) == Failed(reason)


def test_a_method_that_a_customer_has_left_is_used_again_with_that_customer(stripe, gateway):
    for number in (1, 2):
        answer = gateway.authorize(f"web:1/p1~{number}:authorize:1", EUROS, "cus_1/pm_of_cus_1")
        assert isinstance(answer, Succeeded)
    assert len(stripe.account.intents) == 2
    assert gateway.authorize(KEY, EUROS, "pm_of_cus_1") == Failed("payment_method_unexpected_state")


def test_three_d_secure_leads_the_customer_away_and_ends_well_or_not(stripe, gateway):
    address = ActionRequired("https://hooks.example/3ds/pi_0001")
    assert gateway.authorize(KEY, EUROS, THREE_D_SECURE) == address
    assert gateway.query(KEY) == address
    stripe.account.fail("pi_0001")
    assert gateway.query(KEY) == Failed("payment_intent_authentication_failure")
    stripe.account.set_aside("pi_0001")
    assert isinstance(gateway.query(KEY), Succeeded)


def test_what_the_bank_has_not_decided_is_pending_and_no_answer_yet(stripe, gateway):
    with pytest.raises(ProviderPending, match="pi_0001 is processing"):
        gateway.authorize(KEY, EUROS, SLOW)
    with pytest.raises(ProviderPending):
        gateway.query(KEY)
    stripe.account.set_aside("pi_0001")
    ref = gateway.query(KEY).provider_ref
    gateway.capture(TAKE, ref, EUROS)
    back = "web:1/p1:refund:R1"
    assert gateway.refund(back, ref, Money(100, "EUR")) == Succeeded(ref)
    (refund,) = stripe.account.refunds.values()
    refund["status"] = "pending"
    with pytest.raises(ProviderPending, match="is pending"):
        gateway.query(back, ref)
    refund |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
    assert gateway.query(back, ref) == Failed("lost_or_stolen_card")


@pytest.mark.parametrize(
    "trouble", [Trouble.BROKEN, Trouble.BROKEN_AFTER, Trouble.CUT, Trouble.CUT_AFTER, Trouble.BUSY]
)
@pytest.mark.parametrize("lag_seconds", [0, 3_600])
def test_p6_an_authorization_that_was_not_heard_of_is_found_or_was_never_made(
    stripe, gateway, trouble, lag_seconds
):
    stripe.account.lag_seconds = lag_seconds
    stripe.troubles = trouble_at("/payment_intents", trouble)
    with pytest.raises(ProviderTimeout):
        gateway.authorize(KEY, EUROS, "pm_card_visa")
    found = gateway.query(KEY)
    assert isinstance(found, Succeeded if "after" in trouble else type(None))
    stripe.account.now += DAY
    assert gateway.query(KEY) == found
    assert len(stripe.account.intents) == ("after" in trouble)


def test_p6_an_answer_that_comes_too_late_is_none_and_the_deed_is_found_by_asking(stripe):
    stripe.troubles = trouble_at("/capture", Trouble.LATE)
    with closing(
        StripeGateway(SECRET, lambda: Instant(0), address=stripe.address, timeout_seconds=(5, 0.2))
    ) as gateway:
        ref = gateway.authorize(KEY, EUROS, "pm_card_visa").provider_ref
        with pytest.raises(ProviderTimeout):
            gateway.capture(TAKE, ref, EUROS)
        stripe.given_up.set()
        assert gateway.query(TAKE, ref) == Succeeded(ref)
    assert stripe.account.taken() == {"web:1/p1": (1_000, 0)}


def test_p6_a_capture_is_made_once_even_when_stripe_has_forgotten_its_key(stripe, gateway):
    ref = gateway.authorize(KEY, EUROS, "pm_card_visa").provider_ref
    for _ in range(2):
        assert gateway.capture(TAKE, ref, Money(400, "EUR")) == Succeeded(ref)
        stripe.forget_keys()
    assert stripe.account.taken() == {"web:1/p1": (400, 0)}


def test_several_captures_leave_the_rest_aside_until_the_last(stripe, gateway):
    ref = gateway.authorize(KEY, EUROS, "pm_card_visa").provider_ref
    left = []
    for name, amount in (("a", 300), ("b", 300), ("c", 400)):
        assert gateway.capture(f"p:capture:{name}", ref, Money(amount, "EUR")) == Succeeded(ref)
        intent = stripe.account.intents[ref]
        left.append((intent["status"], intent["amount_capturable"]))
    assert left == [("requires_capture", 700), ("requires_capture", 400), ("succeeded", 0)]


def test_a_card_that_is_taken_from_once_only_says_so_at_the_second_capture(stripe, gateway):
    ref = gateway.authorize(KEY, EUROS, SINGLE_CAPTURE).provider_ref
    assert gateway.capture("p:capture:a", ref, Money(300, "EUR")) == Succeeded(ref)
    assert gateway.capture("p:capture:b", ref, Money(300, "EUR")) == Failed(
        "payment_intent_unexpected_state"
    )
    assert gateway.void("p:void:close", ref) == Succeeded(ref)
    assert stripe.account.taken() == {"web:1/p1": (300, 0)}


def test_what_has_lapsed_at_the_card_is_not_taken(stripe, gateway):
    ref = gateway.authorize(KEY, EUROS, "pm_card_visa").provider_ref
    stripe.account.now += 8 * DAY
    assert gateway.capture(TAKE, ref, EUROS) == Failed("charge_expired_for_capture")


def test_a_wrong_key_is_no_answer_so_no_order_is_declined_for_it(stripe):
    with closing(StripeGateway("sk_wrong", lambda: Instant(0), address=stripe.address)) as gateway:
        with pytest.raises(ProviderTimeout, match="AuthenticationError"):
            gateway.authorize(KEY, EUROS, "pm_card_visa")
        with pytest.raises(ProviderTimeout):
            gateway.query(KEY)
    assert stripe.account.intents == {}


def test_the_key_of_another_account_is_no_answer_either(gateway):
    for ask in (gateway.capture, gateway.refund):
        with pytest.raises(ProviderTimeout, match="resource_missing"):
            ask(TAKE, "pi_of_another", EUROS)


def test_a_doubt_among_too_many_recent_intents_stays_a_doubt(stripe, gateway, monkeypatch):
    stripe.account.lag_seconds = 3_600
    monkeypatch.setattr("adapters.payments.stripe_gateway.PAGE", 2)
    monkeypatch.setattr("adapters.payments.stripe_gateway.PAGES_MAX", 2)
    for number in range(5):
        gateway.authorize(f"web:{number}/p1:authorize:1", EUROS, "pm_card_visa")
    assert isinstance(gateway.query("web:1/p1:authorize:1"), Succeeded)
    with pytest.raises(ProviderTimeout, match="not among the last 4"):
        gateway.query("web:0/p1:authorize:1")


@pytest.mark.parametrize(
    ("money", "amount"),
    [
        (Money(1_250, "EUR"), 1_250),
        (Money(1_250, "JPY"), 1_250),
        (Money(1_250, "KWD"), 1_250),
        (Money(5, "ISK"), 500),
        (Money(5, "UGX"), 500),
        (Money(700, "MGA"), 7),
    ],
)
def test_amounts_are_written_in_the_units_that_stripe_counts_in(money, amount):
    assert stripe_amount(money) == amount


def test_an_amount_that_stripe_cannot_write_is_refused_and_nothing_is_asked(stripe, gateway):
    assert gateway.authorize(KEY, Money(750, "MGA"), "pm_card_visa") == Failed(
        "750 MGA is no whole unit at Stripe"
    )
    assert stripe.calls == []


def test_a_part_that_stripe_cannot_write_is_neither_taken_nor_given_back(stripe, gateway):
    ref = gateway.authorize(KEY, Money(1_000, "MGA"), "pm_card_visa").provider_ref
    refused = Failed("150 MGA is no whole unit at Stripe")
    assert gateway.capture(TAKE, ref, Money(150, "MGA")) == refused
    assert gateway.capture(TAKE, ref, Money(600, "MGA")) == Succeeded(ref)
    assert gateway.refund("web:1/p1:refund:R1", ref, Money(150, "MGA")) == refused
    assert stripe.account.refunds == {}


def test_keys_fit_into_what_stripe_takes_and_stay_apart():
    long = [f"{'x' * 300}{n}" for n in range(2)]
    assert idempotency_key(KEY) == KEY
    assert len({idempotency_key(key) for key in long}) == 2
    assert all(len(idempotency_key(key)) <= 255 and len(mark(key)) <= 40 for key in long)
