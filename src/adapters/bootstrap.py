"""Putting it all together: the one place that knows every part."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Event as Flag

import psycopg
from msgspec.structs import replace
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.clock import system_clock
from adapters.email.kinds import kinds_of
from adapters.policies import read_policies
from adapters.postgres.embedded import embedded_postgres
from adapters.postgres.environment import environment
from adapters.postgres.lease import ENGINE, Lease, holder, lease
from adapters.postgres.log import PostgresLog
from adapters.postgres.migration import migrate
from adapters.prices.file import read_tariff
from adapters.settings import Settings
from oms_core.engine.application import Engine
from oms_core.kernel import Instant
from oms_core.policies.config import Policies

GC_THRESHOLD = 200_000
"""Allocations between collections: the engine makes many small tuples and hardly any cycles."""


def policies_of(settings: Settings) -> Policies:
    """Return a shop's choices: those of its files, and the notices that its settings name.

    :raises UnusableSetting: if one of the files is wrong, or a kind of notice is not known.
    """
    return replace(
        read_policies(settings.policies),
        notices=kinds_of(settings),
        tariff=read_tariff(settings.prices, settings.rates),
    )


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop's database, and ways into it."""

    dsn: str
    settings: Settings

    @contextmanager
    def lease(
        self,
        name: str = ENGINE,
        *,
        wait: bool = False,
        stop: Flag | None = None,
        on_wait: Callable[[], None] = lambda: None,
    ) -> Iterator[Lease]:
        """Hold a lease that its holder beats each turn; with `wait`, stand by until it is free.

        `on_wait` is called again and again while we stand by.

        :raises LeaseHeld: if another process holds it, and we do not wait.
        :raises StoodBy: if `stop` was set while we waited.
        """
        with lease(
            self.dsn,
            self.settings.log_schema,
            name=name,
            patience_seconds=self.settings.lease_patience_seconds,
            wait=wait,
            stop=stop,
            on_wait=on_wait,
        ) as held:
            yield held

    @contextmanager
    def engine(
        self,
        clock: Callable[[], Instant] = system_clock,
        policies: Policies | None = None,
        *,
        held: Lease | None = None,
        quiet: bool = False,
    ) -> Iterator[Engine]:
        """Run an engine on the log, with the lease that is `held` or one of its own.

        Without `policies` it goes by those that the settings name. With `quiet` nobody is told of
        what happens, and prices are taken as they are given: it has happened already.

        :raises EngineRunning: if another process does.
        :raises UnusableSetting: if a file that the settings name, or a kind of notice, is wrong.
        """
        gc.set_threshold(GC_THRESHOLD)
        chosen = policies or policies_of(self.settings)
        if quiet:
            chosen = replace(chosen, notices=(), tariff=None)
        settings = environment(self.dsn, self.settings.log_schema)
        with ExitStack() as stack:
            if held is None:
                stack.enter_context(lease(self.dsn, self.settings.log_schema))
            engine = Engine(settings, clock=clock, policies=chosen, holder=holder())
            yield stack.enter_context(engine)

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
