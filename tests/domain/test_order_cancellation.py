"""Units are given up from wherever they are; what has left stays sold, and is charged."""

import pytest
from msgspec.structs import replace

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import OrderNotOpen, TooManyUnits, UnknownLine
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import CancellationReason, OnShortage, ReleasedLine, Withdrawn
from tests.support.order import (
    CANCEL,
    CAP,
    CAPS,
    CARD,
    F1,
    F2,
    FROM_LYON,
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
    cancel_line,
    packed,
    part,
    plan,
    reroute,
    reserve,
    sent,
    ship,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)
CUSTOMER = CancellationReason.CUSTOMER
PLACE = wish(MUGS, CAPS, on_shortage=OnShortage.SPLIT)
PAID = (PLACE, authorize(1700))
IN_STOCK = (*PAID, reserve(MUG, 3), reserve(CAP, 2))


def cancelled(line_id, quantity, net, tax, name="c1", **buckets):
    return events.LineCancelled(
        ORDER, "C-1", line_id, ITEMS[line_id], quantity, net, tax, "EUR", CUSTOMER, name, **buckets
    )


def gone(line_id, **changes):
    """Return the cancellation of a whole line with its order."""
    net, tax, quantity = {MUG: (1000, 200, 3), CAP: (500, 0, 2), POST: (499, 1, 1)}[line_id]
    return replace(cancelled(line_id, quantity, net, tax, f"all:{line_id}"), **changes)


ORDER_GONE = events.OrderCancelled(ORDER, "C-1", CUSTOMER, (CARD,))


def asked(fulfilment_id, *parts):
    return events.AllocationCompleted(ORDER, fulfilment_id, "LYON", parts, PLACE.ship_to, 9_000, 2)


# The whole order, from every state

ALL = wish(MUGS, on_shortage=OnShortage.SPLIT)


@pytest.mark.parametrize(
    ("wishes", "buckets"),
    [
        ((), {"unreserved": 3}),
        ((backorder(MUG, 3),), {"backordered": 3}),
        ((reserve(MUG, 3),), {"reserved": 3}),
        ((reserve(MUG, 1), backorder(MUG, 1)), {"unreserved": 1, "backordered": 1, "reserved": 1}),
        ((authorize(1200), reserve(MUG, 3)), {"released": 3}),
        ((authorize(1200), reserve(MUG, 3), plan(F1, part(MUG, 2))), {"released": 3}),
        (
            (authorize(1200), reserve(MUG, 3), *packed(part(MUG, 3))),
            {"allocated": 3, "withdrawn": (Withdrawn(F1, 3),)},
        ),
        (
            (
                authorize(1200),
                reserve(MUG, 3),
                *packed(part(MUG, 1)),
                *packed(part(MUG, 1), fulfilment_id=F2),
            ),
            {"released": 1, "allocated": 2, "withdrawn": (Withdrawn(F2, 1), Withdrawn(F1, 1))},
        ),
    ],
)
def test_an_order_of_which_nothing_has_left_is_given_up(wishes, buckets):
    history = told(ALL, *wishes)
    given(*history).when(CANCEL).then(gone(MUG, **buckets), ORDER_GONE)
    assert not given(*history, gone(MUG, **buckets), ORDER_GONE).state.parcels


def test_cancelling_twice_is_cancelling_once():
    given(*told(ALL, CANCEL)).when(CANCEL).then_nothing()


def test_a_completed_order_has_nothing_to_give_up():
    given(*told(ALL, authorize(1200), reserve(MUG, 3), *sent(part(MUG, 3)))).when(
        CANCEL
    ).then_nothing()


def test_an_order_of_which_a_parcel_has_left_is_complete_without_the_rest():
    history = told(*IN_STOCK, *sent(part(MUG, 1)), plan(F2, part(CAP, 2)), allocate(CAP, 2, F2))
    given(*history).when(CANCEL).then(
        cancelled(MUG, 2, 667, 134, f"all:{MUG}", released=2),
        gone(CAP, allocated=2, withdrawn=(Withdrawn(F2, 2),)),
        events.OrderCompleted(ORDER, "C-1", 399, "EUR", (CARD,)),
    )


def test_a_parcel_that_has_half_left_is_charged_when_the_other_half_is_given_up():
    history = told(*IN_STOCK, *packed(part(MUG, 3), part(CAP, 2)), ship(MUG, 3))
    charged = events.ShipmentCharged(ORDER, "C-1", F1, 1200, "EUR", (by_card(1200),))
    completed = events.OrderCompleted(ORDER, "C-1", 1200, "EUR", (CARD,))
    gone_from = {"allocated": 2, "withdrawn": (Withdrawn(F1, 2),)}
    given(*history).when(CANCEL).then(gone(CAP, **gone_from), charged, completed)
    given(*history).when(cancel_line(CAP, 2)).then(
        cancelled(CAP, 2, 500, 0, **gone_from), charged, completed
    )


