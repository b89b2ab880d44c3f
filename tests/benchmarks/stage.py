"""Where benchmarks are run: one server, and a fresh shop with stock for each run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from adapters.bootstrap import Shop
from adapters.postgres.migration import migrate
from adapters.settings import Settings
from tests.benchmarks.meter import tree_cpu

SHOWN = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "shared_buffers",
    "max_wal_size",
)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is done."""

    rounds: int = 5
    orders: int = 8_000
    log_events: int = 2_000_000
    item_events: int = 1_000_000
    open_reservations: int = 10_000


QUICK = Scale(1, 1_000, 20_000, 10_000, 1_000)


@dataclass(frozen=True, slots=True)
class Stage:
    """A running server and the scale of what is done on it."""

    dsn: str
    data: Path
    scale: Scale

    def shop(self, schema: str) -> Shop:
        """Open a shop whose log is in `schema`."""
        return Shop(self.dsn, Settings(dsn=self.dsn, log_schema=schema))

    @contextmanager
    def fresh_shop(self, schema: str) -> Iterator[Shop]:
        """Open an empty shop, and clear it away afterwards."""
        self.drop(schema)
        migrate(self.dsn, schema)
        yield self.shop(schema)
        self.drop(schema)

    def connect(self) -> Connection[TupleRow]:
        """Open a connection of one's own, each statement its own transaction."""
        return psycopg.connect(self.dsn, autocommit=True)

    def drop(self, schema: str) -> None:
        """Remove a schema and all that is in it."""
        with self.connect() as connection:
            connection.execute("SET client_min_messages = error")
            connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(schema)))

    def settle(self) -> None:
        """Let every run begin with nothing left to be written by the one before."""
        with self.connect() as connection:
            connection.execute("CHECKPOINT")

    def server_cpu(self) -> float:
        """Return the CPU seconds that the server has used so far, all its processes together."""
        return tree_cpu(int((self.data / "postmaster.pid").read_text().split()[0]))

    def program(self, name: str) -> Path:
        """Return one of the programs that came with the server."""
        server = (self.data / "postmaster.opts").read_text().split(maxsplit=1)[0]
        return Path(server).with_name(name)

    def settings(self) -> dict[str, str]:
        """Return the server's settings that matter for these figures."""
        with self.connect() as connection:
            return {
                name: str(connection.execute("SELECT current_setting(%s)", (name,)).fetchone()[0])  # type: ignore[index]
                for name in SHOWN
            }
