"""Events on topics, as the relay or somebody less careful would put them there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from adapters.avro.schemas import full_name, record_schema
from adapters.kafka import configuration
from adapters.kafka.arrivals import event_topics
from adapters.kafka.messages import EventCodec
from adapters.kafka.wire import Wire
from adapters.settings import Settings
from oms_core.engine.catalog import EVENTS
from oms_core.kernel import Recorded
from tests.support.registry import MemoryRegistry

PARTITIONS = 3
ANSWER_SECONDS = 30.0


def memory_registry() -> MemoryRegistry:
    """Return a registry with the schema of every event: the same one in every process."""
    registry = MemoryRegistry()
    for kind in EVENTS.values():
        registry.register(full_name(kind), record_schema(kind))
    return registry


def make_topics(settings: Settings, *names: str, partitions: int = PARTITIONS) -> None:
    """Make topics, the cell's event topics unless others are named."""
    admin = AdminClient(configuration.connection(settings))
    wanted = names or event_topics(settings.kafka_prefix)
    there = admin.list_topics(timeout=ANSWER_SECONDS).topics
    new = [
        NewTopic(n, partitions, 1, config={"retention.ms": "-1"}) for n in wanted if n not in there
    ]
    if new:
        for made in admin.create_topics(new).values():
            made.result(ANSWER_SECONDS)


class Publisher:
    """Publishes events in order, each batch in one transaction; and whatever else is wanted."""

    def __init__(self, settings: Settings) -> None:
        self.registry = memory_registry()
        self.codec = EventCodec(self.registry, settings.kafka_prefix)
        self._producer = Producer(
            configuration.transactional(settings, f"{settings.kafka_prefix}.test")
        )
        self._producer.init_transactions(ANSWER_SECONDS)

    def publish(self, events: Iterable[Recorded]) -> None:
        """Publish events in one transaction."""
        self.send([self.codec.encode(recorded) for recorded in events])

    def send(self, wires: Sequence[Wire], partition: int = -1) -> None:
        """Publish messages in one transaction, well-formed or not."""
        self._producer.begin_transaction()
        for wire in wires:
            self._produce(wire, partition)
        self._producer.commit_transaction(ANSWER_SECONDS)

    def _produce(self, wire: Wire, partition: int) -> None:
        while True:
            try:
                self._producer.produce(
                    wire.topic, wire.value, wire.key, partition, headers=list(wire.headers)
                )
            except BufferError:
                self._producer.poll(0.1)
            else:
                return
