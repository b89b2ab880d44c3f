"""Before what is set aside lapses, what is left of it is set aside anew, and then let go of."""

from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    Tender,
    TenderMethod,
    TenderRenewalRequested,
    TenderRenewed,
)
from oms_core.domain.payment import commands as payment
from oms_core.domain.payment.commands import Outcome
from oms_core.domain.payment.events import AuthorizationLapseAnnounced, Method
from oms_core.engine.catalog import catalog
from oms_core.kernel import Instant
from oms_core.policies.config import EUROPE_AND_ASIA
from oms_core.policies.renewing import HOUR_MICROS
from oms_core.processes.renewing import renewing
from tests.support.spec import Specification

given = Specification(renewing)
OLD, NEW, UNTIL = "web:1/p1", "web:1/p1~2", Instant(9_000)


def test_the_order_hears_that_a_tender_lapses_soon():
    lapsing = AuthorizationLapseAnnounced(OLD, "web:1", 700, "EUR", UNTIL)
    given().when(lapsing).then(order.RenewTender("web:1", OLD, UNTIL))


def test_the_provider_is_asked_for_the_renewal_until_the_tender_lapses():
    renewal = Tender(NEW, TenderMethod.WALLET, 700, "tok")
    asked = TenderRenewalRequested("web:1", OLD, renewal, "EUR", UNTIL)
    given().when(asked).then(
        payment.RequestAuthorization(NEW, "web:1", Method.WALLET, 700, "EUR", "tok", UNTIL)
    )


def test_what_was_renewed_is_let_go_of():
    given().when(TenderRenewed("web:1", OLD, NEW)).then(payment.ClosePayment(OLD))


def test_what_was_asked_for_in_vain_is_let_go_of_as_well():
    renewed = TenderRenewed("web:1", OLD, "web:1/p1~3", (NEW,))
    given().when(renewed).then(payment.ClosePayment(OLD), payment.ClosePayment(NEW))


def test_the_shop_says_when_to_renew_by_when_the_money_was_set_aside():
    told_at = Instant(1_767_268_800_000_000)
    until = Instant(told_at + 2 * HOUR_MICROS)
    answer = payment.ReportAuthorization(OLD, Outcome.SUCCEEDED, "ref-1", expires_at=until)
    completed = catalog(EUROPE_AND_ASIA).completed(answer, told_at)
    assert completed.renew_at == told_at + HOUR_MICROS
