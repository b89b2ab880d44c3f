"""S54, P5 to P8: a guest pays, leaves for 3-D Secure, changes their mind; answers get lost."""

from __future__ import annotations

from adapters.payments.simulated import Fate, Odds
from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.order.commands import CancelOrder
from oms_core.domain.order.events import CancellationReason, OrderCancelled, OrderReleased
from oms_core.domain.payment import events as paid
from oms_core.domain.payment.commands import Outcome, ReportCapture
from projections.books import Books
from projections.catalog import VIEWS
from tests.support.lab import Lab, gateways_money, open_authorizations, our_money
from tests.support.shop import names, placement, receipt

ORDER, PAYMENT, PARCEL = "web:1", "web:1/p1", "web:1/f1.1"
GUEST = placement(1, ("MUG", 2), customer_id="guest-1")
CANCEL = CancelOrder(ORDER, CancellationReason.CUSTOMER)
WILLING = Odds(action_failed=0, action_abandoned=0, message_none=1_000, query_unheard=0)
UNWILLING = Odds(action_failed=1_000, action_abandoned=0, message_none=1_000, query_unheard=0)


def shown(lab, view, key):
    """Return a document of a read model, as it is now."""
    return VIEWS[view].fold(lab.history())[key]


def opened(fates=None, odds=None):
    """A shop with ten mugs, at which a guest orders two for 20.00."""
    lab = Lab(fates, odds=odds) if odds else Lab(fates)
    lab.ask(receipt("MUG", 10), GUEST)
    lab.settle()
    return lab


def ended_well(lab):
    """Our book and the provider's say the same, nothing is set aside, and every sum is right."""
    assert our_money(lab.events()) == gateways_money(lab.gateway)
    assert open_authorizations(lab.gateway, lab.now) == set()
    books = Books()
    for recorded in lab.history():
        books.add(recorded)
    books.close()
    assert books.findings == []


def customer_acts(lab):
    """Let the guest come back from the bank, whatever they did there."""
    while lab.gateway.next_due is not None:
        lab.now = max(lab.now, lab.gateway.next_due)
        list(lab.gateway.messages(lab.now))
    lab.wait(3_600)


def test_a_guest_confirms_the_payment_at_the_bank_and_only_then_the_order_goes_on():
    lab = opened({"authorize": Fate.ACTION}, WILLING)
    assert shown(lab, "payments", PAYMENT).standing == "action_required"
    (asked,) = [e for e in lab.events() if isinstance(e, paid.AuthorizationActionRequired)]
    assert asked.url.startswith("https://gateway.example/3ds/")
    assert lab.count(OrderReleased) == 0
    customer_acts(lab)
    assert shown(lab, "payments", PAYMENT).standing == "authorized"
    assert lab.count(OrderReleased) == 1
    lab.ask(ShipFulfilment(PARCEL))
    lab.settle()
    assert gateways_money(lab.gateway) == {PAYMENT: (2_000, 0)}
    assert shown(lab, "orders", ORDER).state == "completed"
    ended_well(lab)


def test_a_guest_who_fails_at_the_bank_gets_no_goods_and_pays_nothing():
    lab = opened({"authorize": Fate.ACTION}, UNWILLING)
    customer_acts(lab)
    assert shown(lab, "orders", ORDER).state == "cancelled"
    level = shown(lab, "inventory_network", "MUG")
    assert (level.reserved, level.available_to_promise) == (0, 10)
    assert gateways_money(lab.gateway) == {}
    ended_well(lab)


def test_p7_who_cancels_while_at_the_bank_is_let_go_of_when_the_bank_agrees_after_all():
    lab = opened({"authorize": Fate.ACTION}, WILLING)
    lab.ask(CANCEL)
    customer_acts(lab)
    assert names(lab.streams()[f"payment:{PAYMENT}"])[-4:] == [
        "PaymentClosed",
        "AuthorizationSucceeded",
        "VoidRequested",
        "VoidSucceeded",
    ]
    assert [alert.text for alert in lab.alerts] == [
        "succeeded after its order had ended: it is being let go"
    ]
    ended_well(lab)


def test_p6_a_payment_whose_answer_was_lost_is_found_and_not_asked_for_again():
    lab = opened({"authorize": Fate.DONE_UNHEARD})
    assert shown(lab, "payments", PAYMENT).standing == "unknown"
    assert lab.count(OrderReleased) == 0
    lab.wait(60)
    assert shown(lab, "payments", PAYMENT).standing == "authorized"
    assert lab.gateway.calls[f"{PAYMENT}:authorize:1"] == 1
    assert len(lab.gateway.accounts) == 1
    assert lab.count(OrderReleased) == 1


def test_p8_a_payment_whose_answer_was_lost_is_let_go_of_if_the_order_is_cancelled_meanwhile():
    lab = opened({"authorize": Fate.DONE_UNHEARD})
    lab.ask(CANCEL)
    lab.wait(60)
    assert len(lab.gateway.accounts) == 1
    assert shown(lab, "payments", PAYMENT).standing == "voided"
    ended_well(lab)


def test_p7_who_cancels_when_the_parcel_has_left_pays_for_it_once():
    """The capture is under way, its answer lost: it is neither repeated nor undone."""
    lab = opened({"capture": Fate.DONE_UNHEARD})
    lab.ask(ShipFulfilment(PARCEL), CANCEL)
    lab.settle()
    assert lab.count(OrderCancelled) == 0
    assert lab.count(paid.CaptureUnknown) == 1
    lab.ask(CANCEL)
    lab.rest()
    assert lab.gateway.calls[f"{PAYMENT}:capture:{PARCEL}"] == 1
    assert gateways_money(lab.gateway) == {PAYMENT: (2_000, 0)}
    ended_well(lab)


def test_p7_who_cancels_before_the_parcel_leaves_pays_nothing_whatever_the_warehouse_says_then():
    lab = opened()
    lab.ask(CANCEL, ShipFulfilment(PARCEL), ReportCapture(PAYMENT, PARCEL, Outcome.SUCCEEDED))
    lab.rest()
    assert lab.count(paid.CaptureRequested) == lab.count(paid.CaptureSucceeded) == 0
    assert shown(lab, "orders", ORDER).state == "cancelled"
    assert shown(lab, "payments", PAYMENT).standing == "voided"
    ended_well(lab)