def test_services_are_charged_with_a_parcel_that_has_half_left():
    place = wish(MUGS, CAPS, POSTAGE, on_shortage=OnShortage.SPLIT)
    history = told(
        place, authorize(2200), reserve(MUG, 3), reserve(CAP, 2),
        *packed(part(MUG, 3), part(CAP, 2)), ship(MUG, 3),
    )  # fmt: skip
    given(*history).when(cancel_line(CAP, 2)).then(
        cancelled(CAP, 2, 500, 0, allocated=2, withdrawn=(Withdrawn(F1, 2),)),
        events.LineShipped(ORDER, "C-1", POST, "POSTAGE", 1, 499, 1, 0, "EUR", F1),
        events.ShipmentCharged(ORDER, "C-1", F1, 1700, "EUR", (by_card(1700),)),
        events.OrderCompleted(ORDER, "C-1", 1700, "EUR", (CARD,)),
    )


def test_services_go_with_the_goods():
    history = told(wish(MUGS, POSTAGE))
    given(*history).when(CANCEL).then(gone(MUG, unreserved=3), gone(POST, released=1), ORDER_GONE)
    given(*history).when(cancel_line(MUG, 3)).then(
        cancelled(MUG, 3, 1000, 200, unreserved=3), gone(POST, released=1), ORDER_GONE
    )


# Single lines


def test_the_last_units_are_given_up_first_and_take_their_share_of_the_price():
    history = told(ALL)
    given(*history).when(cancel_line(MUG, 1)).then(cancelled(MUG, 1, 334, 67, unreserved=1))
    history = told(ALL, cancel_line(MUG, 1))
    given(*history).when(cancel_line(MUG, 1, "c2")).then(
        cancelled(MUG, 1, 333, 67, "c2", unreserved=1)
    )


def test_a_line_is_given_up_once_for_each_intent():
    history = told(ALL, cancel_line(MUG, 1))
    given(*history).when(cancel_line(MUG, 1)).then_nothing()
    given(*history, *told_cancel(history)).when(cancel_line(MUG, 1)).then_nothing()


def told_cancel(history):
    return tuple(order.decide(CANCEL, order.fold(history)))


def test_an_order_whose_last_goods_are_given_up_is_cancelled():
    history = told(PLACE, cancel_line(MUG, 3))
    given(*history).when(cancel_line(CAP, 2, "c2")).then(
        cancelled(CAP, 2, 500, 0, "c2", unreserved=2), ORDER_GONE
    )


def test_an_order_whose_last_open_units_are_given_up_is_complete():
    history = told(*IN_STOCK, *sent(part(MUG, 3)))
    given(*history).when(cancel_line(CAP, 2)).then(
        cancelled(CAP, 2, 500, 0, released=2),
        events.OrderCompleted(ORDER, "C-1", 1200, "EUR", (CARD,)),
    )


def test_an_order_without_the_line_it_waited_for_goes_out():
    waiting = replace(PLACE, on_shortage=OnShortage.BACKORDER)
    history = told(waiting, authorize(1700), reserve(MUG, 3), backorder(CAP, 2))
    lines = (ReleasedLine(MUG, ITEMS[MUG], 3, FROM_LYON),)
    given(*history).when(cancel_line(CAP, 2)).then(
        cancelled(CAP, 2, 500, 0, backordered=2),
        events.OrderReleased(ORDER, lines, PLACE.ship_to, 9_000, 2),
    )


def test_what_costs_least_to_undo_is_given_up_first():
    line = replace(MUGS, quantity=5, net_minor=500, tax_minor=0)
    history = told(
        wish(line, on_shortage=OnShortage.SPLIT), reserve(MUG, 2), authorize(500),
        backorder(MUG, 1), reserve(MUG, 1), backorder(MUG, 1),
    )  # fmt: skip
    state = given(*history).state.lines[MUG]
    assert (state.unreserved, state.backordered, state.reserved) == (1, 1, 3)
    given(*history).when(cancel_line(MUG, 4)).then(
        cancelled(MUG, 4, 400, 0, unreserved=1, backordered=1, reserved=2),
        events.OrderReleased(
            ORDER, (ReleasedLine(MUG, ITEMS[MUG], 1, FROM_LYON),), PLACE.ship_to, 9_000, 2
        ),
    )


def test_one_of_two_services_is_given_up_alone():
    wrapping = replace(POSTAGE, line_id=CAP, quantity=2)
    history = told(wish(POSTAGE, wrapping))
    part_gone = replace(cancelled(CAP, 1, 250, 1, released=1), item_id="POSTAGE")
    given(*history).when(cancel_line(CAP, 1)).then(part_gone)
    rest_gone = replace(cancelled(CAP, 1, 249, 0, "c2", released=1), item_id="POSTAGE")
    given(*history, part_gone).when(cancel_line(CAP, 1, "c2")).then(rest_gone)
    given(*history, part_gone, rest_gone).when(cancel_line(POST, 1, "c3")).then(
        cancelled(POST, 1, 499, 1, "c3", released=1), ORDER_GONE
    )


