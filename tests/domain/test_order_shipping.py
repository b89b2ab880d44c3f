"""Units leave with their exact shares of price and tax, and a whole parcel makes its amount due."""

import pytest
from msgspec.structs import replace

from oms_core.domain.order import events
from oms_core.domain.order.checks import NoUnits, TooManyUnits, UnknownLine
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import OnShortage, PlannedLine, Purpose, Tender, TenderMethod
from tests.support.order import (
    CAP,
    CAPS,
    CARD,
    CASH,
    F1,
    F2,
    ITEMS,
    MUG,
    MUGS,
    ORDER,
    POST,
    POSTAGE,
    allocate,
    authorize,
    backorder,
    by_card,
    deliver,
    packed,
    part,
    plan,
    reserve,
    sent,
    ship,
    short,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)


def started(place, *wishes):
    """Return what has happened when an order is in stock and paid for, and these wishes came."""
    goods = [line for line in place.lines if line.kind is events.LineKind.GOODS]
    return told(
        place,
        *(reserve(line.line_id, line.quantity) for line in goods),
        *(authorize(tender.amount_minor, tender.payment_id) for tender in place.tenders),
        *wishes,
    )


def shipped(line_id, quantity, net, tax, fulfilment_id=F1, cost=100, **changes):
    event = events.LineShipped(
        ORDER, "C-1", line_id, ITEMS[line_id], quantity, net, tax, cost, "EUR", fulfilment_id,
        cost_currency="EUR",
    )  # fmt: skip
    return replace(event, **changes)


POST_SENT = shipped(POST, 1, 499, 1, cost=0, cost_currency="")


def charged(fulfilment_id, *tenders):
    amount = sum(tender.amount_minor for tender in tenders)
    return events.ShipmentCharged(ORDER, "C-1", fulfilment_id, amount, "EUR", tenders)


def completed(amount, *payments):
    return events.OrderCompleted(ORDER, "C-1", amount, "EUR", payments or (CARD,))


# Shipment


def test_the_whole_order_in_one_parcel():
    history = started(wish(MUGS), *packed(part(MUG, 3)))
    given(*history).when(ship(MUG, 3)).then(
        shipped(MUG, 3, 1000, 200), charged(F1, by_card(1200)), completed(1200)
    )


def test_a_parcel_is_charged_when_its_last_line_has_left():
    history = started(wish(MUGS, CAPS), *packed(part(MUG, 3), part(CAP, 2)))
    given(*history).when(ship(CAP, 2)).then(shipped(CAP, 2, 500, 0))
    given(*history, shipped(CAP, 2, 500, 0)).when(ship(MUG, 3)).then(
        shipped(MUG, 3, 1000, 200), charged(F1, by_card(1700)), completed(1700)
    )


def test_each_parcel_bears_the_exact_share_of_its_units():
    names = [f"{ORDER}/f{n}" for n in range(3)]
    history = started(wish(MUGS))
    shares = [(333, 66), (333, 67), (334, 67)]
    for name, (net, tax) in zip(names[:2], shares, strict=False):
        history += told_after(history, *packed(part(MUG, 1), fulfilment_id=name))
        step = (shipped(MUG, 1, net, tax, name), charged(name, by_card(net + tax)))
        given(*history).when(ship(MUG, 1, name)).then(*step)
        history += step
    history += told_after(history, *packed(part(MUG, 1), fulfilment_id=names[2]))
    given(*history).when(ship(MUG, 1, names[2])).then(
        shipped(MUG, 1, 334, 67, names[2]), charged(names[2], by_card(401)), completed(1200)
    )


def told_after(history, *wishes):
    added = ()
    for command in wishes:
        added += tuple(order.decide(command, order.fold((*history, *added))))
    return added


def test_what_units_had_cost_is_kept_with_them():
    history = started(wish(MUGS), *sent(part(MUG, 1)), *packed(part(MUG, 2), fulfilment_id=F2))
    line = given(*history, shipped(MUG, 2, 667, 134, F2, cost=250)).state.lines[MUG]
    assert (line.cost_minor, line.cost_currency) == (350, "EUR")
    line = given(*history, shipped(MUG, 2, 667, 134, F2, 0, cost_currency="")).state.lines[MUG]
    assert (line.cost_minor, line.cost_currency) == (100, "EUR")


