"""The provider is asked once for each intent, and never for more than there is."""

import pytest
from msgspec.structs import replace

from oms_core.domain.payment import events
from oms_core.domain.payment.asking import (
    AmountNotPositive,
    AuthorizationPending,
    IntentReused,
    NotCapturable,
    NotRefundable,
    UnknownPayment,
)
from oms_core.domain.payment.commands import Outcome
from oms_core.domain.payment.decider import payment
from oms_core.domain.payment.events import Method
from tests.support.payment import (
    ASK,
    ASK_CASH,
    CLOSE,
    ORDER,
    PAYMENT,
    authorized,
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
REQUESTED = events.AuthorizationRequested(PAYMENT, ORDER, Method.CARD, 1000, "EUR", "tok-1", 5_000)
CLOSED = events.PaymentClosed(PAYMENT, ORDER)
AUTHORIZED = told(ASK, authorized())


def capture(name, amount, method=Method.CARD, ref="ref-1"):
    return events.CaptureRequested(PAYMENT, ORDER, method, name, amount, "EUR", ref)


def refund(name, amount, method=Method.CARD, ref="ref-1"):
    return events.RefundRequested(PAYMENT, ORDER, method, name, amount, "EUR", ref, "return")


def void(amount, method=Method.CARD, ref="ref-1"):
    return events.VoidRequested(PAYMENT, ORDER, method, "close", ref, amount, "EUR")


# Authorization


@pytest.mark.parametrize("method", [Method.CARD, Method.WALLET])
def test_the_provider_is_asked_to_set_the_amount_aside(method):
    given().when(replace(ASK, method=method)).then(replace(REQUESTED, method=method))


def test_cash_is_ours_at_once():
    given().when(ASK_CASH).then(
        events.AuthorizationRequested(PAYMENT, ORDER, Method.CASH, 1000, "EUR", ""),
        events.AuthorizationSucceeded(PAYMENT, ORDER, 1000, "EUR", "cash"),
    )


@pytest.mark.parametrize(
    "history",
    [
        (REQUESTED,),
        AUTHORIZED,
        told(ASK, authorized(Outcome.FAILED)),
        told(ASK, authorized(), CLOSE),
        told(ASK, expire(5_000)),
    ],
    ids=["requested", "authorized", "declined", "closed", "expired"],
)
def test_asking_for_an_amount_twice_is_asking_once(history):
    given(*history).when(ASK).then_nothing()


@pytest.mark.parametrize(
    "other",
    [
        replace(ASK, order_id="web:7"),
        replace(ASK, method=Method.WALLET),
        replace(ASK, amount_minor=999),
        replace(ASK, currency="USD"),
    ],
)
def test_a_payment_keeps_its_terms(other):
    given(REQUESTED).when(other).then_rejected(
        AuthorizationPending, f"the payment is for 1000 EUR by card and order '{ORDER}'."
    )


# Capture


def test_a_part_is_taken_as_a_parcel_leaves():
    given(*AUTHORIZED).when(take("f1", 400)).then(capture("f1", 400))


def test_what_is_asked_for_counts_as_taken():
    history = told(ASK, authorized(), take("f1", 400))
    given(*history).when(take("f2", 600)).then(capture("f2", 600))
    given(*history).when(take("f2", 601)).then_rejected(
        NotCapturable, "amount_minor 601 is more than the 600 that a payment authorized can give."
    )


def test_what_was_taken_cannot_be_taken_again():
    history = told(ASK, authorized(), take("f1", 400), taken("f1"))
    given(*history).when(take("f2", 601)).then_rejected(NotCapturable)
    given(*history).when(take("f2", 600)).then(capture("f2", 600))


def test_what_could_not_be_taken_can_be_tried_under_another_name():
    history = told(ASK, authorized(), take("f1", 1000), taken("f1", Outcome.FAILED))
    given(*history).when(take("f1", 1000)).then_nothing()
    given(*history).when(take("f1.2", 1000)).then(capture("f1.2", 1000))


def test_an_intent_to_take_counts_once():
    pending = told(ASK, authorized(), take("f1", 400))
    given(*pending).when(take("f1", 400)).then_nothing()
    given(*pending).when(take("f1", 300)).then_rejected(
        IntentReused, "capture_id 'f1' was for 400."
    )
    given(*pending, *settled_capture("f1", 400)).when(take("f1", 400)).then_nothing()


def settled_capture(name, amount):
    return (events.CaptureSucceeded(PAYMENT, ORDER, name, amount, "EUR", Method.CARD),)


def test_cash_is_taken_at_once():
    given(*told(ASK_CASH)).when(take("f1", 400)).then(
        capture("f1", 400, Method.CASH, "cash"),
        events.CaptureSucceeded(PAYMENT, ORDER, "f1", 400, "EUR", Method.CASH),
    )


@pytest.mark.parametrize(
    ("history", "standing"),
    [
        (told(ASK), "requested"),
        (told(ASK, authorized(Outcome.UNKNOWN)), "unknown"),
        (told(ASK, authorized(Outcome.ACTION_REQUIRED)), "action_required"),
        (told(ASK, authorized(Outcome.FAILED)), "declined"),
        (told(ASK, expire(5_000)), "expired"),
        (told(ASK, authorized(), expire(9_000)), "expired"),
        (told(ASK, authorized(), CLOSE), "closed"),
        (told(ASK, authorized(), CLOSE, let_go()), "closed"),
        (told(ASK, authorized(), CLOSE, let_go(Outcome.FAILED)), "closed"),
        (told(ASK, authorized(), take("f0", 1), CLOSE), "closed"),
    ],
)
def test_nothing_is_taken_that_is_not_set_aside(history, standing):
    given(*history).when(take("f1", 1)).then_rejected(
        NotCapturable, f"amount_minor 1 is more than the 0 that a payment {standing} can give."
    )


# Refund

TAKEN = told(ASK, authorized(), take("f1", 600), taken("f1"))


def test_money_is_given_back_out_of_what_is_ours():
    given(*TAKEN).when(give_back("R1", 600)).then(refund("R1", 600))


def test_no_more_is_given_back_than_was_taken():
    given(*TAKEN).when(give_back("R1", 601)).then_rejected(
        NotRefundable, "amount_minor 601 is more than the 600 that was taken."
    )


def test_what_is_being_given_back_cannot_be_given_back_again():
    pending = told(ASK, authorized(), take("f1", 600), taken("f1"), give_back("R1", 400))
    given(*pending).when(give_back("R2", 201)).then_rejected(NotRefundable)
    given(*pending).when(give_back("R2", 200)).then(refund("R2", 200))
    done = (*pending, events.RefundSucceeded(PAYMENT, ORDER, "R1", 400, "EUR", Method.CARD))
    given(*done).when(give_back("R2", 201)).then_rejected(NotRefundable)
    failed = (*pending, events.RefundFailed(PAYMENT, ORDER, "R1", 400, "EUR", "why"))
    given(*failed).when(give_back("R2", 600)).then(refund("R2", 600))


def test_what_the_bank_took_cannot_be_given_back():
    history = told(ASK, authorized(), take("f1", 600), taken("f1"), charge_back("B1", 500))
    given(*history).when(give_back("R1", 101)).then_rejected(NotRefundable)
    given(*history).when(give_back("R1", 100)).then(refund("R1", 100))


def test_an_intent_to_give_back_counts_once():
    pending = told(ASK, authorized(), take("f1", 600), taken("f1"), give_back("R1", 200))
    given(*pending).when(give_back("R1", 200)).then_nothing()
    given(*pending).when(give_back("R1", 300)).then_rejected(
        IntentReused, "refund_id 'R1' was for 200."
    )
    done = (*pending, events.RefundSucceeded(PAYMENT, ORDER, "R1", 200, "EUR", Method.CARD))
    given(*done).when(give_back("R1", 200)).then_nothing()


def test_a_refund_waits_until_its_capture_is_certain():
    pending = told(ASK, authorized(), take("f1", 600))
    deferred = events.RefundDeferred(PAYMENT, ORDER, "R1", 400, "return")
    given(*pending).when(give_back("R1", 400)).then(deferred)
    given(*pending, deferred).when(give_back("R1", 400)).then_nothing()
    given(*pending, deferred).when(give_back("R1", 300)).then_rejected(IntentReused)
    given(*pending, deferred).when(give_back("R2", 201)).then_rejected(
        NotRefundable, "amount_minor 201 is more than the 200 that was taken."
    )
    given(*pending, deferred).when(give_back("R2", 200)).then(
        events.RefundDeferred(PAYMENT, ORDER, "R2", 200, "return")
    )


def test_a_refund_that_waits_keeps_its_money_from_others():
    history = told(
        ASK, authorized(), take("f1", 600), taken("f1"), take("f2", 300), give_back("R1", 700)
    )
    given(*history).when(give_back("R2", 200)).then(
        events.RefundDeferred(PAYMENT, ORDER, "R2", 200, "return")
    )
    given(*history).when(give_back("R2", 201)).then_rejected(NotRefundable)


def test_cash_is_given_back_at_once():
    given(*told(ASK_CASH, take("f1", 600))).when(give_back("R1", 600)).then(
        refund("R1", 600, Method.CASH, "cash"),
        events.RefundSucceeded(PAYMENT, ORDER, "R1", 600, "EUR", Method.CASH),
    )


def test_money_can_be_given_back_after_the_payment_was_closed():
    history = told(ASK, authorized(), take("f1", 600), taken("f1"), CLOSE, let_go())
    given(*history).when(give_back("R1", 600)).then(refund("R1", 600))


# Closing


def test_a_closed_payment_lets_go_of_what_is_set_aside():
    given(*AUTHORIZED).when(CLOSE).then(CLOSED, void(1000))
    given(*TAKEN).when(CLOSE).then(CLOSED, void(400))


def test_a_closed_payment_has_nothing_to_let_go_of_if_all_was_taken():
    given(*told(ASK, authorized(), take("f1", 1000), taken("f1"))).when(CLOSE).then(CLOSED)


def test_a_closed_payment_waits_for_its_capture_before_it_lets_go():
    given(*told(ASK, authorized(), take("f1", 400))).when(CLOSE).then(CLOSED)


@pytest.mark.parametrize(
    "history",
    [told(ASK), told(ASK, authorized(Outcome.FAILED)), told(ASK, expire(5_000))],
    ids=["requested", "declined", "expired"],
)
def test_a_closed_payment_that_has_nothing_lets_go_of_nothing(history):
    given(*history).when(CLOSE).then(CLOSED)


def test_cash_is_let_go_of_at_once():
    given(*told(ASK_CASH, take("f1", 400))).when(CLOSE).then(
        CLOSED,
        void(600, Method.CASH, "cash"),
        events.VoidSucceeded(PAYMENT, ORDER, "close", 600, "EUR"),
    )


def test_closing_twice_is_closing_once():
    given(*told(ASK, authorized(), CLOSE)).when(CLOSE).then_nothing()
    given(*told(ASK, authorized(), CLOSE, let_go(Outcome.FAILED))).when(CLOSE).then_nothing()


# Expiry


def lapsed(amount):
    return events.AuthorizationExpired(PAYMENT, ORDER, amount, "EUR")


def test_an_authorization_lapses_when_its_time_is_over():
    given(*AUTHORIZED).when(expire(8_999)).then_nothing()
    given(*AUTHORIZED).when(expire(9_000)).then(lapsed(1000))
    given(*AUTHORIZED, lapsed(1000)).when(expire(9_001)).then_nothing()


@pytest.mark.parametrize(
    "history",
    [
        told(ASK),
        told(ASK, authorized(Outcome.UNKNOWN)),
        told(ASK, authorized(Outcome.ACTION_REQUIRED)),
    ],
    ids=["requested", "unknown", "action required"],
)
def test_a_customer_who_does_not_pay_in_time_is_not_waited_for(history):
    given(*history).when(expire(4_999)).then_nothing()
    given(*history).when(expire(5_000)).then(lapsed(1000))


def test_only_what_was_not_taken_lapses():
    given(*TAKEN).when(expire(9_000)).then(lapsed(400))
    everything = told(ASK, authorized(), take("f1", 1000), taken("f1"))
    given(*everything).when(expire(9_000)).then_nothing()


@pytest.mark.parametrize(
    "history",
    [
        told(ASK_CASH),
        told(ASK, authorized(Outcome.FAILED)),
        told(ASK, authorized(), take("f1", 400)),
        told(ASK, authorized(), CLOSE),
        told(ASK, authorized(), CLOSE, let_go()),
    ],
    ids=["cash", "declined", "being taken", "being let go of", "let go of"],
)
def test_nothing_lapses_that_is_certain_or_gone(history):
    given(*history).when(expire(99_000)).then_nothing()


# Refusals


@pytest.mark.parametrize("amount", [0, -1])
@pytest.mark.parametrize(
    "command", [ASK, take("f1", 1), give_back("R1", 1), charge_back("B1", 1)],
    ids=lambda c: type(c).__name__,
)  # fmt: skip
def test_an_amount_is_at_least_one_minor_unit(command, amount):
    given(*TAKEN).when(replace(command, amount_minor=amount)).then_rejected(
        AmountNotPositive, f"amount_minor is {amount}."
    )


@pytest.mark.parametrize(
    "command",
    [
        take("f1", 1), give_back("R1", 1), CLOSE, expire(1), authorized(), taken("f1"), let_go(),
        given_back("R1"), charge_back("B1", 1),
    ],
    ids=lambda c: type(c).__name__,
)  # fmt: skip
def test_a_payment_that_nobody_asked_for_is_unknown(command):
    given().when(command).then_rejected(UnknownPayment, "payment_id is not known.")
