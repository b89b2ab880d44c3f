"""P4, P6, P10 with Stripe: whatever fails, and however often, money moves once for each intent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import chain, repeat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.payments.stripe_gateway import StripeGateway
from oms_core.domain.payment import commands, events
from oms_core.domain.payment.decider import payment
from oms_core.effects.cashier import NEVER, Cashier
from oms_core.kernel import Command, Instant, Recorded, Rejected
from tests.support.stripe.account import SLOW, THREE_D_SECURE
from tests.support.stripe.server import SECRET, FakeStripe, Trouble, fake_stripe

PAYMENT, ORDER = "web:1/p1", "web:1"
SECOND = 1_000_000


@pytest.fixture(scope="module")
def stripe() -> Iterator[FakeStripe]:
    with fake_stripe() as fake:
        yield fake


class Till:
    """One payment, its log, and a cashier that may die at any time."""

    def __init__(self, stripe: FakeStripe, gateway: StripeGateway) -> None:
        self.stripe, self.gateway = stripe, gateway
        self.state, self.log = payment.initial, list[Recorded]()
        self.restart()

    @property
    def now(self) -> Instant:
        return Instant(self.stripe.account.now * SECOND)

    def restart(self) -> None:
        """Begin anew with what the log says; what was in memory is gone."""
        self.cashier = Cashier(self.gateway, jitter=lambda: 0.5)
        self.cashier.hear(self.log, asked=True)

    def tell(self, command: Command) -> None:
        """Let the payment decide, and write down what it says; a refusal changes nothing."""
        try:
            happened = tuple(payment.decide(command, self.state))
        except Rejected:
            return
        for event in happened:
            self.state = payment.evolve(self.state, event)
            number = len(self.log) + 1
            self.log.append(
                Recorded(PAYMENT, number, event, self.now, self.now, "test", "c", ORDER, number)
            )
            self.cashier.hear(self.log[-1:])

    def work(self, *, dies: bool = False) -> None:
        """Make the calls that are due. A process that dies has called, and tells nobody."""
        turn = self.cashier.act(self.now)
        if dies:
            self.restart()
            return
        for said in turn.said:
            self.tell(said.command)

    def settle(self) -> None:
        """Let time go by, and customers act, until nothing is in doubt."""
        self.work()
        while (due := self.cashier.next_due) < NEVER:
            self.stripe.account.now = max(self.stripe.account.now, -(-due // SECOND))
            customer(self.stripe)
            self.work()


deeds = st.one_of(
    st.tuples(st.just("take"), st.sampled_from("abc"), st.sampled_from([200, 300, 500])),
    st.tuples(st.just("give back"), st.sampled_from("xy"), st.sampled_from([100, 200])),
    st.tuples(st.sampled_from(["work", "die", "wait", "forget", "customer", "close"])),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    token=st.sampled_from(["pm_card_visa", "pm_card_visa", THREE_D_SECURE, SLOW]),
    lag_seconds=st.sampled_from([0, 60, 3_600]),
    plan=st.lists(deeds, max_size=25),
    troubles=st.lists(st.sampled_from([t for t in Trouble if t is not Trouble.LATE]), max_size=25),
)
def test_p6_money_moves_once_for_each_intent_whatever_fails_and_whoever_dies(
    stripe: FakeStripe, token, lag_seconds, plan, troubles
):
    stripe.begin()
    stripe.account.lag_seconds = lag_seconds
    script = chain(troubles, repeat(Trouble.NONE))
    stripe.troubles = lambda method, path: next(script)
    gateway = StripeGateway(
        SECRET, lambda: Instant(stripe.account.now * SECOND), address=stripe.address
    )
    with closing(gateway):
        till = Till(stripe, gateway)
        till.tell(
            commands.RequestAuthorization(
                PAYMENT, ORDER, events.Method.CARD, 1_000, "EUR", token, NEVER
            )
        )
        for deed in plan:
            follow(till, deed)
        stripe.troubles = lambda method, path: Trouble.NONE
        till.restart()
        till.settle()
        compare(stripe, till)
        till.tell(commands.ClosePayment(PAYMENT))
        till.settle()
        compare(stripe, till)
    assert all(not intent["amount_capturable"] for intent in stripe.account.intents.values())


def customer(stripe: FakeStripe) -> None:
    """The customer, or the bank, makes up their mind."""
    for name, intent in stripe.account.intents.items():
        if intent["status"] in {"requires_action", "processing"}:
            stripe.account.set_aside(name)


def follow(till: Till, deed: tuple) -> None:
    match deed:
        case ("take", name, amount):
            till.tell(commands.RequestCapture(PAYMENT, name, amount))
        case ("give back", name, amount):
            till.tell(commands.RequestRefund(PAYMENT, name, amount, "return"))
        case ("work",):
            till.work()
        case ("die",):
            till.work(dies=True)
        case ("wait",):
            till.stripe.account.now += 60
        case ("forget",):
            till.stripe.account.now += 86_400
            till.stripe.forget_keys()
        case ("customer",):
            customer(till.stripe)
        case ("close",):
            till.tell(commands.ClosePayment(PAYMENT))


def compare(stripe: FakeStripe, till: Till) -> None:
    """Stripe's book and ours tell of the same movements."""
    assert len(stripe.account.intents) <= 1
    assert till.cashier.open_keys == ()
    moved = stripe.account.movements
    ours = [r.event for r in till.log]
    taken = [e.amount_minor for e in ours if isinstance(e, events.CaptureSucceeded)]
    given = [-e.amount_minor for e in ours if isinstance(e, events.RefundSucceeded)]
    assert sorted(amount for _, _, amount, _ in moved) == sorted(taken + given)
    assert -sum(given) <= sum(taken) <= 1_000