def test_a_line_leaves_a_parcel_once():
    history = started(wish(MUGS, CAPS), *packed(part(MUG, 3), part(CAP, 2)), ship(MUG, 1))
    given(*history).when(ship(MUG, 1)).then_nothing()


@pytest.mark.parametrize("quantity", [0, 4])
def test_no_more_units_leave_than_have_their_shelf(quantity):
    history = started(wish(MUGS), *packed(part(MUG, 3)))
    for command in (ship(MUG, quantity), short(MUG, quantity)):
        given(*history).when(command).then_rejected(
            TooManyUnits, f"quantity {quantity} is not 1 to 3, the units allocated."
        )


def test_units_without_a_shelf_do_not_leave():
    history = started(wish(MUGS, CAPS), plan(F1, part(MUG, 3), part(CAP, 2)), allocate(MUG, 3))
    given(*history).when(ship(CAP, 1)).then_rejected(TooManyUnits)


@pytest.mark.parametrize("purpose", [Purpose.REPLACEMENT, Purpose.GIFT])
def test_a_free_order_is_charged_nothing(purpose):
    gift = replace(MUGS, net_minor=0, tax_minor=0)
    history = started(wish(gift, purpose=purpose), *packed(part(MUG, 3)))
    given(*history).when(ship(MUG, 3)).then(
        shipped(MUG, 3, 0, 0, purpose=purpose),
        charged(F1),
        events.OrderCompleted(ORDER, "C-1", 0, "EUR", ()),
    )


# Services


def test_services_are_charged_with_the_first_parcel():
    history = started(wish(MUGS, POSTAGE), *packed(part(MUG, 1)))
    given(*history).when(ship(MUG, 1)).then(
        shipped(MUG, 1, 333, 66), POST_SENT, charged(F1, by_card(899))
    )
    history = started(
        wish(MUGS, POSTAGE), *sent(part(MUG, 1)), *packed(part(MUG, 2), fulfilment_id=F2)
    )
    given(*history).when(ship(MUG, 2, F2)).then(
        shipped(MUG, 2, 667, 134, F2), charged(F2, by_card(801)), completed(1700)
    )


def test_services_alone_are_charged_when_they_are_paid():
    place = wish(POSTAGE)
    services = f"{ORDER}/services"
    given(*told(place)).when(authorize(500)).then(
        events.TenderAuthorized(ORDER, CARD, 500),
        replace(POST_SENT, fulfilment_id=services),
        charged(services, by_card(500)),
        completed(500),
    )


def test_services_are_charged_in_their_order():
    ids = [f"{ORDER}/{n}" for n in range(2, 10)]
    services = [replace(POSTAGE, line_id=line_id) for line_id in ids]
    history = started(wish(MUGS, *services), *packed(part(MUG, 3)))
    given(*history).when(ship(MUG, 3)).then(
        shipped(MUG, 3, 1000, 200),
        *(replace(POST_SENT, line_id=line_id) for line_id in ids),
        charged(F1, by_card(5200)),
        completed(5200),
    )


# Several tenders

BY_CASH = Tender(CASH, TenderMethod.CASH, 500)


def test_tenders_are_used_up_in_their_order():
    place = wish(MUGS, tenders=(BY_CASH, by_card(700)))
    history = started(place, *packed(part(MUG, 1)))
    given(*history).when(ship(MUG, 1)).then(
        shipped(MUG, 1, 333, 66), charged(F1, replace(BY_CASH, amount_minor=399))
    )
    history = started(place, *sent(part(MUG, 1)), *packed(part(MUG, 2), fulfilment_id=F2))
    given(*history).when(ship(MUG, 2, F2)).then(
        shipped(MUG, 2, 667, 134, F2),
        charged(F2, replace(BY_CASH, amount_minor=101), by_card(700)),
        completed(1200, CASH, CARD),
    )


def test_a_tender_that_is_used_up_bears_nothing_more():
    place = wish(MUGS, tenders=(replace(BY_CASH, amount_minor=399), by_card(801)))
    history = started(place, *packed(part(MUG, 1)))
    given(*history).when(ship(MUG, 1)).then(
        shipped(MUG, 1, 333, 66), charged(F1, replace(BY_CASH, amount_minor=399))
    )
    history = started(place, *sent(part(MUG, 1)), *packed(part(MUG, 2), fulfilment_id=F2))
    given(*history).when(ship(MUG, 2, F2)).then(
        shipped(MUG, 2, 667, 134, F2), charged(F2, by_card(801)), completed(1200, CASH, CARD)
    )


