"""One channel's inbound topic, read from where the log says that it was read to.

The log holds the positions, in the transactions of what the messages led to; the group's offsets at
the broker are only written down for those who watch the lag. There is one engine for a log, by
its lease, so it takes every partition itself: nothing is shared out, nobody waits for a session to
end when it takes over, and one that was stopped meanwhile is refused by the log.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
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

METADATA_SECONDS = 0.5
ABSENT_MICROS = 2_000_000
"""How long to wait before a topic that could not be found is looked for again."""

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
        """Be ready to read. `position_of(source)` asks the log how far a partition was read."""
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
        group = f"{settings.kafka_prefix}.intake.{channel}"
        own = {"queued_max_messages_kbytes": BUFFERED_KILOBYTES}
        self._consumer = Consumer(configuration.consumer(settings, group, **own))
        self._assigned = False
        self._absent_until = 0

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
        """Leave."""
        self._consumer.close()

    def _consume(self, most: int, seconds: float) -> list[Message]:
        if not self._assigned and not self._assign():
            self._consumer.poll(seconds)
            return []
        found = self._consumer.consume(most, seconds)
        return [message for message in found if self._is_next(message)]

    def _assign(self) -> bool:
        """Take every partition, each from where the log says; say whether the broker knows them."""
        if self._clock() < self._absent_until:
            return False
        self._absent_until = self._clock() + ABSENT_MICROS
        try:
            found = self._consumer.list_topics(self.topic, METADATA_SECONDS).topics[self.topic]
        except KafkaException as error:
            self._complain(error.args[0])
            return False
        if found.error is not None:
            self._complain(found.error)
            return False
        self._consumer.assign([self._place(partition) for partition in sorted(found.partitions)])
        self._assigned = True
        log.info("intake.assigned", topic=self.topic, partitions=sorted(self._next))
        return True

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

    def _write_down(self) -> None:
        """Tell the broker how far the topic was read, for those who watch."""
        now = self._clock()
        if now - self._written_at < WATCHED_MICROS or self._read_to == self._written:
            return
        self._written_at, self._written = now, dict(self._read_to)
        places = [TopicPartition(self.topic, *entry) for entry in self._read_to.items()]
        self._consumer.commit(offsets=places, asynchronous=True)


def _at(message: Message) -> tuple[int, int]:
    partition, offset = message.partition(), message.offset()
    assert partition is not None
    assert offset is not None
    return partition, offset
