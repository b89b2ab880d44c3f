"""One query and the data that it copies, sent while we do something else.

libpq does not block here: whatever cannot be sent or received yet is left for later. A talk with
the server is a generator that yields what it waits for, and goes on when that has come.
"""

from __future__ import annotations

import select
from collections.abc import Generator, Iterable, Sequence
from typing import NamedTuple

from psycopg import Connection, Error, OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult


class Wait(NamedTuple):
    """A file descriptor, and the events of `poll` that are waited for on it."""

    descriptor: int
    events: int

    def over(self, milliseconds: int | None = None) -> bool:
        """Say whether it is over, waiting for that so long at most, or as long as it takes."""
        poll = select.poll()
        poll.register(self.descriptor, self.events)
        return bool(poll.poll(milliseconds))


Talk = Generator[Wait, None, None]


def exchange(
    connection: Connection[object], query: bytes, copies: Sequence[Iterable[bytes]] = ()
) -> Talk:
    """Send a query of one or more statements, and the next of `copies` to each COPY among them.

    What is copied comes in chunks. The statements are one transaction. Nobody else uses
    `connection` meanwhile.

    :raises psycopg.Error: if the server refuses any of it.
    """
    libpq, remaining, refused = connection.pgconn, iter(copies), None
    libpq.send_query(query)
    yield from sent(libpq)
    while (result := (yield from received(libpq))) is not None:
        if result.status == ExecStatus.COPY_IN:
            yield from _copied(libpq, next(remaining))
        elif result.status == ExecStatus.FATAL_ERROR:
            refused = refused or result
    if refused is not None:
        raise failure(libpq, refused)


def _copied(libpq: PGconn, chunks: Iterable[bytes]) -> Talk:
    for chunk in chunks:
        libpq.put_copy_data(chunk)
        yield from sent(libpq)
    libpq.put_copy_end()
    yield from sent(libpq)


def failure(libpq: PGconn, refused: PGresult) -> Error:
    """Return what to raise if the server refuses something, or is there no more."""
    if libpq.status == ConnStatus.BAD:
        return OperationalError(refused.get_error_message())
    return error_from_result(refused)


def sent(libpq: PGconn) -> Talk:
    """Send all that libpq holds, taking in what comes meanwhile, so that neither side is stuck."""
    while libpq.flush():
        yield Wait(libpq.socket, select.POLLIN | select.POLLOUT)
        libpq.consume_input()


def received(libpq: PGconn) -> Generator[Wait, None, PGresult | None]:
    """Return the next result, or None if there is none left."""
    while libpq.is_busy():
        yield Wait(libpq.socket, select.POLLIN)
        libpq.consume_input()
    return libpq.get_result()
