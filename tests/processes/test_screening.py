"""An order is sighted in its area, screened beside the customer's others, and held if it is odd."""

from msgspec.structs import replace

from oms_core.domain.order.commands import HoldOrder
from oms_core.domain.order.events import Blocked, Destination, HoldKind, Purpose
from oms_core.kernel import Instant
from oms_core.policies.config import Policies
from oms_core.policies.screening import Facts, Finding, Rule, RuleKind, Screening
from oms_core.processes.screening import OrderScreened, OrderSighted, screening
from tests.support.order import MUGS, placed, wish
from tests.support.spec import Specification

AMOUNT = Rule("much", RuleKind.AMOUNT, 60, above_minor=(("EUR", 1_000),))
OFTEN = Rule("often", RuleKind.CUSTOMER_VELOCITY, 40, orders_max=1, window_hours=1)
AREA = Rule("area", RuleKind.AREA_VELOCITY, 10, orders_max=0)
TABLE = Screening((AMOUNT, OFTEN, AREA), version="table/7")
subject = screening(Policies(screening=TABLE))
given = Specification(subject)

PLACED = placed(wish(MUGS, bill_to=Destination("DE", "10115")))
FACTS = Facts("web:1001", "C-1", Instant(1_000), "EUR", 1_200, "FR", "DE", "FR 69001", "DE 10115")
SIGHTED = OrderSighted("web:1001", FACTS, ())
MUCH = Finding("much", 60, "1200 EUR minor are more than 1000")
TWICE = Finding("often", 40, "2 orders of customer C-1 in 1 hours; 1 are usual")
HERE = Finding("area", 10, "1 orders to FR 69001 in 24 hours; 0 are usual")
SCREENED = OrderScreened("web:1001", "C-1", Instant(1_000), 70, (MUCH, HERE), False, "table/7")


def test_an_order_is_sighted_in_its_area():
    given().when(PLACED).then(SIGHTED)
    given(replace(SIGHTED, order_id="web:1")).when(PLACED).then(
        replace(SIGHTED, in_area=(Instant(1_000),))
    )
    assert subject.route[type(PLACED)](PLACED) == "area:FR 69001"


def test_an_order_without_a_postal_code_is_alone_in_its_area():
    nowhere = replace(PLACED, ship_to=Destination("FR"))
    assert subject.route[type(PLACED)](nowhere) == "area:web:1001"


def test_only_sales_are_screened():
    assert subject.route[type(PLACED)](replace(PLACED, purpose=Purpose.GIFT)) is None


def test_an_ordinary_order_is_let_pass_and_the_result_is_kept():
    given().when(SIGHTED).then(SCREENED)
    assert subject.route[OrderSighted](SIGHTED) == "customer:C-1"


def test_an_odd_order_is_held_with_every_reason():
    given(replace(SCREENED, order_id="web:1")).when(SIGHTED).then(
        OrderScreened("web:1001", "C-1", Instant(1_000), 110, (MUCH, TWICE, HERE), True, "table/7"),
        HoldOrder(
            "web:1001",
            "fraud:screening",
            HoldKind.FRAUD,
            (Blocked.RELEASE,),
            "110 points: much +60: 1200 EUR minor are more than 1000; "
            "often +40: 2 orders of customer C-1 in 1 hours; 1 are usual; "
            "area +10: 1 orders to FR 69001 in 24 hours; 0 are usual",
        ),
    )


def test_a_shop_without_rules_hears_nothing():
    assert screening(Policies()).route == {}
