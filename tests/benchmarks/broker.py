"""A real broker and a registry for benchmarks: the given ones, or ones of our own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from adapters.kafka.resumption import published_to
from adapters.kafka.transactions import Interrupted
from tests.support.kafka.cell import Cell, fresh_cell, register
from tests.support.kafka.cluster import running_cluster
from tests.support.kafka.registry import running_registry


class Broker(NamedTuple):
    """Where they are."""

    bootstrap: str
    registry_url: str

    @contextmanager
    def cell(self, dsn: str, schema: str) -> Iterator[Cell]:
        """Make fresh topics for the log in a schema."""
        with fresh_cell(self.bootstrap, self.registry_url, dsn, schema) as made:
            yield made


@contextmanager
def broker() -> Iterator[Broker]:
    """Use what `OMS_TEST_KAFKA` and `OMS_TEST_REGISTRY` name, or start one node of our own.

    :raises NotToBeHad: if there can be none on this machine.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        bootstrap = os.environ.get("OMS_TEST_KAFKA")
        if not bootstrap:
            bootstrap = stack.enter_context(running_cluster(1, folder / "kafka")).bootstrap
        registry_url = os.environ.get("OMS_TEST_REGISTRY")
        if not registry_url:
            registry_url = stack.enter_context(running_registry(folder / "registry"))()
        register(registry_url)
        yield Broker(bootstrap, registry_url)


def has_leaders(cell: Cell) -> bool:
    """Say whether a relay could begin on the topics of a cell, which were made a moment ago."""
    try:
        return set(published_to(cell.settings).values()) == {0}
    except Interrupted:
        return False
