"""What the provider says is a fact, whenever and however often it is said."""

import pytest
from msgspec.structs import replace

from oms_core.domain.payment import commands, events
from oms_core.domain.payment.answers import ImpossibleOutcome, NoBank, UnknownIntent
from oms_core.domain.payment.asking import NotRefundable
from oms_core.domain.payment.commands import Outcome, Step
from oms_core.domain.payment.decider import payment
from oms_core.domain.payment.events import Method
from oms_core.domain.payment.in_house import AnsweredInHouse
from tests.support.payment import (
    ASK,
    ASK_CASH,
    CLOSE,
    ORDER,
    PAYMENT,
    authorized,
    by_card,
    charge_back,
    expire,
    give_back,
    given_back,
    let_go,
    take,
    taken,
    told,
)
from tests.support.spec import Specification

given = Specification(payment)
SUCCEEDED = events.AuthorizationSucceeded(PAYMENT, ORDER, 1000, "EUR", "ref-1", 9_000)
VOID = events.VoidRequested(PAYMENT, ORDER, Method.CARD, "close", "ref-1", 1000, "EUR")
URL = "https://bank.example/3ds"
ACTION = events.AuthorizationActionRequired(PAYMENT, ORDER, URL)
UNKNOWN = events.AuthorizationUnknown(PAYMENT, ORDER)
WAITING = told(ASK)


def captured(name, amount):
    return events.CaptureSucceeded(PAYMENT, ORDER, name, amount, "EUR", Method.CARD)


def capture_failed(name, amount):
    return events.CaptureFailed(PAYMENT, ORDER, name, amount, "EUR", "why")


def refund(name, amount):
    return events.RefundRequested(
        PAYMENT, ORDER, Method.CARD, name, amount, "EUR", "ref-1", "return"
    )


def refund_failed(name, amount, reason="why"):
    return events.RefundFailed(PAYMENT, ORDER, name, amount, "EUR", reason)


# Authorization


@pytest.mark.parametrize(
    "history", [(), (ACTION,), (UNKNOWN,), (UNKNOWN, ACTION)], ids=lambda h: str(len(h))
)
def test_every_waiting_authorization_can_succeed_or_fail(history):
    given(*WAITING, *history).when(authorized()).then(SUCCEEDED)
    given(*WAITING, *history).when(authorized(Outcome.FAILED, "no funds")).then(
        events.AuthorizationFailed(PAYMENT, ORDER, "no funds")
    )


def test_the_customer_must_do_something_first():
    given(*WAITING).when(authorized(Outcome.ACTION_REQUIRED, URL)).then(ACTION)
    given(*WAITING, ACTION).when(authorized(Outcome.ACTION_REQUIRED, URL)).then_nothing()
    given(*WAITING, UNKNOWN).when(authorized(Outcome.ACTION_REQUIRED, URL)).then(ACTION)


def test_a_timeout_is_not_an_answer():
    given(*WAITING).when(authorized(Outcome.UNKNOWN)).then(UNKNOWN)
    given(*WAITING, UNKNOWN).when(authorized(Outcome.UNKNOWN)).then_nothing()
    given(*WAITING, ACTION).when(authorized(Outcome.UNKNOWN)).then_nothing()


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize(
    "history",
    [
        told(ASK, authorized()),
        told(ASK, authorized(), take("f1", 1000), taken("f1")),
        told(ASK, authorized(), CLOSE, let_go()),
        told(ASK, authorized(), expire(9_000)),
        told(ASK_CASH),
    ],
    ids=["authorized", "taken", "let go", "lapsed", "cash"],
)
def test_an_answer_that_is_repeated_or_late_changes_nothing(history, outcome):
    given(*history).when(authorized(outcome)).then_nothing()


@pytest.mark.parametrize(
    "history",
    [told(ASK, authorized(Outcome.FAILED)), told(ASK, expire(5_000))],
    ids=["declined", "lapsed unanswered"],
)
def test_money_that_is_set_aside_late_is_booked_and_let_go_of_if_it_is_not_wanted(history):
    given(*history).when(authorized()).then(SUCCEEDED)
    closed = (*history, events.PaymentClosed(PAYMENT, ORDER))
    given(*closed).when(authorized()).then(SUCCEEDED, VOID)
    for outcome in (Outcome.FAILED, Outcome.ACTION_REQUIRED, Outcome.UNKNOWN):
        given(*history).when(authorized(outcome)).then_nothing()


def test_a_success_after_the_payment_was_closed_is_let_go_of_at_once():
    given(*told(ASK, CLOSE)).when(authorized()).then(SUCCEEDED, VOID)


def test_an_answer_counts_once_also_without_a_name_from_the_provider():
    nameless = commands.ReportAuthorization(PAYMENT, Outcome.SUCCEEDED)
    given(*told(ASK, nameless)).when(nameless).then_nothing()
    given(*told(ASK, nameless, CLOSE, let_go())).when(nameless).then_nothing()


# Capture

TAKING = told(ASK, authorized(), take("f1", 600))


