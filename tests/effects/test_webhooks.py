"""P5: what the browser and the provider send, in any order and any number."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.payments.simulated import Fate
from oms_core.domain.order.events import OrderPlaced, TenderAuthorized
from oms_core.domain.payment.commands import Outcome, ReportAuthorization
from oms_core.domain.payment.events import AuthorizationRequested, AuthorizationSucceeded
from oms_core.engine.cause import Verdict
from tests.support.lab import Lab
from tests.support.shop import placement, receipt

PLACE = placement(1, ("MUG", 1))
PAYMENT = "web:1/p1"
WEBHOOK = ReportAuthorization(PAYMENT, Outcome.SUCCEEDED, "ref-1")
LATE_FAILURE = ReportAuthorization(PAYMENT, Outcome.FAILED, detail="gave up waiting")
SILENCE = ReportAuthorization(PAYMENT, Outcome.UNKNOWN)
POLL = None
"""Our own look at the log, and the call to the provider that follows."""


@given(
    st.lists(st.sampled_from([PLACE, WEBHOOK, SILENCE, POLL]), max_size=10),
    st.sampled_from([Fate.DONE, Fate.DONE_UNHEARD, Fate.LOST, Fate.ACTION]),
)
def test_p5_callbacks_and_webhooks_in_any_order_and_number_make_one_order_and_one_authorization(
    messages: list[object], fate: Fate
):
    lab = Lab({"authorize": fate})
    lab.ask(receipt("MUG", 5))
    for message in [*messages, PLACE, WEBHOOK]:
        if message is POLL:
            lab.wait(60)
        else:
            lab.ask(message)
    lab.wait(7_200)
    assert lab.count(OrderPlaced) == 1
    assert lab.count(AuthorizationRequested) == 1
    assert lab.count(AuthorizationSucceeded) == 1
    assert lab.count(TenderAuthorized) == 1
    assert len(lab.gateway.accounts) <= 1


def test_p5_a_webhook_that_comes_before_the_order_is_refused_and_found_again_by_asking():
    lab = Lab()
    (answer,) = lab.ask(WEBHOOK)
    assert (answer.verdict, answer.code) == (Verdict.REJECTED, "payment.unknown")
    assert lab.history() == []
    lab.ask(receipt("MUG", 5), PLACE)
    lab.settle()
    assert lab.count(AuthorizationSucceeded) == 1


def test_p5_a_failure_that_comes_after_a_success_changes_nothing():
    lab = Lab()
    lab.ask(receipt("MUG", 5), PLACE, WEBHOOK)
    before = lab.history()
    (answer,) = lab.ask(LATE_FAILURE)
    assert answer.verdict is Verdict.UNCHANGED
    assert lab.history() == before
