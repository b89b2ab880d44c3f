"""The intake of a cell in this process: messages are sent to it, taken in, and answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from adapters.bootstrap import Shop, open_shop
from adapters.clock import system_clock
from adapters.intake.inbound import Inbound
from adapters.intake.replies import REPLIES, Reply
from adapters.kafka import configuration
from adapters.kafka.inlet import Inlet, source_of
from adapters.kafka.intake import Intake
from adapters.kafka.names import TopicNames
from adapters.kafka.outcomes import Outcomes
from adapters.kafka.pace import Pace
from adapters.kafka.reading import Reader
from adapters.kafka.records import RecordCodec
from adapters.kafka.registry import Registry
from adapters.kafka.wire import Wire
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.parking import DISCARD, Waiting, ask, do_as_asked, parked, redrive
from adapters.settings import Settings
from adapters.taking import take_in_overlapping
from oms_core.engine.application import Engine
from oms_core.engine.cause import Cause, Letter
from oms_core.kernel import Command, Event, Instant, Recorded
from tests.support.inbound_wire import Sender
from tests.support.kafka.cell import PARTITIONS
from tests.support.process import until

WAIT_SECONDS = 0.2
FLUSH_SECONDS = 30.0
LETTERS_MAX = 100_000


class Post:
    """Sends messages to a cell's topics, and knows where they end."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        """Connect. `ends` are where what was sent ends, by the name of the source."""
        self._names = TopicNames(settings.kafka_prefix)
        self.ends: dict[str, int] = {}
        self._sender = Sender(registry)
        self._producer = Producer(configuration.producer(settings))

    def send(self, channel: str, *messages: Inbound) -> None:
        """Send messages of a channel."""
        topic = self._names.inbound(channel)
        self.send_raw(*(self._sender.wire(message, topic) for message in messages))

    def send_raw(self, *wires: Wire) -> None:
        """Send messages as they are; an empty key or value is none at all."""
        for topic, key, value, headers in wires:
            self._producer.produce(
                topic, value or None, key or None, headers=[*headers], on_delivery=self._delivered
            )
        assert self._producer.flush(FLUSH_SECONDS) == 0

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        assert error is None, error
        source = source_of(message.topic() or "", message.partition() or 0)
        self.ends[source] = max(self.ends.get(source, 0), (message.offset() or 0) + 1)


class Desk:
    """An engine and its intake."""

    def __init__(self, shop: Shop, engine: Engine, intake: Intake, registry: Registry) -> None:
        """Work on a shop; see `desk_of`."""
        self.shop = shop
        self.engine = engine
        self.intake = intake
        self.post = Post(shop.settings, registry)
        self.batches: list[int] = []
        self._replies = RecordCodec(registry, REPLIES)

    def send(self, channel: str, *messages: Inbound) -> None:
        """Send messages of a channel."""
        self.post.send(channel, *messages)

    def turn(self) -> bool:
        """Take in what has come."""
        return take_in_overlapping(self.engine, self.intake, self._note)

    def take_in_all(self) -> None:
        """Take in whatever has been sent."""
        position_of = self.engine.store.source_position

        def done() -> bool:
            while self.turn():
                pass
            self.intake.wait(WAIT_SECONDS)
            return all(position_of(source) >= end for source, end in self.post.ends.items())

        until(done, told=f"{self.post.ends}")

    def ends(self) -> dict[str, int]:
        """Return how far each partition was taken in, by the name of the source."""
        names = TopicNames(self.shop.settings.kafka_prefix)
        sources = [
            source_of(names.inbound(channel), partition)
            for channel in self.shop.settings.channels
            for partition in range(PARTITIONS)
        ]
        return {source: self.engine.store.source_position(source) for source in sources}

    def take_in(self, count: int) -> None:
        """Take in what comes until there have been so many messages in all."""

        def done() -> bool:
            while self.turn():
                pass
            self.intake.wait(WAIT_SECONDS)
            return sum(self.ends().values()) >= count

        until(done, told=lambda: f"{count} messages, {self.ends()}")

    def ask(self, *commands: Command) -> None:
        """Have things done that channels cannot ask for."""
        self.engine.handle([Cause(c, f"desk:{n}", "test") for n, c in enumerate(commands)])

    def events(self, *kinds: type[Event]) -> list[Recorded]:
        """Return what happened, of some kinds only if any are named."""
        with self.shop.log() as log:
            return list(log.read(0, 1_000_000, frozenset(kinds) or None))

    def letters(self, topic: str) -> list[Letter]:
        """Return what is to be published to a topic, in order."""
        with self.shop.connection() as connection:
            outbox = PostgresOutbox(connection, self.shop.settings.log_schema)
            return [letter for _, letter in outbox.read(0, LETTERS_MAX) if letter.topic == topic]

    def outcomes(self, channel: str) -> list[Reply]:
        """Return what a channel is told, in order."""
        topic = TopicNames(self.shop.settings.kafka_prefix).outcomes(channel)
        return [self._replies.decode(letter.value) for letter in self.letters(topic)]

    def parked(self) -> list[Waiting]:
        """Return what waits."""
        with self.shop.connection() as connection:
            return parked(connection, self.shop.settings.log_schema)

    def redrive(self, stream: str = "") -> None:
        """Hand in again what waits, all of it or of one stream."""
        schema = self.shop.settings.log_schema
        with self.shop.connection() as connection:
            redrive(self.engine, connection, schema, stream, self.intake.reopening)

    def discard(self, stream: str, reason: str) -> None:
        """Give up the first message of a stream that waits."""
        schema = self.shop.settings.log_schema
        first = next(entry for entry in self.parked() if entry.stream == stream)
        with self.shop.connection() as connection:
            ask(connection, [first.place], f"{DISCARD}{reason}", schema)
            do_as_asked(self.engine, connection, schema, self.intake.reopening)

    def _note(self, batch: Any, answers: Sequence[Any]) -> None:
        del answers
        self.batches.append(len(batch.causes))


@contextmanager
def desk_of(
    settings: Settings,
    registry: Registry,
    reader: Reader | None = None,
    clock: Callable[[], Instant] = system_clock,
) -> Iterator[Desk]:
    """Open the intake of a cell, as `oms run` does, with a registry and a reader of one's own."""
    with ExitStack() as stack:
        shop = stack.enter_context(open_shop(settings))
        engine = stack.enter_context(shop.engine())
        inlets = [
            Inlet(
                settings,
                channel,
                engine.store.source_position,
                Pace(settings.kafka_rates.get(channel), clock),
                clock,
            )
            for channel in settings.channels
        ]
        intake = Intake(
            inlets,
            reader or Reader(registry),
            Outcomes(registry, settings.kafka_prefix),
            lambda: engine.blocked,
            clock,
            settings.kafka_in_flight,
        )
        stack.callback(intake.close)
        yield Desk(shop, engine, intake, registry)
