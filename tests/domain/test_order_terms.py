"""An order on terms: it needs credit before it goes out, and says what is to be invoiced."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.order import events
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import ChargedLine, Tender, TenderMethod
from tests.support.order import (
    F1,
    F2,
    ITEMS,
    MUG,
    MUGS,
    ORDER,
    POST,
    POSTAGE,
    authorize,
    cancel_line,
    part,
    placed,
    reserve,
    send_back,
    sent,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)

TOTAL = 1_700
PAY = f"{ORDER}/account"
TERMS = Tender(PAY, TenderMethod.ACCOUNT, TOTAL, terms="NET30")
on_terms = wish(MUGS, POSTAGE, tenders=(TERMS,))
READY = (on_terms, reserve(MUG, 3), authorize(TOTAL, PAY))


def charged(line_id, quantity, net, tax):
    terms = {MUG: MUGS, POST: POSTAGE}[line_id]
    return ChargedLine(line_id, ITEMS[line_id], terms.sku, quantity, terms.unit_price, net, tax)


def only(kind, log):
    return [event for event in log if isinstance(event, kind)]


def test_an_order_on_terms_waits_for_credit_though_everything_is_reserved():
    log = told(on_terms, reserve(MUG, 3))
    assert only(events.OrderReleased, log) == []
    assert given(*log).state.awaiting == {PAY}
    given(*log).when(authorize(TOTAL, PAY)).then(
        events.TenderAuthorized(ORDER, PAY, TOTAL),
        *told(*READY)[-1:],
    )
    assert only(events.OrderReleased, told(*READY)) != []


def test_an_order_on_account_without_terms_waits_for_nobody():
    command = wish(MUGS, POSTAGE, tenders=(replace(TERMS, terms=""),))
    assert given(placed(command)).state.awaiting == frozenset()


@pytest.mark.parametrize(
    ("tenders", "detail"),
    [
        (
            (replace(TERMS, method=TenderMethod.CARD),),
            f"terms 'NET30' of {PAY!r} call for one tender on account.",
        ),
        (
            (
                replace(TERMS, amount_minor=1),
                replace(TERMS, payment_id=f"{ORDER}/x", terms="", amount_minor=TOTAL - 1),
            ),
            f"terms 'NET30' of {PAY!r} call for one tender on account.",
        ),
        ((replace(TERMS, terms="later"),), f"terms 'later' of {PAY!r} are not NET30 or so."),
    ],
)
def test_terms_are_for_a_whole_order_and_say_when_it_is_due(tenders, detail):
    given().when(replace(on_terms, tenders=tenders)).then(
        events.OrderRejected(ORDER, "web", "1001", (events.Refusal("tender.terms", detail),))
    )


def test_each_parcel_says_what_is_to_be_invoiced_and_the_first_one_bears_the_services():
    log = told(*READY, *sent(part(MUG, 1)), *sent(part(MUG, 2), fulfilment_id=F2))
    first, second = only(events.ShipmentCharged, log)
    assert (first.fulfilment_id, second.fulfilment_id) == (F1, F2)
    assert first.lines == (charged(MUG, 1, 333, 66), charged(POST, 1, 499, 1))
    assert second.lines == (charged(MUG, 2, 667, 134),)
    assert first.tenders == (replace(TERMS, amount_minor=899),)
    assert second.tenders == (replace(TERMS, amount_minor=801),)


def test_an_order_that_is_paid_otherwise_says_nothing_of_the_kind():
    by_account = wish(MUGS, tenders=(replace(TERMS, amount_minor=1_200, terms=""),))
    log = told(by_account, reserve(MUG, 3), *sent(part(MUG, 3)), send_back("R1", (MUG, 1)))
    (left,), (back,) = only(events.ShipmentCharged, log), only(events.ReturnAccepted, log)
    assert (left.lines, back.lines) == ((), ())
    log = told(by_account, cancel_line(MUG, 1))
    assert [event.credit_minor for event in only(events.LineCancelled, log)] == [0]


def test_a_return_says_what_is_to_be_credited():
    log = told(*READY, *sent(part(MUG, 3)), send_back("R1", (MUG, 2)))
    (back,) = only(events.ReturnAccepted, log)
    assert back.lines == (charged(MUG, 2, 666, 133),)
    assert back.tenders == (replace(TERMS, amount_minor=799),)


def test_a_cancellation_says_what_will_not_be_owed():
    log = told(*READY, cancel_line(MUG, 1))
    assert [event.credit_minor for event in only(events.LineCancelled, log)] == [401]


def test_nobody_closes_a_payment_for_an_order_on_terms():
    log = told(*READY, *sent(part(MUG, 3)))
    (completed,) = only(events.OrderCompleted, log)
    assert completed.payments == ()


@drawn(
    st.lists(st.integers(1, 5), min_size=1, max_size=8),
    st.integers(1, 9_999),
    st.integers(0, 2_000),
    st.integers(0, 4),
)
def test_p14_partial_invoices_and_cancellations_add_up_to_the_order(parcels, net, tax, cancelled):
    units = sum(parcels) + cancelled
    line = replace(MUGS, quantity=units, net_minor=net, tax_minor=tax)
    tender = replace(TERMS, amount_minor=net + tax)
    steps = [
        step
        for number, quantity in enumerate(parcels)
        for step in sent(part(MUG, quantity), fulfilment_id=f"{ORDER}/f{number}")
    ]
    log = told(
        wish(line, tenders=(tender,)),
        *([cancel_line(MUG, cancelled)] if cancelled else []),
        reserve(MUG, sum(parcels)),
        authorize(net + tax, PAY),
        *steps,
    )
    invoiced = [line for event in only(events.ShipmentCharged, log) for line in event.lines]
    given_up = only(events.LineCancelled, log)
    assert sum(part.quantity for part in invoiced) == sum(parcels)
    assert sum(p.net_minor for p in invoiced) + sum(c.net_minor for c in given_up) == net
    assert sum(p.tax_minor for p in invoiced) + sum(c.tax_minor for c in given_up) == tax
    for piece in invoiced:
        assert abs(piece.tax_minor * units - tax * piece.quantity) < units


def test_services_on_terms_wait_for_credit_too():
    command = wish(POSTAGE, tenders=(replace(TERMS, amount_minor=500),))
    given().when(command).then(placed(command))
    given(placed(command)).when(authorize(500, PAY)).then(
        events.TenderAuthorized(ORDER, PAY, 500),
        events.LineShipped(ORDER, "C-1", POST, "POSTAGE", 1, 499, 1, 0, "EUR", f"{ORDER}/services"),
        events.ShipmentCharged(
            *(ORDER, "C-1", f"{ORDER}/services", 500, "EUR"),
            (replace(TERMS, amount_minor=500),),
            (charged(POST, 1, 499, 1),),
        ),
        events.OrderCompleted(ORDER, "C-1", 500, "EUR", ()),
    )
