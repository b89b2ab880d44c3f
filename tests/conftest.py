"""What all tests share: one PostgreSQL for a session, one schema for a test, Hypothesis profiles.

Environment: `OMS_TEST_DSN` names a server to use in place of the embedded one;
`OMS_HYPOTHESIS_PROFILE` chooses `default` (bounded, for every day) or `nightly` (searches longer).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from adapters.postgres.embedded import embedded_postgres

SLOW_IS_FINE = [HealthCheck.too_slow]  # Two cores are shared by everything that runs.

settings.register_profile(
    "default", max_examples=50, deadline=None, suppress_health_check=SLOW_IS_FINE
)
settings.register_profile(
    "nightly", max_examples=1_000, deadline=None, suppress_health_check=SLOW_IS_FINE
)
settings.load_profile(os.environ.get("OMS_HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The connection string of a server for the whole session: the given one, or our own.

    Its files are beside pytest's own folder: each session of pytest closes that to other users, and
    a server that root starts runs as another one.
    """
    given = os.environ.get("OMS_TEST_DSN")
    if given:
        yield given
        return
    with (
        TemporaryDirectory(prefix="oms-postgres-") as folder,
        embedded_postgres(Path(folder) / "data") as dsn,
    ):
        yield dsn


@pytest.fixture
def dsn(postgres: str) -> str:
    """The connection string of the shared server; see `schema` for a place of one's own in it."""
    return postgres


@pytest.fixture
def schema(dsn: str) -> Iterator[str]:
    """The name of an empty PostgreSQL schema of this test's own.

    It is dropped after the test, with every other schema whose name starts with its name.
    """
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    yield name
    with psycopg.connect(dsn, autocommit=True) as connection:
        found = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", (name,)
        )
        for (leftover,) in found.fetchall():
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(leftover)))
