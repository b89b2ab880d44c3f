"""Keeping read models up to date from Kafka: views by stream partition by partition, others merged.

One process does both in turn. Further processes of the same name share the partitions, and stand by
for the rest. Whatever stops one of them, each view is written once by whoever may write it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from threading import Event as Flag
from time import monotonic
from typing import Any

import structlog
from confluent_kafka import KafkaException
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.bootstrap import GC_THRESHOLD, Shop
from adapters.clock import system_clock
from adapters.kafka.arrivals import Sieve, event_topics
from adapters.kafka.dead_letters import DeadLetterPublisher, keeping_junk, keeping_poison
from adapters.kafka.following import ByLane, InOrder, Part
from adapters.kafka.lanes import Lanes
from adapters.kafka.merged import Gap, MergedLog
from adapters.kafka.messages import EventCodec
from adapters.kafka.registry import ConfluentRegistry
from adapters.postgres.dead_letters import DeadLetters
from adapters.postgres.hints import Hints
from adapters.postgres.laned import LanedProjection
from adapters.postgres.lanes import LaneBookmarks
from adapters.postgres.lease import holder
from adapters.postgres.projections import Projector, install, prepare
from adapters.postgres.tables import table_of
from adapters.serving import rest_until
from adapters.telemetry import Told, telemetry
from oms_core.kernel import Instant, View
from projections.catalog import STREAM_CLOSED, WRITTEN_ONCE

IDLE_SECONDS = 0.1
PACE_SECONDS = 0.05
"""How long a turn lasts at least: what comes meanwhile shares the next one's transactions."""

BUSY_SECONDS = 0.01
BUSY_MESSAGES = 1_000
SECOND = 1_000_000
TELLING_MICROS = 5 * SECOND

Progress = Callable[[int, int], None]
"""Is told how many messages were taken in, and out of how many."""

log = structlog.get_logger("oms")


def project(
    shop: Shop,
    stop: Flag,
    views: Sequence[View[Any]],
    name: str,
    *,
    once: bool = False,
    progress: Progress = lambda _, __: None,
) -> int:
    """Keep views up to date until `stop` is set, or `once`; return how many messages were taken in.

    :raises Outgrown: if a view has other fields than its table.
    :raises Fenced: if someone else has taken the views.
    :raises Gap: if `once`, and an event is missing from the topics.
    """
    schema = shop.settings.views_schema
    gc.set_threshold(GC_THRESHOLD)
    with ExitStack() as stack:
        connection = stack.enter_context(shop.connection())
        prepare(connection)
        install(connection, schema=schema)
        letters = DeadLetters(connection, schema, name)
        letters.install()
        registry = stack.enter_context(closing(ConfluentRegistry(shop.settings)))
        codec = EventCodec(registry, shop.settings.kafka_prefix)
        parts = _parts(_Means(shop, connection, codec, letters, name), views, stack)
        publisher = DeadLetterPublisher(shop.settings, letters)
        told = stack.enter_context(telemetry(shop.settings, "project"))
        log.info("started", projector=name, views=[view.name for view in views])
        taken = _work(parts, publisher, told, stop, progress if once else None)
        log.info("stopped", projector=name, messages=taken)
    return taken


def _work(
    parts: Sequence[Part],
    publisher: DeadLetterPublisher,
    told: Told,
    stop: Flag,
    progress: Progress | None,
) -> int:
    """Turn until we are asked to stop or, with a `progress`, until there is no more."""
    taken, wait, next_telling = 0, IDLE_SECONDS, Instant(0)
    while not stop.is_set() and not (progress and _are_done(parts)):
        began, ends_at = system_clock(), monotonic() + PACE_SECONDS
        counts = [_turn(part, wait, once=progress is not None) for part in parts]
        taken += sum(counts)
        wait = BUSY_SECONDS if max(counts) >= BUSY_MESSAGES else IDLE_SECONDS
        now = system_clock()
        if any(counts):
            told.batch(sum(counts), (now - began) / SECOND)
        if progress:
            progress(taken, taken + sum(part.to_come for part in parts))
        if now >= next_telling:
            told.messages(publisher.publish(), "dead_letter")
            _tell(parts, told, now)
            next_telling = Instant(now + TELLING_MICROS)
        if not progress:
            rest_until(ends_at, stop)
    publisher.publish()
    return taken


