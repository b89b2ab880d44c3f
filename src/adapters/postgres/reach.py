"""How much of the log a live view holds, so that it can be compared with what it should hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from psycopg import Connection

from adapters.postgres.bookmarks import Bookmarks
from adapters.postgres.lanes import Held, Lane, LaneBookmarks
from adapters.postgres.partitioning import partition_of
from adapters.postgres.projection import Projection
from oms_core.kernel import Recorded, View


class Reach(NamedTuple):
    """The last position of which a view holds anything, and whether it holds an event."""

    top: int
    includes: Callable[[Recorded], bool]


def reach_of(connection: Connection[Any], schema: str, view: str) -> Reach:
    """Return how much a view holds: up to its bookmark, or further in some lanes."""
    floor = Bookmarks(connection, schema).read(view).position
    lanes = LaneBookmarks(connection, schema).read(view)
    limits = {lane: max(floor, held.mark.position) for lane, held in lanes.items()}
    top = max((floor, *limits.values()))
    if top == floor:
        return Reach(floor, lambda recorded: recorded.position <= floor)
    lane_of = _lane_of(lanes)

    def includes(recorded: Recorded) -> bool:
        if recorded.position <= floor:
            return True
        return recorded.position <= limits.get(lane_of(recorded.stream), floor)

    return Reach(top, includes)


def _lane_of(lanes: Mapping[Lane, Held]) -> Callable[[str], Lane]:
    """Return the function from a stream to its lane."""
    counts = Counter(lane.topic for lane in lanes)
    topics = {topic.removesuffix(".events.v1").rpartition(".")[2]: topic for topic in counts}
    nowhere = Lane("", 0)

    def lane_of(stream: str) -> Lane:
        topic = topics.get(stream.partition(":")[0])
        if topic is None:
            return nowhere
        return Lane(topic, partition_of(stream.encode(), counts[topic]))

    return lane_of


class Limited:
    """A projection that takes only what another view holds."""

    def __init__(self, projection: Projection, reach: Reach) -> None:
        """Take up to a reach."""
        self._projection, self._reach = projection, reach

    @property
    def view(self) -> View[Any]:
        """The view."""
        return self._projection.view

    @property
    def position(self) -> int:
        """The position up to which it has read the log."""
        return self._projection.position

    def apply(self, page: Sequence[Recorded], position: int) -> None:
        """Take those events of a page that are within reach."""
        self._projection.apply(list(filter(self._reach.includes, page)), position)
