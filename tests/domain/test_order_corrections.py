"""No more is given back of a line than was charged for it, be it returned or corrected."""

from collections import Counter

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import OrderNotOpen, UnknownLine
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import ChargedLine, Tender, TenderMethod
from tests.support.order import (
    MUG,
    MUGS,
    ORDER,
    authorize,
    part,
    reserve,
    send_back,
    sent,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)
PAY, INVOICE = f"{ORDER}/account", f"{ORDER}/f1"
TERMS = Tender(PAY, TenderMethod.ACCOUNT, 1_200, terms="NET30")
SENT = told(
    wish(MUGS, tenders=(TERMS,)), reserve(MUG, 3), authorize(1_200, PAY), *sent(part(MUG, 3))
)


def mugs(net, tax, line_id=MUG):
    return ChargedLine(line_id, MUGS.item_id, MUGS.sku, 0, MUGS.unit_price, net, tax)


def correct(name, net, tax, line_id=MUG):
    return commands.RecordCorrection(ORDER, INVOICE, name, (mugs(net, tax, line_id),))


def accepted(name, net, tax, declined=0):
    tenders = (replace(TERMS, amount_minor=net + tax),)
    return events.CorrectionAccepted(
        ORDER, "C-1", INVOICE, name, net + tax, "EUR", tenders, (mugs(net, tax),), declined
    )


def declined(name, amount):
    return events.CorrectionDeclined(ORDER, "C-1", INVOICE, name, amount, "EUR")


def back(log):
    return [(e.net_minor, e.tax_minor) for e in log if isinstance(e, events.LineReturned)]


def test_a_correction_is_owed_back_once():
    given(*SENT).when(correct("K1", 300, 60)).then(accepted("K1", 300, 60))
    given(*SENT, accepted("K1", 300, 60)).when(correct("K1", 300, 60)).then_nothing()


def test_what_was_corrected_is_not_owed_again_when_the_goods_come_back():
    log = told_after((*SENT, accepted("K1", 300, 60)), send_back("R1", (MUG, 3)))
    assert back(log) == [(700, 140)]
    assert [e.amount_minor for e in log if isinstance(e, events.ReturnAccepted)] == [840]


def test_units_are_credited_in_full_until_nothing_is_left():
    log = (*SENT, accepted("K1", 300, 60))
    for number in range(3):
        log += told_after(log, send_back(f"R{number}", (MUG, 1)))
    assert back(log) == [(333, 66), (333, 67), (34, 7)]


def test_what_came_back_is_not_corrected_any_more():
    log = (*SENT, *told_after(SENT, send_back("R1", (MUG, 2))))
    given(*log).when(correct("K1", 400, 60)).then(accepted("K1", 334, 60, 66))
    log = (*log, accepted("K1", 334, 60, 66))
    given(*log).when(correct("K2", 10, 7)).then(accepted("K2", 0, 7, 10))
    log = (*log, accepted("K2", 0, 7, 10))
    given(*log).when(correct("K3", 10, 2)).then(declined("K3", 12))
    given(*log, declined("K3", 12)).when(correct("K3", 10, 2)).then_nothing()


def test_a_line_that_is_named_twice_is_credited_as_one():
    twice = replace(correct("K1", 0, 0), lines=(mugs(800, 0), mugs(800, 0)))
    (event,) = order.decide(twice, order.fold(SENT))
    assert [line.net_minor for line in event.lines] == [800, 200]
    assert (event.amount_minor, event.declined_minor) == (1_000, 600)


@pytest.mark.parametrize(
    ("history", "command", "reason"),
    [
        ((), correct("K1", 1, 0), OrderNotOpen),
        (SENT, correct("K1", 1, 0, "web:1001/9"), UnknownLine),
    ],
)
def test_only_a_line_of_an_order_is_corrected(history, command, reason):
    given(*history).when(command).then_rejected(reason)


def told_after(log, command):
    return tuple(order.decide(command, order.fold(log)))


@drawn(
    st.integers(1, 6),
    st.integers(0, 5_000),
    st.integers(0, 999),
    st.lists(
        st.one_of(
            st.tuples(st.just("return"), st.integers(1, 3), st.just(0)),
            st.tuples(st.just("correct"), st.integers(0, 3_000), st.integers(0, 600)),
        ),
        max_size=8,
    ),
)
def test_p10_returns_and_corrections_in_any_order_give_back_at_most_what_was_charged(
    units, net, tax, steps
):
    line = replace(MUGS, quantity=units, net_minor=net, tax_minor=tax)
    tender = replace(TERMS, amount_minor=max(1, net + tax))
    if not net + tax:
        line = replace(line, net_minor=1)
    log = told(
        wish(line, tenders=(tender,)),
        reserve(MUG, units),
        authorize(tender.amount_minor, PAY),
        *sent(part(MUG, units)),
    )
    asked, given_back, left, corrected = Counter(), Counter(), units, False
    for number, (what, some, tax_part) in enumerate(steps):
        if what == "return" and min(some, left):
            command = send_back(f"R{number}", (MUG, min(some, left)))
            left -= min(some, left)
        elif what == "correct":
            corrected = True
            command = correct(f"K{number}", some, tax_part)
            asked.update(net=some, tax=tax_part)
        else:
            continue
        happened = told_after(log, command)
        log += happened
        for event in happened:
            match event:
                case events.LineReturned():
                    given_back.update(net=event.net_minor, tax=event.tax_minor)
                case events.CorrectionAccepted():
                    for part_ in event.lines:
                        given_back.update(net=part_.net_minor, tax=part_.tax_minor)
        assert given_back["net"] <= line.net_minor
        assert given_back["tax"] <= line.tax_minor
    if not left:  # Whoever sends everything back gets everything back, and no more.
        assert (given_back["net"], given_back["tax"]) == (line.net_minor, line.tax_minor)
    if not corrected and left == units:
        assert not given_back.total()
