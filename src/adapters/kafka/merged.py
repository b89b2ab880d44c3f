"""All event topics of a cell as the one log that they came from.

Each message carries its position, and positions have no gaps: so the order of the whole log can be
restored from its parts, repeats can be told, and so can anything that is missing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from heapq import heappop, heappush
from itertools import islice
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message
from confluent_kafka import TopicPartition as At

from adapters.clock import system_clock
from adapters.kafka import configuration
from adapters.kafka.arrivals import Junk, Sieve, opened
from adapters.kafka.ends import Partition, Starts, ends_of, has_read, to_come
from adapters.kafka.wire import Undecodable
from adapters.settings import Settings
from oms_core.kernel import Event, Instant, Recorded

BATCH_MESSAGES = 5_000
BUFFERED_MAX = 50_000
"""So many events may wait for their turn; then only partitions that may hold the next are read."""

PATIENCE_SECONDS = 30.0
"""How long the next event may be missing while later ones are there."""

METADATA_SECONDS = 10.0
SECOND = 1_000_000


class Gap(Exception):
    """Events are missing from the topics."""

    def __init__(self, first: int, last: int, seconds: float) -> None:
        """Take the first and the last position that is missing, and for how long it has been."""
        which = f"position {first}" if first == last else f"positions {first} to {last}"
        super().__init__(
            f"{which} of the log came on no event topic, {seconds:.0f} s after later ones. "
            f"Run `oms kafka republish --from {first}`, then start this again; "
            "nothing was taken past the gap."
        )
        self.first, self.last, self.seconds = first, last, seconds


class Hint(NamedTuple):
    """Where each partition goes on after a position of the log."""

    position: int
    starts: Starts


class MergedLog:
    """A log (`projections.log.Log`) that is read from Kafka by one reader, forwards."""

    def __init__(
        self,
        settings: Settings,
        sieve: Sieve,
        topics: Collection[str],
        on_junk: Callable[[Junk], None],
        *,
        clock: Callable[[], Instant] = system_clock,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """Find the partitions; `start` begins to read them."""
        group = f"{settings.kafka_prefix}.merged"
        self._consumer = Consumer(
            configuration.consumer(
                settings,
                group,
                enable_partition_eof=True,
                auto_offset_reset="earliest",  # A topic that was made anew: positions tell repeats.
            )
        )
        self._settings, self._sieve, self._on_junk = settings, sieve, on_junk
        self._clock, self._patience = clock, patience_seconds
        self._topics = topics
        self._partitions = tuple(self._found(topics))
        self._hint: Hint | None = None
        self.last_recorded_at = Instant(0)
        self._reset(0)

    def _found(self, topics: Collection[str]) -> Iterable[Partition]:
        known = self._consumer.list_topics(timeout=METADATA_SECONDS).topics
        for topic in sorted(topics):
            if topic in known:
                yield from ((topic, number) for number in sorted(known[topic].partitions))

    def _reset(self, after: int) -> None:
        self._after = self._merged = after
        self._ready: deque[Recorded] = deque()
        self._waiting: list[tuple[int, Partition, Recorded | None]] = []
        self._seen: dict[Partition, deque[tuple[int, int]]] = {p: deque() for p in self._partitions}
        self._ends: dict[Partition, int] = {}
        self._paused: set[Partition] = set()
        self._stuck_at, self._stuck_since = after, Instant(0)

    def start(self, after: int, hint: Hint | None = None) -> None:
        """Begin to read what comes after a position, from where the hint says if it is of use."""
        self._reset(after)
        self._hint = hint if hint and hint.position <= after else None
        starts = self._hint.starts if self._hint else {}
        self._ends = dict(starts)
        self._consumer.assign([At(*p, starts.get(p, OFFSET_BEGINNING)) for p in self._partitions])

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()

    def head(self) -> int:
        """Return the position up to which everything has come."""
        return self._merged

    def read(
        self, after: int, limit: int, types: frozenset[type[Event]] | None = None
    ) -> Sequence[Recorded]:
        """Return the next events after a position, `limit` at most, of what the sieve lets through.

        Asking for an earlier position than before begins again, from the beginning of the topics.
        """
        del types
        if after < self._after:
            self.start(after)
        self._after = after
        ready = self._ready
        while ready and ready[0].position <= after:
            ready.popleft()
        return list(islice(ready, limit))

    @property
    def next_waiting(self) -> int:
        """The position before the first event that waits for an earlier one; 0 if none waits."""
        return self._waiting[0][0] - 1 if self._waiting else 0

    def hint(self) -> Hint:
        """Return where to begin again after what was last asked for."""
        starts = dict(self._ends)
        for place, seen in self._seen.items():
            while seen and seen[0][0] <= self._after:
                seen.popleft()
            if seen:
                starts[place] = seen[0][1]
        return Hint(self._after, starts)

    def ends(self) -> Starts:
        """Return where each partition ends now."""
        return ends_of(self._settings, self._partitions)

    def has_read(self, ends: Starts) -> bool:
        """Say whether all that stands before some ends was taken in."""
        return has_read(self._ends, ends)

    def to_come(self, ends: Starts) -> int:
        """Return how many messages there are before some ends."""
        return to_come(self._ends, ends)

    def gather(self, wait_seconds: float) -> int:
        """Take in what has come, unless enough waits to be read; return how many messages.

        :raises Gap: if an event is missing for too long.
        """
        if len(self._ready) >= BATCH_MESSAGES:
            return 0
        messages = self._consumer.consume(BATCH_MESSAGES, wait_seconds)
        for message in messages:
            error = message.error()
            if error is None:
                self._take(message)
            else:
                self._note(message, error)
        self._merge()
        self._hold_back()
        self._look_for_gap()
        return len(messages)

    def _take(self, message: Message) -> None:
        topic, partition, offset = message.topic() or "", message.partition() or 0, message.offset()
        place = topic, partition
        self._ends[place] = (offset or 0) + 1
        try:
            wire, headers = opened(message)
            position = self._sieve.position(headers, wire.key, topic)
            if position <= self._merged:
                return
            event = self._sieve.event(wire) if self._sieve.minds(headers) else None
        except Undecodable as error:
            self._on_junk(self._sieve.junk(message, error))
            return
        self._seen[place].append((position, offset or 0))
        heappush(self._waiting, (position, place, event))

    def _note(self, message: Message, error: KafkaError) -> None:
        place = message.topic() or "", message.partition() or 0
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  (the client's name for it)
            self._ends[place] = message.offset() or 0
        elif not error.retriable():
            raise KafkaException(error)

    def _merge(self) -> None:
        waiting, ready, merged = self._waiting, self._ready, self._merged
        while waiting and waiting[0][0] <= merged + 1:
            position, _, event = heappop(waiting)
            if position > merged:
                merged = position
                if event is not None:
                    ready.append(event)
                    self.last_recorded_at = event.recorded_at
        self._merged = merged

    def _hold_back(self) -> None:
        """Bound what is buffered: the next event can only be where nothing waits."""
        count, full = len(self._waiting), BUFFERED_MAX // 2 if self._paused else BUFFERED_MAX
        ahead = set[Partition]()
        if count > full:
            seen = self._seen.items()
            ahead = {place for place, news in seen if news and news[-1][0] > self._merged}
        if more := ahead - self._paused:
            self._consumer.pause([At(*place) for place in more])
        if fewer := self._paused - ahead:
            self._consumer.resume([At(*place) for place in fewer])
        self._paused = ahead

    def _look_for_gap(self) -> None:
        if not self._waiting:
            self._stuck_since = Instant(0)
            return
        now = self._clock()
        if not self._stuck_since or self._stuck_at != self._merged:
            self._stuck_since, self._stuck_at = now, self._merged
        seconds = (now - self._stuck_since) / SECOND
        if seconds < self._patience:
            return
        known, self._partitions = self._partitions, tuple(self._found(self._topics))
        if self._hint is not None or known != self._partitions:
            self.start(self._after)  # Perhaps topics were made, or made anew, since we looked.
            return
        raise Gap(self._merged + 1, self.next_waiting, seconds)
