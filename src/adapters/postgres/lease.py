"""One process at a time for each kind of work on a log, and others that stand by to take over.

A lease is a courtesy beside the fences that enforce it: epochs in the log and in the read models,
the transactional id at the broker. Whoever works without it is fenced off all the same. It is held
by a connection: it ends with its process and, given a patience, also when the process is stopped
for longer than that: the server then closes a connection on which nothing was said.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event as Flag

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

ENGINE = "engine"

PATIENCE_SECONDS = 20.0
"""How long a holder may say nothing: longer than any turn of its work."""

POLL_SECONDS = 0.5

STUCK_SECONDS = 1.0
"""A transaction that holds the head and leaves the server waiting so long is a stopped writer's."""

HOLDER = """
SELECT a.application_name, a.backend_start
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_database d ON d.oid = l.database,
    hashtextextended(%s, 0) AS k
WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()
  AND l.classid = ((k >> 32) & 4294967295)::oid AND l.objid = (k & 4294967295)::oid
"""

END_STUCK = """
SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a
WHERE a.pid = ANY(SELECT l.pid FROM pg_locks l WHERE l.relation = %s::regclass AND l.granted)
  AND a.pid <> pg_backend_pid() AND a.wait_event = 'ClientRead'
  AND a.state_change < clock_timestamp() - make_interval(secs => %s)
"""

log = structlog.get_logger("oms")


class LeaseHeld(Exception):
    """Another process does this work."""


class EngineRunning(LeaseHeld):
    """Another engine works on this log."""


class LeaseLost(Exception):
    """The lease has ended while we held it: someone else may do the work now, so we must stop."""


class StoodBy(Exception):
    """We were asked to stop while we stood by: there was nothing for us to do."""


class Lease:
    """A lease that is held. Say so each turn, or lose it."""

    def __init__(self, connection: Connection[TupleRow], name: str) -> None:
        """Hold it by a connection that is used for nothing else."""
        self._connection = connection
        self.name = name

    def beat(self) -> None:
        """Let the server know that we are at work.

        :raises LeaseLost: if the lease has ended meanwhile.
        """
        try:
            self._connection.execute("SELECT 1")
        except psycopg.OperationalError as error:
            raise LeaseLost(
                f"the lease {self.name!r} has ended: {' '.join(str(error).split())}. "
                "Another process may have taken over; start this one again to stand by."
            ) from error


def holder() -> str:
    """Return how this process is called before others."""
    return f"{socket.gethostname()} pid {os.getpid()}"


@contextmanager
def lease(
    dsn: str,
    schema: str = "oms",
    events: str = "oms_events",
    name: str = ENGINE,
    *,
    patience_seconds: float | None = None,
    wait: bool = False,
    stop: Flag | None = None,
    on_wait: Callable[[], None] = lambda: None,
) -> Iterator[Lease]:
    """Hold a log's lease for one kind of work, as long as this connection lives.

    With a patience it also ends when the holder does not `beat` for so long. With `wait` this
    process stands by until nobody holds it, or until `stop` is set; `on_wait` is called each time
    that it has looked.

    :raises LeaseHeld: if another process holds it, and we do not wait; `EngineRunning` for engines.
    :raises StoodBy: if `stop` was set while we waited.
    """
    key = f"{schema}.{events}" if name == ENGINE else f"{schema}.{events}:{name}"
    connection = psycopg.connect(dsn, autocommit=True, application_name=_title(name))
    try:
        if patience_seconds is not None:
            timeout = f"{max(1, round(patience_seconds * 1_000))}ms"
            connection.execute("SELECT set_config('idle_session_timeout', %s, false)", (timeout,))
        if not _taken(connection, key):
            refusal = _refusal(connection, key, name, schema)
            if not wait:
                raise refusal
            log.info("lease.standby", lease=name, detail=str(refusal))
            _stand_by(connection, key, stop or Flag(), on_wait)
            log.info("lease.taken", lease=name, schema=schema)
        if name == ENGINE:
            _free_head(connection, schema, events)
        yield Lease(connection, name)
    finally:
        with suppress(psycopg.OperationalError):  # The server may see later that we are gone.
            connection.execute("SELECT pg_advisory_unlock_all()")
        connection.close()


def _title(name: str) -> str:
    return f"oms {name} {holder()}"


def _taken(connection: Connection[TupleRow], key: str) -> bool:
    row = connection.execute(
        "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (key,)
    ).fetchone()
    return bool(row and row[0])


def _stand_by(
    connection: Connection[TupleRow], key: str, stop: Flag, on_wait: Callable[[], None]
) -> None:
    while not _taken(connection, key):
        on_wait()
        if stop.wait(POLL_SECONDS):
            raise StoodBy


def _refusal(connection: Connection[TupleRow], key: str, name: str, schema: str) -> LeaseHeld:
    title, since = connection.execute(HOLDER, (key,)).fetchone() or ("unknown", "a moment ago")
    who = title.removeprefix(f"oms {name} ")
    if name == ENGINE:
        return EngineRunning(
            f"an engine ({who}) has been running on schema {schema!r} since {since}. "
            "Stop it first, or let it do the work: it takes commands too."
        )
    return LeaseHeld(
        f"another process ({who}) has held {name!r} of schema {schema!r} since {since}. "
        "Stop it first, or stand by."
    )


def _free_head(connection: Connection[TupleRow], schema: str, events: str) -> None:
    """End the transaction of a writer that was stopped while it held the log's head.

    Without this it would keep its successor waiting: no timeout ends a COPY that is waited for.
    """
    head = Identifier(schema, f"{events}_head")
    if connection.execute("SELECT to_regclass(%s)", (head.as_string(),)).fetchone() == (None,):
        return
    while True:
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL lock_timeout = '{STUCK_SECONDS}s'")
                connection.execute(SQL("SELECT FROM {} FOR UPDATE").format(head))
        except psycopg.errors.LockNotAvailable:
            connection.execute(END_STUCK, (head.as_string(), STUCK_SECONDS))
        else:
            return
