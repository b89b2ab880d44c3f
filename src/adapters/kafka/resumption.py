"""Where a relay goes on, and when it must not: the log and the cluster have to fit together."""

from __future__ import annotations

from collections.abc import Collection
from threading import Event as Flag
from typing import NamedTuple

from adapters.kafka import tail
from adapters.kafka.arrivals import event_topics
from adapters.kafka.checkpoint import Checkpoint, read_checkpoint
from adapters.kafka.names import TopicNames
from adapters.settings import Settings
from projections.log import Log

LOOKS = 10
LOOK_SECONDS = 0.5
"""How often, and after how long, topics are looked for again: brokers hear of new ones in turn."""

APPLY = "Run `oms kafka topics apply`."


class Unpublishable(Exception):
    """The log and the cluster do not fit together; a person must decide. `code` is stable."""

    def __init__(self, code: str, rule: str, remedy: str) -> None:
        """Take what is wrong, and what may be done about it."""
        super().__init__(f"{rule} {remedy}")
        self.code = code
        self.rule = rule
        self.remedy = remedy


class Restart(NamedTuple):
    """To publish from a position on, whatever was published; to `repeat` must be meant."""

    position: int
    repeat: bool = False


class Found(NamedTuple):
    """What a cluster has: its topics, and how far it was published to."""

    topics: frozenset[str]
    checkpoint: Checkpoint | None


def look(settings: Settings, wanted: Collection[str]) -> Found:
    """Ask a cluster what it has of a cell. What was made a moment ago is waited for.

    :raises Unpublishable: if topics that are wanted are missing.
    :raises Interrupted: if the broker does not answer.
    """
    names = TopicNames(settings.kafka_prefix)
    with tail.reading(settings) as reader:
        for _ in range(LOOKS):
            topics = tail.topics(reader)
            missing = sorted({*wanted} - topics)
            if not missing:
                break
            Flag().wait(LOOK_SECONDS)
        else:
            rule = f"The cluster has no {', '.join(missing)}."
            raise Unpublishable("relay.topics_missing", rule, APPLY)
        has = names.checkpoint in topics
        return Found(topics, read_checkpoint(reader, names) if has else None)


def published_to(settings: Settings) -> dict[str, int]:
    """Return the last position that each event topic has; 0 if it is empty.

    :raises Interrupted: if the broker does not answer.
    """
    wanted = event_topics(settings.kafka_prefix)
    with tail.reading(settings) as reader:
        return {
            topic: max((tail.position(reader, topic, n) for n in partitions), default=0)
            for topic, partitions in tail.partitions(reader, wanted).items()
        }


def checkpoint_of(settings: Settings, log: Log, found: Found) -> Checkpoint:
    """Return where a relay goes on: after what is published, at the start of an empty cluster.

    :raises Unpublishable: if that was not published from this log, or it cannot be told.
    """
    if found.checkpoint is not None:
        _recognize(found.checkpoint, log)
        return found.checkpoint
    ends = published_to(settings)
    last = max(ends.values(), default=0)
    if last:
        topic = max(ends, key=ends.__getitem__)
        raise Unpublishable(
            "relay.checkpoint_lost",
            f"Nothing tells how far was published, but {topic} has position {last}.",
            f"If that is the last of this log, run `oms kafka republish --from {last + 1}`; "
            "else empty the topics, and all is published again.",
        )
    return Checkpoint()


def _recognize(checkpoint: Checkpoint, log: Log) -> None:
    """Check that the log still has the event that was published last."""
    position, head = checkpoint.position, log.head()
    if not position:
        return
    remedy = (
        f"Restore the log from a backup that reaches position {position}; or publish it under "
        "another OMS_KAFKA_PREFIX, or to emptied topics, where consumers begin anew."
    )
    if head < position:
        rule = f"The log ends at position {head}, but {position} is published already."
        raise Unpublishable("relay.log_behind", rule, remedy)
    stored = log.read(position - 1, 1)[0]
    if not checkpoint.stands_at(stored):
        rule = (
            f"Position {position} of the log is {stored.id}, but {checkpoint.event}, recorded at "
            "another time, is what was published as that."
        )
        raise Unpublishable("relay.log_differs", rule, remedy)


def checkpoint_before(settings: Settings, log: Log, found: Found, restart: Restart) -> Checkpoint:
    """Return the checkpoint of who publishes next what is at the position to restart from.

    Letters that were published are forgotten: they are not published again.

    :raises Unpublishable: if that would leave events out, or repeat some and it is not meant.
    """
    before, head = restart.position - 1, log.head()
    if not 0 <= before <= head:
        rule = f"The log has positions 1 to {head}; {restart.position} cannot come next."
        raise Unpublishable("relay.no_such_position", rule, "Name one of them, or the next.")
    ends = published_to(settings)
    last = max(ends.values(), default=0)
    if before > last:
        rule = f"Positions {last + 1} to {before} are not published yet: they would be left out."
        raise Unpublishable("relay.would_skip", rule, f"Name {last + 1} or an earlier position.")
    later = {topic: end for topic, end in sorted(ends.items()) if end > before}
    if later and not restart.repeat:
        rule = ", ".join(f"{topic} has position {end}" for topic, end in later.items())
        remedy = (
            f"Name {last + 1} to go on where the topics end; or repeat with --force what they "
            "have: consumers drop what has a position that they know."
        )
        raise Unpublishable("relay.would_repeat", f"{rule}.", remedy)
    outbox = found.checkpoint.outbox if found.checkpoint else 0
    known = log.read(before - 1, 1) if before else ()
    return Checkpoint(outbox=outbox).after(known[0]) if known else Checkpoint(outbox=outbox)
