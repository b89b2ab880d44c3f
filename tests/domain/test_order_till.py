"""A sale at a till: over this counter or not at all."""

from oms_core.domain.order import commands, events
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import Blocked, HoldKind, OnShortage
from tests.support.order import (
    F1,
    FROM_LYON,
    ITEMS,
    MUG,
    MUGS,
    ORDER,
    POST,
    POSTAGE,
    allocate,
    authorize,
    hold,
    part,
    plan,
    reserve,
    ship,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)
SALE = wish(MUGS, POSTAGE, on_shortage=OnShortage.CANCEL, sold_at="LYON")
FAILED = commands.RecordRoutingFailure(ORDER, 1, (part(MUG, 3),), "sold at LYON")


def test_what_is_released_and_tied_to_a_shelf_says_where_it_is_sold():
    happened = told(
        SALE, authorize(1700), reserve(MUG, 3), plan(F1, part(MUG, 3)), allocate(MUG, 3)
    )
    released = next(event for event in happened if isinstance(event, events.OrderReleased))
    completed = next(event for event in happened if isinstance(event, events.AllocationCompleted))
    assert (released.sold_at, completed.sold_at) == ("LYON", "LYON")


def test_what_has_left_says_where_it_was_handed_over():
    happened = told(
        SALE,
        *(authorize(1700), reserve(MUG, 3), plan(F1, part(MUG, 3)), allocate(MUG, 3)),
        ship(MUG, 3),
    )
    (charged,) = (event for event in happened if isinstance(event, events.ShipmentCharged))
    assert (charged.fulfilment_id, charged.sold_at) == (F1, "LYON")


def test_services_alone_are_handed_over_by_nobody():
    service = wish(POSTAGE, on_shortage=OnShortage.CANCEL, sold_at="LYON")
    happened = told(service, authorize(500))
    (charged,) = (event for event in happened if isinstance(event, events.ShipmentCharged))
    assert charged.sold_at == ""


def test_what_this_location_lacks_is_not_sold():
    before = told(SALE, authorize(1700), reserve(MUG, 3))
    released = before[-1]
    assert isinstance(released, events.OrderReleased)
    assert released.lines == (events.ReleasedLine(MUG, ITEMS[MUG], 3, FROM_LYON),)
    state = order.fold(before)
    happened = list(order.decide(FAILED, state))
    assert [type(event).__name__ for event in happened] == [
        "LineCancelled",
        "LineCancelled",
        "OrderCancelled",
    ]
    assert [(e.line_id, e.quantity, e.reason) for e in happened[:2]] == [
        (MUG, 3, events.CancellationReason.INVENTORY),
        (POST, 1, events.CancellationReason.INVENTORY),
    ]


def test_a_sale_that_may_not_be_cancelled_now_waits_for_a_person():
    before = told(SALE, authorize(1700), reserve(MUG, 3), hold("review", Blocked.CANCELLATION))
    given(*before).when(FAILED).then(
        events.OrderHeld(ORDER, "routing:1", HoldKind.ROUTING, (Blocked.RELEASE,), "sold at LYON"),
        events.ReleaseRevoked(ORDER, (part(MUG, 3),)),
    )


def test_a_sale_that_would_wait_is_refused():
    for on_shortage in (OnShortage.HOLD, OnShortage.SPLIT, OnShortage.BACKORDER):
        waiting = wish(MUGS, on_shortage=on_shortage, sold_at="LYON")
        given().when(waiting).then(
            events.OrderRejected(
                ORDER,
                "web",
                "1001",
                (
                    events.Refusal(
                        "order.sold_at",
                        f"on_shortage '{on_shortage.value}' of a sale at 'LYON' is not 'cancel': "
                        "who stands at a till does not wait.",
                    ),
                ),
            )
        )
