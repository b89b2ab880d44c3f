"""The event topics as a whole log that ends where they ended when it was opened.

It shows whether the topics alone are enough: every position from the first to the last must be
there.
"""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import Consumer

from adapters.kafka import tail
from adapters.kafka.checkpoint import read_checkpoint
from adapters.kafka.merged import Gap, MergedLog
from adapters.kafka.names import TopicNames
from adapters.settings import Settings
from oms_core.kernel import Event, Recorded

WAIT_SECONDS = 0.5


class WholeLog:
    """A log (`projections.log.Log`) for one reader, from its first event to the last one now."""

    def __init__(self, merged: MergedLog, last: int) -> None:
        """Read up to a position."""
        self._merged, self._last = merged, last
        self._ends = merged.ends()
        merged.start(0)

    def head(self) -> int:
        """Return the last position."""
        return self._last

    def read(
        self, after: int, limit: int, types: frozenset[type[Event]] | None = None
    ) -> Sequence[Recorded]:
        """Return the next events, `limit` at most.

        :raises Gap: if any event is missing.
        """
        page = self._merged.read(after, limit, types)
        while len(page) < limit and self._merged.head() < self._last:
            count = self._merged.gather(WAIT_SECONDS)
            if not count and self._merged.has_read(self._ends):
                raise Gap(self._merged.head() + 1, self._merged.next_waiting or self._last, 0.0)
            page = self._merged.read(after, limit, types)
        return page


def last_position(reader: Consumer, settings: Settings, topics: Sequence[str]) -> int:
    """Return the last position that there is on any event topic, or that the relay published.

    :raises Interrupted: if the broker does not answer.
    """
    checkpoint = read_checkpoint(reader, TopicNames(settings.kafka_prefix))
    found = [checkpoint.position if checkpoint else 0]
    for topic, numbers in tail.partitions(reader, topics).items():
        found += [tail.position(reader, topic, number) for number in numbers]
    return max(found)
