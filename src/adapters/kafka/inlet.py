"""One channel's inbound topic, read from where the log says that it was read to.

The log holds the positions, in the transactions of what the messages led to; the group's offsets at
the broker are only written down for those who watch the lag. There is one engine for a log, so its
consumers are static members: whoever runs the engine takes the partitions of the last one over at
once, also if that one was killed, and one that was stopped meanwhile is refused by the broker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    Message,
    TopicPartition,
)

from adapters.kafka import configuration
from adapters.kafka.names import TopicNames
from adapters.kafka.pace import Pace
from adapters.settings import Settings
from oms_core.engine.cause import SourcePosition
from oms_core.kernel import Instant

BUFFERED_KILOBYTES = 16_384
"""What a channel's client reads ahead at most. When it is full, the rest waits at the broker."""

SESSION_MS = 30_000
WATCHED_MICROS = 1_000_000
"""How often the offsets are written down for those who watch."""

log = structlog.get_logger("oms")


def source_of(topic: str, partition: int) -> str:
    """Return the name under which the log keeps how far a partition was read."""
    return f"{topic}[{partition}]"


class Inlet:
    """The consumer of one channel."""

    def __init__(
        self,
        settings: Settings,
        channel: str,
        position_of: Callable[[str], int],
        pace: Pace,
        clock: Callable[[], Instant],
    ) -> None:
        """Join the group. `position_of(source)` asks the log how far a partition was read."""
        self.channel = channel
        self.topic = TopicNames(settings.kafka_prefix).inbound(channel)
        self._position_of = position_of
        self._pace = pace
        self._clock = clock
        self._held: list[Message] = []
        self._next: dict[int, int] = {}
        self._read_to: dict[int, int] = {}
        self._begun: dict[int, int] = {}
        self._written: dict[int, int] = {}
        self._written_at = clock()
        self._settings = settings
        self._consumer = self._joined()

    def _joined(self) -> Consumer:
        group = f"{self._settings.kafka_prefix}.intake.{self.channel}"
        own = configuration.consumer(
            self._settings,
            group,
            group_instance_id=f"{group}.engine",
            session_timeout_ms=SESSION_MS,
            queued_max_messages_kbytes=BUFFERED_KILOBYTES,
        )
        consumer = Consumer(own)
        consumer.subscribe(
            [self.topic], on_assign=self._assigned, on_revoke=self._gone, on_lost=self._gone
        )
        return consumer

    def wait(self, seconds: float) -> bool:
        """Wait for a message, and say whether there is one to take."""
        if not self._held and self._pace.room() > 0:
            self._held = self._consume(1, seconds)
        return bool(self._held)

    def take(self, most: int) -> list[Message]:
        """Return the next messages, without waiting, and no more than the channel's pace allows."""
        most = min(most, self._pace.room())
        if most <= 0:
            return []
        self._write_down()
        new = self._consume(most - len(self._held), 0.0) if most > len(self._held) else []
        found, self._held = [*self._held, *new], []
        self._pace.spend(len(found))
        for message in found:
            partition, offset = _at(message)
            self._begun.setdefault(partition, self._read_to[partition])
            self._read_to[partition] = offset + 1
        return found

    def moved(self) -> list[SourcePosition]:
        """Return from where to where each partition was read since this was asked last."""
        begun, self._begun = self._begun, {}
        return [
            SourcePosition(source_of(self.topic, partition), start, self._read_to[partition])
            for partition, start in begun.items()
        ]

    def rewind(self) -> None:
        """Go on where the log says that the topic was read to."""
        self._held, self._begun = [], {}
        for partition in list(self._read_to):
            self._consumer.seek(self._place(partition))

    def close(self) -> None:
        """Leave. The partitions stay with the engine's next run for as long as a session lasts."""
        self._consumer.close()

    def _consume(self, most: int, seconds: float) -> list[Message]:
        found = self._consumer.consume(most, seconds)
        if any(_is_fatal(message.error()) for message in found):
            self._rejoin()
            return []
        return [message for message in found if self._is_next(message)]

    def _rejoin(self) -> None:
        """Join the group anew, as the place in it was taken from us.

        An engine that stood still and goes on does so, until it finds that it has lost its lease.
        Whoever holds the lease then has the last word; what was taken stays where the log says.
        """
        log.warning("intake.rejoin", topic=self.topic)
        self._consumer.close()
        for noted in (self._next, self._read_to, self._begun):
            noted.clear()
        self._held = []
        self._consumer = self._joined()

    def _is_next(self, message: Message) -> bool:
        """Say whether a message is new, and note that it was read."""
        error = message.error()
        if error is not None:
            self._complain(error)
            return False
        partition, offset = _at(message)
        reached = self._next.get(partition)
        if reached is None or offset < reached:
            return False
        self._next[partition] = offset + 1
        return True

    def _complain(self, error: KafkaError) -> None:
        """Tell the operators."""
        code = "intake.position_lost" if error.code() == KafkaError._AUTO_OFFSET_RESET else ""  # noqa: SLF001
        log.warning(code or "intake.consume", topic=self.topic, detail=error.str())

    def _place(self, partition: int) -> TopicPartition:
        """Return where the log says that a partition was read to, and note it."""
        at = self._position_of(source_of(self.topic, partition))
        self._next[partition] = self._read_to[partition] = at
        return TopicPartition(self.topic, partition, at or OFFSET_BEGINNING)

    def _assigned(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        places = [self._place(at.partition) for at in partitions]
        consumer.incremental_assign(places)
        log.info("intake.assigned", topic=self.topic, partitions=sorted(self._next))

    def _gone(self, _: Consumer, partitions: Sequence[TopicPartition]) -> None:
        """Forget what was read ahead of partitions that another reads from now on."""
        gone = {at.partition for at in partitions}
        self._held = [message for message in self._held if message.partition() not in gone]
        for partition in gone:
            for noted in (self._next, self._read_to, self._begun):
                noted.pop(partition, None)

    def _write_down(self) -> None:
        """Tell the broker how far the topic was read, for those who watch."""
        now = self._clock()
        if now - self._written_at < WATCHED_MICROS or self._read_to == self._written:
            return
        self._written_at, self._written = now, dict(self._read_to)
        places = [TopicPartition(self.topic, *entry) for entry in self._read_to.items()]
        self._consumer.commit(offsets=places, asynchronous=True)


def _is_fatal(error: KafkaError | None) -> bool:
    """Say whether a consumer is of no more use after an error."""
    return error is not None and (
        error.fatal() or error.code() in (KafkaError._FATAL, KafkaError.FENCED_INSTANCE_ID)  # noqa: SLF001
    )


def _at(message: Message) -> tuple[int, int]:
    partition, offset = message.partition(), message.offset()
    assert partition is not None
    assert offset is not None
    return partition, offset
