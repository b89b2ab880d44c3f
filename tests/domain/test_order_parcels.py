"""Released units are planned, find their shelf or another location, and the warehouse is asked."""

import pytest
from msgspec.structs import replace

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import (
    NoUnits,
    OrderNotOpen,
    TooManyUnits,
    UnknownLine,
    UnknownParcel,
)
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import Blocked, HoldKind, OnShortage, ReleasedLine
from oms_core.domain.order.state import Parcel
from tests.support.order import (
    CANCEL,
    CAP,
    CAPS,
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
    deliver,
    hold,
    packed,
    part,
    plan,
    reroute,
    reserve,
    sent,
    ship,
    short,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)
PLACE = wish(MUGS, CAPS, POSTAGE)
RELEASED = told(PLACE, reserve(MUG, 3), reserve(CAP, 2), authorize(2200))


def then(*wishes):
    return told(PLACE, reserve(MUG, 3), reserve(CAP, 2), authorize(2200), *wishes)


def planned(fulfilment_id, *parts):
    return events.FulfilmentPlanned(ORDER, fulfilment_id, "LYON", parts)


def allocated(line_id, quantity, fulfilment_id=F1):
    return events.LineAllocated(ORDER, line_id, ITEMS[line_id], quantity, fulfilment_id, "LYON")


def asked(fulfilment_id, *parts):
    return events.AllocationCompleted(ORDER, fulfilment_id, "LYON", parts, PLACE.ship_to, 9_000, 2)


def rerouted(line_id, quantity, fulfilment_id=F1, *, barred=False):
    return events.LineRerouted(
        ORDER, line_id, ITEMS[line_id], quantity, fulfilment_id, "LYON", FROM_LYON, barred
    )


def released(*lines):
    parts = tuple(ReleasedLine(line_id, ITEMS[line_id], n, FROM_LYON) for line_id, n in lines)
    return events.OrderReleased(ORDER, parts, PLACE.ship_to, 9_000, 2)


def surplus(line_id, quantity):
    return events.SurplusReleased(ORDER, line_id, ITEMS[line_id], quantity)


# Planning


def test_one_location_is_to_send_released_units_together():
    given(*RELEASED).when(plan(F1, part(MUG, 2), part(CAP, 2))).then(
        planned(F1, part(MUG, 2), part(CAP, 2))
    )


def test_the_order_knows_its_items_better_than_the_plan():
    other = events.PlannedLine(MUG, "SOMETHING ELSE", 1)
    given(*RELEASED).when(plan(F1, other)).then(planned(F1, part(MUG, 1)))


def test_a_line_that_is_named_twice_is_one_line():
    given(*RELEASED).when(plan(F1, part(MUG, 1), part(MUG, 2))).then(planned(F1, part(MUG, 3)))
    given(*RELEASED).when(plan(F1, part(MUG, 2), part(MUG, 2))).then_rejected(TooManyUnits)


def test_planning_twice_is_planning_once_also_when_the_parcel_has_gone():
    given(*then(plan(F1, part(MUG, 1)))).when(plan(F1, part(MUG, 1))).then_nothing()
    given(*then(*sent(part(MUG, 1)))).when(plan(F1, part(MUG, 1))).then_nothing()
    done = then(*sent(part(MUG, 3), part(CAP, 2)))
    given(*done).when(plan(F1, part(MUG, 3), part(CAP, 2))).then_nothing()


def test_units_are_planned_once():
    given(*then(plan(F1, part(MUG, 2)))).when(plan(F2, part(MUG, 2))).then_rejected(
        TooManyUnits,
        f"quantity 2 is not 1 to 1, the units of line '{MUG}' released and not planned.",
    )
    given(*then(plan(F1, part(MUG, 2)))).when(plan(F2, part(MUG, 1))).then(
        planned(F2, part(MUG, 1))
    )


def test_a_service_goes_in_no_parcel():
    given(*RELEASED).when(plan(F1, part(POST, 1))).then_rejected(TooManyUnits)


def test_units_that_are_not_released_are_not_planned():
    given(*told(PLACE, reserve(MUG, 3))).when(plan(F1, part(MUG, 1))).then_rejected(TooManyUnits)


@pytest.mark.parametrize("parts", [(), (part(MUG, 0),), (part(MUG, 1), part(CAP, -1))])
def test_a_plan_without_units_is_refused(parts):
    given(*RELEASED).when(plan(F1, *parts)).then_rejected(NoUnits)


def test_only_lines_of_the_order_are_planned():
    other = events.PlannedLine("web:7/1", "ITEM", 1)
    given(*RELEASED).when(plan(F1, other)).then_rejected(UnknownLine)


# Allocation


def test_the_warehouse_is_asked_when_every_line_has_its_shelf():
    history = then(plan(F1, part(CAP, 2), part(MUG, 3)))
    given(*history).when(allocate(MUG, 3)).then(allocated(MUG, 3))
    given(*history, allocated(MUG, 3)).when(allocate(CAP, 2)).then(
        allocated(CAP, 2), asked(F1, part(MUG, 3), part(CAP, 2))
    )


