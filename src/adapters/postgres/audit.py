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
    names = {
        "log": SQL("{}.{}").format(Identifier(schema), Identifier(events)),
        "batches": SQL("{}.{}").format(Identifier(schema), Identifier(f"{events}_batches")),
        "head": SQL("{}.{}").format(Identifier(schema), Identifier(f"{events}_head")),
    }
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = connection.execute(
            SQL("SELECT position, hash FROM {head}").format(**names)
        ).fetchone()
        assert row is not None
        end, final = int(row[0]), bytes(row[1])
        hash_so_far, position, batches = bytes(HASH_BYTES), 0, 0
        for page in _pages(connection, SQL("SELECT * FROM {batches}").format(**names)):
            rows = _rows(connection, names["log"], position, page[-1].last)
            found, hash_so_far = _check(page, rows, position, hash_so_far)
            if found:
                return AuditReport(False, position, batches, hash_so_far.hex(), *found)
            position, batches = page[-1].last, batches + len(page)
            if progress:
                progress(position, end)
        beyond = _first(connection, names["log"], position)
    if beyond:
        found = Found(beyond[0], beyond[1], "this event was never appended: no batch has it")
    elif position != end or hash_so_far != final:
        found = Found(position + 1, "", f"the log ends at {end}, its batches at {position}")
    else:
        return AuditReport(True, position, batches, hash_so_far.hex())
    return AuditReport(False, position, batches, hash_so_far.hex(), *found)


def _pages(connection: Connection[TupleRow], select: SQL) -> Iterator[list[Batch]]:
    after = 0
    query = select + SQL(" WHERE first > %s ORDER BY first LIMIT %s")
    while found := connection.execute(query, (after, PAGE_BATCHES), binary=True).fetchall():
        page = [Batch(*row) for row in found]
        yield page
        after = page[-1].first


def _rows(
    connection: Connection[TupleRow], log: SQL, after: int, last: int
) -> Iterator[tuple[int, Row]]:
    query = SQL(
        "SELECT notification_id, originator_id, originator_version, topic, state FROM {} "
        "WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id"
    ).format(log)
    with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        cursor.execute(query, (after, last))
        for position, *row in cursor:
            yield position, Row(*row)


def _first(connection: Connection[TupleRow], log: SQL, after: int) -> tuple[int, str] | None:
    """Find a row outside of the chain: after its end, or before its beginning."""
    query = SQL(
        "SELECT notification_id, originator_id || '#' || originator_version FROM {} "
        "WHERE notification_id > %s OR notification_id < 1 ORDER BY notification_id LIMIT 1"
    ).format(log)
    row = connection.execute(query, (after,)).fetchone()
    return (int(row[0]), str(row[1])) if row else None


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
