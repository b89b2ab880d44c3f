"""Notifying: which event asks for which notice, and that a cause has exactly one."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.cart.events import CartAbandoned, Due
from oms_core.domain.fulfilment.events import FulfilmentLine, FulfilmentShipped
from oms_core.domain.invoice.events import DunningRaised
from oms_core.domain.notice.commands import RequestNotice
from oms_core.domain.notice.decider import notice
from oms_core.domain.notice.events import Kind
from oms_core.domain.order.events import (
    CancellationReason,
    LineBackordered,
    LineCancelled,
    Obstacle,
    ParcelDelivered,
    PlannedLine,
)
from oms_core.domain.payment.events import Method, RefundSucceeded
from oms_core.kernel import Instant
from oms_core.policies.config import Policies
from oms_core.processes.notifying import SAYS, WISHES, notifying
from oms_core.processes.promising import PromiseBroken
from tests.support.order import CAPS, MUGS, placed, wish
from tests.support.receivables import ACCOUNT, INVOICE, ISSUED
from tests.support.spec import Specification

POLICIES = Policies(notices=tuple(Kind), review_days=10)
notify = Specification(notifying(POLICIES))

PLACED = placed(wish(MUGS, CAPS))
ORDER, CUSTOMER = PLACED.order_id, PLACED.customer_id
SHIPPED = FulfilmentShipped(
    "web:1/f1.1", ORDER, "LYON", (FulfilmentLine("web:1/1", "MUG", 2),), "DHL", "T1"
)
WAITING = LineBackordered(ORDER, "web:1/1", "MUG", 1)
CANCELLED = LineCancelled(
    ORDER, CUSTOMER, "web:1/1", "MUG", 1, 100, 0, "EUR", CancellationReason.CUSTOMER, "X1"
)
REFUNDED = RefundSucceeded("web:1/p1", ORDER, "RMA-1", 100, "EUR", Method.CARD)
DUNNED = DunningRaised(INVOICE, ACCOUNT, ORDER, 2, 500, "EUR")
LEFT = CartAbandoned("web:c1", "web", "C1", 3, 2, 900, "EUR", Instant(5), Due())
DELIVERED = ParcelDelivered(ORDER, "web:1/f1.1", (PlannedLine("web:1/1", "MUG", 2),))
BROKEN = PromiseBroken(ORDER, Instant(7), 2, (Obstacle.SUPPLY,))
EVENTS = (PLACED, SHIPPED, WAITING, CANCELLED, REFUNDED, ISSUED, DUNNED, LEFT, DELIVERED, BROKEN)


def asked(kind, subject_id, order_id=ORDER, customer_id="", delay_days=0):
    return RequestNotice(
        f"{kind}|{subject_id}", kind, subject_id, order_id, customer_id, delay_days
    )


def test_an_order_is_confirmed():
    notify().when(PLACED).then(asked(Kind.ORDER_PLACED, ORDER, customer_id=CUSTOMER))


def test_each_parcel_is_told_of_unless_it_is_empty():
    notify().when(SHIPPED).then(asked(Kind.ORDER_SHIPPED, "web:1/f1.1"))
    empty = (replace(SHIPPED.lines[0], quantity=0),)
    notify().when(replace(SHIPPED, lines=empty)).then_nothing()


def test_each_promise_that_is_broken_is_told_of_and_a_later_one_again():
    notify().when(BROKEN).then(asked(Kind.PROMISE_BROKEN, f"{ORDER}|7"))
    later = replace(BROKEN, ship_by=Instant(9))
    notify().when(later).then(asked(Kind.PROMISE_BROKEN, f"{ORDER}|9"))


def test_each_line_that_waits_is_told_of():
    notify().when(WAITING).then(asked(Kind.ORDER_DELAYED, "web:1/1"))


def test_each_cancellation_is_told_of_and_the_lines_of_one_that_ends_the_order_together():
    notify().when(CANCELLED).then(asked(Kind.ORDER_CANCELLED, f"{ORDER}|X1", customer_id=CUSTOMER))
    for line_id in ("web:1/1", "web:1/2"):
        whole = replace(CANCELLED, line_id=line_id, cancellation_id=f"all:{line_id}")
        notify().when(whole).then(asked(Kind.ORDER_CANCELLED, f"{ORDER}|all", customer_id=CUSTOMER))


def test_each_refund_is_told_of_also_a_second_of_the_same_amount():
    notify().when(REFUNDED).then(asked(Kind.REFUNDED, "web:1/p1|RMA-1"))
    notify().when(replace(REFUNDED, refund_id="RMA-2")).then(asked(Kind.REFUNDED, "web:1/p1|RMA-2"))


def test_each_document_and_each_level_of_dunning_goes_to_the_customer_of_the_account():
    notify().when(ISSUED).then(asked(Kind.INVOICE_ISSUED, ISSUED.invoice_id, ISSUED.order_id, "C1"))
    notify().when(DUNNED).then(asked(Kind.PAYMENT_REMINDER, f"{INVOICE}|2", ORDER, "C1"))


def test_s53_each_episode_of_a_cart_is_told_to_the_customer_if_known_and_to_the_merchant():
    notify().when(LEFT).then(
        asked(Kind.CART_ABANDONED, "web:c1|3", "", "C1"),
        asked(Kind.CART_LEFT, "web:c1|3", "", "C1"),
    )
    notify().when(replace(LEFT, customer_id="")).then(asked(Kind.CART_LEFT, "web:c1|3", ""))


def test_s76_a_review_is_asked_for_once_an_order_some_days_after_it_arrived():
    review = asked(Kind.REVIEW_REQUEST, ORDER, delay_days=10)
    notify().when(DELIVERED).then(review)
    notify().when(replace(DELIVERED, fulfilment_id="web:1/f1.2")).then(review)


def test_customers_of_a_marketplace_and_at_a_till_are_not_written_to_but_the_merchant_is():
    for event in (replace(PLACED, order_id="marketplace:1"), replace(WAITING, order_id="till:1")):
        notify().when(event).then_nothing()
    away = replace(LEFT, cart_id="marketplace:c1")
    notify().when(away).then(asked(Kind.CART_LEFT, "marketplace:c1|3", "", "C1"))


def test_a_shop_that_sends_no_notices_does_not_listen_and_one_that_sends_some_asks_for_those():
    assert notifying(Policies()).route == {}
    some = notifying(Policies(notices=("refunded", "cart_left")))
    assert set(some.route) == {RefundSucceeded, CartAbandoned}
    Specification(some)().when(LEFT).then(asked(Kind.CART_LEFT, "web:c1|3", "", "C1"))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_asks_for_the_kinds_that_are_listened_for_and_belongs_to_its_order(event):
    subject = notify.subject
    assert {command.kind for command in subject.react(event, None)} == SAYS[type(event)]
    assert subject.route[type(event)](event) == getattr(event, "order_id", "web:c1")


def test_every_kind_of_notice_has_an_event_that_asks_for_it():
    assert set().union(*SAYS.values()) == set(Kind)
    assert set(SAYS) == set(WISHES)


@drawn(st.integers(0, 10**6), st.lists(st.sampled_from(EVENTS), min_size=1, max_size=40))
def test_p20_however_often_and_in_whatever_order_causes_are_told_each_has_one_notice(seed, told):
    dice = Random(seed)
    dice.shuffle(told)
    states, requested = {}, Counter()
    for event in told:
        for command in notify.subject.react(event, None):
            state = states.get(command.notice_id, notice.initial)
            for happened in notice.decide(command, state):
                requested[happened.notice_id] += 1
                state = notice.evolve(state, happened)
            states[command.notice_id] = state
    causes = {command.notice_id for e in set(told) for command in notify.subject.react(e, None)}
    assert requested == Counter(dict.fromkeys(causes, 1))
