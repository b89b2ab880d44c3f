"""Where partitions end, for those who want to read what is there and no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from time import monotonic, sleep
from typing import Any

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from adapters.kafka import configuration
from adapters.settings import Settings

Partition = tuple[str, int]
Starts = Mapping[Partition, int]

BROKER_SECONDS = 10.0
PATIENCE_SECONDS = 2.0
PAUSE_SECONDS = 0.1

MOVING = frozenset({KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE})
"""What is answered while a partition gets another leader, or its first one."""


def ends_of(settings: Settings, partitions: Collection[Partition]) -> Starts:
    """Return the end of each partition that is not empty, as readers of committed data see it.

    :raises KafkaException: if the brokers do not tell; leaders that move are asked again first.
    """
    admin = AdminClient(configuration.connection(settings))  # It must live as long as we wait.
    ends, wanted = dict[Partition, int](), set(partitions)
    gives_up_at = monotonic() + PATIENCE_SECONDS
    while wanted:
        asked = {TopicPartition(*place): OffsetSpec.latest() for place in wanted}  # type: ignore[no-untyped-call]
        found = admin.list_offsets(
            asked, isolation_level=IsolationLevel.READ_COMMITTED, request_timeout=BROKER_SECONDS
        )
        for at, future in found.items():
            try:
                ends[at.topic, at.partition] = future.result().offset
            except KafkaException as error:
                if error.args[0].code() not in MOVING or monotonic() > gives_up_at:
                    raise
        wanted -= ends.keys()
        if wanted:
            sleep(PAUSE_SECONDS)
    return {place: end for place, end in ends.items() if end > 0}


def has_read(reached: Mapping[Any, int], ends: Starts) -> bool:
    """Say whether each partition was read up to its end."""
    return all(reached.get(place, 0) >= end for place, end in ends.items())


def to_come(reached: Mapping[Any, int], ends: Starts) -> int:
    """Return how many messages there are between what was read and some ends, or a few less."""
    return sum(max(0, end - reached.get(place, 0)) for place, end in ends.items())
