"""P20: what Stripe sends of its own is proved, said in our words, and answered once it is kept."""

from __future__ import annotations

import json
from contextlib import suppress
from http import HTTPStatus

import psycopg
import pytest
import structlog

from adapters.payments.stripe_events import HEARD, told
from adapters.payments.stripe_hook import TOLERANCE_SECONDS, StripeHook
from oms_core.domain.payment.commands import (
    Outcome,
    ReportAuthorization,
    ReportCapture,
    ReportChargeback,
    ReportRefund,
    ReportVoid,
)
from oms_core.engine.cause import Cause
from oms_core.kernel import Instant
from tests.support.stripe.account import DAY, THREE_D_SECURE, Account, Refusal
from tests.support.stripe.events import charge_sent, dispute, event, intent_sent, sign

SECOND = 1_000_000
PAYMENT = "web:1/p1"
TAKE = f"{PAYMENT}:capture:web:1/f1.1"
NOW = Account().now
ASK = {
    "amount": "1000",
    "currency": "eur",
    "payment_method": "pm_card_visa",
    "capture_method": "manual",
    "confirm": "true",
    "metadata": {"oms_key": f"{PAYMENT}:authorize:1"},
}


class Desk:
    """A hook, and what it has handed in."""

    def __init__(self, now: int = NOW) -> None:
        self.causes: list[Cause] = []
        self.hook = StripeHook(
            "whsec_fake",
            lambda: Instant(now * SECOND),
            self.causes.extend,
            {"pi_0001": PAYMENT}.get,
        )

    def take(self, body: bytes, signature: str | None = None) -> tuple[int, str]:
        reply = self.hook.receive(body, sign(body, NOW) if signature is None else signature)
        return reply.status, reply.text


@pytest.fixture
def desk() -> Desk:
    return Desk()


def intent(**changes):
    account = Account()
    with suppress(Refusal):
        account.create({**ASK, **changes})
    return account.intents["pi_0001"]


def captured(*keys):
    """An intent of which parts have been taken."""
    made = intent()
    marks = {f"oms_capture_{n}": key for n, key in enumerate(keys)}
    return made | {"metadata": made["metadata"] | marks}


def refund(status, **more):
    key = f"{PAYMENT}:refund:R1"
    return {"id": "re_1", "status": status, "payment_intent": "pi_0001", "metadata": {
        "oms_key": key
    }} | more  # fmt: skip


SETS_ASIDE = event("evt_1", "charge.succeeded", charge_sent(intent()), NOW)


SAID = [
    (
        "charge.succeeded",
        charge_sent(intent()),
        [
            ReportAuthorization(
                PAYMENT,
                Outcome.SUCCEEDED,
                "pi_0001",
                expires_at=Instant((NOW + 7 * DAY) * SECOND),
            )
        ],
    ),
    ("payment_intent.amount_capturable_updated", intent_sent(intent()), []),
    ("payment_intent.amount_capturable_updated", intent_sent(captured("of another")), []),
    (
        "payment_intent.amount_capturable_updated",
        intent_sent(captured(TAKE)),
        [ReportCapture(PAYMENT, "web:1/f1.1", Outcome.SUCCEEDED)],
    ),
    (
        "payment_intent.succeeded",
        intent_sent(captured(TAKE, f"{PAYMENT}:capture:2")),
        [
            ReportCapture(PAYMENT, "web:1/f1.1", Outcome.SUCCEEDED),
            ReportCapture(PAYMENT, "2", Outcome.SUCCEEDED),
        ],
    ),
    (
        "payment_intent.requires_action",
        intent_sent(intent(payment_method=THREE_D_SECURE)),
        [
            ReportAuthorization(
                PAYMENT, Outcome.ACTION_REQUIRED, detail="https://hooks.example/3ds/pi_0001"
            )
        ],
    ),
    (
        "payment_intent.payment_failed",
        intent_sent(intent(payment_method="pm_card_visa_chargeDeclinedExpiredCard")),
        [ReportAuthorization(PAYMENT, Outcome.FAILED, detail="expired_card")],
    ),
    (
        "payment_intent.canceled",
        intent_sent(intent() | {"status": "canceled", "cancellation_reason": "abandoned"}),
        [
            ReportAuthorization(PAYMENT, Outcome.FAILED, detail="abandoned"),
            ReportVoid(PAYMENT, "close", Outcome.SUCCEEDED),
        ],
    ),
    ("refund.created", refund("pending"), []),
    ("refund.created", refund("succeeded"), [ReportRefund(PAYMENT, "R1", Outcome.SUCCEEDED)]),
    ("refund.updated", refund("succeeded"), [ReportRefund(PAYMENT, "R1", Outcome.SUCCEEDED)]),
    (
        "refund.failed",
        refund("failed", failure_reason="lost_or_stolen_card"),
        [ReportRefund(PAYMENT, "R1", Outcome.FAILED, "lost_or_stolen_card")],
    ),
    (
        "charge.dispute.funds_withdrawn",
        dispute("pi_0001", 700),
        [ReportChargeback(PAYMENT, "dp_1", 700, "fraudulent")],
    ),
    (
        "charge.dispute.funds_withdrawn",
        dispute("pi_0001", 700, "isk"),
        [ReportChargeback(PAYMENT, "dp_1", 7, "fraudulent")],
    ),
    ("charge.dispute.funds_withdrawn", dispute("pi_of_another", 700), []),
    ("charge.succeeded", charge_sent(intent(metadata={})), []),
    ("charge.succeeded", charge_sent(intent(metadata={"oms_key": "of another"})), []),
    ("customer.created", {"id": "cus_1", "metadata": intent()["metadata"]}, []),
]


