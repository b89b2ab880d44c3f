"""A location is asked once, says yes or no, sends what is there, and the parcel arrives."""

from itertools import product

import pytest
from msgspec.structs import replace

from oms_core.domain.fulfilment import commands, events
from oms_core.domain.fulfilment.commands import ShippedLine
from oms_core.domain.fulfilment.decider import (
    EmptyFulfilment,
    NotAsked,
    RepeatedLine,
    Stage,
    WrongStage,
    fulfilment,
)
from oms_core.domain.fulfilment.events import FulfilmentLine, RejectionReason
from oms_core.kernel import Instant
from tests.support.spec import Specification

given = Specification(fulfilment)
ORDER, F1 = "web:1001", "web:1001/f1"
MUGS, CAPS = FulfilmentLine(f"{ORDER}/1", "MUG", 3), FulfilmentLine(f"{ORDER}/2", "CAP", 2)
ASK = commands.RequestFulfilment(F1, ORDER, "LYON", (MUGS, CAPS), "FR", Instant(9_000), 2)
ACCEPT, CANCEL = commands.AcceptFulfilment(F1), commands.CancelFulfilment(F1)
REJECT = commands.RejectFulfilment(F1, RejectionReason.DAMAGED)
SHIP, DELIVER = commands.ShipFulfilment(F1, "DHL", "T1"), commands.DeliverFulfilment(F1)

REQUESTED = events.FulfilmentRequested(F1, ORDER, "LYON", (MUGS, CAPS), "FR", 9_000, 2)
ACCEPTED = events.FulfilmentAccepted(F1, ORDER)
REJECTED = events.FulfilmentRejected(F1, ORDER, "LYON", RejectionReason.DAMAGED, (MUGS, CAPS))
SHIPPED = events.FulfilmentShipped(F1, ORDER, "LYON", (MUGS, CAPS), "DHL", "T1")
DELIVERED = events.FulfilmentDelivered(F1, ORDER, (MUGS, CAPS))
CANCELLED = events.FulfilmentCancelled(F1, ORDER, "LYON", (MUGS, CAPS))

HISTORIES = {
    Stage.UNKNOWN: (),
    Stage.REQUESTED: (REQUESTED,),
    Stage.ACCEPTED: (REQUESTED, ACCEPTED),
    Stage.REJECTED: (REQUESTED, REJECTED),
    Stage.SHIPPED: (REQUESTED, ACCEPTED, SHIPPED),
    Stage.DELIVERED: (REQUESTED, ACCEPTED, SHIPPED, DELIVERED),
    Stage.CANCELLED: (REQUESTED, CANCELLED),
}
ALLOWED = {
    (Stage.UNKNOWN, ASK): REQUESTED,
    (Stage.REQUESTED, ACCEPT): ACCEPTED,
    (Stage.REQUESTED, REJECT): REJECTED,
    (Stage.REQUESTED, SHIP): SHIPPED,
    (Stage.REQUESTED, CANCEL): CANCELLED,
    (Stage.ACCEPTED, REJECT): REJECTED,
    (Stage.ACCEPTED, SHIP): SHIPPED,
    (Stage.ACCEPTED, CANCEL): CANCELLED,
    (Stage.SHIPPED, DELIVER): DELIVERED,
}
NO_NEWS = {
    *((stage, ASK) for stage in Stage if stage is not Stage.UNKNOWN),
    (Stage.ACCEPTED, ACCEPT),
    (Stage.REJECTED, REJECT),
    (Stage.REJECTED, CANCEL),
    (Stage.SHIPPED, SHIP),
    (Stage.DELIVERED, SHIP),
    (Stage.DELIVERED, DELIVER),
    (Stage.CANCELLED, CANCEL),
}
NEEDED = {
    ACCEPT: "requested",
    REJECT: "accepted or requested",
    SHIP: "accepted or requested",
    CANCEL: "accepted or requested",
    DELIVER: "shipped",
}


