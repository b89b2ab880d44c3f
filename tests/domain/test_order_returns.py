"""What came back is booked once, and its exact price is owed back by the tenders that bore it."""

import pytest
from msgspec.structs import replace

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import NoUnits, TooManyUnits, UnknownLine
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import Disposition, LineKind, OnShortage, Tender, TenderMethod
from oms_core.domain.order.returns import NotCharged
from tests.support.order import (
    CANCEL,
    CAP,
    CAPS,
    CASH,
    F2,
    ITEMS,
    MUG,
    MUGS,
    ORDER,
    POST,
    POSTAGE,
    authorize,
    by_card,
    packed,
    part,
    reserve,
    send_back,
    sent,
    ship,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)
PLACE = wish(MUGS, CAPS, POSTAGE, on_shortage=OnShortage.SPLIT)
IN_STOCK = (PLACE, authorize(2200), reserve(MUG, 3), reserve(CAP, 2))
SENT = told(*IN_STOCK, *sent(part(MUG, 3), part(CAP, 2)))


def returned(name, line_id, quantity, net, tax, cost=None, **changes):
    cost = 100 * quantity if cost is None else cost
    event = events.LineReturned(
        ORDER, "C-1", name, line_id, ITEMS[line_id], quantity, net, tax, cost, "EUR",
        Disposition.RESTOCK, "LYON", cost_currency="EUR",
    )  # fmt: skip
    return replace(event, **changes)


def accepted(name, *tenders):
    amount = sum(tender.amount_minor for tender in tenders)
    return events.ReturnAccepted(ORDER, "C-1", name, amount, "EUR", tenders)


def test_a_return_is_owed_back_in_full():
    given(*SENT).when(send_back("R1", (MUG, 3))).then(
        returned("R1", MUG, 3, 1000, 200), accepted("R1", by_card(1200))
    )


def test_units_that_come_back_one_by_one_are_owed_their_own_shares():
    history = SENT
    for name, net, tax in [("R1", 333, 66), ("R2", 333, 67), ("R3", 334, 67)]:
        step = (returned(name, MUG, 1, net, tax), accepted(name, by_card(net + tax)))
        given(*history).when(send_back(name, (MUG, 1))).then(*step)
        history += step


def test_several_lines_come_back_in_one_return():
    given(*SENT).when(send_back("R1", (MUG, 1), (CAP, 2), (MUG, 1))).then(
        returned("R1", MUG, 2, 666, 133), returned("R1", CAP, 2, 500, 0),
        accepted("R1", by_card(1299)),
    )  # fmt: skip


def test_a_service_can_be_owed_back():
    given(*SENT).when(send_back("R1", (POST, 1))).then(
        returned("R1", POST, 1, 499, 1, 0, kind=LineKind.SERVICE, cost_currency=""),
        accepted("R1", by_card(500)),
    )


@pytest.mark.parametrize("disposition", Disposition)
def test_a_return_says_where_the_goods_go(disposition):
    command = replace(send_back("R1", (MUG, 1)), disposition=disposition, location_id="LEEDS")
    given(*SENT).when(command).then(
        returned("R1", MUG, 1, 333, 66, disposition=disposition, location_id="LEEDS"),
        accepted("R1", by_card(399)),
    )


def test_a_return_is_booked_once():
    once = (returned("R1", MUG, 1, 333, 66), accepted("R1", by_card(399)))
    given(*SENT, *once).when(send_back("R1", (MUG, 1))).then_nothing()
    given(*SENT, *once).when(send_back("R1", (CAP, 2))).then_nothing()


def test_tenders_give_back_in_the_order_in_which_they_paid():
    cash = Tender(CASH, TenderMethod.CASH, 500)
    place = wish(MUGS, tenders=(cash, by_card(700)))
    history = told(
        place, authorize(500, CASH), authorize(700), reserve(MUG, 3), *sent(part(MUG, 3))
    )
    first = (
        returned("R1", MUG, 1, 333, 66),
        accepted("R1", replace(cash, amount_minor=399)),
    )
    given(*history).when(send_back("R1", (MUG, 1))).then(*first)
    given(*history, *first).when(send_back("R2", (MUG, 2))).then(
        returned("R2", MUG, 2, 667, 134),
        accepted("R2", replace(cash, amount_minor=101), by_card(700)),
    )


def test_a_free_order_is_owed_nothing():
    gift = wish(replace(MUGS, net_minor=0, tax_minor=0))
    history = told(gift, reserve(MUG, 3), *sent(part(MUG, 3)))
    given(*history).when(send_back("R1", (MUG, 1))).then(
        returned("R1", MUG, 1, 0, 0), accepted("R1")
    )


def test_the_cost_of_what_came_back_adds_up_to_the_cost_of_what_left():
    history = told(
        wish(MUGS, on_shortage=OnShortage.SPLIT), authorize(1200), reserve(MUG, 3),
        *packed(part(MUG, 2)), ship(MUG, 2, cost=101),
    )  # fmt: skip
    first = (returned("R1", MUG, 1, 333, 66, 50), accepted("R1", by_card(399)))
    given(*history).when(send_back("R1", (MUG, 1))).then(*first)
    rest = (*packed(part(MUG, 1), fulfilment_id=F2), ship(MUG, 1, F2, 300))
    history += first
    for command in rest:
        history += tuple(order.decide(command, order.fold(history)))
    given(*history).when(send_back("R2", (MUG, 2))).then(
        returned("R2", MUG, 2, 667, 134, 351), accepted("R2", by_card(801))
    )


def test_what_left_before_a_cancellation_can_come_back():
    history = told(*IN_STOCK, *sent(part(MUG, 1)), CANCEL)
    given(*history).when(send_back("R1", (MUG, 1), (POST, 1))).then(
        returned("R1", MUG, 1, 333, 66),
        returned("R1", POST, 1, 499, 1, 0, kind=LineKind.SERVICE, cost_currency=""),
        accepted("R1", by_card(899)),
    )


# Refusals


def test_no_more_comes_back_than_has_left():
    given(*SENT).when(send_back("R1", (MUG, 4))).then_rejected(
        TooManyUnits, "quantity 4 is not 1 to 3, the units shipped and not returned."
    )
    given(*SENT).when(send_back("R1", (MUG, 2), (MUG, 2))).then_rejected(TooManyUnits)
    history = (*SENT, returned("R1", MUG, 2, 666, 133), accepted("R1", by_card(799)))
    given(*history).when(send_back("R2", (MUG, 2))).then_rejected(
        TooManyUnits, "quantity 2 is not 1 to 1, the units shipped and not returned."
    )


def test_a_return_of_which_one_line_is_wrong_is_refused_whole():
    given(*SENT).when(send_back("R1", (CAP, 1), (MUG, 4))).then_rejected(TooManyUnits)
    given(*SENT).when(send_back("R1", (CAP, 1), ("web:7/1", 1))).then_rejected(UnknownLine)


def test_nothing_comes_back_out_of_a_parcel_that_has_not_wholly_left():
    history = told(*IN_STOCK, *packed(part(MUG, 3), part(CAP, 2)), ship(MUG, 3))
    given(*history).when(send_back("R1", (MUG, 1))).then_rejected(
        NotCharged, "399 would be owed back of 0 charged."
    )


@pytest.mark.parametrize(
    "lines", [(), (commands.ReturnLine(MUG, 0),), (commands.ReturnLine(MUG, -1),)]
)
def test_a_return_of_nothing_is_refused(lines):
    command = replace(send_back("R1"), lines=lines)
    given(*SENT).when(command).then_rejected(NoUnits)
