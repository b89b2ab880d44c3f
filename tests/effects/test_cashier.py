"""The cashier: requests become calls, calls become answers, and silence becomes a question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from oms_core.domain.payment import commands, events
from oms_core.domain.payment.commands import Outcome
from oms_core.domain.payment.events import Method
from oms_core.effects.breaker import FAILURES_MAX, PAUSE_MICROS
from oms_core.effects.cashier import POLLS_MAX, SECOND, TRIES_MAX, Cashier
from oms_core.effects.payments import key_of, report
from oms_core.effects.ports import (
    ActionRequired,
    Failed,
    ProviderPending,
    ProviderTimeout,
    Result,
    Succeeded,
)
from oms_core.effects.rounds import NEVER
from oms_core.kernel import Event, Instant, Recorded
from oms_core.kernel.money import Money

NOON = Instant(1_767_268_800 * SECOND)
PAYMENT, ORDER = "web:1/p1", "web:1"
KEY = f"{PAYMENT}:authorize:1"
AUTHORIZE = events.AuthorizationRequested(PAYMENT, ORDER, Method.CARD, 900, "EUR", "tok")
CAPTURE = events.CaptureRequested(PAYMENT, ORDER, Method.CARD, "web:1/f1.1", 300, "EUR", "ref-1")
REFUND = events.RefundRequested(PAYMENT, ORDER, Method.CARD, "RMA-1", 100, "EUR", "ref-1", "back")
VOID = events.VoidRequested(PAYMENT, ORDER, Method.CARD, "close", "ref-1", 600, "EUR")
DONE = Succeeded("ref-1", Instant(NOON + 86_400 * SECOND))
CLOSED = events.PaymentClosed(PAYMENT, ORDER)
SILENCE = ProviderTimeout("no answer")


class Scripted:
    """A provider that answers by a script, and remembers what it was asked."""

    def __init__(self, *answers: Result | ProviderTimeout | None) -> None:
        self.asked: list[tuple[object, ...]] = []
        self._answers: Iterator[Result | ProviderTimeout | None] = iter(answers)

    def _next(self, *asked: object) -> Result:
        self.asked.append(asked)
        answer = next(self._answers)
        if isinstance(answer, ProviderTimeout):
            raise answer
        return answer  # type: ignore[return-value]

    def authorize(self, key: str, amount: Money, token: str) -> Result:
        return self._next("authorize", key, amount, token)

    def capture(self, key: str, provider_ref: str, amount: Money) -> Result:
        return self._next("capture", key, provider_ref, amount)

    def void(self, key: str, provider_ref: str) -> Result:
        return self._next("void", key, provider_ref)

    def refund(self, key: str, provider_ref: str, amount: Money) -> Result:
        return self._next("refund", key, provider_ref, amount)

    def query(self, key: str, provider_ref: str = "") -> Result | None:
        return self._next("query", key, provider_ref)


def recorded(event: Event, version: int = 1) -> Recorded:
    return Recorded(f"payment:{PAYMENT}", version, event, NOON, NOON, "test", "c", "web:1", version)


def said(cashier: Cashier, now: int = NOON) -> tuple[object, ...]:
    return tuple(said.command for said in cashier.act(Instant(now)).said)


def cashier_of(provider: Scripted, *heard: Event, asked: bool = False) -> Cashier:
    cashier = Cashier(provider, jitter=lambda: 0.5)
    cashier.hear([recorded(event, n) for n, event in enumerate(heard, 1)], asked=asked)
    return cashier


@pytest.mark.parametrize(
    ("request_", "called", "answer"),
    [
        (
            AUTHORIZE,
            ("authorize", KEY, Money(900, "EUR"), "tok"),
            commands.ReportAuthorization(PAYMENT, Outcome.SUCCEEDED, "ref-1", "", DONE.expires_at),
        ),
        (
            CAPTURE,
            ("capture", f"{PAYMENT}:capture:web:1/f1.1", "ref-1", Money(300, "EUR")),
            commands.ReportCapture(PAYMENT, "web:1/f1.1", Outcome.SUCCEEDED),
        ),
        (
            VOID,
            ("void", f"{PAYMENT}:void:close", "ref-1"),
            commands.ReportVoid(PAYMENT, "close", Outcome.SUCCEEDED),
        ),
        (
            REFUND,
            ("refund", f"{PAYMENT}:refund:RMA-1", "ref-1", Money(100, "EUR")),
            commands.ReportRefund(PAYMENT, "RMA-1", Outcome.SUCCEEDED),
        ),
    ],
    ids=["authorization", "capture", "void", "refund"],
)
def test_what_is_requested_is_asked_of_the_provider_once_and_its_answer_is_booked(
    request_: Event, called: tuple[object, ...], answer: object
):
    provider = Scripted(DONE)
    cashier = cashier_of(provider, request_)
    assert said(cashier) == (answer,)
    assert said(cashier, NEVER - 1) == ()
    assert provider.asked == [called]


def test_an_answer_is_caused_by_its_request_and_belongs_to_the_same_conversation():
    cashier = cashier_of(Scripted(DONE), AUTHORIZE)
    (answer,) = cashier.act(NOON).said
    assert (answer.request.id, answer.request.correlation_id) == ("payment:web:1/p1#1", "web:1")


def test_a_refusal_is_booked_with_its_reason():
    cashier = cashier_of(Scripted(Failed("declined")), AUTHORIZE)
    assert said(cashier) == (
        commands.ReportAuthorization(PAYMENT, Outcome.FAILED, detail="declined"),
    )


def test_cash_is_no_business_of_the_providers():
    cash = events.AuthorizationRequested(PAYMENT, ORDER, Method.CASH, 900, "EUR", "")
    provider = Scripted()
    assert said(cashier_of(provider, cash), NEVER - 1) == ()
    assert provider.asked == []


def test_a_request_whose_answer_is_on_the_same_page_is_not_made():
    provider = Scripted()
    answered = events.AuthorizationSucceeded(PAYMENT, ORDER, 900, "EUR", "ref-1")
    assert said(cashier_of(provider, AUTHORIZE, answered), NEVER - 1) == ()
    assert provider.asked == []


def test_p6_silence_is_booked_as_unknown_and_then_settled_by_a_question_not_by_a_second_charge():
    provider = Scripted(SILENCE, DONE)
    cashier = cashier_of(provider, CAPTURE)
    assert said(cashier) == (commands.ReportCapture(PAYMENT, "web:1/f1.1", Outcome.UNKNOWN),)
    assert said(cashier, cashier.next_due) == (
        commands.ReportCapture(PAYMENT, "web:1/f1.1", Outcome.SUCCEEDED),
    )
    assert [asked[0] for asked in provider.asked] == ["capture", "query"]


def test_what_the_provider_never_saw_is_requested_again_under_the_same_key():
    provider = Scripted(SILENCE, None, DONE)
    cashier = cashier_of(provider, CAPTURE)
    said(cashier)
    said(cashier, cashier.next_due)
    key = f"{PAYMENT}:capture:web:1/f1.1"
    assert [asked[:2] for asked in provider.asked] == [
        ("capture", key),
        ("query", key),
        ("capture", key),
    ]


def test_after_a_restart_the_provider_is_asked_before_anything_is_requested_again():
    provider = Scripted(DONE)
    cashier = cashier_of(provider, CAPTURE, asked=True)
    said(cashier)
    assert [asked[0] for asked in provider.asked] == ["query"]


def test_silence_is_booked_once_and_asked_about_less_and_less_often_until_a_person_is_told():
    provider = Scripted(*[SILENCE] * TRIES_MAX)
    cashier = cashier_of(provider, AUTHORIZE)
    waits, alerts, now, unknown = [], [], NOON, 0
    while cashier.next_due < NEVER:
        waits.append((cashier.next_due - now) // SECOND)
        now = cashier.next_due
        turn = cashier.act(now)
        unknown += len(turn.said)
        alerts += [alert.text for alert in turn.alerts if "by hand" in alert.text]
    assert waits[:5] == [0, 4, 8, 16, 32]
    assert unknown == 1
    assert len(provider.asked) == TRIES_MAX
    assert alerts == [f"no answer after {TRIES_MAX} tries: ask the provider by hand"]
    assert cashier.open_keys == (KEY,)


def test_a_provider_that_does_not_answer_is_left_alone_for_a_while():
    provider = Scripted(*[SILENCE] * (FAILURES_MAX + 1), *[DONE] * (FAILURES_MAX + 1))
    captures = [
        events.CaptureRequested(PAYMENT, ORDER, Method.CARD, f"f{n}", 1, "EUR", "ref-1")
        for n in range(FAILURES_MAX + 1)
    ]
    cashier = cashier_of(provider, *captures)
    turn = cashier.act(NOON)
    assert len(provider.asked) == FAILURES_MAX
    assert [alert.text for alert in turn.alerts] == [
        "the provider does not answer and is left alone for a while"
    ]
    cashier.act(Instant(NOON + PAUSE_MICROS - 1))
    assert len(provider.asked) == FAILURES_MAX
    assert said(cashier, NOON + PAUSE_MICROS) == ()
    assert len(provider.asked) == FAILURES_MAX + 1
    assert len(said(cashier, NOON + 2 * PAUSE_MICROS)) == FAILURES_MAX + 1


def test_a_customer_who_must_act_is_asked_about_every_hour_but_not_for_ever():
    waiting = ActionRequired("https://gateway.example/3ds")
    provider = Scripted(*[waiting] * (POLLS_MAX + 2))
    cashier = cashier_of(provider, AUTHORIZE)
    booked = said(cashier)
    assert booked == (
        commands.ReportAuthorization(PAYMENT, Outcome.ACTION_REQUIRED, detail=waiting.url),
    )
    assert cashier.next_due == NOON + 3_600 * SECOND
    while cashier.next_due < NEVER:
        assert said(cashier, cashier.next_due) == ()
    assert Counter(asked[0] for asked in provider.asked) == {"authorize": 1, "query": POLLS_MAX}


def test_a_customer_who_must_act_after_all_is_told_where_once():
    waiting = ActionRequired("https://gateway.example/3ds")
    provider = Scripted(ProviderPending("processing"), waiting, waiting, DONE)
    cashier = cashier_of(provider, AUTHORIZE)
    assert said(cashier) == (commands.ReportAuthorization(PAYMENT, Outcome.UNKNOWN),)
    must_act = commands.ReportAuthorization(PAYMENT, Outcome.ACTION_REQUIRED, detail=waiting.url)
    assert said(cashier, cashier.next_due) == (must_act,)
    assert said(cashier, cashier.next_due) == ()
    assert said(cashier, cashier.next_due) == (
        commands.ReportAuthorization(PAYMENT, Outcome.SUCCEEDED, "ref-1", "", DONE.expires_at),
    )


def test_p7_money_that_turns_up_for_an_order_that_has_ended_raises_an_alert():
    provider = Scripted(DONE)
    cashier = cashier_of(provider, AUTHORIZE, events.AuthorizationUnknown(PAYMENT, ORDER), CLOSED)
    turn = cashier.act(NOON)
    assert [asked[0] for asked in provider.asked] == ["query"]
    assert [alert.text for alert in turn.alerts] == [
        "succeeded after its order had ended: it is being let go"
    ]


def test_p7_nothing_is_requested_for_an_order_that_has_ended_unless_the_provider_knows_of_it():
    provider = Scripted(None)
    assert said(cashier_of(provider, AUTHORIZE, CLOSED)) == (
        commands.ReportAuthorization(
            PAYMENT, Outcome.FAILED, detail="not requested: the order had ended"
        ),
    )
    assert [asked[0] for asked in provider.asked] == ["query"]


@pytest.mark.parametrize("request_", [AUTHORIZE, CAPTURE, VOID, REFUND])
def test_a_key_names_payment_operation_and_intent_and_leads_back_to_them(request_: Event):
    key = key_of(request_)
    assert key is not None
    booked = report(key, Failed("no"))
    assert booked.payment_id == PAYMENT  # type: ignore[attr-defined]
    intent = {
        "CaptureRequested": "web:1/f1.1",
        "VoidRequested": "close",
        "RefundRequested": "RMA-1",
    }
    for field in ("capture_id", "void_id", "refund_id"):
        if hasattr(booked, field):
            assert getattr(booked, field) == intent[type(request_).__name__]


def test_a_key_that_is_not_ours_is_refused():
    with pytest.raises(ValueError, match="'nonsense' is not payment:operation:intent"):
        report("nonsense", None)
