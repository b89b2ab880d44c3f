"""What an order was promised, when it was endangered or broken, and why, by example."""

from msgspec.structs import replace

from oms_core.domain.order import events
from oms_core.kernel import Instant
from oms_core.processes.promising import (
    PromiseBroken,
    PromiseEndangered,
    PromiseMade,
    PromiseMoved,
)
from projections.promises import PromiseRow, promises
from tests.projections.records import NOON, SECOND, recorded

ORDER = "web:1001"
DAY, LATER = Instant(NOON * 2), Instant(NOON * 3)
MADE = PromiseMade(ORDER, "FR", DAY, Instant(DAY + 1), Instant(DAY - 1), ("from stock",), "v1")
MOVED = PromiseMoved(
    ORDER, "web:1001/1", LATER, Instant(LATER + 1), Instant(LATER - 1), ("supply",), "v1"
)
ENDANGERED = PromiseEndangered(ORDER, DAY, 3, (events.Obstacle.PAYMENT,))
BROKEN = PromiseBroken(ORDER, DAY, 3, (events.Obstacle.WAREHOUSE,))
OPEN = PromiseRow(
    *(ORDER, "open", DAY, Instant(DAY + 1), Instant(DAY - 1), DAY),
    made_at=Instant(NOON + SECOND),
    reasons=("from stock",),
)


def shown(*happened):
    """Return the one promise that there is."""
    (row,) = promises.fold(recorded(*happened)).values()
    return row


def occurred(number: int) -> Instant:
    """Return when the event of this number had occurred."""
    return Instant(NOON + number * SECOND - SECOND // 2)


def test_what_was_in_the_way_last_is_kept_with_when_it_was_said():
    assert shown(MADE) == OPEN
    soon = replace(OPEN, endangered_at=occurred(2), obstacles=("payment",))
    assert shown(MADE, ENDANGERED) == soon
    assert shown(MADE, ENDANGERED, BROKEN) == replace(
        soon, standing="broken", broken_at=occurred(3), obstacles=("warehouse",)
    )


def test_nothing_is_said_yet_of_a_date_that_has_just_been_moved():
    moved = replace(
        OPEN,
        ship_by=LATER,
        deliver_by=Instant(LATER + 1),
        jeopardy_at=Instant(LATER - 1),
        moved=1,
        reasons=("supply",),
    )
    assert shown(MADE, MOVED) == moved
    assert shown(MADE, ENDANGERED, MOVED) == moved
    assert shown(MADE, BROKEN, MOVED) == moved
    assert shown(MADE, ENDANGERED, BROKEN, MOVED) == moved
    again = replace(BROKEN, ship_by=LATER, obstacles=(events.Obstacle.HOLD,))
    assert shown(MADE, ENDANGERED, BROKEN, MOVED, again) == replace(
        moved, standing="broken", broken_at=occurred(5), obstacles=("hold",)
    )
