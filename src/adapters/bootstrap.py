"""Putting it all together: the one place that knows every part."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.clock import system_clock
from adapters.postgres.embedded import embedded_postgres
from adapters.postgres.environment import environment
from adapters.postgres.lease import lease
from adapters.postgres.log import PostgresLog
from adapters.postgres.migration import migrate
from adapters.settings import Settings
from oms_core.engine.application import Engine
from oms_core.kernel import Instant
from oms_core.policies.config import EUROPE_AND_ASIA, Policies

GC_THRESHOLD = 200_000
"""Allocations between collections: the engine makes many small tuples and hardly any cycles."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop's database, and ways into it."""

    dsn: str
    settings: Settings

    @contextmanager
    def engine(
        self,
        clock: Callable[[], Instant] = system_clock,
        policies: Policies = EUROPE_AND_ASIA,
    ) -> Iterator[Engine]:
        """Hold the log's lease and run an engine on it.

        :raises EngineRunning: if another process does.
        """
        holder = f"{socket.gethostname()} pid {os.getpid()}"
        gc.set_threshold(GC_THRESHOLD)
        settings = environment(self.dsn, self.settings.log_schema)
        with (
            lease(self.dsn, self.settings.log_schema),
            Engine(settings, clock=clock, policies=policies, holder=holder) as engine,
        ):
            yield engine

    @contextmanager
    def connection(self) -> Iterator[Connection[TupleRow]]:
        """Open a connection of one's own, each statement its own transaction."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            yield connection

    @contextmanager
    def log(self) -> Iterator[PostgresLog]:
        """Read the log."""
        with self.connection() as connection:
            yield PostgresLog(connection, self.settings.log_schema)


@contextmanager
def open_shop(settings: Settings | None = None) -> Iterator[Shop]:
    """Open the shop's database, embedded if no other is named, and lay out what it lacks."""
    settings = settings or Settings()
    if settings.dsn:
        migrate(settings.dsn, settings.log_schema)
        yield Shop(settings.dsn, settings)
        return
    with embedded_postgres(settings.home / "postgres") as dsn:
        migrate(dsn, settings.log_schema)
        yield Shop(dsn, settings)