@pytest.mark.parametrize(("kind", "thing", "said"), SAID)
def test_each_event_is_said_under_our_own_key_or_is_not_about_us(kind, thing, said):
    assert list(told(kind, thing, {"pi_0001": PAYMENT}.get)) == said


def test_every_kind_of_event_that_is_heard_says_something():
    assert {kind for kind, _, said in SAID if said} == HEARD


def test_an_event_is_the_cause_of_what_it_says_when_it_took_place(desk):
    said = ReportAuthorization(
        PAYMENT, Outcome.SUCCEEDED, "pi_0001", expires_at=Instant((NOW + 7 * DAY) * SECOND)
    )
    assert desk.take(SETS_ASIDE) == (HTTPStatus.OK, "evt_1 taken")
    assert desk.causes == [Cause(said, "stripe:evt_1:0", "stripe", Instant(NOW * SECOND))]


def test_what_is_not_about_us_is_answered_and_left(desk):
    body = event("evt_2", "customer.created", {"id": "cus_1", "metadata": {}}, NOW)
    assert desk.take(body) == (HTTPStatus.OK, "evt_2 ignored")
    assert desk.causes == []


OTHER = b'{"id": "evt_1", "object": "event"}'


@pytest.mark.parametrize(
    ("body", "signature", "reason"),
    [
        (SETS_ASIDE, "", "No Stripe-Signature header"),
        (SETS_ASIDE, "nonsense", "Unable to extract timestamp"),
        (SETS_ASIDE, f"t={NOW}", "No signatures found with expected scheme"),
        (SETS_ASIDE, sign(SETS_ASIDE, NOW, "whsec_of_another"), "No signatures found matching"),
        (SETS_ASIDE, sign(OTHER, NOW), "No signatures found matching"),
        (SETS_ASIDE, sign(SETS_ASIDE, NOW - 301), f"t={NOW - 301} is more than 300 s from"),
        (SETS_ASIDE, sign(SETS_ASIDE, NOW + 301), f"t={NOW + 301} is more than 300 s from"),
        (SETS_ASIDE, "t=1,v1=\xe9", "Stripe-Signature: it has signs that are not ASCII."),
        (SETS_ASIDE, sign(SETS_ASIDE, 1).replace(",", "=x,", 1), "t=1 is more than 300 s from"),
        (b"{", sign(b"{", NOW), "no event of Stripe's"),
        (b"1", sign(b"1", NOW), "no event of Stripe's"),
        (b"null", sign(b"null", NOW), "no event of Stripe's"),
        (b"[]", sign(b"[]", NOW), "no event of Stripe's"),
        (b"\xff", sign(b"\xff", NOW), "no event of Stripe's"),
    ],
)
def test_what_stripe_has_not_signed_just_now_is_refused_and_nothing_of_it_is_kept(
    desk, body, signature, reason
):
    status, text = desk.take(body, signature)
    assert status == HTTPStatus.BAD_REQUEST
    assert reason in text
    assert desk.causes == []


@pytest.mark.parametrize("apart", [-TOLERANCE_SECONDS, 0, TOLERANCE_SECONDS])
def test_clocks_may_differ_a_little(apart):
    desk = Desk(now=NOW + apart)
    assert desk.take(SETS_ASIDE)[0] == HTTPStatus.OK


def test_while_a_secret_is_changed_either_signature_will_do(desk):
    old = sign(SETS_ASIDE, NOW, "whsec_old")
    both = f"{old},{sign(SETS_ASIDE, NOW).partition(',')[2]}"
    assert desk.take(SETS_ASIDE, both)[0] == HTTPStatus.OK


def test_a_signed_event_of_a_form_that_we_do_not_know_is_not_said_to_have_come(desk):
    thing = charge_sent(intent())
    del thing["payment_intent"]
    with structlog.testing.capture_logs() as lines:
        reply = desk.take(event("evt_3", "charge.succeeded", thing, NOW))
    assert reply == (HTTPStatus.UNPROCESSABLE_ENTITY, "The event lacks 'payment_intent'.")
    assert desk.causes == []
    assert [(line["event"], line["event_id"]) for line in lines] == [
        ("webhook.unreadable", "evt_3")
    ]


def test_what_cannot_be_kept_is_not_said_to_have_come():
    def full(causes):
        raise psycopg.OperationalError

    hook = StripeHook("whsec_fake", lambda: Instant(NOW * SECOND), full, {}.get)
    with pytest.raises(psycopg.OperationalError):
        hook.receive(SETS_ASIDE, sign(SETS_ASIDE, NOW))


def test_the_secret_is_not_said_to_those_who_do_not_know_it(desk):
    with structlog.testing.capture_logs() as lines:
        _, text = desk.take(SETS_ASIDE, sign(SETS_ASIDE, NOW, "whsec_of_another"))
    assert "whsec_fake" not in text + json.dumps(lines)