def test_the_money_is_ours_once():
    given(*TAKING).when(taken("f1")).then(captured("f1", 600))
    given(*TAKING, captured("f1", 600)).when(taken("f1")).then_nothing()
    given(*TAKING, captured("f1", 600)).when(taken("f1", Outcome.FAILED)).then_nothing()


def test_a_capture_that_failed_stays_failed():
    given(*TAKING).when(taken("f1", Outcome.FAILED)).then(capture_failed("f1", 600))
    given(*TAKING, capture_failed("f1", 600)).when(taken("f1")).then_nothing()


def test_a_capture_without_an_answer_may_have_an_answer_later():
    unknown = events.CaptureUnknown(PAYMENT, ORDER, "f1")
    given(*TAKING).when(taken("f1", Outcome.UNKNOWN)).then(unknown)
    given(*TAKING, unknown).when(taken("f1")).then(captured("f1", 600))


def test_a_closed_payment_lets_go_of_the_rest_when_its_last_capture_is_answered():
    two = told(ASK, authorized(), take("f1", 600), take("f2", 100), CLOSE)
    given(*two).when(taken("f1")).then(captured("f1", 600))
    rest = events.VoidRequested(PAYMENT, ORDER, Method.CARD, "close", "ref-1", 300, "EUR")
    given(*two, captured("f1", 600)).when(taken("f2")).then(captured("f2", 100), rest)
    more = events.VoidRequested(PAYMENT, ORDER, Method.CARD, "close", "ref-1", 400, "EUR")
    given(*two, captured("f1", 600)).when(taken("f2", Outcome.FAILED)).then(
        capture_failed("f2", 100), more
    )


# Refunds that waited


def test_a_refund_that_waited_is_asked_for_when_the_money_is_ours():
    waiting = told(ASK, authorized(), take("f1", 600), give_back("R1", 400), give_back("R2", 200))
    given(*waiting).when(taken("f1")).then(
        captured("f1", 600), refund("R1", 400), refund("R2", 200)
    )


def test_refunds_that_waited_are_asked_for_by_name():
    names = [f"R{n}" for n in range(8)]
    waiting = told(
        ASK, authorized(), take("f1", 600), *(give_back(name, 10) for name in reversed(names))
    )
    given(*waiting).when(taken("f1")).then(
        captured("f1", 600), *(refund(name, 10) for name in names)
    )


def test_a_refund_that_waited_fails_with_its_capture():
    waiting = told(ASK, authorized(), take("f1", 600), give_back("R1", 400))
    given(*waiting).when(taken("f1", Outcome.FAILED)).then(
        capture_failed("f1", 600),
        refund_failed("R1", 400, "the capture that it belonged to failed"),
    )


def test_a_refund_goes_on_waiting_while_another_capture_may_pay_for_it():
    waiting = told(
        ASK, authorized(), take("f1", 600), take("f2", 400), give_back("R1", 500),
        give_back("R2", 400),
    )  # fmt: skip
    given(*waiting).when(taken("f1")).then(captured("f1", 600), refund("R1", 500))
    given(*waiting).when(taken("f2")).then(captured("f2", 400), refund("R2", 400))
    given(*waiting).when(taken("f2", Outcome.FAILED)).then(capture_failed("f2", 400))
    given(*waiting, capture_failed("f2", 400)).when(taken("f1")).then(
        captured("f1", 600),
        refund("R1", 500),
        refund_failed("R2", 400, "the capture that it belonged to failed"),
    )


def test_refunds_that_waited_come_before_letting_go():
    waiting = told(ASK, authorized(), take("f1", 600), give_back("R1", 600), CLOSE)
    rest = events.VoidRequested(PAYMENT, ORDER, Method.CARD, "close", "ref-1", 400, "EUR")
    given(*waiting).when(taken("f1")).then(captured("f1", 600), refund("R1", 600), rest)


def test_what_the_provider_says_of_a_refund_that_still_waits_is_unheard_of():
    waiting = told(ASK, authorized(), take("f1", 600), give_back("R1", 400))
    given(*waiting).when(given_back("R1")).then_rejected(
        UnknownIntent, "refund_id 'R1' was never requested."
    )


# Refund

GIVING = told(ASK, authorized(), take("f1", 600), taken("f1"), give_back("R1", 400))
REFUNDED = events.RefundSucceeded(PAYMENT, ORDER, "R1", 400, "EUR", Method.CARD)


def test_the_customer_has_the_money_back_once():
    given(*GIVING).when(given_back("R1")).then(REFUNDED)
    for outcome in (Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNKNOWN):
        given(*GIVING, REFUNDED).when(given_back("R1", outcome)).then_nothing()


def test_a_refund_can_fail_or_stay_without_an_answer():
    unknown = events.RefundUnknown(PAYMENT, ORDER, "R1")
    given(*GIVING).when(given_back("R1", Outcome.UNKNOWN)).then(unknown)
    given(*GIVING, unknown).when(given_back("R1", Outcome.FAILED)).then(refund_failed("R1", 400))
    given(*GIVING, unknown, refund_failed("R1", 400)).when(given_back("R1")).then_nothing()


# Void

CLOSING = told(ASK, authorized(), take("f1", 600), taken("f1"), CLOSE)


