"""Where partitions end, for those who want to read what is there and no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from confluent_kafka import IsolationLevel, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from adapters.kafka import configuration
from adapters.settings import Settings

Partition = tuple[str, int]
Starts = Mapping[Partition, int]

BROKER_SECONDS = 10.0


def ends_of(settings: Settings, partitions: Collection[Partition]) -> Starts:
    """Return the end of each partition that is not empty, as readers of committed data see it."""
    if not partitions:
        return {}
    asked = {TopicPartition(*place): OffsetSpec.latest() for place in partitions}  # type: ignore[no-untyped-call]
    admin = AdminClient(configuration.connection(settings))  # It must live as long as we wait.
    found = admin.list_offsets(
        asked, isolation_level=IsolationLevel.READ_COMMITTED, request_timeout=BROKER_SECONDS
    )
    ends = {(at.topic, at.partition): future.result().offset for at, future in found.items()}
    return {place: end for place, end in ends.items() if end > 0}


def has_read(reached: Mapping[Any, int], ends: Starts) -> bool:
    """Say whether each partition was read up to its end."""
    return all(reached.get(place, 0) >= end for place, end in ends.items())


def to_come(reached: Mapping[Any, int], ends: Starts) -> int:
    """Return how many messages there are between what was read and some ends, or a few less."""
    return sum(max(0, end - reached.get(place, 0)) for place, end in ends.items())
