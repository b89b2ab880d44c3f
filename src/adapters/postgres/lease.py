"""One engine at a time: a courtesy between processes, beside the fence that enforces it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.sql import SQL, Identifier


class EngineRunning(Exception):
    """Another engine works on this log."""


@contextmanager
def lease(dsn: str, schema: str = "oms", events: str = "oms_events") -> Iterator[None]:
    """Hold the log's lease, as long as this connection lives.

    Whoever ignores the lease and takes the log over all the same fences this engine off: its next
    append is refused. The lease only keeps two people from doing so by mistake.

    :raises EngineRunning: if another process holds it.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        key = f"{schema}.{events}"
        row = connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (key,)
        ).fetchone()
        if row and row[0]:
            yield
            return
        head = SQL("SELECT holder, acquired_at FROM {}.{}").format(
            Identifier(schema), Identifier(f"{events}_head")
        )
        holder = connection.execute(head).fetchone() or ("unknown", None)
        raise EngineRunning(
            f"an engine ({holder[0]}) has been running on schema {schema!r} since {holder[1]}. "
            "Stop it first, or let it do the work: it takes commands too."
        )
