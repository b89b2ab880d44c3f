"""State topics: the documents of views as they are, one record for each key, for those who join in.

A document that changed is published as it is when its turn comes: the last state of each key is
always published, states in between may be passed over. A crash repeats what was published last; a
publisher that another has followed is fenced off by its transactional id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from adapters.avro.naming import full_name
from adapters.kafka import tail
from adapters.kafka.messages import CONTENT_TYPE, SPEC_VERSION
from adapters.kafka.names import TopicNames
from adapters.kafka.records import RecordCodec
from adapters.kafka.registry import Registry
from adapters.kafka.resumption import look
from adapters.kafka.timestamps import timestamp
from adapters.kafka.transactions import Behind, Transactions
from adapters.kafka.wire import Header, Tombstone, Wire
from adapters.postgres.changes import Changed, Changes
from adapters.postgres.tables import table_of
from adapters.settings import Settings
from oms_core.kernel import Instant, View

PAGE_CHANGES = 5_000


class StatePublisher:
    """Publishes the documents of some views. `begin` first; after an interruption, again."""

    def __init__(
        self,
        settings: Settings,
        changes: Changes,
        views: Sequence[View[Any]],
        registry: Registry,
        clock: Callable[[], Instant],
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        """Publish `views`; `beat` is called while the broker is waited for."""
        self._settings, self._changes, self._clock, self._beat = settings, changes, clock, beat
        self._names = TopicNames(settings.kafka_prefix)
        self._views = {view.name: view for view in views}
        self._tables = [table_of(view, settings.views_schema) for view in views]
        self._encode = RecordCodec(registry, [view.document for view in views]).encode
        self._transactions: Transactions | None = None
        self._position = 0

    @property
    def position(self) -> int:
        """The position of the views when documents were last published."""
        return self._position

    def begin(self) -> None:
        """Fence off every earlier publisher; let views that are new here, or lost, be published.

        :raises Unpublishable: if topics are missing.
        :raises Interrupted: if the broker cannot be reached.
        """
        self.close()
        prefix = self._names.prefix
        self._transactions = begun = Transactions(self._settings, f"{prefix}.state", self._beat)
        begun.call(look, self._settings, [self._names.state(view) for view in self._views])
        for table in self._tables:
            topic = self._names.state(table.name)
            if not self._changes.is_watched(table):
                self._changes.watch(table)
                self._changes.note_all(table, begun.call(keys_of, self._settings, topic))
            elif begun.call(is_empty, self._settings, topic):
                self._changes.note_all(table)

    def turn(self) -> int:
        """Publish documents that have changed, and return how many; 0 if there are none.

        :raises Superseded: if a later publisher has begun.
        :raises Interrupted: if the broker cannot be reached; `begin` again.
        """
        assert self._transactions is not None, "begin first"
        places, changed = self._changes.take(self._tables, PAGE_CHANGES)
        messages = [message for one in changed for message in self._messages(one)]
        if not places:
            return 0
        self._transactions.send(messages)
        self._transactions.settle()
        self._changes.forget(places)
        self._position = max(one.position for one in changed)
        return len(messages)

    def behind(self) -> Behind:
        """Return how many changes wait, counted up to two pages; since when is not known."""
        return Behind(self._changes.waiting(self._tables, 2 * PAGE_CHANGES))

    def settle(self) -> None:
        """Do nothing: each turn waits for its own end."""

    def close(self) -> None:
        """Give up what is not published yet."""
        if self._transactions is not None:
            self._transactions.close()
        self._transactions = None

    def _messages(self, changed: Changed) -> Iterator[Wire | Tombstone]:
        topic, view = self._names.state(changed.view), changed.view.encode()
        position = b"%d" % changed.position
        shared: list[Header] = [
            CONTENT_TYPE,
            SPEC_VERSION,
            ("ce_type", full_name(self._views[changed.view].document).encode()),
            ("ce_source", f"/{self._names.prefix}/{changed.view}".encode()),
            ("ce_time", timestamp(self._clock())),
            ("ce_position", position),
        ]
        for name, document in changed.documents.items():
            key = name.encode()
            ce_id = ("ce_id", b"%b/%b@%b" % (view, key, position))
            headers = [*shared, ce_id, ("ce_subject", key)]
            if document is None:
                yield Tombstone(topic, key, headers)
            else:
                yield Wire(topic, key, self._encode(document), headers)


def is_empty(settings: Settings, topic: str) -> bool:
    """Say whether readers see nothing on a topic.

    :raises Interrupted: if the broker does not answer.
    """
    with tail.reading(settings) as reader:
        partitions = tail.partitions(reader, [topic])[topic]
        return all(tail.last(reader, topic, partition) is None for partition in partitions)


def keys_of(settings: Settings, topic: str) -> set[str]:
    """Return every key that has a record on a topic: some may stand for what is gone by now.

    :raises Interrupted: if the broker does not answer.
    """
    with tail.reading(settings) as reader:
        return {
            (message.key() or b"").decode(errors="replace")
            for partition in tail.partitions(reader, [topic])[topic]
            for message in tail.messages(reader, topic, partition)
        }
