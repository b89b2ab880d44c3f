"""What readers of committed records see on the topics of a cell."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from adapters.bootstrap import Shop
from adapters.kafka import configuration
from adapters.kafka.arrivals import event_topics
from adapters.kafka.messages import EventCodec, position_of
from adapters.kafka.registry import ConfluentRegistry
from adapters.kafka.wire import Wire
from adapters.settings import Settings
from oms_core.kernel import Recorded

SECONDS = 30.0


class Seen(NamedTuple):
    """A message, and where it was."""

    partition: int
    offset: int
    wire: Wire


def seen(settings: Settings, topics: Iterable[str]) -> list[Seen]:
    """Return all committed messages of some topics, each partition's in order."""
    config = configuration.consumer(settings, "seen", enable_partition_eof=True)
    reader = Consumer({**config, "auto.offset.reset": "earliest"})
    try:
        known = reader.list_topics(timeout=SECONDS).topics
        places = [
            TopicPartition(topic, n, OFFSET_BEGINNING)
            for topic in topics
            for n in known[topic].partitions
        ]
        reader.assign(places)
        found, left = list[Seen](), len(places)
        while left:
            message = reader.poll(SECONDS)
            assert message is not None, "the broker does not answer"
            error = message.error()
            if error is None:
                found.append(Seen(message.partition(), message.offset(), Wire.of(message)))
            else:
                assert error.code() == KafkaError._PARTITION_EOF, error
                left -= 1
        return found
    finally:
        reader.close()


def events_seen(settings: Settings) -> list[Recorded]:
    """Return the events on all event topics, merged by position; repeats are still there."""
    found = seen(settings, event_topics(settings.kafka_prefix))
    with closing(ConfluentRegistry(settings)) as registry:
        decode = EventCodec(registry, settings.kafka_prefix).decode
        return sorted((decode(one.wire) for one in found), key=lambda recorded: recorded.position)


def in_order(found: Iterable[Seen]) -> bool:
    """Say whether positions only grow within each partition, and so within each stream."""
    last: dict[tuple[str, int], int] = {}
    for one in found:
        place, position = (one.wire.topic, one.partition), position_of(one.wire.headers)
        if position <= last.get(place, 0):
            return False
        last[place] = position
    return True


def log_of(shop: Shop) -> list[Recorded]:
    """Return every event of a shop's log."""
    with shop.log() as log:
        return [recorded for page in log.pages() for recorded in page]
