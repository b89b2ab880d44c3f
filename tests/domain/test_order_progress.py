"""What stock and payment answer moves the units of an order, and releases it when all is well."""

import pytest
from msgspec.structs import replace

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import NoUnits, OrderNotOpen, UnknownLine, UnknownTender
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import OnShortage, PlannedLine, ReleasedLine
from tests.support.order import (
    CANCEL,
    CAP,
    CAPS,
    CARD,
    CASH,
    FROM_LYON,
    ITEMS,
    MUG,
    MUGS,
    ORDER,
    POSTAGE,
    authorize,
    backorder,
    by_card,
    hold,
    packed,
    part,
    placed,
    reserve,
    ship,
    short,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)
PLACE = wish(MUGS, CAPS)
PLACED = placed(PLACE)
PAID = events.TenderAuthorized(ORDER, CARD, 1700)
GIFTS = wish(
    replace(MUGS, net_minor=0, tax_minor=0),
    replace(CAPS, net_minor=0),
    purpose=events.Purpose.GIFT,
    on_shortage=OnShortage.SPLIT,
)
RETRY = commands.RetryReservation(ORDER)


def reserved(line_id, quantity):
    return events.LineReserved(ORDER, line_id, ITEMS[line_id], quantity, FROM_LYON)


def backordered(line_id, quantity):
    return events.LineBackordered(ORDER, line_id, ITEMS[line_id], quantity)


def released(*lines):
    return events.OrderReleased(
        ORDER,
        tuple(ReleasedLine(line_id, ITEMS[line_id], n, FROM_LYON) for line_id, n in lines),
        PLACE.ship_to,
        9_000,
        2,
    )


# Reservations


def test_reserved_units_are_counted_for_their_line():
    given(PLACED).when(reserve(MUG, 2)).then(reserved(MUG, 2))
    line = given(PLACED, reserved(MUG, 2)).state.lines[MUG]
    assert (line.unreserved, line.reserved, line.sources) == (1, 2, FROM_LYON)


def test_what_stock_sets_aside_beyond_need_goes_back():
    given(PLACED, reserved(MUG, 2)).when(reserve(MUG, 2)).then(
        events.SurplusReleased(ORDER, MUG, ITEMS[MUG], 1), reserved(MUG, 1)
    )


def test_a_full_line_keeps_nothing_more():
    given(PLACED, reserved(MUG, 3)).when(reserve(MUG, 1)).then(
        events.SurplusReleased(ORDER, MUG, ITEMS[MUG], 1)
    )


def test_a_cancelled_order_gives_late_reservations_back():
    given(*told(PLACE, CANCEL)).when(reserve(MUG, 3)).then(
        events.SurplusReleased(ORDER, MUG, ITEMS[MUG], 3)
    )


def test_units_that_wait_are_served_before_units_that_were_not_answered():
    history = (PLACED, backordered(MUG, 2))
    line = given(*history, reserved(MUG, 2)).state.lines[MUG]
    assert (line.unreserved, line.backordered, line.reserved) == (1, 0, 2)
    state = given(*history, reserved(MUG, 3)).state
    assert (state.lines[MUG].unreserved, state.unanswered, state.waiting) == (0, 2, 2)


def test_a_service_needs_no_stock():
    given(placed(wish(MUGS, POSTAGE))).when(replace(reserve(CAP, 1), line_id=f"{ORDER}/3")).then(
        events.SurplusReleased(ORDER, f"{ORDER}/3", "POSTAGE", 1)
    )


# Backorders and expiry


def test_units_wait_for_supply():
    given(PLACED).when(backorder(MUG, 3)).then(backordered(MUG, 3))


def test_no_more_units_wait_than_have_no_answer():
    given(PLACED, reserved(MUG, 2)).when(backorder(MUG, 3)).then(backordered(MUG, 1))
    given(PLACED, reserved(MUG, 3)).when(backorder(MUG, 3)).then_nothing()


def test_units_that_were_set_aside_for_too_long_have_no_stock_any_more():
    given(PLACED, reserved(MUG, 2)).when(commands.RecordExpiry(ORDER, MUG, 5)).then(
        events.LineUnreserved(ORDER, MUG, ITEMS[MUG], 2)
    )


def test_an_expiry_of_nothing_is_no_news():
    given(PLACED).when(commands.RecordExpiry(ORDER, MUG, 5)).then_nothing()


def test_an_expiry_takes_no_more_than_has_expired():
    given(PLACED, reserved(MUG, 3)).when(commands.RecordExpiry(ORDER, MUG, 1)).then(
        events.LineUnreserved(ORDER, MUG, ITEMS[MUG], 1)
    )


# Asking again


def test_everything_without_stock_is_asked_for_again():
    given(PLACED, reserved(MUG, 1), backordered(MUG, 1), reserved(CAP, 2)).when(RETRY).then(
        events.ReservationRetried(
            ORDER, "web", OnShortage.BACKORDER, (PlannedLine(MUG, ITEMS[MUG], 3),)
        )
    )


def test_nothing_is_asked_for_again_if_all_is_answered():
    given(PLACED, reserved(MUG, 3), backordered(CAP, 2)).when(RETRY).then_nothing()


def test_what_is_on_a_shelf_or_gone_is_not_asked_for_again():
    split = replace(PLACE, on_shortage=OnShortage.SPLIT)
    history = told(
        split, authorize(1700), reserve(MUG, 3), backorder(CAP, 2), *packed(part(MUG, 3)),
        ship(MUG, 2), short(MUG, 1),
    )  # fmt: skip
    assert history[-1] == events.ReservationRetried(
        ORDER, "web", OnShortage.SPLIT, (PlannedLine(MUG, ITEMS[MUG], 1),)
    )


