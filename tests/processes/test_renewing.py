"""Before what is set aside lapses, what is left of it is set aside anew, and then let go of."""

from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    Tender,
    TenderMethod,
    TenderRenewalRequested,
    TenderRenewed,
)
from oms_core.domain.payment import commands as payment
from oms_core.domain.payment.events import AuthorizationLapseAnnounced, Method
from oms_core.kernel import Instant
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
