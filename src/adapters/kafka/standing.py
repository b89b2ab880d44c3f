"""How far the relay and the projectors are behind: what the broker has and they have not taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from confluent_kafka import Consumer, TopicPartition

from adapters.clock import system_clock
from adapters.kafka import configuration, tail
from adapters.kafka.checkpoint import Checkpoint, read_checkpoint
from adapters.kafka.ends import Partition, Starts, ends_of
from adapters.kafka.names import TopicNames
from adapters.kafka.wire import Undecodable, Wire, moment_of
from adapters.settings import Settings
from oms_core.kernel import Instant

ANSWER_MICROS = 10_000_000
WAIT_SECONDS = 0.2
BATCH = 500
SMALL_BYTES = 65_536
"""Of each partition only the first unread message matters."""


class Unread(NamedTuple):
    """What a reader of partitions has before it."""

    messages: int
    since: Instant
    """When the first of them was recorded; zero if there is none."""


def published(settings: Settings) -> Checkpoint:
    """Return how far the relay has published.

    :raises Interrupted: if the broker does not answer.
    """
    with tail.reading(settings) as reader:
        return read_checkpoint(reader, TopicNames(settings.kafka_prefix)) or Checkpoint()


def unread(settings: Settings, readers: Mapping[str, Starts]) -> dict[str, Unread]:
    """Return what is unread for each reader, given where it goes on in its partitions.

    Ends of transactions count as messages where something is unread, and nowhere else.
    """
    places = {place for starts in readers.values() for place in starts}
    ends = ends_of(settings, places)
    found: dict[str, Unread] = {}
    firsts: dict[tuple[Partition, int], Instant] = {}
    wanted = {
        (place, start)
        for starts in readers.values()
        for place, start in starts.items()
        if start < ends.get(place, 0)
    }
    while batch := dict(wanted):  # One offset of each partition at a time.
        firsts.update(_firsts(settings, batch))
        wanted -= set(batch.items())
    for reader, starts in readers.items():
        behind = [item for item in starts.items() if item in firsts]
        messages = sum(ends[place] - start for place, start in behind)
        since = min((firsts[item] for item in behind), default=Instant(0))
        found[reader] = Unread(messages, since)
    return found


def _firsts(settings: Settings, starts: Starts) -> dict[tuple[Partition, int], Instant]:
    """Return when the first message from each offset on was recorded, where there is one."""
    found: dict[tuple[Partition, int], Instant] = {}
    config = configuration.consumer(
        settings,
        f"{settings.kafka_prefix}.status",
        enable_partition_eof=True,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=SMALL_BYTES,
    )
    consumer = Consumer(config)
    try:
        consumer.assign([TopicPartition(*place, start) for place, start in starts.items()])
        pending, deadline = set(starts), system_clock() + ANSWER_MICROS
        while pending and system_clock() < deadline:
            for message in consumer.consume(BATCH, WAIT_SECONDS):
                place = message.topic() or "", message.partition() or 0
                if place not in pending:
                    continue
                pending.discard(place)
                if message.error() is None:
                    found[place, starts[place]] = _recorded_at(Wire.of(message))
    finally:
        consumer.close()
    return found


def _recorded_at(wire: Wire) -> Instant:
    try:
        return moment_of(dict(wire.headers), "ce_recordedat")
    except Undecodable:
        return system_clock()
