"""Events on topics, as the relay puts them there, or somebody less careful."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager

from confluent_kafka import Producer

from adapters.kafka import configuration
from adapters.kafka.messages import EventCodec
from adapters.kafka.registry import ConfluentRegistry
from adapters.kafka.wire import Wire
from adapters.settings import Settings
from oms_core.kernel import Recorded

ANSWER_SECONDS = 30.0
QUEUE_SECONDS = 0.1


class Publisher:
    """Publishes events in order, each batch in one transaction; and whatever else is wanted."""

    def __init__(self, settings: Settings, codec: EventCodec) -> None:
        """Be the one publisher of a cell."""
        self.codec = codec
        self._producer = Producer(
            configuration.transactional(settings, f"{settings.kafka_prefix}.test")
        )
        self._producer.init_transactions(ANSWER_SECONDS)

    def publish(self, events: Iterable[Recorded]) -> None:
        """Publish events in one transaction."""
        self.send([self.codec.encode(recorded) for recorded in events])

    def send(self, wires: Sequence[Wire]) -> None:
        """Publish messages in one transaction, well-formed or not."""
        self._producer.begin_transaction()
        for wire in wires:
            self._produce(wire)
        self._producer.commit_transaction(ANSWER_SECONDS)

    def _produce(self, wire: Wire) -> None:
        while True:
            try:
                self._producer.produce(wire.topic, wire.value, wire.key, headers=list(wire.headers))
            except BufferError:
                self._producer.poll(QUEUE_SECONDS)
            else:
                return


@contextmanager
def publishing(settings: Settings) -> Iterator[Publisher]:
    """Publish with the schemas of the cell's registry."""
    with closing(ConfluentRegistry(settings)) as registry:
        yield Publisher(settings, EventCodec(registry, settings.kafka_prefix))
