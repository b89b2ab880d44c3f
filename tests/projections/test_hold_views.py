"""The holds queue, by example."""

from __future__ import annotations

from oms_core.domain.order.events import (
    Blocked,
    CancellationReason,
    HoldKept,
    HoldKind,
    HoldResolved,
    OrderCancelled,
    OrderHeld,
)
from projections.holds import OWNERS, holds
from tests.projections.records import recorded

ORDER = "web:1"
ODD = OrderHeld(ORDER, "fraud:screening", HoldKind.FRAUD, (Blocked.RELEASE,), "looks odd")
SHORT = OrderHeld(ORDER, "shortage:web:1/1", HoldKind.SHORTAGE, (Blocked.RELEASE,), "none left")
GONE = OrderCancelled(ORDER, "C1", CancellationReason.FRAUD, ())


def queue(*events):
    return holds.fold(recorded(*events))


def standing(*events):
    return [(hold.hold_id, hold.owner) for hold in queue(*events)[ORDER].holds]


def test_a_hold_says_why_what_it_blocks_and_who_has_to_look():
    (hold,) = queue(ODD)[ORDER].holds
    assert (hold.kind, hold.blocks, hold.reason, hold.owner) == (
        "fraud",
        ("release",),
        "looks odd",
        "risk",
    )
    first, _ = recorded(ODD, SHORT)
    assert (hold.raised_at, hold.raised_by) == (first.occurred_at, first.actor)


def test_the_oldest_hold_comes_first_and_gives_the_order_its_place():
    held = queue(ODD, SHORT)[ORDER]
    first, second = recorded(ODD, SHORT)
    assert (held.standing, held.oldest_at) == (2, first.occurred_at)
    after = queue(ODD, SHORT, HoldResolved(ORDER, ODD.hold_id, "called"))[ORDER]
    assert (after.standing, after.oldest_at) == (1, second.occurred_at)
    assert [hold.hold_id for hold in after.holds] == [SHORT.hold_id]


def test_who_lets_a_hold_stand_answers_for_it():
    log = recorded(ODD, SHORT, HoldKept(ORDER, ODD.hold_id, "asked the bank"))
    kept, other = holds.fold(log)[ORDER].holds
    assert (kept.owner, kept.kept_at, kept.note) == (
        log[2].actor,
        log[2].occurred_at,
        "asked the bank",
    )
    assert (other.owner, other.kept_at, other.note) == ("purchasing", 0, "")


def test_an_order_without_holds_or_without_a_future_is_not_in_the_queue():
    assert queue(ODD, HoldResolved(ORDER, ODD.hold_id, "called")) == {}
    assert queue(ODD, SHORT, GONE) == {}
    assert queue(GONE) == {}


def test_a_hold_that_comes_again_is_at_the_end():
    again = standing(ODD, SHORT, HoldResolved(ORDER, ODD.hold_id, ""), ODD)
    assert again == [(SHORT.hold_id, "purchasing"), (ODD.hold_id, "risk")]


def test_every_kind_of_hold_has_somebody_who_answers_for_it():
    assert set(OWNERS) == set(HoldKind)