def _tell(parts: Sequence[Part], told: Told, now: Instant) -> None:
    """Say how far behind each part is, and that we are at work."""
    for part in parts:
        try:
            behind, last = part.behind()
        except KafkaException as error:  # What is to be done goes on; only its amount is unknown.
            log.warning("lag.unknown", standing=part.standing, detail=str(error))
            continue
        seconds = max(0, now - last) / SECOND if behind and last else 0.0
        for view in part.views:
            told.lag(view, behind, seconds)
    told.beat(ready=True, why="; ".join(part.standing for part in parts))


def _are_done(parts: Sequence[Part]) -> bool:
    done = [part.is_done() for part in parts]  # Each is asked: it remembers where it shall end.
    return all(done)


def _turn(part: Part, wait_seconds: float, *, once: bool) -> int:
    try:
        return part.turn(wait_seconds)
    except Gap as gap:
        if once:
            raise
        log.error("merged.gap", first=gap.first, last=gap.last, detail=str(gap))  # noqa: TRY400
        return 0


@dataclass(frozen=True, slots=True)
class _Means:
    """What the parts work with."""

    shop: Shop
    connection: Connection[TupleRow]
    codec: EventCodec
    letters: DeadLetters
    name: str

    def sieve(self, views: Sequence[View[Any]]) -> Sieve:
        """Return what lets through the events that the views mind."""
        kinds = frozenset(kind for view in views for kind in view.keys)
        return Sieve(self.codec, self.shop.settings.kafka_prefix, kinds)


def _parts(means: _Means, views: Sequence[View[Any]], stack: ExitStack) -> list[Part]:
    """Return what keeps the views up to date; all of it is closed with the stack."""
    by_lane = [view for view in views if view.name in STREAM_CLOSED]
    across = [view for view in views if view.name not in STREAM_CLOSED]
    parts: list[Part] = []
    if by_lane:
        parts.append(_by_lane(means, by_lane, stack.enter_context(means.shop.log()).head))
    if across:
        parts.append(_in_order(means, across))
    for part in parts:
        stack.callback(part.close)
    return parts


def _by_lane(means: _Means, views: Sequence[View[Any]], head: Callable[[], int]) -> Part:
    settings = means.shop.settings
    schema = settings.views_schema
    bookmarks = LaneBookmarks(means.connection, schema, f"{means.name} on {holder()}")
    projections = [
        LanedProjection(
            means.connection,
            view,
            table_of(view, schema),
            bookmarks,
            written_once=view.name in WRITTEN_ONCE,
            on_parked=keeping_poison(means.letters, means.codec),
        )
        for view in views
    ]
    on_junk = keeping_junk(means.letters)
    return ByLane(
        Lanes(settings, means.name, projections, means.sieve(views), on_junk, head),
        [view.name for view in views],
    )


def _in_order(means: _Means, views: Sequence[View[Any]]) -> Part:
    settings, shop = means.shop.settings, means.shop
    hints = Hints(means.connection, settings.views_schema, means.name)
    hints.install()
    sieve, on_junk = means.sieve(views), keeping_junk(means.letters)
    on_parked = keeping_poison(means.letters, means.codec)
    topics = event_topics(settings.kafka_prefix)
    return InOrder(
        lambda held: held.enter_context(shop.lease(f"projector:{means.name}")),
        lambda: MergedLog(settings, sieve, topics, on_junk),
        lambda merged: Projector(means.connection, merged, views, settings.views_schema, on_parked),
        hints,
        [view.name for view in views],
    )
