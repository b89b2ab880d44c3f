"""A query that is sent at once, and whose rows are waited for only when they are asked for."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any, TypeVar, cast

from psycopg import Connection
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format

from adapters.postgres.exchange import Wait, failure, received, sent
from oms_core.engine.mapper import Row

T = TypeVar("T")

ROWS = 2_000
"""Rows that are held at a time: a stream without a snapshot may have a million of them."""


class Selection:
    """The rows of a query that is under way, once through.

    It keeps its connection until the last row was taken or it is closed.
    """

    def __init__(
        self,
        connecting: AbstractContextManager[Connection[Any]],
        query: bytes,
        arguments: Sequence[Any],
    ) -> None:
        """Send `query`, whose parameters are `$1` and so on, as far as it can without waiting."""
        with ExitStack() as stack:
            self._connection = stack.enter_context(connecting)
            self._forms = Transformer(self._connection)
            values = self._forms.dump_sequence(arguments, [PyFormat.BINARY] * len(arguments))
            libpq = self._connection.pgconn
            libpq.send_query_params(
                query, values, self._forms.types, self._forms.formats, Format.BINARY
            )
            libpq.set_chunked_rows_mode(ROWS)
            libpq.flush()
            self._holding = stack.pop_all()

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows, waiting for them as long as it takes.

        :raises PersistenceError: if the query is refused or the connection is lost.
        """
        with self._holding:
            libpq = self._connection.pgconn
            _wait(sent(libpq))
            while result := _wait(received(libpq)):
                if result.status == ExecStatus.FATAL_ERROR:
                    raise failure(libpq, result)
                self._forms.set_pgresult(result)
                yield from self._forms.load_rows(0, result.ntuples, Row._make)

    def close(self) -> None:
        """Do without the rest, and give the connection up with it: it is busy."""
        with self._holding:
            self._connection.close()


def _wait(steps: Generator[Wait, None, T]) -> T:
    """Wait for one thing after the other, and return what there is at the end."""
    while True:
        try:
            awaited = next(steps)
        except StopIteration as end:
            return cast("T", end.value)
        awaited.over()