# Units in a parcel


def test_units_are_taken_out_of_the_latest_parcel_and_come_back_when_it_is_stopped():
    history = told(
        *IN_STOCK, *packed(part(MUG, 1), part(CAP, 2)), *packed(part(MUG, 2), fulfilment_id=F2)
    )
    taken = cancelled(MUG, 2, 667, 134, allocated=2, withdrawn=(Withdrawn(F2, 2),))
    given(*history).when(cancel_line(MUG, 2)).then(taken)
    given(*history, taken).when(reroute(MUG, 2, F2)).then(
        events.SurplusReleased(ORDER, MUG, ITEMS[MUG], 2)
    )


def test_parcels_of_other_lines_are_left_alone():
    history = told(*IN_STOCK, *packed(part(MUG, 3)), *packed(part(CAP, 2), fulfilment_id=F2))
    given(*history).when(cancel_line(MUG, 1)).then(
        cancelled(MUG, 1, 334, 67, allocated=1, withdrawn=(Withdrawn(F1, 1),))
    )


def test_warehouses_are_asked_in_the_order_of_their_parcels():
    line = replace(MUGS, quantity=8, net_minor=800, tax_minor=0)
    caps = replace(CAPS, quantity=8)
    names = [f"{ORDER}/f{n}" for n in range(8)]
    history = told(
        wish(line, caps), reserve(MUG, 8), reserve(CAP, 8), authorize(1300),
        *(plan(name, part(MUG, 1), part(CAP, 1)) for name in names),
        *(allocate(CAP, 1, name) for name in reversed(names)),
    )  # fmt: skip
    given(*history).when(cancel_line(MUG, 8)).then(
        cancelled(MUG, 8, 800, 0, released=8),
        *(asked(name, part(CAP, 1)) for name in names),
    )


def test_what_is_still_wanted_of_a_stopped_parcel_is_released_again():
    history = told(*IN_STOCK, *packed(part(MUG, 3)))
    taken = cancelled(MUG, 1, 334, 67, allocated=0, released=0)
    taken = replace(taken, allocated=1, withdrawn=(Withdrawn(F1, 1),))
    given(*history).when(cancel_line(MUG, 1)).then(taken)
    lines = (ReleasedLine(MUG, ITEMS[MUG], 2, FROM_LYON),)
    given(*history, taken).when(reroute(MUG, 3)).then(
        events.SurplusReleased(ORDER, MUG, ITEMS[MUG], 1),
        events.LineRerouted(ORDER, MUG, ITEMS[MUG], 2, F1, "LYON", FROM_LYON, barred=False),
        events.OrderReleased(ORDER, lines, PLACE.ship_to, 9_000, 2),
    )


def test_units_that_have_a_plan_but_no_shelf_leave_their_parcel():
    history = told(*IN_STOCK, plan(F1, part(MUG, 2), part(CAP, 2)), plan(F2, part(MUG, 1)))
    state = given(*history, cancelled(MUG, 2, 667, 134, released=2)).state
    assert dict(state.parcels[F1].planned) == {MUG: 1, CAP: 2}
    assert F2 not in state.parcels


def test_the_warehouse_is_asked_for_the_rest_once_nothing_lacks_its_shelf():
    history = told(*IN_STOCK, plan(F1, part(MUG, 3), part(CAP, 2)), allocate(CAP, 2))
    given(*history).when(cancel_line(MUG, 3)).then(
        cancelled(MUG, 3, 1000, 200, released=3), asked(F1, part(CAP, 2))
    )


def test_units_without_a_plan_are_given_up_before_units_in_a_parcel():
    history = told(*IN_STOCK, plan(F1, part(MUG, 1)))
    state = given(*history, cancelled(MUG, 2, 667, 134, released=2)).state
    assert dict(state.parcels[F1].planned) == {MUG: 1}


# Refusals


def test_no_more_is_given_up_than_is_open():
    history = told(*IN_STOCK, *sent(part(MUG, 2)))
    for quantity in (0, 2):
        given(*history).when(cancel_line(MUG, quantity)).then_rejected(
            TooManyUnits,
            f"quantity {quantity} is not 1 to 1, the units of line '{MUG}' not yet shipped.",
        )


def test_a_closed_order_gives_up_nothing_more():
    given(*told(PLACE, CANCEL)).when(cancel_line(MUG, 1)).then_rejected(
        OrderNotOpen, "the order is cancelled."
    )


def test_a_line_of_another_order_is_not_given_up():
    command = commands.CancelLine(ORDER, "web:7/1", 1, CUSTOMER, "c1")
    given(*told(PLACE)).when(command).then_rejected(
        UnknownLine, "line_id 'web:7/1' is not in the order."
    )
