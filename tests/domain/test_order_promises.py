"""When a promised day is near or over, the order says what has not left, and what is in the way."""

from msgspec.structs import replace

from oms_core.domain.order import commands, events
from oms_core.domain.order.checks import OrderNotOpen
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import Obstacle
from oms_core.kernel import Instant
from tests.support.order import (
    CANCEL,
    CAP,
    CAPS,
    MUG,
    MUGS,
    ORDER,
    POSTAGE,
    authorize,
    backorder,
    hold,
    packed,
    part,
    placed,
    reserve,
    sent,
    ship,
    told,
    wish,
)
from tests.support.spec import Specification

given = Specification(order)
SOON, DAY = Instant(8_000), Instant(9_000)
PLACE = wish(MUGS, POSTAGE)
PLACED = placed(PLACE)


def review(at: int, due_at: int = DAY) -> commands.ReviewPromise:
    return commands.ReviewPromise(ORDER, DAY, Instant(due_at), Instant(at))


def reviewed(
    at: int, units: int, *obstacles: Obstacle, due_at: int = DAY
) -> events.PromiseReviewed:
    return events.PromiseReviewed(ORDER, DAY, Instant(due_at), Instant(at), units, obstacles)


def in_the_way(*wishes) -> tuple[Obstacle, ...]:
    """Return what an order says that was told these things."""
    (said,) = order.decide(review(DAY), order.fold(told(PLACE, *wishes)))
    return said.obstacles


def test_what_has_not_left_and_why_is_said_once_the_moment_has_come():
    given(PLACED).when(review(DAY)).then(reviewed(9_000, 3, Obstacle.PAYMENT, Obstacle.STOCK))
    given(PLACED).when(review(9_500)).then(reviewed(9_500, 3, Obstacle.PAYMENT, Obstacle.STOCK))


def test_an_alarm_that_rings_early_again_or_for_nothing_says_nothing():
    given(PLACED).when(review(8_999)).then_nothing()
    given(PLACED).when(review(9_000, due_at=0)).then_nothing()
    given(PLACED, reviewed(9_000, 3)).when(review(9_900)).then_nothing()


def test_the_moment_before_is_another_than_the_day_itself():
    soon = reviewed(8_000, 3, due_at=SOON)
    given(PLACED, soon).when(review(8_500, SOON)).then_nothing()
    given(PLACED, soon).when(review(DAY)).then(reviewed(9_000, 3, Obstacle.PAYMENT, Obstacle.STOCK))


def test_each_thing_that_can_be_in_the_way_is_named_and_what_is_first_to_be_dealt_with_first():
    paid = authorize(1_700)
    assert in_the_way(reserve(MUG, 3), hold("H1", events.Blocked.RELEASE), paid)[0] is Obstacle.HOLD
    assert in_the_way(reserve(MUG, 3)) == (Obstacle.PAYMENT,)
    assert in_the_way(backorder(MUG, 3), paid) == (Obstacle.SUPPLY,)
    assert in_the_way(paid) == (Obstacle.STOCK,)
    assert in_the_way(reserve(MUG, 1), backorder(MUG, 1)) == (
        Obstacle.PAYMENT,
        Obstacle.SUPPLY,
        Obstacle.STOCK,
    )
    assert in_the_way(reserve(MUG, 3), paid) == (Obstacle.WAREHOUSE,)
    assert in_the_way(reserve(MUG, 3), paid, *packed(part(MUG, 3))) == (Obstacle.WAREHOUSE,)


def test_a_hold_that_lets_goods_leave_is_not_in_the_way():
    all_set = (reserve(MUG, 3), authorize(1_700))
    for blocked in (events.Blocked.CANCELLATION, events.Blocked.RETURN):
        assert in_the_way(hold("H1", blocked), *all_set) == (Obstacle.WAREHOUSE,)
        both = hold("H2", events.Blocked.RELEASE)
        assert in_the_way(hold("H1", blocked), both, *all_set) == (Obstacle.HOLD,)


def test_a_hold_is_not_in_the_way_of_goods_that_were_released_before():
    late = hold("H1", events.Blocked.RELEASE)
    assert in_the_way(reserve(MUG, 3), authorize(1_700), late) == (Obstacle.WAREHOUSE,)
    both = told(
        wish(MUGS, CAPS, on_shortage=events.OnShortage.SPLIT),
        *(reserve(MUG, 3), backorder(CAP, 2), authorize(1_700), late),
    )
    (said,) = order.decide(review(DAY), order.fold(both))
    assert said.obstacles == (Obstacle.HOLD, Obstacle.SUPPLY, Obstacle.WAREHOUSE)


def test_where_nothing_is_known_to_be_in_the_way_that_is_said():
    state = replace(order.fold(told(PLACE, reserve(MUG, 3))), awaiting=frozenset())
    assert [each.obstacles for each in order.decide(review(DAY), state)] == [(Obstacle.UNKNOWN,)]


def test_nothing_is_left_to_send_of_an_order_that_is_over_and_that_is_said_once():
    given(*told(PLACE, CANCEL)).when(review(DAY)).then(reviewed(9_000, 0))
    given(*told(PLACE, CANCEL), reviewed(9_000, 0)).when(review(9_900)).then_nothing()
    done = told(PLACE, reserve(MUG, 3), authorize(1_700), *sent(part(MUG, 3)))
    assert isinstance(done[-1], events.OrderCompleted)
    given(*done).when(review(DAY)).then(reviewed(9_000, 0))


def test_nothing_is_said_of_an_order_that_was_never_placed():
    given().when(review(DAY)).then_rejected(OrderNotOpen)


def test_goods_that_have_left_are_no_matter_and_services_never_are():
    all_here = (reserve(MUG, 3), reserve(CAP, 2), authorize(1_700))
    packs = packed(part(MUG, 3), part(CAP, 2))
    some = told(wish(MUGS, CAPS), *all_here, *packs, ship(MUG, 3))
    given(*some).when(review(DAY)).then(reviewed(9_000, 2, Obstacle.WAREHOUSE))
    given(placed(wish(POSTAGE))).when(review(DAY)).then(reviewed(9_000, 0))
