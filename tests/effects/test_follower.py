"""Following the log: what is ours is read once, and so is what is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adapters.follower import BEHIND_MAX, PAGE_EVENTS, Follower
from oms_core.domain.series.events import NumberAssigned
from oms_core.effects.rounds import NEVER, Turn
from oms_core.kernel import Event, Instant, Recorded
from tests.support.messages import sample

NOON = Instant(1_767_268_800_000_000)
HEARD: frozenset[type[Event]] = frozenset({NumberAssigned})


class Log:
    """A log of some length in which events that are heard stand at some positions."""

    def __init__(self, length: int, ours: Iterable[int] = ()) -> None:
        self.length, self.ours = length, list(ours)
        self.asked: list[int] = []

    def head(self) -> int:
        return self.length

    def read(
        self, after: int, limit: int = 5_000, types: frozenset[type[Event]] | None = None
    ) -> Sequence[Recorded]:
        assert types == HEARD
        self.asked.append(after)
        found = [at for at in self.ours if after < at][:limit]
        event = sample(NumberAssigned)
        return [Recorded("series:a", n, event, NOON, NOON, "t", "c", "s", n) for n in found]


class Ears:
    """Hears, and has nothing to say."""

    next_due = NEVER

    def __init__(self) -> None:
        self.heard: list[int] = []

    def hear(self, page: Iterable[Recorded]) -> None:
        self.heard += [recorded.position for recorded in page]

    def act(self, now: Instant) -> Turn[str]:
        assert now == NOON
        return Turn((), ())


def follower_of(log: Log, position: int = 0) -> tuple[Follower[str], Ears]:
    ears = Ears()
    return Follower(log, "s", HEARD, position, ears, ears.hear), ears


def test_what_is_none_of_ours_is_passed_over_once():
    log = Log(99)
    follower, _ = follower_of(log)
    assert [follower.turn(NOON), follower.turn(NOON)] == [None, None]
    assert log.asked == [0]
    log.length = 120
    assert follower.turn(NOON) is None
    assert log.asked == [0, 99]


def test_what_is_ours_is_heard_once_and_booked_where_it_stands():
    log = Log(99, [7, 50])
    follower, ears = follower_of(log)
    turn = follower.turn(NOON)
    assert turn is not None
    assert (turn.position.start, turn.position.stop) == (0, 50)
    log.length, log.ours = 101, [7, 50, 100]
    turn = follower.turn(NOON)
    assert turn is not None
    assert (turn.position.start, turn.position.stop) == (50, 100)
    assert (ears.heard, follower.turn(NOON)) == ([7, 50, 100], None)


def test_more_than_a_page_is_read_page_by_page():
    count = 2 * PAGE_EVENTS + 3
    log = Log(count, range(1, count + 1))
    follower, ears = follower_of(log)
    while follower.turn(NOON):
        pass
    assert ears.heard == list(range(1, count + 1))


def test_what_came_after_the_end_was_looked_for_is_not_heard_twice():
    log = Log(10, [5, 12])
    follower, ears = follower_of(log)
    follower.turn(NOON)
    log.length = 12
    assert follower.turn(NOON) is None
    assert ears.heard == [5, 12]


def test_a_long_way_without_anything_of_ours_is_booked_so_that_it_is_not_gone_again():
    log = Log(BEHIND_MAX - 1)
    follower, _ = follower_of(log)
    assert follower.turn(NOON) is None
    log.length = BEHIND_MAX
    turn = follower.turn(NOON)
    assert turn is not None
    assert (turn.causes, turn.position.start, turn.position.stop) == ((), 0, BEHIND_MAX)
    assert follower.turn(NOON) is None


def test_who_begins_again_recalls_what_was_heard_and_nothing_later():
    log = Log(99, [7, 50, 90])
    follower, ears = follower_of(log, 50)
    assert ears.heard == [7, 50]
    follower.turn(NOON)
    assert ears.heard == [7, 50, 90]
    fresh = Log(99, [7])
    follower_of(fresh)
    assert fresh.asked == [], "who has heard nothing yet has nothing to recall"
