"""Publishing what channels say to their inbound topics, as channels with tools of their own do."""

from __future__ import annotations

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from adapters.avro.naming import full_name
from adapters.intake.inbound import MESSAGES, Inbound
from adapters.intake.translation import key_of
from adapters.kafka import configuration
from adapters.kafka.names import TopicNames
from adapters.kafka.records import RecordCodec
from adapters.kafka.registry import Registry
from adapters.kafka.timestamps import timestamp
from adapters.settings import Settings
from oms_core.kernel import Instant

FLUSH_SECONDS = 60.0
WAIT_SECONDS = 0.1


class Publisher:
    """Publishes messages, in the order of each key."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        """Connect. The registry must know the schemas of the contract."""
        self._names = TopicNames(settings.kafka_prefix)
        self._records = RecordCodec(registry, MESSAGES)
        self._producer = Producer(configuration.producer(settings))
        self._failed: KafkaError | None = None

    def publish(
        self, channel: str, message: Inbound, said_at: Instant | None = None, message_id: str = ""
    ) -> None:
        """Publish a message; what has gone wrong with earlier ones is raised here, too.

        :raises KafkaException: if the brokers do not take it.
        """
        headers: list[tuple[str, str | bytes | None]] = [
            ("content-type", b"application/avro"),
            ("ce_specversion", b"1.0"),
            ("ce_source", f"/{channel}".encode()),
            ("ce_type", full_name(type(message)).encode()),
        ]
        if message_id:
            headers.append(("ce_id", message_id.encode()))
        if said_at:
            headers.append(("ce_time", timestamp(said_at)))
        topic, key = self._names.inbound(channel), key_of(message).encode()
        value = self._records.encode(message)
        while True:
            try:
                self._producer.produce(topic, value, key, headers=headers, on_delivery=self._noted)
            except BufferError:  # The queue is full: let the brokers take some of it.
                self._producer.poll(WAIT_SECONDS)
            else:
                break
        self._producer.poll(0)
        self._check()

    def flush(self) -> None:
        """Wait until the brokers have everything.

        :raises KafkaException: if they do not take it.
        """
        left = self._producer.flush(FLUSH_SECONDS)
        self._check()
        if left:
            raise KafkaException(KafkaError(KafkaError._MSG_TIMED_OUT))  # noqa: SLF001

    def _noted(self, error: KafkaError | None, _: Message) -> None:
        self._failed = self._failed or error

    def _check(self) -> None:
        if self._failed is not None:
            raise KafkaException(self._failed)
