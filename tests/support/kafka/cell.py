"""A cell of a test's own: its topics on a shared broker, and settings for everything it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import NamedTuple
from uuid import uuid4

from adapters.kafka.names import TopicNames
from adapters.kafka.registration import Verdict, register_all
from adapters.kafka.registry import ConfluentRegistry
from adapters.kafka.topic_plan import TopicAdmin, plan
from adapters.kafka.topics import read_declaration
from adapters.settings import Settings

PARTITIONS = 3
"""At most so many for each topic: a cell for a test is made in no time."""


class Cell(NamedTuple):
    """A prefix with its topics, and the settings that lead to them."""

    settings: Settings

    @property
    def names(self) -> TopicNames:
        """What its topics are called."""
        return TopicNames(self.settings.kafka_prefix)

    @property
    def env(self) -> Mapping[str, str]:
        """The settings as environment variables, for a process of its own."""
        settings = self.settings
        return {
            "OMS_DSN": settings.dsn,
            "OMS_LOG_SCHEMA": settings.log_schema,
            "OMS_VIEWS_SCHEMA": settings.views_schema,
            "OMS_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
            "OMS_KAFKA_PREFIX": settings.kafka_prefix,
            "OMS_KAFKA_REGISTRY": settings.kafka_registry,
        }


def register(registry_url: str) -> None:
    """Make all our schemas known to a registry."""
    with closing(ConfluentRegistry(Settings(kafka_registry=registry_url))) as registry:
        refused = [s for s in register_all(registry) if s.verdict is not Verdict.REGISTERED]
    assert not refused, refused


@contextmanager
def fresh_cell(bootstrap: str, registry_url: str, dsn: str, schema: str) -> Iterator[Cell]:
    """Make a cell with a prefix of its own; its topics go with it."""
    settings = Settings(
        dsn=dsn,
        log_schema=schema,
        views_schema=f"{schema}_views",
        kafka_bootstrap=bootstrap,
        kafka_prefix=f"t{uuid4().hex[:8]}",
        kafka_registry=registry_url,
    )
    wanted = read_declaration().topics(TopicNames(settings.kafka_prefix), PARTITIONS)
    admin = TopicAdmin(settings)
    admin.apply(plan(wanted, {}))
    try:
        yield Cell(settings)
    finally:
        admin.delete([topic.name for topic in wanted])
