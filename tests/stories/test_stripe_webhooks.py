"""P5, P20: Stripe's events race the answers to our calls, come again, first, late, or never."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from http import HTTPStatus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.payments.stripe_gateway import StripeGateway
from adapters.payments.stripe_hook import StripeHook
from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.order.commands import CancelOrder, RecordReturn, ReturnLine
from oms_core.domain.order.events import (
    CancellationReason,
    Disposition,
    OrderReleased,
    TenderAuthorized,
)
from oms_core.domain.payment import events as paid
from oms_core.engine.cause import Cause
from oms_core.kernel import Instant
from projections.catalog import VIEWS
from tests.support.lab import START, Lab
from tests.support.shop import names, placement, receipt
from tests.support.stripe.account import DAY, THREE_D_SECURE
from tests.support.stripe.events import dispute, event, sent, sign
from tests.support.stripe.server import SECRET, FakeStripe, Trouble, fake_stripe

SECOND = 1_000_000
ORDER, PAYMENT, PARCEL = "web:1", "web:1/p1", "web:1/f1.1"
BACK = RecordReturn(ORDER, "R-1", (ReturnLine("web:1/1", 1),), Disposition.RESTOCK, "LYON")


class StripeLab(Lab):
    """A shop that is paid by Stripe, and is sent its events."""

    def __init__(self, stripe: FakeStripe, token: str = "pm_card_visa") -> None:
        self.stripe = stripe
        stripe.begin()
        super().__init__()
        self.ask(receipt("MUG", 10), placement(1, ("MUG", 2), token=token))

    def open(self) -> None:
        self.stripe.account.now = self.now // SECOND
        self.gateway = StripeGateway(SECRET, lambda: self.now, address=self.stripe.address)
        self.hook = StripeHook("whsec_fake", lambda: self.now, self.hand_in, self.payment_of)
        super().open()

    def wait(self, seconds: int) -> None:
        self.stripe.account.now = (self.now + seconds * SECOND) // SECOND
        super().wait(seconds)

    def hand_in(self, causes: Sequence[Cause]) -> None:
        self.engine.handle(list(causes))

    def payment_of(self, provider_ref: str) -> str | None:
        found = VIEWS["payments"].fold(self.history())
        return next((n for n, p in found.items() if p.provider_ref == provider_ref), None)

    def hear(self, *bodies: bytes) -> None:
        """Let events arrive: each is signed when it is sent, and taken."""
        for body in bodies:
            reply = self.hook.receive(body, sign(body, self.now // SECOND))
            assert reply.status is HTTPStatus.OK, reply

    def sent(self) -> list[bytes]:
        """Return what Stripe has to say by now."""
        return list(sent(self.stripe.account))

    def payment(self) -> list[object]:
        """Return what has happened to the payment."""
        return self.streams()[f"payment:{PAYMENT}"]


@pytest.fixture(scope="module")
def server() -> Iterator[FakeStripe]:
    with fake_stripe() as fake:
        yield fake


@pytest.fixture
def lab(server: FakeStripe) -> Iterator[StripeLab]:
    lab = StripeLab(server)
    with closing(lab.gateway):
        yield lab


def losing(path: str):
    """Let one answer to a call at this path be lost: what was asked is done."""
    left = [1]

    def troubles(method: str, at: str) -> Trouble:
        if method == "POST" and at.endswith(path) and left:
            left.clear()
            return Trouble.CUT_AFTER
        return Trouble.NONE

    return troubles


SET_ASIDE = [
    paid.AuthorizationRequested(PAYMENT, ORDER, paid.Method.CARD, 2_000, "EUR", "pm_card_visa"),
    paid.AuthorizationSucceeded(
        PAYMENT,
        ORDER,
        2_000,
        "EUR",
        "pi_0001",
        Instant(START + 7 * DAY * SECOND),
        Instant(START + 6 * DAY * SECOND),
    ),
]


def test_p5_an_event_that_overtakes_the_answer_is_booked_and_the_answer_is_no_news(lab):
    turn = lab.follower.turn(lab.now)  # Stripe has answered, and we have not booked it yet.
    lab.hear(*lab.sent())
    assert lab.payment() == SET_ASIDE
    lab.engine.handle(turn.causes, [turn.position])
    lab.rest()
    assert lab.payment() == SET_ASIDE
    assert lab.count(TenderAuthorized) == lab.count(OrderReleased) == 1


def test_p20_an_event_that_comes_twice_is_one(lab):
    lab.settle()
    before = lab.history()
    lab.hear(*lab.sent(), *reversed(lab.sent()))
    lab.wait(2 * DAY)
    lab.hear(*lab.sent())
    assert lab.history() == before
    assert lab.payment() == SET_ASIDE


def test_p6_an_event_that_comes_where_the_answer_was_lost_saves_asking(lab):
    lab.stripe.troubles = losing("/payment_intents")
    lab.settle()
    assert names(lab.payment()) == ["AuthorizationRequested", "AuthorizationUnknown"]
    asked = len(lab.stripe.calls)
    lab.hear(*lab.sent())
    lab.rest()
    assert names(lab.payment())[2:] == ["AuthorizationSucceeded"]
    assert len(lab.stripe.calls) == asked
    assert lab.count(OrderReleased) == 1


def test_p5_an_event_that_comes_when_the_question_was_settled_by_asking_is_no_news(lab):
    lab.stripe.troubles = losing("/payment_intents")
    lab.settle()
    lab.wait(60)
    assert names(lab.payment())[2:] == ["AuthorizationSucceeded"]
    before = lab.history()
    lab.hear(*lab.sent())
    assert lab.history() == before
    assert len(lab.stripe.account.intents) == 1


def test_a_customer_who_comes_back_from_the_bank_is_heard_of_at_once(server):
    lab = StripeLab(server, THREE_D_SECURE)
    with closing(lab.gateway):
        lab.settle()
        called = lab.sent()
        assert names(lab.payment())[1:] == ["AuthorizationActionRequired"]
        lab.stripe.account.set_aside("pi_0001")
        lab.hear(*lab.sent(), *called)  # The older event comes later.
        assert names(lab.payment())[2:] == ["AuthorizationSucceeded"]
        assert lab.count(OrderReleased) == 1


def test_p7_an_event_that_finds_its_order_cancelled_lets_the_money_go(server):
    lab = StripeLab(server, THREE_D_SECURE)
    with closing(lab.gateway):
        lab.settle()
        lab.ask(CancelOrder(ORDER, CancellationReason.CUSTOMER))
        lab.stripe.account.set_aside("pi_0001")
        lab.hear(*lab.sent())
        lab.rest()
        lab.hear(*lab.sent())
        assert names(lab.payment())[-3:] == [
            "AuthorizationSucceeded",
            "VoidRequested",
            "VoidSucceeded",
        ]
        assert lab.stripe.account.intents["pi_0001"]["status"] == "canceled"


def test_an_event_of_another_shop_at_the_same_account_changes_nothing_here(lab):
    lab.settle()
    before = lab.history()
    other = {"id": "re_9", "status": "succeeded", "metadata": {"oms_key": "eu:9/p1:refund:R9"}}
    lab.hear(event("evt_9", "refund.updated", other, lab.now // SECOND))
    assert lab.history() == before


def test_a_bank_that_takes_money_back_is_booked_once(lab):
    lab.settle()
    lab.ask(ShipFulfilment(PARCEL))
    lab.rest()
    taken_back = event(
        "evt_d", "charge.dispute.funds_withdrawn", dispute("pi_0001", 2_000), lab.now // SECOND
    )
    lab.hear(taken_back, taken_back)
    assert lab.payment()[-1] == paid.PaymentChargedBack(
        PAYMENT, ORDER, "dp_1", 2_000, "EUR", "fraudulent"
    )
    assert lab.count(paid.PaymentChargedBack) == 1


STEPS = (None, ShipFulfilment(PARCEL), BACK)
"""The order is placed already, then it leaves, then a part of it comes back."""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    lost=st.sampled_from(["/payment_intents", "/capture", "/refunds", "nothing"]),
    plan=st.lists(
        st.lists(st.sampled_from(["settle", "turn", "wait", "hear 0", "hear 1", "hear 2"])),
        min_size=len(STEPS),
        max_size=len(STEPS),
    ),
)
def test_p5_p20_whatever_comes_when_and_how_often_the_payment_ends_the_same(server, lost, plan):
    lab = StripeLab(server)
    lab.stripe.troubles = losing(lost)
    with closing(lab.gateway):
        for step, deeds in zip(STEPS, plan, strict=True):
            if step is not None:
                lab.ask(step)
            for deed in deeds:
                follow(lab, deed)
            lab.rest()
        lab.hear(*reversed(lab.sent()))
        lab.rest()
        doubts = (paid.AuthorizationUnknown, paid.CaptureUnknown, paid.RefundUnknown)
        certain = [e for e in lab.payment() if not isinstance(e, doubts)]
        card = lab.stripe.account.intents["pi_0001"]["latest_charge"]["payment_method_details"]
        assert certain[1].expires_at == card["card"]["capture_before"] * SECOND
        assert names(certain) == [
            "AuthorizationRequested",
            "AuthorizationSucceeded",
            "CaptureRequested",
            "PaymentClosed",
            "CaptureSucceeded",
            "RefundRequested",
            "RefundSucceeded",
        ]
        assert lab.stripe.account.taken() == {PAYMENT: (2_000, 1_000)}
        assert lab.count(OrderReleased) == 1


def follow(lab: StripeLab, deed: str) -> None:
    match deed.split():
        case ["settle"]:
            lab.settle()
        case ["turn"]:  # Call, hear of it, and book the answer only then.
            turn = lab.follower.turn(lab.now)
            if turn is not None:
                lab.hear(*lab.sent())
                lab.engine.handle(turn.causes, [turn.position])
        case ["wait"]:
            lab.wait(60)
        case ["hear", which]:
            lab.hear(*lab.sent()[int(which) :: 3])