def test_released_units_are_part_of_what_stock_should_keep():
    split = replace(PLACE, on_shortage=OnShortage.SPLIT)
    history = told(
        split, authorize(1700), reserve(MUG, 3), reserve(CAP, 1), backorder(CAP, 1),
        *packed(part(MUG, 2)), short(MUG, 2),
    )  # fmt: skip
    assert history[-1] == events.ReservationRetried(
        ORDER, "web", OnShortage.SPLIT, (PlannedLine(MUG, ITEMS[MUG], 3),)
    )


# Authorization and release


def test_an_order_goes_out_once_it_is_paid_and_in_stock():
    given(PLACED, reserved(MUG, 3), reserved(CAP, 2)).when(authorize(1700)).then(
        PAID, released((MUG, 3), (CAP, 2))
    )
    given(PLACED, PAID, reserved(MUG, 3)).when(reserve(CAP, 2)).then(
        reserved(CAP, 2), released((MUG, 3), (CAP, 2))
    )


def test_a_paid_order_waits_for_its_stock():
    given(PLACED, reserved(MUG, 3)).when(authorize(1700)).then(PAID)


def test_an_order_waits_for_each_of_its_tenders():
    tenders = (by_card(1000), events.Tender(CASH, events.TenderMethod.CASH, 700))
    history = (placed(replace(PLACE, tenders=tenders)), reserved(MUG, 3), reserved(CAP, 2))
    given(*history).when(authorize(700, CASH)).then(events.TenderAuthorized(ORDER, CASH, 700))
    given(*history, events.TenderAuthorized(ORDER, CASH, 700)).when(authorize(1000)).then(
        events.TenderAuthorized(ORDER, CARD, 1000), released((MUG, 3), (CAP, 2))
    )


def test_a_tender_is_certain_once():
    given(PLACED, PAID).when(authorize(1700)).then_nothing()


def test_a_tender_that_is_certain_too_late_changes_nothing():
    given(*told(PLACE, CANCEL)).when(authorize(1700)).then_nothing()


def test_a_tender_of_another_order_is_unknown():
    given(PLACED).when(authorize(1, "web:7/card")).then_rejected(
        UnknownTender, "payment_id 'web:7/card' is not in the order."
    )


def test_a_backorder_ships_together_when_the_rest_has_come():
    given(PLACED, PAID, reserved(MUG, 3)).when(backorder(CAP, 2)).then(backordered(CAP, 2))
    given(PLACED, PAID, reserved(MUG, 3), backordered(CAP, 2)).when(reserve(CAP, 2)).then(
        reserved(CAP, 2), released((MUG, 3), (CAP, 2))
    )


def test_a_split_order_ships_what_there_is_and_the_rest_later():
    start = placed(replace(PLACE, on_shortage=OnShortage.SPLIT))
    given(start, PAID, reserved(MUG, 3)).when(backorder(CAP, 2)).then(
        backordered(CAP, 2), released((MUG, 3))
    )
    rest = (start, PAID, reserved(MUG, 3), backordered(CAP, 2), released((MUG, 3)))
    given(*rest).when(reserve(CAP, 1)).then(reserved(CAP, 1), released((CAP, 1)))


def test_a_split_order_hears_the_answer_for_every_line_before_it_goes_out():
    given(placed(GIFTS)).when(reserve(MUG, 3)).then(reserved(MUG, 3))
    given(placed(GIFTS), reserved(MUG, 3)).when(reserve(CAP, 2)).then(
        reserved(CAP, 2), released((MUG, 3), (CAP, 2))
    )


def test_a_held_order_is_not_released():
    history = told(PLACE, reserve(MUG, 3), reserve(CAP, 2), hold("h", events.Blocked.RELEASE))
    given(*history).when(authorize(1700)).then(PAID)


# Refusals

NOTES = [
    reserve(MUG, 1),
    backorder(MUG, 1),
    commands.RecordShortage(ORDER, MUG, 1, 0),
    commands.RecordExpiry(ORDER, MUG, 1),
    RETRY,
    authorize(1),
]


@pytest.mark.parametrize("command", NOTES, ids=lambda c: type(c).__name__)
def test_nothing_happens_to_an_order_that_was_never_placed(command):
    given().when(command).then_rejected(OrderNotOpen, "the order is unknown.")
    given(*told(wish())).when(command).then_rejected(OrderNotOpen, "the order is rejected.")


@pytest.mark.parametrize(
    "command",
    [backorder(MUG, 1), commands.RecordExpiry(ORDER, MUG, 1), RETRY],
    ids=lambda c: type(c).__name__,
)
def test_a_cancelled_order_waits_for_nothing(command):
    given(*told(PLACE, CANCEL)).when(command).then_rejected(OrderNotOpen, "the order is cancelled.")


@pytest.mark.parametrize("command", NOTES[:4], ids=lambda c: type(c).__name__)
def test_only_lines_of_the_order_are_answered_for(command):
    given(PLACED).when(replace(command, line_id="web:1001/9")).then_rejected(
        UnknownLine, "line_id 'web:1001/9' is not in the order."
    )


@pytest.mark.parametrize("quantity", [0, -1])
@pytest.mark.parametrize("command", [NOTES[0], NOTES[1], NOTES[3]], ids=lambda c: type(c).__name__)
def test_no_units_are_no_answer(command, quantity):
    given(PLACED, reserved(MUG, 1)).when(replace(command, quantity=quantity)).then_rejected(
        NoUnits, f"quantity is {quantity}."
    )
