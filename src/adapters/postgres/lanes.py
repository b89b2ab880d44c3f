"""How far a view has read each lane of the log, and who may go on from there.

A lane is a partition of a topic: it holds the whole of each stream in it, in order. A view whose
documents each come from one stream can be kept up to date lane by lane, by several processes.

The view's own bookmark is the floor of its lanes: whatever is at that position or before is in. It
moves when the view is rebuilt, and not otherwise. `tenure` is the epoch of that bookmark when the
view went over to lanes; a projector that reads the whole log has to take the view back first, and
cannot while a lane is above the floor.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from adapters.postgres.bookmarks import Bookmark, Bookmarks, Fenced


class Lane(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


class Mark(NamedTuple):
    """How far a lane has been read: the position of its last event, and what to read next."""

    position: int
    next_offset: int


class Held(NamedTuple):
    """A lane in our hands, since its `epoch` began."""

    mark: Mark
    epoch: int


class Claimed(NamedTuple):
    """A view's bookmark, and those of its lanes that are ours."""

    bookmark: Bookmark
    lanes: Mapping[Lane, Held]


CLAIM = """
INSERT INTO {lanes} AS l (view, topic, partition, position, next_offset, epoch, tenure, owner)
SELECT %(view)s, n.topic, n.partition, %(floor)s, 0, 1, %(tenure)s, %(owner)s
FROM unnest(%(topics)s::text[], %(partitions)s::int[]) AS n(topic, partition)
ON CONFLICT (view, topic, partition) DO UPDATE SET epoch = l.epoch + 1, tenure = excluded.tenure,
    owner = excluded.owner, claimed_at = excluded.claimed_at,
    position = greatest(l.position, excluded.position)
RETURNING topic, partition, position, next_offset, epoch
"""

ADVANCE = """
UPDATE {lanes} AS l SET position = n.position, next_offset = n.next_offset
FROM unnest(%(topics)s::text[], %(partitions)s::int[], %(epochs)s::bigint[],
    %(positions)s::bigint[], %(offsets)s::bigint[]) AS n(topic, partition, epoch, position, next)
WHERE l.view = %(view)s AND l.topic = n.topic AND l.partition = n.partition
    AND l.epoch = n.epoch AND l.position <= n.position
"""


class LaneBookmarks:
    """The bookmarks of the lanes of the views in one schema."""

    def __init__(self, connection: Connection[Any], schema: str, owner: str = "") -> None:
        """Use the tables of a schema, which are installed; `owner` says who claims."""
        self._connection = connection
        self._views = Bookmarks(connection, schema)
        self._owner = owner
        names = {"lanes": Identifier(schema, "_lanes"), "views": self._views.table}
        self._claim = SQL(CLAIM).format(**names)
        self._advance = SQL(ADVANCE.replace("n.next_offset", "n.next")).format(**names)
        self._names = names

    def _sql(self, text: Any) -> Composed:
        return SQL(text).format(**self._names)

    def claim(self, view: str, lanes: Collection[Lane]) -> Claimed:
        """Become the one writer of some lanes of a view.

        Whoever read the whole log into the view is fenced off.
        """
        return self._views.insisting(lambda: self._claimed(view, lanes))

    def _claimed(self, view: str, lanes: Collection[Lane]) -> Claimed:
        bookmark = self._views.read(view, lock=True)
        row = self._connection.execute(
            self._sql("SELECT EXISTS (SELECT FROM {lanes} WHERE view = %s AND tenure = %s)"),
            [view, bookmark.epoch],
        ).fetchone()
        if row is None or not row[0]:
            bookmark = self._views.claim(view, laned=True)
        arguments = {
            "view": view,
            "floor": bookmark.position,
            "tenure": bookmark.epoch,
            "owner": self._owner,
            "topics": [lane.topic for lane in lanes],
            "partitions": [lane.partition for lane in lanes],
        }
        rows = self._connection.execute(self._claim, arguments).fetchall()
        held = {Lane(*row[:2]): Held(Mark(*row[2:4]), row[4]) for row in rows}
        return Claimed(bookmark, held)

    def advance(
        self, view: str, bookmark: Bookmark, held: Mapping[Lane, Held], marks: Mapping[Lane, Mark]
    ) -> bool:
        """Move lanes, in the open transaction, and say whether they and the view were ours still.

        While the transaction goes on nobody can exchange the view's table.
        """
        floor = self._connection.execute(
            self._sql(
                "SELECT FROM {views} WHERE view = %s AND position = %s AND epoch = %s"
                " AND build = %s FOR SHARE"
            ),
            [view, *bookmark[:3]],
        )
        if floor.rowcount != 1:
            return False
        moved = self._connection.execute(
            self._advance,
            {
                "view": view,
                "topics": [lane.topic for lane in marks],
                "partitions": [lane.partition for lane in marks],
                "epochs": [held[lane].epoch for lane in marks],
                "positions": [mark.position for mark in marks.values()],
                "offsets": [mark.next_offset for mark in marks.values()],
            },
        )
        return moved.rowcount == len(marks)

    def read(self, view: str) -> dict[Lane, Held]:
        """Return every lane of a view."""
        rows = self._connection.execute(
            self._sql(
                "SELECT topic, partition, position, next_offset, epoch FROM {lanes}"
                " WHERE view = %s ORDER BY topic, partition"
            ),
            [view],
        ).fetchall()
        return {Lane(*row[:2]): Held(Mark(*row[2:4]), row[4]) for row in rows}

    def renew(self, view: str, bookmark: Bookmark, held: Mapping[Lane, Held]) -> Claimed:
        """Return where lanes of ours stand after the view was exchanged.

        :raises Fenced: if somebody else has taken over a lane, or the view as a whole.
        """
        found = self._views.read(view)
        if found.epoch != bookmark.epoch:
            raise Fenced(f"{view} is read from the whole log by another: epoch {found.epoch}.")
        lanes = self.read(view)
        for lane, (_, epoch) in held.items():
            if lanes[lane].epoch != epoch:
                place = f"{lane.topic}[{lane.partition}]"
                raise Fenced(f"{view} has another writer of {place}: epoch {lanes[lane].epoch}.")
        return Claimed(
            found,
            {
                lane: lanes[lane]._replace(
                    mark=Mark(max(lanes[lane].mark.position, found.position), mark.next_offset)
                )
                for lane, (mark, _) in held.items()
            },
        )
