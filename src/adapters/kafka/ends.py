"""Where partitions end, for those who want to read what is there and no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from confluent_kafka import Consumer, TopicPartition

Partition = tuple[str, int]
Starts = Mapping[Partition, int]

BROKER_SECONDS = 10.0


def ends_of(consumer: Consumer, partitions: Collection[Partition]) -> Starts:
    """Return the end of each partition that is not empty."""
    found: dict[Partition, int] = {}
    for place in partitions:
        bounds = consumer.get_watermark_offsets(TopicPartition(*place), BROKER_SECONDS)
        if bounds is not None and bounds[0] < bounds[1]:
            found[place] = bounds[1]
    return found


def has_read(reached: Mapping[Any, int], ends: Starts) -> bool:
    """Say whether each partition was read up to its end."""
    return all(reached.get(place, 0) >= end for place, end in ends.items())


def to_come(reached: Mapping[Any, int], ends: Starts) -> int:
    """Return how many messages there are between what was read and some ends, or a few less."""
    return sum(max(0, end - reached.get(place, 0)) for place, end in ends.items())