def test_a_line_finds_its_shelf_once():
    given(*then(plan(F1, part(MUG, 3), part(CAP, 2)), allocate(MUG, 3))).when(
        allocate(MUG, 3)
    ).then_nothing()


@pytest.mark.parametrize("quantity", [0, 2, 4])
def test_a_line_finds_its_shelf_as_a_whole(quantity):
    given(*then(plan(F1, part(MUG, 3)))).when(allocate(MUG, quantity)).then_rejected(
        TooManyUnits, f"quantity {quantity} is not the 3 units planned."
    )


@pytest.mark.parametrize("quantity", [0, 1])
def test_a_line_that_is_not_in_the_parcel_finds_no_shelf_for_it(quantity):
    given(*then(plan(F1, part(MUG, 3)))).when(allocate(CAP, quantity)).then_rejected(
        TooManyUnits, f"quantity {quantity} is not the 0 units planned."
    )


# Another location


def test_units_that_a_location_does_not_have_are_released_again():
    given(*then(plan(F1, part(MUG, 3)))).when(reroute(MUG, 3)).then(
        rerouted(MUG, 3), released((MUG, 3))
    )


def test_the_latest_word_on_where_units_are_counts():
    elsewhere = (events.Source("LEEDS", 4),)
    command = replace(reroute(MUG, 3), sources=elsewhere)
    again = replace(released((MUG, 3)).lines[0], sources=elsewhere)
    given(*then(plan(F1, part(MUG, 3)))).when(command).then(
        replace(rerouted(MUG, 3), sources=elsewhere), replace(released(), lines=(again,))
    )


def test_units_that_a_location_does_not_want_bar_it():
    given(*then(*packed(part(MUG, 3)))).when(reroute(MUG, 3, barred=True)).then(
        rerouted(MUG, 3, barred=True), released((MUG, 3))
    )


def test_lines_of_a_planned_parcel_are_released_again_once_each_has_its_answer():
    history = then(plan(F1, part(MUG, 3), part(CAP, 2)))
    given(*history).when(reroute(MUG, 3)).then(rerouted(MUG, 3))
    given(*history, rerouted(MUG, 3)).when(allocate(CAP, 2)).then(
        allocated(CAP, 2), asked(F1, part(CAP, 2)), released((MUG, 3))
    )
    given(*history, rerouted(MUG, 3)).when(reroute(CAP, 2)).then(
        rerouted(CAP, 2), released((MUG, 3), (CAP, 2))
    )


def test_the_last_line_to_lose_its_place_lets_the_others_go():
    history = then(plan(F1, part(MUG, 3), part(CAP, 2)), allocate(CAP, 2))
    given(*history).when(reroute(MUG, 3)).then(
        rerouted(MUG, 3), asked(F1, part(CAP, 2)), released((MUG, 3))
    )


def test_all_lines_of_a_refused_parcel_are_released_again_together():
    history = then(*packed(part(MUG, 3), part(CAP, 2)))
    given(*history).when(reroute(MUG, 3)).then(rerouted(MUG, 3))
    given(*history, rerouted(MUG, 3)).when(reroute(CAP, 2)).then(
        rerouted(CAP, 2), released((MUG, 3), (CAP, 2))
    )


def test_the_part_of_a_line_that_left_its_parcel_is_neither_planned_nor_allocated():
    state = given(*then(plan(F1, part(MUG, 3))), rerouted(MUG, 1)).state
    line = state.lines[MUG]
    assert (line.reserved, line.released, line.allocated, state.ready) == (1, 2, 0, 1)
    assert dict(state.parcels[F1].planned) == {MUG: 2}
    state = given(*then(*packed(part(MUG, 3))), rerouted(MUG, 1)).state
    line = state.lines[MUG]
    assert (line.reserved, line.released, line.allocated, state.ready) == (1, 0, 2, 1)
    assert dict(state.parcels[F1].allocated) == {MUG: 2}


def test_units_wait_for_a_hold_before_they_are_released_again():
    history = then(*packed(part(MUG, 3)), hold("h", Blocked.RELEASE))
    given(*history).when(reroute(MUG, 3)).then(rerouted(MUG, 3))


def test_a_parcel_whose_rest_goes_elsewhere_is_charged_for_what_has_left():
    split = replace(PLACE, on_shortage=OnShortage.SPLIT)
    history = told(
        split, reserve(MUG, 3), backorder(CAP, 2), authorize(2200), *packed(part(MUG, 3)),
        ship(MUG, 1),
    )  # fmt: skip
    services = events.LineShipped(ORDER, "C-1", POST, "POSTAGE", 1, 499, 1, 0, "EUR", F1)
    charged = events.ShipmentCharged(
        ORDER, "C-1", F1, 899, "EUR", (replace(PLACE.tenders[0], amount_minor=899),)
    )
    given(*history).when(reroute(MUG, 2)).then(
        rerouted(MUG, 2), services, charged, released((MUG, 2))
    )


