"""Following a state topic, as anybody may who has no part in this program.

It needs the broker, the schema registry and Confluent's client, and nothing of ours but the
settings: take it as an example. The topic is compacted: read from its beginning it gives the last
document of every key, and then each change. A record without a value says that a document is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from threading import Event as Flag
from typing import Any, NamedTuple

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.schema_registry import SchemaRegistryClient, record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from adapters.kafka import configuration
from adapters.settings import Settings

BATCH = 500
WAIT_SECONDS = 0.5
METADATA_SECONDS = 10.0
RECORD_NAMES = {"subject.name.strategy": record_subject_name_strategy}


class Change(NamedTuple):
    """A document as it is now; None, if it is gone. `position` is how far its view had come."""

    key: str
    document: Mapping[str, Any] | None
    position: int


class NoSuchTopic(Exception):
    """The topic is not there."""


def changes(
    settings: Settings, topic: str, stop: Flag, *, from_beginning: bool, once: bool = False
) -> Iterator[Change]:
    """Yield what becomes of the documents of a topic until `stop` is set, or all is read `once`.

    There is no group: every subscriber sees everything, and keeps its own place if it needs one.

    :raises NoSuchTopic: if the topic is not there.
    """
    consumer = Consumer(
        configuration.consumer(settings, f"{topic}.subscriber", enable_partition_eof=True)
    )
    with closing(consumer), SchemaRegistryClient(configuration.registry(settings)) as registry:
        read = AvroDeserializer(registry, conf=RECORD_NAMES)
        unread = _assign(consumer, topic, OFFSET_BEGINNING if from_beginning else OFFSET_END)
        while not stop.is_set() and (unread or not once):
            for message in consumer.consume(BATCH, WAIT_SECONDS):
                error = message.error()
                if error is None:
                    yield _change(message, read)
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  (the client's name)
                    unread.discard(message.partition())
                elif error.fatal():
                    raise KafkaException(error)  # The client mends all others by itself.


def _assign(consumer: Consumer, topic: str, start: int) -> set[int | None]:
    """Read every partition of the topic; return their numbers."""
    found = consumer.list_topics(topic, METADATA_SECONDS).topics[topic]
    if not found.partitions:
        raise NoSuchTopic(topic)
    consumer.assign([TopicPartition(topic, number, start) for number in found.partitions])
    return set(found.partitions)


def _change(message: Message, read: AvroDeserializer) -> Change:
    """Return what a record says: its key is text, its value Avro, its headers CloudEvents."""
    headers = dict(message.headers() or ())
    context = SerializationContext(message.topic() or "", MessageField.VALUE)
    value, key = message.value(), message.key() or b""
    assert isinstance(key, bytes), "the client gives bytes"
    document: Any = None if value is None else read(value, context)
    return Change(key.decode(), document, int(headers.get("ce_position") or 0))
