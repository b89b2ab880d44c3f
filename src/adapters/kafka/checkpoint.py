"""How far the relay has published: a record in Kafka, in the transaction of what it counts.

So it can say neither too much nor too little, and a cluster that was emptied is filled again.
"""

from __future__ import annotations

import msgspec
from confluent_kafka import Consumer

from adapters.kafka import tail
from adapters.kafka.names import TopicNames
from adapters.kafka.wire import Wire
from oms_core.kernel import Instant, Recorded

KEY = b"relay"
CONTENT_TYPE = ("content-type", b"application/json")


class Checkpoint(msgspec.Struct, frozen=True):
    """The last event that was published, with what identifies it, and the last letter."""

    position: int = 0
    outbox: int = 0
    event: str = ""
    recorded_at: Instant = Instant(0)

    def after(self, recorded: Recorded) -> Checkpoint:
        """Return the checkpoint of who has published up to this event."""
        return Checkpoint(recorded.position, self.outbox, recorded.id, recorded.recorded_at)

    def stands_at(self, recorded: Recorded) -> bool:
        """Say whether this is the event that was published last."""
        told = (recorded.position, recorded.id, recorded.recorded_at)
        return told == (self.position, self.event, self.recorded_at)

    def wire(self, topic: str) -> Wire:
        """Return the record."""
        return Wire(topic, KEY, msgspec.json.encode(self), [CONTENT_TYPE])


def read_checkpoint(reader: Consumer, names: TopicNames) -> Checkpoint | None:
    """Return how far the relay of a cell has published; None, if it never has.

    :raises Interrupted: if the broker does not answer.
    """
    message = tail.last(reader, names.checkpoint, 0)
    return msgspec.json.decode(message.value() or b"{}", type=Checkpoint) if message else None
