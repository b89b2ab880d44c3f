"""The relay: what is in the log goes to the topics, in its order, exactly once.

Each page of the log is published in one Kafka transaction, with the letters that are due and the
checkpoint. So readers of committed records see a page or nothing of it, a crash repeats nothing,
and where to go on is known from the cluster itself. While the broker ends one transaction, the next
page is read and encoded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import msgspec

from adapters.kafka.arrivals import event_topics
from adapters.kafka.checkpoint import Checkpoint
from adapters.kafka.names import TopicNames
from adapters.kafka.resumption import (
    Found,
    Restart,
    checkpoint_before,
    checkpoint_of,
    look,
)
from adapters.kafka.transactions import Behind, Transactions
from adapters.kafka.wire import Wire
from adapters.settings import Settings
from oms_core.engine.cause import Letter
from oms_core.kernel import Instant, Recorded
from projections.log import Log

PAGE_EVENTS = 10_000
LETTERS_MAX = 5_000


class Outbox(Protocol):
    """The letters that wait to be published."""

    def read(self, after: int, limit: int) -> Sequence[tuple[int, Letter]]:
        """Return letters past a place, in order."""

    def forget(self, upto: int) -> None:
        """Remove the letters up to a place."""


class Due(NamedTuple):
    """Letters, and the position that is to be published before them or with them."""

    position: int
    letters: Sequence[tuple[int, Letter]]


def transactional_id(prefix: str) -> str:
    """Return the name under which the relays of a cell fence each other off."""
    return f"{prefix}.relay"


class Relay:
    """Publishes one log. `begin` first; after an interruption, `begin` again."""

    def __init__(
        self,
        settings: Settings,
        log: Log,
        outbox: Outbox,
        encode: Callable[[Recorded], Wire],
        beat: Callable[[], None] = lambda: None,
        restart: Restart | None = None,
    ) -> None:
        """Publish `log` and `outbox`; `beat` is called while the broker is waited for.

        With `restart` it does not go on where it was, but there.
        """
        self._settings, self._log, self._outbox = settings, log, outbox
        self._encode, self._beat, self._restart = encode, beat, restart
        self._names = TopicNames(settings.kafka_prefix)
        self._transactions: Transactions | None = None
        self._found = Found(frozenset(), None)
        self._due: Due | None = None
        self._sent = self._published = Checkpoint()

    @property
    def position(self) -> int:
        """The last position that is known to be published."""
        return self._published.position

    def begin(self) -> None:
        """Fence off every earlier relay, and find out where to go on.

        :raises Unpublishable: if topics are missing, or the log is not what was published.
        :raises Interrupted: if the broker cannot be reached.
        """
        self.close()
        wanted = transactional_id(self._names.prefix)
        self._transactions = begun = Transactions(self._settings, wanted, self._beat)
        needed = (*event_topics(self._names.prefix), self._names.checkpoint)
        self._found = begun.call(look, self._settings, needed)
        self._sent = self._published = self._start(begun)
        self._due = None
        self._outbox.forget(self._sent.outbox)

    def _start(self, begun: Transactions) -> Checkpoint:
        if self._restart is None:
            return begun.call(checkpoint_of, self._settings, self._log, self._found)
        found, restart = self._found, self._restart
        start = begun.call(checkpoint_before, self._settings, self._log, found, restart)
        begun.send([start.wire(self._names.checkpoint)])
        begun.settle()
        self._restart = None
        return start

    def turn(self) -> int:
        """Publish the next page, and return how many messages that is; 0 if there is nothing.

        All but what this has sent last is published when it returns; that, too, at the log's end.

        :raises Superseded: if a later relay has begun.
        :raises Interrupted: if the broker cannot be reached; `begin` again.
        """
        assert self._transactions is not None, "begin first"
        due = self._due = self._due or self._letters()
        page = self._log.read(self._sent.position, PAGE_EVENTS)
        wires = [self._encode(recorded) for recorded in page]
        ahead = self._sent.after(page[-1]) if page else self._sent
        if due and ahead.position >= due.position:
            wires += self._posted(due)
            ahead = msgspec.structs.replace(ahead, outbox=due.letters[-1][0])
            self._due = None
        self.settle()
        if wires:
            self._transactions.send(wires, ahead.wire(self._names.checkpoint))
            self._sent = ahead
        if len(page) < PAGE_EVENTS:
            self.settle()
        return len(wires)

    def settle(self) -> None:
        """Wait until all that was sent is published, and forget the letters that were.

        :raises Superseded: if a later relay has begun.
        :raises Interrupted: if the broker cannot be reached; `begin` again.
        """
        if self._transactions is not None:
            self._transactions.settle()
        if self._sent.outbox > self._published.outbox:
            self._outbox.forget(self._sent.outbox)
        self._published = self._sent

    def behind(self) -> Behind:
        """Return how many events are not published yet, and when the first was recorded."""
        position = self.position
        events = self._log.head() - position
        if events <= 0:
            return Behind(0)
        first = self._log.read(position, 1)
        return Behind(events, first[0].recorded_at if first else Instant(0))

    def close(self) -> None:
        """Give up what is not published yet."""
        if self._transactions is not None:
            self._transactions.close()
        self._transactions = None

    def _letters(self) -> Due | None:
        """Return letters that wait. All that they tell of is in the log up to the position."""
        letters = self._outbox.read(self._sent.outbox, LETTERS_MAX)
        return Due(self._log.head(), letters) if letters else None

    def _posted(self, due: Due) -> list[Wire]:
        wanted = {letter.topic for _, letter in due.letters}
        if wanted - self._found.topics:
            assert self._transactions is not None, "begin first"
            self._found = self._transactions.call(look, self._settings, wanted)
        return [
            Wire(letter.topic, letter.key, letter.value, list(letter.headers))
            for _, letter in due.letters
        ]