def test_units_that_nobody_wants_any_more_go_back_on_sale():
    cancelled = then(*packed(part(MUG, 3)), CANCEL)
    given(*cancelled).when(reroute(MUG, 3)).then(surplus(MUG, 3))
    given(*then(plan(F1, part(MUG, 2)))).when(reroute(MUG, 3)).then(
        surplus(MUG, 1), rerouted(MUG, 2), released((MUG, 2))
    )
    given(*RELEASED).when(reroute(MUG, 3, "web:1001/f9")).then(surplus(MUG, 3))


def test_a_rerouted_line_is_planned_under_a_new_name():
    history = then(plan(F1, part(MUG, 3)), reroute(MUG, 3))
    given(*history).when(plan(F2, part(MUG, 3))).then(planned(F2, part(MUG, 3)))
    assert F1 not in given(*history).state.parcels


# No location at all


def failure(*parts, attempt=1):
    return commands.RecordRoutingFailure(ORDER, attempt, parts, "no location has any")


def test_a_person_looks_when_no_location_was_found():
    held = events.OrderHeld(
        ORDER, "routing:1", HoldKind.ROUTING, (Blocked.RELEASE,), "no location has any"
    )
    revoked = events.ReleaseRevoked(ORDER, (part(MUG, 3), part(CAP, 2)))
    given(*RELEASED).when(failure(part(MUG, 3), part(CAP, 2))).then(held, revoked)
    resolve = commands.ResolveHold(ORDER, "routing:1")
    given(*RELEASED, held, revoked).when(resolve).then(
        events.HoldResolved(ORDER, "routing:1", ""), released((MUG, 3), (CAP, 2))
    )


def test_a_failure_is_noted_once_for_each_attempt():
    history = then(failure(part(MUG, 2)))
    given(*history).when(failure(part(MUG, 2))).then_nothing()
    given(*history).when(failure(part(MUG, 1), attempt=2)).then(
        events.OrderHeld(
            ORDER, "routing:2", HoldKind.ROUTING, (Blocked.RELEASE,), "no location has any"
        ),
        events.ReleaseRevoked(ORDER, (part(MUG, 1),)),
    )


def test_units_that_have_a_plan_were_not_in_vain():
    given(*then(plan(F1, part(MUG, 2)))).when(failure(part(MUG, 2))).then_rejected(
        TooManyUnits,
        f"quantity 2 is not 1 to 1, the units of line '{MUG}' released and not planned.",
    )
    given(*RELEASED).when(failure()).then_rejected(NoUnits)
    given(*RELEASED).when(failure(replace(part(MUG, 1), line_id="web:7/1"))).then_rejected(
        UnknownLine
    )


# Refusals

STEPS = [
    plan(F2, part(MUG, 1)),
    allocate(MUG, 1),
    reroute(MUG, 1),
    failure(part(MUG, 1)),
    short(MUG, 1),
    ship(MUG, 1),
    deliver(part(MUG, 1)),
]


@pytest.mark.parametrize("command", STEPS, ids=lambda c: type(c).__name__)
def test_nothing_moves_for_an_order_that_was_never_placed(command):
    given().when(command).then_rejected(OrderNotOpen, "the order is unknown.")
    given(*told(wish())).when(command).then_rejected(OrderNotOpen, "the order is rejected.")


@pytest.mark.parametrize(
    "command", [c for n, c in enumerate(STEPS) if n not in (2, 6)], ids=lambda c: type(c).__name__
)
def test_nothing_moves_for_a_cancelled_order(command):
    given(*then(CANCEL)).when(command).then_rejected(OrderNotOpen, "the order is cancelled.")


@pytest.mark.parametrize(
    "command", [allocate(MUG, 1), short(MUG, 1), ship(MUG, 1)], ids=lambda c: type(c).__name__
)
def test_a_step_needs_its_parcel(command):
    given(*RELEASED).when(command).then_rejected(
        UnknownParcel, f"fulfilment_id '{F1}' is not open."
    )


@pytest.mark.parametrize(
    "command",
    [allocate(MUG, 1), reroute(MUG, 1), short(MUG, 1), ship(MUG, 1)],
    ids=lambda c: type(c).__name__,
)
def test_a_step_needs_a_line_of_the_order(command):
    given(*then(plan(F1, part(MUG, 1)))).when(replace(command, line_id="web:7/1")).then_rejected(
        UnknownLine, "line_id 'web:7/1' is not in the order."
    )


def test_no_units_cannot_lose_their_place():
    given(*then(plan(F1, part(MUG, 1)))).when(reroute(MUG, 0)).then_rejected(NoUnits)


def test_parcels_are_told_apart_by_number_not_by_letter():
    names = [f"{ORDER}/f{n}" for n in (2, 10, 9)]
    state = given(*RELEASED, *(planned(name, part(MUG, 1)) for name in names)).state
    assert [name for name, _ in state.latest_parcels()] == [names[1], names[2], names[0]]
    assert state.parcels[names[0]] == Parcel("LYON", state.parcels[names[0]].planned)
