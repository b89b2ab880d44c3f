"""A cart becomes an order with the lines that are in it, or stays a cart and is told why."""

from msgspec.structs import replace

from oms_core.domain.cart.commands import ConvertCart, RejectCheckout
from oms_core.domain.cart.events import (
    Address,
    CartLine,
    CheckoutRequested,
    Due,
    Method,
    Payment,
    Price,
    Shortage,
)
from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import (
    Destination,
    LineKind,
    OnShortage,
    OrderLine,
    OrderPlaced,
    OrderRejected,
    Refusal,
    Tender,
    TenderMethod,
)
from oms_core.kernel import Instant
from oms_core.policies.config import Policies
from oms_core.processes.checkout import checkout
from tests.support.spec import Specification

SUBJECT = checkout(Policies())
given = Specification(SUBJECT)

CART, ORDER = "web:c1", "web:1001"
REQUESTED = CheckoutRequested(
    CART,
    ORDER,
    "web",
    "1001",
    "C1",
    "EUR",
    (
        CartLine("x", "MUG", "mug", 2, Price("10.00", 2_000, 400, 100)),
        CartLine("y", "WRAP", "wrap", 1, Price("1.00", 100), service=True),
    ),
    (Payment("p1", Method.CARD, 2_000, "tok"), Payment("p2", Method.WALLET, 500)),
    Address("FR", "69001", b"sealed"),
    Shortage.SPLIT,
    Instant(99),
    Instant(50),
    Due(Instant(7), Instant(60), Instant(600)),
)
LINES = (
    OrderLine(f"{ORDER}/1", "MUG", "mug", 2, "10.00", 2_000, 400, 100),
    OrderLine(f"{ORDER}/2", "WRAP", "wrap", 1, "1.00", 100, kind=LineKind.SERVICE),
)
TENDERS = (
    Tender(f"{ORDER}/p1", TenderMethod.CARD, 2_000, "tok"),
    Tender(f"{ORDER}/p2", TenderMethod.WALLET, 500),
)
WHERE = Destination("FR", "69001", b"sealed")
PLACED = OrderPlaced(
    ORDER, "web", "1001", "C1", "EUR", LINES, TENDERS, WHERE, OnShortage.SPLIT, Instant(7)
)


def test_the_order_has_the_lines_of_the_cart_and_the_terms_of_the_checkout():
    given().when(REQUESTED).then(
        PlaceOrder(
            ORDER,
            "web",
            "1001",
            "C1",
            "EUR",
            LINES,
            TENDERS,
            WHERE,
            OnShortage.SPLIT,
            Instant(7),
            ship_by=Instant(99),
            pay_by=Instant(50),
            cart_id=CART,
        )
    )


def test_every_way_to_pay_and_every_choice_in_a_shortage_has_its_word_in_the_order():
    assert [way.value for way in Method] == [way.value for way in TenderMethod]
    assert [choice.value for choice in Shortage] == [choice.value for choice in OnShortage]


def test_an_order_that_was_placed_ends_its_cart_but_for_what_is_not_on_it():
    placed = replace(PLACED, lines=(*LINES, replace(LINES[0], line_id="3")), cart_id=CART)
    given().when(placed).then(ConvertCart(CART, ORDER, ("MUG",)))


def test_an_order_that_was_rejected_leaves_the_cart_and_says_why():
    reasons = (Refusal("order.country", "ship_to.country is wrong."), Refusal("b.c", "D."))
    given().when(OrderRejected(ORDER, "web", "1001", reasons, CART)).then(
        RejectCheckout(CART, ORDER, ("order.country: ship_to.country is wrong.", "b.c: D."))
    )


def test_orders_without_a_cart_concern_nobody_here():
    assert SUBJECT.route[OrderPlaced](PLACED) is None
    assert SUBJECT.route[OrderRejected](OrderRejected(ORDER, "web", "1001", ())) is None
    assert SUBJECT.route[OrderPlaced](replace(PLACED, cart_id=CART)) == ORDER
