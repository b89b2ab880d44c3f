"""Laying out the log. Done once, by one process: workers never create tables."""

from __future__ import annotations

import psycopg
from eventsourcing.postgres import PostgresFactory
from eventsourcing.utils import Environment
from psycopg.sql import SQL, Identifier

from adapters.postgres.environment import environment

MIGRATION_LOCK = 0x6F6D73


def migrate(dsn: str, schema: str = "oms") -> None:
    """Create whatever the log lacks. Doing it again, or twice at once, changes nothing."""
    with psycopg.connect(dsn, autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", (MIGRATION_LOCK,))
        guard.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(schema)))
        settings = {**environment(dsn, schema), "CREATE_TABLE": "y"}
        with PostgresFactory(Environment("oms", settings)) as factory:
            factory.process_recorder()
