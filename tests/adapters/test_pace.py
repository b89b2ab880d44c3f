"""A channel's pace: so many messages a second, whatever comes."""

from __future__ import annotations

from adapters.kafka.pace import UNLIMITED, Pace
from oms_core.kernel import Instant

SECOND = 1_000_000


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = Instant(SECOND)

    def __call__(self) -> Instant:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now = Instant(self.now + int(seconds * SECOND))


def test_a_second_of_messages_is_taken_at_once_and_then_no_more():
    pace = Pace(10, Clock())
    assert pace.room() == 10
    pace.spend(10)
    assert pace.room() == 0


def test_room_comes_back_with_time_but_never_more_than_a_second_of_it():
    clock = Clock()
    pace = Pace(10, clock)
    pace.spend(10)
    clock.wait(0.25)
    assert pace.room() == 2
    clock.wait(3_600)
    assert pace.room() == 10


def test_over_an_hour_the_rate_is_kept_to_the_message():
    clock = Clock()
    pace = Pace(7, clock)
    taken = pace.room()
    pace.spend(taken)
    for _ in range(3_600 * 4):
        clock.wait(0.25)
        room = pace.room()
        taken += room
        pace.spend(room)
    assert taken in (7 + 7 * 3_600, 7 + 7 * 3_600 - 1)


def test_less_than_one_message_a_second_is_one_now_and_then():
    clock = Clock()
    pace = Pace(0.5, clock)
    assert pace.room() == 1
    pace.spend(1)
    clock.wait(1)
    assert pace.room() == 0
    clock.wait(1)
    assert pace.room() == 1


def test_a_clock_that_is_set_back_gives_no_room():
    clock = Clock()
    pace = Pace(10, clock)
    pace.spend(10)
    clock.now = Instant(1)
    assert pace.room() == 0


def test_without_a_rate_there_is_no_limit():
    pace = Pace(None, Clock())
    pace.spend(1_000)
    assert pace.room() == UNLIMITED
