"""Views kept up to date from the partitions of the event topics that the group gives to us.

Processes of one name share the partitions; each adds to the same tables. PostgreSQL knows how far a
partition was read, in the transaction of the documents, and whose it is: the group only deals out
the work. Whoever lost a partition without noticing is refused by its epoch, and joins again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message
from confluent_kafka import TopicPartition as At

from adapters.kafka import configuration
from adapters.kafka.arrivals import Junk, Sieve, opened, topics_of
from adapters.kafka.ends import Starts, ends_of, has_read, to_come
from adapters.kafka.registry import RegistryUnavailable
from adapters.kafka.wire import Undecodable, number_of
from adapters.postgres.bookmarks import Fenced
from adapters.postgres.laned import LanedProjection
from adapters.postgres.lanes import Lane, Mark
from adapters.settings import Settings
from oms_core.kernel import Instant, Recorded
from projections.log import Unreadable

BATCH_MESSAGES = 5_000

log = structlog.get_logger("oms")


class Lanes:
    """One member of a projector's group, at work on its partitions."""

    def __init__(
        self,
        settings: Settings,
        name: str,
        projections: Sequence[LanedProjection],
        sieve: Sieve,
        on_junk: Callable[[Junk], None],
        head: Callable[[], int],
    ) -> None:
        """Join the group. `head` tells the last position of the log: nothing lies beyond it."""
        self._settings, self._sieve, self._on_junk = settings, sieve, on_junk
        self._group = f"{settings.kafka_prefix}.projector.{name}"
        self._minded = {p: topics_of(p.view, settings.kafka_prefix) for p in projections}
        self._head, self._head_known = head, 0
        self._reached: dict[Lane, int] = {}
        self._unproved: dict[Lane, int] = {}
        self._skipped: set[Lane] = set()
        self.joined, self.last_recorded_at = False, Instant(0)
        self._consumer = self._join()

    def _join(self) -> Consumer:
        consumer = Consumer(
            configuration.consumer(
                self._settings,
                self._group,
                enable_partition_eof=True,
                auto_offset_reset="earliest",  # A topic that was made anew: positions tell repeats.
            )
        )
        topics = sorted(frozenset[str]().union(*self._minded.values()))
        consumer.subscribe(
            topics, on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked
        )
        return consumer

    def close(self) -> None:
        """Leave the group: others take over at once."""
        self._consumer.close()

    @property
    def held(self) -> frozenset[Lane]:
        """The partitions that are ours now."""
        return frozenset(self._reached)

    def ends(self) -> Starts:
        """Return where our partitions end now."""
        return ends_of(self._settings, self.held)

    def has_read(self, ends: Starts) -> bool:
        """Say whether all that stands before some ends was taken in."""
        return not self._unproved and has_read(self._reached, ends)

    def to_come(self, ends: Starts) -> int:
        """Return how many messages there are before some ends."""
        return to_come(self._reached, ends)

    def turn(self, wait_seconds: float) -> int:
        """Take in what has come, and return how many messages that was."""
        try:
            messages = self._consumer.consume(BATCH_MESSAGES, wait_seconds)
            self._take_in(messages)
        except (Fenced, RegistryUnavailable) as error:
            log.warning("lanes.rejoin", group=self._group, detail=str(error))
            self._rejoin()
            return 0
        return len(messages)

    def _rejoin(self) -> None:
        """Forget everything, and begin as a new member."""
        self._consumer.close()
        self._revoked(self._consumer, [At(*lane) for lane in self.held])
        self._consumer = self._join()

    def _assigned(self, consumer: Consumer, partitions: list[At]) -> None:
        """Claim partitions, and read each from where its views are; the slowest view counts.

        The last message that was taken is read again: if another stands there, or none, the topic
        has been made anew, and is read from its beginning.
        """
        self.joined = True
        lanes = [Lane(at.topic, at.partition) for at in partitions]
        for projection, topics in self._minded.items():
            projection.take([lane for lane in lanes if lane.topic in topics])
        for at, lane in zip(partitions, lanes, strict=True):
            mark = min(
                (p.marks[lane] for p, topics in self._minded.items() if lane.topic in topics),
                key=lambda mark: mark.next_offset,
            )
            at.offset = max(0, mark.next_offset - 1)
            self._reached[lane] = at.offset
            if mark.next_offset:
                self._unproved[lane] = mark.position
        consumer.incremental_assign(partitions)
        consumer.resume(partitions)  # What was paused stays paused through a rebalance.
        log.info("lanes.assigned", group=self._group, partitions=len(lanes), held=len(self.held))

    def _revoked(self, consumer: Consumer, partitions: list[At]) -> None:
        del consumer
        lanes = [Lane(at.topic, at.partition) for at in partitions]
        for lane in lanes:
            self._reached.pop(lane, None)
            self._unproved.pop(lane, None)
        for projection in self._minded:
            projection.release(lanes)

    def _take_in(self, messages: Sequence[Message]) -> None:
        batch, self._skipped = _Batch(), set()
        for message in messages:
            lane = Lane(message.topic() or "", message.partition() or 0)
            error = message.error()
            if lane not in self._reached or lane in self._skipped:
                continue  # It is not ours any more, or is read from its beginning from now on.
            if error is not None:
                self._note(lane, message, error)
                continue
            recorded = None
            try:
                recorded = self._event(lane, message)
            except Undecodable as undecodable:
                self._apply(batch)
                batch = _Batch()
                self._set_aside(lane, self._sieve.junk(message, undecodable))
            if lane not in self._skipped:
                self._reached[lane] = (message.offset() or 0) + 1
                batch.add(lane, recorded, self._reached[lane])
        self._apply(batch)

    def _event(self, lane: Lane, message: Message) -> Recorded | None:
        """Return the event of a message; None if no view minds it, or it stands in for another.

        :raises Undecodable: if it is junk.
        """
        wire, headers = opened(message)
        if lane in self._unproved and self._is_another(lane, headers, message):
            return None
        if not self._sieve.minds(headers):
            return None
        recorded = self._sieve.event(wire)
        if isinstance(recorded.event, Unreadable):
            detail = recorded.event.error
            code, _, rest = detail.partition(": ")
            self._on_junk(self._sieve.junk(message, Undecodable(code, rest))._replace(stream=""))
        if recorded.position > self._head_known:
            self._head_known = self._head()
            if recorded.position > self._head_known:
                detail = f"ce_position is {recorded.position}; the log ends at {self._head_known}."
                raise Undecodable("position.beyond_log", detail)
        return recorded

    def _is_another(self, lane: Lane, headers: Mapping[str, bytes], message: Message) -> bool:
        """Say whether the first message of a lane is not what we left there; then begin anew."""
        left_at = self._unproved.pop(lane)
        try:
            position = number_of(headers, "ce_position")
        except Undecodable:
            return False
        if position <= left_at:
            return False
        self._begin_anew(lane, message, position, left_at)
        return True

    def _begin_anew(self, lane: Lane, message: Message, position: int, expected: int) -> None:
        log.warning(
            "lanes.topic_made_anew",
            topic=lane.topic,
            partition=lane.partition,
            offset=message.offset(),
            position=position,
            expected=expected,
        )
        self._consumer.seek(At(*lane, OFFSET_BEGINNING))
        self._reached[lane] = 0
        self._skipped.add(lane)

    def _note(self, lane: Lane, message: Message, error: KafkaError) -> None:
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  (the client's name for it)
            self._reached[lane] = message.offset() or 0
            if lane in self._unproved:  # What we took last is not there: it ends before.
                self._begin_anew(lane, message, 0, self._unproved.pop(lane))
        elif error.fatal():
            raise KafkaException(error)
        else:
            log.warning("lanes.consume", topic=lane.topic, detail=error.str())

    def _apply(self, batch: _Batch) -> None:
        reached = batch.marks
        for projection, topics in self._minded.items():
            marks = {lane: mark for lane, mark in reached.items() if lane.topic in topics}
            if marks:
                news = {lane: batch.news[lane] for lane in marks if lane in batch.news}
                projection.apply(news, marks)
        for events in batch.news.values():
            self.last_recorded_at = max(self.last_recorded_at, events[-1].recorded_at)

    def _set_aside(self, lane: Lane, junk: Junk) -> None:
        """Keep a message that cannot be read, and let its stream wait, if it has one."""
        self._on_junk(junk)
        log.warning("lanes.junk", place=junk.place, code=junk.code, detail=junk.detail)
        if not junk.stream:
            return
        for projection, topics in self._minded.items():
            if lane.topic in topics:
                projection.park(lane, junk.stream, f"{junk.code}: {junk.detail}", junk.offset + 1)


class _Batch:
    """What a batch of messages comes to: new events of each lane, and how far it was read."""

    def __init__(self) -> None:
        self.news: dict[Lane, list[Recorded]] = {}
        self._positions: dict[Lane, int] = {}
        self._offsets: dict[Lane, int] = {}

    def add(self, lane: Lane, recorded: Recorded | None, next_offset: int) -> None:
        """Add a message; an event that comes again within the batch is left out."""
        self._offsets[lane] = next_offset
        if recorded is not None and recorded.position > self._positions.get(lane, 0):
            self.news.setdefault(lane, []).append(recorded)
            if not isinstance(recorded.event, Unreadable):  # Its position may be wrong, too.
                self._positions[lane] = recorded.position

    @property
    def marks(self) -> Mapping[Lane, Mark]:
        """Where each lane was read to."""
        return {
            lane: Mark(self._positions.get(lane, 0), offset)
            for lane, offset in self._offsets.items()
        }