# Short picks


def retried(*lines, on_shortage=OnShortage.BACKORDER):
    parts = tuple(PlannedLine(line_id, ITEMS[line_id], quantity) for line_id, quantity in lines)
    return events.ReservationRetried(ORDER, "web", on_shortage, parts)


def shorted(line_id, quantity):
    return events.LineShorted(ORDER, line_id, ITEMS[line_id], quantity, F1)


def test_a_short_parcel_is_charged_for_what_is_in_it():
    history = started(wish(MUGS), *packed(part(MUG, 3)), ship(MUG, 2))
    given(*history).when(short(MUG, 1)).then(
        shorted(MUG, 1), charged(F1, by_card(799)), retried((MUG, 1))
    )


def test_a_parcel_is_not_charged_while_another_line_is_in_it():
    history = started(wish(MUGS, CAPS), *packed(part(MUG, 3), part(CAP, 2)), ship(MUG, 2))
    given(*history).when(short(MUG, 1)).then(shorted(MUG, 1), retried((MUG, 1)))
    given(*history, shorted(MUG, 1)).when(short(MUG, 1)).then_nothing()
    given(*history, shorted(MUG, 1)).when(ship(CAP, 2)).then(
        shipped(CAP, 2, 500, 0), charged(F1, by_card(1299))
    )


def test_a_parcel_of_nothing_is_charged_nothing():
    history = started(wish(MUGS), *packed(part(MUG, 3)))
    given(*history).when(short(MUG, 3)).then(shorted(MUG, 3), retried((MUG, 3)))
    state = given(*history, shorted(MUG, 3)).state
    assert (state.waiting, state.unanswered, len(state.parcels)) == (3, 3, 0)


def test_missing_units_leave_in_a_later_parcel_with_the_rest_of_the_price():
    history = started(wish(MUGS), *packed(part(MUG, 3)), ship(MUG, 2), short(MUG, 1))
    history += told_after(history, reserve(MUG, 1), *packed(part(MUG, 1), fulfilment_id=F2))
    given(*history).when(ship(MUG, 1, F2)).then(
        shipped(MUG, 1, 334, 67, F2), charged(F2, by_card(401)), completed(1200)
    )


def test_a_split_order_sends_what_is_there_before_the_answer_for_a_short_pick():
    place = wish(MUGS, CAPS, on_shortage=OnShortage.SPLIT)
    history = told(
        place, authorize(1700), reserve(MUG, 3), backorder(CAP, 2), *packed(part(MUG, 3)),
        ship(MUG, 2), short(MUG, 1),
    )  # fmt: skip
    assert history[-1] == retried((MUG, 1), on_shortage=OnShortage.SPLIT)
    given(*history).when(reserve(CAP, 2)).then(
        events.LineReserved(ORDER, CAP, ITEMS[CAP], 2, reserve(CAP, 2).sources)
    )


# Delivery


def test_a_parcel_arrives_once():
    history = started(wish(MUGS), *sent(part(MUG, 3)))
    arrived = events.ParcelDelivered(ORDER, F1, (part(MUG, 3),))
    given(*history).when(deliver(part(MUG, 3))).then(arrived)
    given(*history, arrived).when(deliver(part(MUG, 3))).then_nothing()
    assert given(*history, arrived).state.lines[MUG].delivered == 3


def test_no_more_units_arrive_than_have_left():
    history = started(wish(MUGS), *sent(part(MUG, 2)))
    given(*history).when(deliver(part(MUG, 3))).then_rejected(
        TooManyUnits, "quantity 3 is not 1 to 2, the units shipped and not delivered."
    )
    given(*history).when(deliver(part(MUG, 1), part(MUG, 2))).then_rejected(TooManyUnits)
    history += told_after(history, deliver(part(MUG, 1)))
    given(*history).when(deliver(part(MUG, 2), fulfilment_id=F2)).then_rejected(
        TooManyUnits, "quantity 2 is not 1 to 1, the units shipped and not delivered."
    )


def test_an_arrival_names_units_of_the_order():
    history = started(wish(MUGS), *sent(part(MUG, 2)))
    given(*history).when(deliver()).then_rejected(NoUnits, "lines is empty.")
    given(*history).when(deliver(replace(part(MUG, 1), line_id="web:7/1"))).then_rejected(
        UnknownLine
    )
