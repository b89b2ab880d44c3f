"""Is the log what was written? Every row against its leaf, every leaf against the chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Identifier

from adapters.postgres.copying import HASH_BYTES, LEAF_BYTES, body, chain, leaf
from oms_core.engine.mapper import Row

PAGE_BATCHES = 500


class AuditReport(NamedTuple):
    """What the audit found. `position` and `event` name the first row that is not as written.

    `hash` is the hash of the whole log: kept elsewhere, it proves later that nothing was replaced.
    """

    ok: bool
    events: int
    batches: int
    hash: str
    position: int = 0
    event: str = ""
    reason: str = ""


class Batch(NamedTuple):
    """One appended batch, as the chain knows it."""

    first: int
    last: int
    leaves: bytes
    hash: bytes


class Found(NamedTuple):
    """The first thing that is wrong."""

    position: int
    event: str
    reason: str


class _Log:
    """The tables of one log, read within one transaction."""

    def __init__(self, connection: Connection[TupleRow], schema: str, events: str) -> None:
        """Name the tables."""
        self.connection = connection
        self.rows = SQL("{}.{}").format(Identifier(schema), Identifier(events))
        self.batches = SQL("{}.{}").format(Identifier(schema), Identifier(f"{events}_batches"))
        self.ends = SQL("{}.{}").format(Identifier(schema), Identifier(f"{events}_head"))

    def head(self) -> tuple[int, bytes]:
        """Return where the log says that it ends."""
        query = SQL("SELECT position, hash FROM {}").format(self.ends)
        position, final = self.connection.execute(query).fetchone() or (0, bytes(HASH_BYTES))
        return int(position), bytes(final)

    def pages(self) -> Iterator[list[Batch]]:
        """Yield the batches of the chain, page by page."""
        query = SQL("SELECT * FROM {} WHERE first > %s ORDER BY first LIMIT %s")
        query_here = query.format(self.batches)
        after = 0
        while found := self.connection.execute(
            query_here, (after, PAGE_BATCHES), binary=True
        ).fetchall():
            page = [Batch(*row) for row in found]
            yield page
            after = page[-1].first

    def between(self, after: int, last: int) -> Iterator[tuple[int, Row]]:
        """Yield the rows past a position up to another, each with its own."""
        query = SQL(
            "SELECT notification_id, originator_id, originator_version, topic, state FROM {} "
            "WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id"
        ).format(self.rows)
        with self.connection.cursor(binary=True, row_factory=tuple_row) as cursor:
            cursor.execute(query, (after, last))
            for position, *row in cursor:
                yield position, Row(*row)

    def outside(self, last: int) -> Found | None:
        """Find a row that no batch has: after the last one, or before the first."""
        query = SQL(
            "SELECT notification_id, originator_id || '#' || originator_version FROM {} "
            "WHERE notification_id > %s OR notification_id < 1 ORDER BY notification_id LIMIT 1"
        ).format(self.rows)
        row = self.connection.execute(query, (last,)).fetchone()
        return (
            Found(row[0], row[1], "this event was never appended: no batch has it") if row else None
        )


def verify(
    connection: Connection[TupleRow],
    schema: str = "oms",
    events: str = "oms_events",
    progress: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Read the whole log and compare it with the chain; name the first bad event.

    It finds a changed byte, a deleted, inserted, moved or swapped row, and a chain that was changed
    to fit, unless all of the chain was written anew: then the hash differs from the one kept
    elsewhere. Memory is bounded by a page of batches.
    """
    log = _Log(connection, schema, events)
    reached, position, batches = bytes(HASH_BYTES), 0, 0
    found: Found | None = None
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        end, final = log.head()
        for page in log.pages():
            rows = log.between(position, page[-1].last)
            found, reached = _check(page, rows, position, reached)
            if found:
                break
            position, batches = page[-1].last, batches + len(page)
            if progress:
                progress(position, end)
        found = found or log.outside(position)
    if not found and (position, reached) != (end, final):
        found = Found(position + 1, "", f"the log ends at {end}, its batches at {position}")
    return AuditReport(not found, position, batches, reached.hex(), *(found or ()))


def _check(
    page: list[Batch], rows: Iterator[tuple[int, Row]], after: int, previous: bytes
) -> tuple[Found | None, bytes]:
    """Compare batches with their rows; return what is wrong, and the hash up to there."""
    expected = after
    for batch in page:
        size = batch.last - batch.first + 1
        if batch.first != expected + 1:
            return Found(expected + 1, "", "the batch that begins here is missing"), previous
        if len(batch.leaves) != size * LEAF_BYTES or chain(previous, batch.leaves) != batch.hash:
            return Found(batch.first, "", "the chain itself was changed in this batch"), previous
        for place in range(size):
            expected += 1
            position, row = next(rows, (0, None))
            if row is None or position != expected:
                return Found(expected, "", "the event at this position is missing"), previous
            if leaf(body(row)) != batch.leaves[place * LEAF_BYTES :][:LEAF_BYTES]:
                name = f"{row.originator_id}#{row.originator_version}"
                return Found(expected, name, "the event is not what was appended here"), previous
        previous = batch.hash
    return None, previous
