"""An authorization says once that it lapses soon, while something of it is left to take."""

import pytest
from msgspec.structs import replace

from oms_core.domain.payment import commands, events
from oms_core.domain.payment.asking import UnknownPayment
from oms_core.domain.payment.decider import payment
from oms_core.kernel import Instant
from tests.support.payment import (
    ASK,
    CLOSE,
    ORDER,
    PAYMENT,
    authorized,
    expire,
    take,
    taken,
    told,
)
from tests.support.spec import Specification

given = Specification(payment)
SECURED = replace(authorized(), renew_at=Instant(8_000))


def renew(now: int) -> commands.RenewAuthorization:
    return commands.RenewAuthorization(PAYMENT, Instant(now))


def lapsing(amount_minor: int) -> events.AuthorizationLapseAnnounced:
    return events.AuthorizationLapseAnnounced(PAYMENT, ORDER, amount_minor, "EUR", Instant(9_000))


def test_an_answer_is_kept_with_when_it_is_time_to_ask_anew():
    given(*told(ASK)).when(SECURED).then(
        events.AuthorizationSucceeded(
            PAYMENT, ORDER, 1000, "EUR", "ref-1", Instant(9_000), Instant(8_000)
        )
    )


@pytest.mark.parametrize("now", [8_000, 8_999])
def test_when_it_is_time_what_is_left_is_said_to_lapse(now):
    given(*told(ASK, SECURED)).when(renew(now)).then(lapsing(1000))


def test_what_is_taken_or_asked_for_does_not_lapse():
    parts = (take("f1", 300), taken("f1"), take("f2", 200))
    given(*told(ASK, SECURED, *parts)).when(renew(8_000)).then(lapsing(500))
    given(*told(ASK, SECURED, take("f1", 1000))).when(renew(8_000)).then_nothing()


def test_early_and_repeated_alarms_do_no_harm():
    given(*told(ASK, SECURED)).when(renew(7_999)).then_nothing()
    given(*told(ASK, SECURED, renew(8_000))).when(renew(8_001)).then_nothing()


def test_what_is_let_go_of_or_never_to_be_asked_for_anew_is_left_to_lapse():
    given(*told(ASK, SECURED, CLOSE)).when(renew(8_000)).then_nothing()
    given(*told(ASK, authorized())).when(renew(8_999)).then_nothing()
    given(*told(ASK)).when(renew(4_999)).then_nothing()


@pytest.mark.parametrize("before", [(), (renew(8_000),)], ids=["silent", "said"])
def test_an_alarm_that_comes_too_late_lets_it_lapse(before):
    lapsed = events.AuthorizationExpired(PAYMENT, ORDER, 1000, "EUR")
    given(*told(ASK, SECURED, *before)).when(renew(9_000)).then(lapsed)
    given(*told(ASK, SECURED, *before)).when(expire(9_000)).then(lapsed)


def test_a_payment_that_nobody_asked_for_does_not_lapse():
    given().when(renew(9_000)).then_rejected(UnknownPayment, "payment_id is not known.")
