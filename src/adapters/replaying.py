"""Read models made again from the event topics alone, beside the live ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from typing import Any, NamedTuple

from adapters.bootstrap import Shop
from adapters.kafka import tail
from adapters.kafka.arrivals import Junk, Sieve, event_topics
from adapters.kafka.merged import MergedLog
from adapters.kafka.messages import EventCodec
from adapters.kafka.registry import ConfluentRegistry
from adapters.kafka.whole import WholeLog, last_position
from adapters.postgres.rebuild import Difference, Rebuild
from oms_core.kernel import View

Begin = Callable[[int], Callable[[int], None]]
"""Is told the last position, and returns what is told each position that was reached."""


class Differing(NamedTuple):
    """A view whose live rows are not what the topics say, with the first such row of both."""

    difference: Difference
    live: str
    replayed: str


class Replayed(NamedTuple):
    """What a replay found."""

    last: int
    junk: tuple[Junk, ...]
    differing: tuple[Differing, ...]


def replay_from_kafka(shop: Shop, views: Sequence[View[Any]], begin: Begin) -> Replayed:
    """Make views from the topics in a schema of their own, compare, and drop them again.

    Every position from 1 to the last must be there. The live views count as far as they have come.

    :raises Gap: if an event is missing.
    """
    settings, junk = shop.settings, list[Junk]()
    topics = event_topics(settings.kafka_prefix)
    with ExitStack() as stack:
        registry = stack.enter_context(closing(ConfluentRegistry(settings)))
        codec = EventCodec(registry, settings.kafka_prefix)
        last = last_position(stack.enter_context(tail.reading(settings)), settings, topics)
        kinds = frozenset(kind for view in views for kind in view.keys)
        sieve = Sieve(codec, settings.kafka_prefix, kinds)
        merged = stack.enter_context(closing(MergedLog(settings, sieve, topics, junk.append)))
        log = WholeLog(merged, last)
        connection = stack.enter_context(shop.connection())
        build = stack.enter_context(closing(Rebuild(connection, log, views, settings.views_schema)))
        tell = begin(last)
        found = build.differences(tell)
        log.read(last, 1)  # Also what no view has taken yet must be there.
        tell(last)
        differing = [Differing(d, *build.rows(d.view, d.keys[0])) for d in found]
    return Replayed(last, tuple(junk), tuple(differing))
