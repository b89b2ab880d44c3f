"""The end of a partition: the last record that readers see of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.admin import TopicMetadata

from adapters.kafka import configuration
from adapters.kafka.transactions import QUIET, Interrupted
from adapters.kafka.wire import Wire, number_of
from adapters.settings import Settings

ANSWER_SECONDS = 10.0
WINDOW = 64
"""How far back to look at first; each further look goes back farther by the `WIDENING`."""

WIDENING = 16


@contextmanager
def reading(settings: Settings) -> Iterator[Consumer]:
    """Open a consumer that belongs to no group and tells where partitions end."""
    group = f"{settings.kafka_prefix}.tail"
    config = configuration.consumer(settings, group, enable_partition_eof=True)
    reader = Consumer({**QUIET, **config, "auto.offset.reset": "earliest"})
    try:
        yield reader
    finally:
        reader.close()


def topics(reader: Consumer) -> frozenset[str]:
    """Return the topics that the cluster has.

    :raises Interrupted: if the broker does not answer.
    """
    return frozenset(_metadata(reader))


def partitions(reader: Consumer, names: Iterable[str]) -> dict[str, list[int]]:
    """Return the partitions of those of the topics that there are.

    :raises Interrupted: if the broker does not answer.
    """
    found = _metadata(reader)
    return {name: sorted(found[name].partitions) for name in names if name in found}


def _metadata(reader: Consumer) -> dict[str, TopicMetadata]:
    try:
        found: dict[str, TopicMetadata] = reader.list_topics(timeout=ANSWER_SECONDS).topics
    except KafkaException as error:
        raise Interrupted(error.args[0].str()) from error
    return found


def position(reader: Consumer, topic: str, partition: int) -> int:
    """Return the position in the log of the last event of a partition; 0, if it has none.

    :raises Interrupted: if the broker does not answer.
    """
    message = last(reader, topic, partition)
    return number_of(dict(Wire.of(message).headers), "ce_position") if message else 0


def last(reader: Consumer, topic: str, partition: int) -> Message | None:
    """Return the last committed record of a partition; None, if it has none.

    :raises Interrupted: if the broker does not answer.
    """
    place = TopicPartition(topic, partition)
    try:
        low, high = reader.get_watermark_offsets(place, timeout=ANSWER_SECONDS)
        start, window = high, WINDOW
        while start > low:
            start = max(low, high - window)
            found = _last_from(reader, TopicPartition(topic, partition, start))
            if found is not None:
                return found
            window *= WIDENING
    except KafkaException as error:
        raise Interrupted(error.args[0].str()) from error
    finally:
        reader.unassign()
    return None


def messages(reader: Consumer, topic: str, partition: int) -> Iterator[Message]:
    """Yield every committed record that a partition has now.

    :raises Interrupted: if the broker does not answer.
    """
    try:
        yield from _from(reader, TopicPartition(topic, partition, OFFSET_BEGINNING))
    except KafkaException as error:
        raise Interrupted(error.args[0].str()) from error
    finally:
        reader.unassign()


def _last_from(reader: Consumer, start: TopicPartition) -> Message | None:
    found: Message | None = None
    for message in _from(reader, start):
        found = message
    return found


def _from(reader: Consumer, start: TopicPartition) -> Iterator[Message]:
    reader.assign([start])
    while True:
        message = reader.poll(ANSWER_SECONDS)
        if message is None:
            raise Interrupted(f"{start.topic}[{start.partition}] does not answer")
        error = message.error()
        if error is None:
            yield message
        elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  (librdkafka's name)
            return
        else:
            raise KafkaException(error)