def test_nothing_is_set_aside_any_more():
    gone = events.VoidSucceeded(PAYMENT, ORDER, "close", 400, "EUR")
    given(*CLOSING).when(let_go()).then(gone)
    given(*CLOSING, gone).when(let_go()).then_nothing()


def test_what_the_provider_does_not_let_go_of_lapses_by_itself():
    failed = events.VoidFailed(PAYMENT, ORDER, "close", "why")
    given(*CLOSING).when(let_go(Outcome.FAILED)).then(failed)
    given(*CLOSING, failed).when(let_go()).then_nothing()
    given(*CLOSING, failed).when(expire(9_000)).then(
        events.AuthorizationExpired(PAYMENT, ORDER, 400, "EUR")
    )


def test_letting_go_may_stay_without_an_answer():
    unknown = events.VoidUnknown(PAYMENT, ORDER, "close")
    given(*CLOSING).when(let_go(Outcome.UNKNOWN)).then(unknown)
    given(*CLOSING, unknown).when(let_go()).then(
        events.VoidSucceeded(PAYMENT, ORDER, "close", 400, "EUR")
    )


# Charge-back

TAKEN = told(ASK, authorized(), take("f1", 600), taken("f1"))
BACK = events.PaymentChargedBack(PAYMENT, ORDER, "B1", 500, "EUR", "fraud")


def test_the_bank_takes_money_back_once():
    given(*TAKEN).when(charge_back("B1", 500)).then(BACK)
    given(*TAKEN, BACK).when(charge_back("B1", 500)).then_nothing()
    given(*TAKEN, BACK).when(charge_back("B2", 100)).then(
        events.PaymentChargedBack(PAYMENT, ORDER, "B2", 100, "EUR", "fraud")
    )


def test_no_bank_takes_cash_back():
    given(*told(ASK_CASH)).when(charge_back("B1", 1)).then_rejected(
        NoBank, f"payment_id {PAYMENT!r} was paid in cash."
    )


def test_the_bank_cannot_take_what_we_do_not_have():
    given(*TAKEN).when(charge_back("B1", 601)).then_rejected(
        NotRefundable, "amount_minor 601 is more than the 600 that we have."
    )
    given(*GIVING).when(charge_back("B1", 201)).then_rejected(NotRefundable)
    given(*GIVING, REFUNDED).when(charge_back("B1", 201)).then_rejected(NotRefundable)
    given(*TAKEN, BACK).when(charge_back("B2", 101)).then_rejected(NotRefundable)


# Refusals


@pytest.mark.parametrize(
    ("history", "command", "detail"),
    [
        (TAKEN, taken("f9"), "capture_id 'f9' was never requested."),
        (TAKEN, given_back("R9"), "refund_id 'R9' was never requested."),
        (TAKEN, let_go(), "void_id 'close' was never requested."),
        (TAKEN, let_go(name=""), "void_id '' was never requested."),
        (CLOSING, let_go(name="other"), "void_id 'other' was never requested."),
    ],
)
def test_the_provider_cannot_answer_what_was_not_asked(history, command, detail):
    given(*history).when(command).then_rejected(UnknownIntent, detail)


@pytest.mark.parametrize(
    ("history", "command"),
    [
        (TAKING, commands.ReportCapture(PAYMENT, "f1", Outcome.ACTION_REQUIRED)),
        (GIVING, commands.ReportRefund(PAYMENT, "R1", Outcome.ACTION_REQUIRED)),
        (CLOSING, commands.ReportVoid(PAYMENT, "close", Outcome.ACTION_REQUIRED)),
    ],
)
def test_only_an_authorization_can_call_for_an_action(history, command):
    given(*history).when(command).then_rejected(ImpossibleOutcome, "outcome is action_required.")


# Gift cards

ASK_CARD = replace(ASK, method=Method.GIFT_CARD, token="G1")
WHOLE = (
    ASK_CARD,
    by_card(Step.AUTHORIZATION),
    take("f1", 600),
    by_card(Step.CAPTURE, "f1"),
    give_back("r1", 100),
    by_card(Step.REFUND, "r1"),
    CLOSE,
    by_card(Step.VOID, "close"),
)


def test_what_a_gift_card_answers_is_booked_as_what_a_provider_answers():
    by_bank = (ASK, authorized(), take("f1", 600), taken("f1"), give_back("r1", 100))
    ours = [type(event) for event in told(*WHOLE)]
    assert ours == [type(event) for event in told(*by_bank, given_back("r1"), CLOSE, let_go())]


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        (authorized(), 1),
        (taken("f1"), 3),
        (given_back("r1"), 5),
        (let_go(), 7),
        (charge_back("d1", 1), 4),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_provider_answers_for_a_gift_card(answer, count):
    given(*told(*WHOLE[:count])).when(answer).then_rejected(AnsweredInHouse)


def test_an_unknown_card_stays_declined_whatever_a_provider_says_later():
    declined = replace(by_card(Step.AUTHORIZATION), outcome=Outcome.FAILED)
    given(*told(ASK_CARD, declined)).when(authorized()).then_rejected(AnsweredInHouse)
