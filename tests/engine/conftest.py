"""An engine over each kind of log: what holds of one must hold of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from adapters.memory import memory_environment
from adapters.postgres.environment import environment
from adapters.postgres.migration import migrate
from oms_core.engine.application import Engine
from oms_core.kernel import Instant
from oms_core.policies.config import EUROPE_AND_ASIA

NOON = Instant(1_767_268_800_000_000)

OpenEngine = Callable[..., Engine]


@pytest.fixture(params=["memory", "postgres"])
def open_engine(request: pytest.FixtureRequest) -> Iterator[OpenEngine]:
    """A way to open engines: in PostgreSQL all on one log, in memory each on its own."""
    if request.param == "memory":
        env = memory_environment()
    else:
        dsn, schema = request.getfixturevalue("dsn"), request.getfixturevalue("schema")
        migrate(dsn, schema)
        env = environment(dsn, schema)
    with ExitStack() as stack:

        def start(**options: object) -> Engine:
            settings = {"clock": lambda: NOON, "policies": EUROPE_AND_ASIA, **options}
            return stack.enter_context(Engine(env, **settings))

        yield start


@pytest.fixture
def engine(open_engine: OpenEngine) -> Engine:
    """One engine on an empty log."""
    return open_engine()
