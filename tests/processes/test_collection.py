"""Money is set aside at placement, taken as parcels leave, given back for returns."""

from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    CancellationReason,
    ChangeDeclined,
    ChangeEnd,
    ChangePaymentRequested,
    Destination,
    OnShortage,
    OrderCancelled,
    OrderCompleted,
    OrderPlaced,
    ReturnAccepted,
    ShipmentCharged,
    Tender,
    TenderMethod,
)
from oms_core.domain.payment import commands as payment
from oms_core.domain.payment.events import (
    AuthorizationExpired,
    AuthorizationFailed,
    AuthorizationSucceeded,
    Method,
)
from oms_core.kernel import Instant
from oms_core.processes.collection import collection
from tests.support.spec import Specification

given = Specification(collection)

CARD = Tender("web:1/p1", TenderMethod.CARD, 700, "tok")
CASH = Tender("web:1/p2", TenderMethod.CASH, 200)
ACCOUNT = Tender("web:1/p3", TenderMethod.ACCOUNT, 100)
ALL = (CARD, CASH, ACCOUNT)


def test_every_tender_but_an_account_is_asked_for():
    placed = OrderPlaced(
        "web:1",
        "web",
        "1",
        "C1",
        "EUR",
        (),
        ALL,
        Destination("FR"),
        OnShortage.HOLD,
        Instant(1),
        pay_by=Instant(77),
    )
    given().when(placed).then(
        payment.RequestAuthorization(
            "web:1/p1", "web:1", Method.CARD, 700, "EUR", "tok", Instant(77)
        ),
        payment.RequestAuthorization("web:1/p2", "web:1", Method.CASH, 200, "EUR", "", Instant(77)),
    )


def test_the_order_hears_that_money_is_certain():
    succeeded = AuthorizationSucceeded("web:1/p1", "web:1", 700, "EUR", "ref")
    given().when(succeeded).then(order.RecordAuthorization("web:1", "web:1/p1", 700))


def test_the_order_hears_that_it_cannot_be_paid_and_why():
    given().when(AuthorizationFailed("web:1/p1", "web:1", "no funds")).then(
        order.RecordDecline("web:1", "web:1/p1", CancellationReason.DECLINED)
    )
    given().when(AuthorizationExpired("web:1/p1", "web:1", 700, "EUR")).then(
        order.RecordDecline("web:1", "web:1/p1", CancellationReason.EXPIRED)
    )


def test_what_a_change_costs_more_is_asked_for_and_let_go_of_if_it_does_not_happen():
    asked = ChangePaymentRequested("web:1", "G1", "EUR", ALL, Instant(9))
    given().when(asked).then(
        payment.RequestAuthorization("web:1/p1", "web:1", Method.CARD, 700, "EUR", "tok", 9),
        payment.RequestAuthorization("web:1/p2", "web:1", Method.CASH, 200, "EUR", "", 9),
    )
    given().when(ChangeDeclined("web:1", "G1", ChangeEnd.EXPIRED, "", ("web:1/p1",))).then(
        payment.ClosePayment("web:1/p1")
    )


def test_money_is_taken_for_what_has_left_under_the_name_of_its_parcel():
    charged = ShipmentCharged("web:1", "C1", "web:1/f1.1", 1_000, "EUR", ALL)
    given().when(charged).then(
        payment.RequestCapture("web:1/p1", "web:1/f1.1", 700),
        payment.RequestCapture("web:1/p2", "web:1/f1.1", 200),
    )


def test_money_is_given_back_for_a_return_under_its_name():
    accepted = ReturnAccepted("web:1", "C1", "R1", 1_000, "EUR", ALL)
    given().when(accepted).then(
        payment.RequestRefund("web:1/p1", "R1", 700, "return"),
        payment.RequestRefund("web:1/p2", "R1", 200, "return"),
    )


def test_nothing_is_kept_aside_once_nothing_more_will_leave():
    payments = ("web:1/p1", "web:1/p2")
    closing = (payment.ClosePayment("web:1/p1"), payment.ClosePayment("web:1/p2"))
    given().when(OrderCancelled("web:1", "C1", CancellationReason.CUSTOMER, payments)).then(
        *closing
    )
    given().when(OrderCompleted("web:1", "C1", 700, "EUR", payments)).then(*closing)
