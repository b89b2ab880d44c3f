"""A real Kafka and a real schema registry for a session, and a cell of one's own for a test.

Environment: `OMS_TEST_KAFKA` and `OMS_TEST_REGISTRY` name running ones (as `make kafka-up` prints
them); else they are started. Where there can be none, what needs them is skipped by name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.kafka.cell import Cell, fresh_cell, register
from tests.support.kafka.cluster import Cluster, running_cluster
from tests.support.kafka.packages import NotToBeHad, fetch, java
from tests.support.kafka.registry import running_registry


class Kafka(NamedTuple):
    """Where the brokers and the registry of the session are."""

    bootstrap: str
    registry_url: str


@pytest.fixture(scope="session")
def packages() -> Path:
    """The broker and the registry as programs; without them a test is skipped."""
    try:
        java()
        return fetch()
    except NotToBeHad as reason:
        pytest.skip(f"no Kafka broker can be started here: {reason}")


@pytest.fixture(scope="session")
def kafka(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kafka]:
    """Brokers, and a registry that knows our schemas: the given ones, or some of our own."""
    bootstrap, url = (os.environ.get(f"OMS_TEST_{name}", "") for name in ("KAFKA", "REGISTRY"))
    with ExitStack() as stack:
        if not bootstrap or not url:
            request.getfixturevalue("packages")
            folder = tmp_path_factory.mktemp("kafka")
        starting = None if url else stack.enter_context(running_registry(folder))
        if not bootstrap:
            bootstrap = stack.enter_context(running_cluster(1, folder)).bootstrap
        if starting is not None:
            url = starting()
        register(url)
        yield Kafka(bootstrap, url)


@pytest.fixture
def cell(kafka: Kafka, dsn: str, schema: str) -> Iterator[Cell]:
    """Topics of a prefix of this test's own, and settings for a log and read models of its own."""
    with fresh_cell(kafka.bootstrap, kafka.registry_url, dsn, schema) as made:
        yield made


@pytest.fixture
def cluster_of(packages: Path, tmp_path: Path) -> Callable[[int], AbstractContextManager[Cluster]]:
    """Runs a cluster of so many nodes of the test's own, to be killed node by node."""
    return partial(running_cluster, data=tmp_path / "cluster")
