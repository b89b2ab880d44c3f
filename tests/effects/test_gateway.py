"""What every payment provider promises; the simulated ones are held to it like a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.payments.journal import JournaledGateway
from adapters.payments.simulated import Fate, Odds, SimulatedGateway, seeded_fates
from adapters.payments.stripe_gateway import StripeGateway
from oms_core.effects.ports import (
    ActionRequired,
    Failed,
    PaymentProvider,
    ProviderTimeout,
    Succeeded,
)
from oms_core.kernel import Instant
from oms_core.kernel.money import Money
from tests.support.stripe.server import SECRET, FakeStripe, fake_stripe

NOON = Instant(1_767_268_800_000_000)
DAY = 86_400_000_000
EUROS = Money(900, "EUR")
KEY = "web:1/p1:authorize:1"
CALM = Odds(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1_000, 0, 0)


@pytest.fixture(scope="module")
def stripe() -> Iterator[FakeStripe]:
    with fake_stripe() as fake:
        yield fake


@pytest.fixture(params=["simulated", "journaled", "stripe"])
def provider(
    request: pytest.FixtureRequest, tmp_path: Path, stripe: FakeStripe
) -> Iterator[PaymentProvider]:
    """A provider that makes no trouble."""
    if request.param == "stripe":
        stripe.begin()
        with closing(StripeGateway(SECRET, lambda: NOON, address=stripe.address)) as gateway:
            yield gateway
        return
    if request.param == "simulated":
        yield SimulatedGateway(lambda: NOON, odds=CALM)
        return
    gateway = JournaledGateway(tmp_path / "gateway.jsonl", lambda: NOON, 1)
    gateway.gateway.odds = CALM
    yield gateway
    gateway.close()


def authorized(provider: PaymentProvider) -> str:
    answer = provider.authorize(KEY, EUROS, "tok")
    assert isinstance(answer, Succeeded)
    return answer.provider_ref


def test_the_same_key_sets_money_aside_once(provider: PaymentProvider):
    assert provider.authorize(KEY, EUROS, "tok") == provider.authorize(KEY, EUROS, "tok")


def test_the_same_key_takes_money_once_and_another_key_takes_more(provider: PaymentProvider):
    ref = authorized(provider)
    assert provider.capture("p:capture:1", ref, Money(600, "EUR")) == Succeeded(ref)
    assert provider.capture("p:capture:1", ref, Money(600, "EUR")) == Succeeded(ref)
    assert provider.capture("p:capture:2", ref, Money(300, "EUR")) == Succeeded(ref)
    assert isinstance(provider.capture("p:capture:3", ref, Money(1, "EUR")), Failed)


def test_no_more_is_taken_than_is_set_aside(provider: PaymentProvider):
    ref = authorized(provider)
    assert provider.capture("p:capture:1", ref, Money(901, "EUR")) == Failed("amount_too_large")
    assert provider.capture("p:capture:2", ref, Money(300, "EUR")) == Succeeded(ref)
    assert provider.capture("p:capture:3", ref, Money(601, "EUR")) == Failed("amount_too_large")


def test_no_more_is_given_back_than_was_taken(provider: PaymentProvider):
    ref = authorized(provider)
    provider.capture("p:capture:1", ref, Money(600, "EUR"))
    assert provider.refund("p:refund:1", ref, Money(500, "EUR")) == Succeeded(ref)
    assert provider.refund("p:refund:1", ref, Money(500, "EUR")) == Succeeded(ref)
    assert provider.refund("p:refund:2", ref, Money(101, "EUR")) == Failed("amount_too_large")


def test_nothing_is_taken_after_it_was_let_go(provider: PaymentProvider):
    ref = authorized(provider)
    assert provider.void("p:void:close", ref) == Succeeded(ref)
    assert isinstance(provider.capture("p:capture:1", ref, EUROS), Failed)


def test_what_was_taken_stays_ours_when_the_rest_is_let_go(provider: PaymentProvider):
    ref = authorized(provider)
    provider.capture("p:capture:1", ref, Money(600, "EUR"))
    assert provider.void("p:void:close", ref) == Succeeded(ref)
    assert isinstance(provider.capture("p:capture:2", ref, Money(300, "EUR")), Failed)
    assert provider.refund("p:refund:1", ref, Money(600, "EUR")) == Succeeded(ref)


def test_another_currency_is_not_taken_from_the_same_account(provider: PaymentProvider):
    ref = authorized(provider)
    assert isinstance(provider.capture("p:capture:1", ref, Money(9, "GBP")), Failed)


def test_another_currency_is_not_given_back(provider: PaymentProvider):
    ref = authorized(provider)
    provider.capture("p:capture:1", ref, EUROS)
    assert isinstance(provider.refund("p:refund:1", ref, Money(9, "GBP")), Failed)


def test_a_question_is_answered_as_the_request_was(provider: PaymentProvider):
    answer = provider.authorize(KEY, EUROS, "tok")
    assert provider.query(KEY) == answer
    assert provider.query("never asked:authorize:1") is None


@pytest.mark.parametrize("operation", ["capture", "refund", "void"])
def test_a_question_about_a_deed_is_answered_yes_after_it_and_no_before(
    provider: PaymentProvider, operation: str
):
    ref = authorized(provider)
    if operation == "refund":
        provider.capture("p:capture:1", ref, EUROS)
    key = f"web:1/p1:{operation}:x'1\\"
    assert provider.query(key, ref) is None
    do = {
        "capture": lambda: provider.capture(key, ref, Money(600, "EUR")),
        "refund": lambda: provider.refund(key, ref, Money(600, "EUR")),
        "void": lambda: provider.void(key, ref),
    }
    assert do[operation]() == Succeeded(ref)
    assert provider.query(key, ref) == Succeeded(ref)
    if operation != "void":
        assert provider.query(f"web:1/p1:{operation}:2", ref) is None


def scripted(fate: Fate, clock: Callable[[], Instant] = lambda: NOON) -> SimulatedGateway:
    return SimulatedGateway(clock, odds=CALM, fates=lambda key, operation: fate)


def test_an_answer_can_be_lost_after_the_deed_and_is_then_found_by_asking():
    gateway = scripted(Fate.DONE_UNHEARD)
    with pytest.raises(ProviderTimeout):
        gateway.authorize(KEY, EUROS, "tok")
    assert isinstance(gateway.query(KEY), Succeeded)
    assert len(gateway.accounts) == 1


def test_a_request_can_be_lost_on_the_way_and_is_then_unknown_to_the_gateway():
    gateway = scripted(Fate.LOST)
    with pytest.raises(ProviderTimeout):
        gateway.authorize(KEY, EUROS, "tok")
    assert gateway.query(KEY) is None
    assert gateway.accounts == {}
    assert isinstance(gateway.authorize(KEY, EUROS, "tok"), Succeeded)


def test_a_customer_acts_later_and_the_gateway_tells_of_it():
    now = [NOON]
    gateway = SimulatedGateway(
        lambda: now[0], odds=Odds(0, 0, 0, 0, message_none=0), fates=lambda *_: Fate.ACTION
    )
    assert isinstance(gateway.authorize(KEY, EUROS, "tok"), ActionRequired)
    assert list(gateway.messages(NOON)) == []
    sent = []
    while gateway.next_due is not None:
        now[0] = gateway.next_due
        sent += [command.outcome for _, command in gateway.messages(now[0])]
    assert sent
    assert set(sent) == {"succeeded"}
    assert isinstance(gateway.query(KEY), Succeeded)


def test_what_was_set_aside_lapses():
    now = [NOON]
    gateway = SimulatedGateway(lambda: now[0], odds=CALM)
    ref = authorized(gateway)
    now[0] = Instant(NOON + 31 * DAY)
    assert gateway.capture("p:capture:1", ref, EUROS) == Failed("authorization_expired")


def test_the_same_seed_has_the_same_fate_for_a_key_in_whatever_order_it_is_asked():
    keys = [f"web:{n}/p1:authorize:1" for n in range(300)]
    fates = [seeded_fates(7, Odds())(key, "authorize") for key in keys]
    assert fates == [seeded_fates(7, Odds())(key, "authorize") for key in reversed(keys)][::-1]
    assert set(fates) == set(Fate)
    assert fates != [seeded_fates(8, Odds())(key, "authorize") for key in keys]


def test_a_journaled_gateway_remembers_over_a_restart_even_with_its_last_line_torn(tmp_path: Path):
    path = tmp_path / "gateway.jsonl"
    gateway = JournaledGateway(path, lambda: NOON, 1)
    keys = [f"web:{n}/p1:authorize:1" for n in range(40)]
    for key in keys:
        try:
            gateway.authorize(key, EUROS, "tok")
        except ProviderTimeout:
            continue
    before = gateway.gateway.accounts
    gateway.close()
    with path.open("ab") as file:
        file.write(b'{"at": 17672')
    again = JournaledGateway(path, lambda: NOON, 1)
    again.close()
    assert before
    assert again.gateway.accounts == before
