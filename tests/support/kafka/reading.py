"""Everything that stands in some topics, as a careful consumer reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import uuid4

from confluent_kafka import Consumer, KafkaError, TopicPartition

from adapters.kafka import configuration
from adapters.kafka.names import TopicNames
from adapters.kafka.wire import Wire
from adapters.settings import Settings
from oms_core.engine.catalog import BY_CATEGORY, catalog
from oms_core.policies.config import Policies

BATCH = 5_000
WAIT_SECONDS = 1.0
PATIENCE = 60


class Found(NamedTuple):
    """A message and where it was found."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]


def event_topics(names: TopicNames) -> list[str]:
    """Return every topic that carries events."""
    categories = (*BY_CATEGORY, *(process.category for process in catalog(Policies()).processes))
    return [names.events(category) for category in categories]


def read_all(settings: Settings, topics: Sequence[str]) -> Iterator[Found]:
    """Yield what was committed to the topics so far, in order within each partition."""
    own = {"enable_partition_eof": True, "auto_offset_reset": "earliest"}
    consumer = Consumer(configuration.consumer(settings, f"reading-{uuid4().hex}", **own))
    try:
        known = consumer.list_topics(timeout=30).topics
        places = [TopicPartition(t, p, 0) for t in topics for p in known[t].partitions]
        consumer.assign(places)
        waiting, quiet = {(at.topic, at.partition) for at in places}, 0
        while waiting:
            messages = consumer.consume(BATCH, WAIT_SECONDS)
            quiet = 0 if messages else quiet + 1
            assert quiet < PATIENCE, f"nothing has come of {sorted(waiting)}"
            for message in messages:
                error = message.error()
                at = (message.topic() or "", message.partition() or 0)
                if error is None:
                    yield Found(*at, message.offset() or 0, *Wire.of(message)[1:])
                elif error.code() == KafkaError._PARTITION_EOF:
                    waiting.discard(at)
    finally:
        consumer.close()
