"""P7 and P8: no money stays with us, or is taken, for what will not be shipped."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from adapters.payments.simulated import Fate
from oms_core.domain.fulfilment.commands import AcceptFulfilment, ShipFulfilment
from oms_core.domain.order.commands import CancelOrder, HoldOrder
from oms_core.domain.order.events import (
    Blocked,
    CancellationReason,
    HoldKind,
    OnShortage,
    OrderCancelled,
    OrderCompleted,
)
from oms_core.domain.payment.commands import (
    ExpireAuthorization,
    Outcome,
    ReportAuthorization,
    RequestCapture,
)
from oms_core.domain.payment.events import (
    AuthorizationExpired,
    AuthorizationFailed,
    AuthorizationSucceeded,
    CaptureRequested,
    CaptureSucceeded,
    VoidFailed,
    VoidRequested,
    VoidSucceeded,
)
from oms_core.domain.stock import events as stocked
from oms_core.engine.cause import Verdict
from oms_core.kernel import Command, Instant
from tests.support.lab import SECOND, Lab, gateways_money, open_authorizations, our_money
from tests.support.shop import placement, receipt

ORDER, PAYMENT = "web:1", "web:1/p1"
CANCEL = CancelOrder(ORDER, CancellationReason.CUSTOMER)
MUGS, CUPS = receipt("MUG", 5, "LYON"), receipt("CUP", 5, "LEEDS")
PLACE = placement(1, ("MUG", 2), ("CUP", 1))
WAITING = placement(1, ("MUG", 9), ("CUP", 1), on_shortage=OnShortage.BACKORDER)
HOLD = HoldOrder(ORDER, "fraud", HoldKind.FRAUD, (Blocked.RELEASE,), "screening")

STATES: dict[str, tuple[Command, ...]] = {
    "in front of the warehouse": (MUGS, CUPS, PLACE),
    "accepted by one warehouse": (MUGS, CUPS, PLACE, AcceptFulfilment("web:1/f1.1")),
    "held": (MUGS, CUPS, PLACE, HOLD),
    "waiting for supply": (MUGS, CUPS, WAITING),
    "short and held": (MUGS, placement(1, ("MUG", 9), ("CUP", 1))),
}


@pytest.mark.parametrize("lost", [Fate.DONE, Fate.DONE_UNHEARD, Fate.LOST])
@pytest.mark.parametrize("story", STATES.values(), ids=STATES.keys())
def test_p8_a_cancelled_order_leaves_no_money_and_no_stock_behind_from_any_state(
    story: tuple[Command, ...], lost: Fate
):
    lab = Lab({"void": lost})
    lab.take_in((*story, CANCEL))
    assert lab.count(OrderCancelled) == 1
    assert gateways_money(lab.gateway) == our_money(lab.events()) == {}
    assert open_authorizations(lab.gateway, lab.now) == set()
    assert lab.count(VoidSucceeded) == 1
    assert ends(lab) == begins(lab)


def begins(lab: Lab) -> dict[str, int]:
    """Count the units that were set aside for each line."""
    return _sum(lab, stocked.StockReserved)


def ends(lab: Lab) -> dict[str, int]:
    """Count the units for each line whose reservation has come to an end."""
    return _sum(lab, stocked.ReservationReleased, stocked.StockShipped, stocked.StockShorted)


def _sum(lab: Lab, *kinds: type) -> dict[str, int]:
    found: dict[str, int] = {}
    for event in lab.events():
        if isinstance(event, kinds):
            found[event.line_id] = found.get(event.line_id, 0) + event.quantity
    return found


def test_p8_what_had_left_before_the_cancellation_is_paid_and_the_rest_is_let_go():
    lab = Lab()
    lab.take_in((MUGS, CUPS, PLACE, ShipFulfilment("web:1/f1.1"), CANCEL))
    assert lab.count(OrderCompleted) == 1
    shipped = _sum(lab, stocked.StockShipped)
    assert gateways_money(lab.gateway) == {PAYMENT: (1_000 * sum(shipped.values()), 0)}
    assert open_authorizations(lab.gateway, lab.now) == set()
    assert ends(lab) == begins(lab)


def test_p8_a_void_that_fails_is_told_and_lapses_by_itself():
    lab = Lab({"void": Fate.REFUSED})
    lab.take_in((MUGS, CUPS, PLACE, CANCEL))
    assert lab.count(VoidFailed) == 1
    assert open_authorizations(lab.gateway, lab.now) == {PAYMENT}
    lab.now = Instant(lab.now + 31 * 86_400 * SECOND)
    lab.ask(ExpireAuthorization(PAYMENT, lab.now))
    assert lab.count(AuthorizationExpired) == 1
    assert open_authorizations(lab.gateway, lab.now) == set()


def test_p7_nothing_is_taken_for_a_cancelled_order():
    lab = Lab()
    lab.take_in((MUGS, CUPS, PLACE, CANCEL))
    before = lab.history()
    (answer,) = lab.ask(RequestCapture(PAYMENT, "web:1/f1.1", 1))
    assert (answer.verdict, answer.code) == (Verdict.REJECTED, "payment.not_capturable")
    assert lab.history() == before


def test_p7_money_that_turns_up_after_the_cancellation_is_let_go_and_a_person_is_told():
    lab = Lab({"authorize": Fate.DONE_UNHEARD})
    lab.ask(MUGS, CUPS, PLACE)
    lab.settle()
    lab.ask(CANCEL)
    lab.rest()
    assert lab.count(OrderCancelled) == 1
    assert lab.count(AuthorizationSucceeded) == lab.count(VoidRequested) == 1
    assert lab.count(VoidSucceeded) == 1
    assert lab.count(CaptureRequested) == lab.count(CaptureSucceeded) == 0
    assert open_authorizations(lab.gateway, lab.now) == set()
    assert [alert.text for alert in lab.alerts] == [
        "succeeded after its order had ended: it is being let go"
    ]


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.DONE])
def test_p7_money_that_was_never_set_aside_is_not_asked_for_once_the_order_has_ended(fate: Fate):
    lab = Lab({"authorize": fate})
    lab.ask(MUGS, CUPS, PLACE)
    if fate is Fate.LOST:
        lab.settle()
    lab.ask(CANCEL)
    lab.rest()
    assert lab.count(AuthorizationFailed) == lab.count(OrderCancelled) == 1
    assert lab.gateway.accounts == {}
    assert lab.alerts == []


def test_p7_a_late_message_of_success_for_an_expired_payment_is_let_go():
    lab = Lab({"authorize": Fate.ACTION})
    due = Instant(lab.now + 3_600 * SECOND)
    lab.ask(MUGS, CUPS, replace(PLACE, pay_by=due))
    lab.settle()
    lab.now = due
    lab.ask(ExpireAuthorization(PAYMENT, due))
    assert lab.count(OrderCancelled) == 1
    late = ReportAuthorization(PAYMENT, Outcome.SUCCEEDED, "ref-1", expires_at=due)
    lab.ask(late, late)
    assert lab.count(AuthorizationSucceeded) == lab.count(VoidRequested) == 1
    assert lab.count(OrderCancelled) == 1
