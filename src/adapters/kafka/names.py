"""What topics are called. Every name begins with the prefix of its cell."""

from __future__ import annotations

from typing import NamedTuple


class TopicNames(NamedTuple):
    """The names of a cell's topics; `prefix` is `oms`, or `oms.<cell>` where there are several."""

    prefix: str = "oms"

    def inbound(self, channel: str) -> str:
        """Return where a channel publishes; the key is the order's reference in that channel."""
        return f"{self.prefix}.{channel}.inbound.v1"

    def outcomes(self, channel: str) -> str:
        """Return where a channel reads what became of each of its messages."""
        return f"{self.prefix}.{channel}.outcomes.v1"

    def events(self, category: str) -> str:
        """Return where the events of a category's streams are published; the key is the stream."""
        return f"{self.prefix}.{category}.events.v1"

    def state(self, view: str) -> str:
        """Return where a view's documents are published, compacted; the key is the document's."""
        return f"{self.prefix}.{view}.state.v1"

    @property
    def checkpoint(self) -> str:
        """Return where the relay notes how far it has published, in the same transaction."""
        return f"{self.prefix}.relay.checkpoint.v1"


def dead_letters(topic: str, consumer: str) -> str:
    """Return where a consumer's parked messages of a topic are shown."""
    return f"{topic}.dlq.{consumer}"


def category_of(stream: str) -> str:
    """Return the category of a stream: `order` of `order:web:1001`."""
    return stream.partition(":")[0]