@pytest.mark.parametrize(
    ("stage", "command"),
    tuple(product(Stage, (ASK, ACCEPT, REJECT, SHIP, DELIVER, CANCEL))),
    ids=lambda value: value if isinstance(value, Stage) else type(value).__name__,
)
def test_p35_every_step_at_every_stage_is_taken_known_or_refused(stage, command):
    meeting = given(*HISTORIES[stage]).when(command)
    assert given(*HISTORIES[stage]).state.stage is stage
    if (stage, command) in ALLOWED:
        meeting.then(ALLOWED[stage, command])
    elif (stage, command) in NO_NEWS:
        meeting.then_nothing()
    else:
        meeting.then_rejected(WrongStage, f"the fulfilment is {stage}, not {NEEDED[command]}.")


@pytest.mark.parametrize(
    "lines", [(), (MUGS, replace(CAPS, quantity=0)), (replace(MUGS, quantity=-1),)]
)
def test_a_location_is_asked_for_something(lines):
    given().when(replace(ASK, lines=lines)).then_rejected(EmptyFulfilment, f"lines is {lines!r}.")


def test_one_unit_is_enough_to_be_asked_for():
    one = (replace(MUGS, quantity=1),)
    given().when(replace(ASK, lines=one)).then(replace(REQUESTED, lines=one))


def test_a_line_is_asked_for_once():
    given().when(replace(ASK, lines=(MUGS, MUGS))).then_rejected(
        RepeatedLine, f"lines names ['{MUGS.line_id}', '{MUGS.line_id}']."
    )


def packed(*parts):
    return replace(SHIP, lines=tuple(ShippedLine(line.line_id, n) for line, n in parts))


def sent(mugs, caps):
    lines = (replace(MUGS, quantity=mugs), replace(CAPS, quantity=caps))
    return replace(SHIPPED, lines=lines)


def test_a_parcel_says_what_is_in_it():
    given(REQUESTED).when(packed((CAPS, 2), (MUGS, 3))).then(SHIPPED)
    given(REQUESTED).when(packed((MUGS, 2), (CAPS, 0))).then(sent(2, 0))


def test_a_line_that_is_not_named_is_not_in_the_parcel():
    given(REQUESTED).when(packed((CAPS, 1))).then(sent(0, 1))


def test_a_line_can_be_packed_in_several_goes():
    given(REQUESTED).when(packed((MUGS, 1), (MUGS, 2))).then(sent(3, 0))


def test_only_what_left_arrives():
    given(REQUESTED, sent(2, 0)).when(DELIVER).then(
        replace(DELIVERED, lines=(replace(MUGS, quantity=2),))
    )


@pytest.mark.parametrize(
    ("command", "detail"),
    [
        (packed((replace(MUGS, line_id="web:7/1"), 1)), "line_id 'web:7/1' is not in the request."),
        (packed((MUGS, 4)), f"quantity 4 of line '{MUGS.line_id}' is more than 3."),
        (packed((MUGS, 2), (MUGS, 2)), f"quantity 4 of line '{MUGS.line_id}' is more than 3."),
        (packed((MUGS, -1)), f"quantity -1 of line '{MUGS.line_id}' is less than 0."),
        (packed((MUGS, -1), (MUGS, 2)), f"quantity -1 of line '{MUGS.line_id}' is less than 0."),
    ],
)
def test_a_parcel_holds_what_was_asked_for_and_no_more(command, detail):
    given(REQUESTED).when(command).then_rejected(NotAsked, detail)


def test_an_empty_parcel_does_not_leave():
    given(REQUESTED).when(packed((MUGS, 0), (CAPS, 0))).then_rejected(
        EmptyFulfilment, "every quantity is 0; reject the fulfilment instead."
    )


def test_the_code_of_each_refusal_stays():
    assert {
        refusal.code: refusal.__name__
        for refusal in (EmptyFulfilment, NotAsked, RepeatedLine, WrongStage)
    } == {
        "fulfilment.empty": "EmptyFulfilment",
        "fulfilment.not_asked": "NotAsked",
        "fulfilment.repeated_line": "RepeatedLine",
        "fulfilment.wrong_stage": "WrongStage",
    }
    assert fulfilment.category == "fulfilment"
    assert fulfilment.identify(ASK) == F1
