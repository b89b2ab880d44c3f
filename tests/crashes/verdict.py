"""What became of everything: counted from outside, by other ways than the program's own."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg

from adapters.intake.replies import REPLIES
from adapters.kafka.messages import EventCodec, Wire
from adapters.kafka.names import TopicNames
from adapters.kafka.records import RecordCodec
from adapters.kafka.registry import ConfluentRegistry
from adapters.postgres.documents import Documents
from adapters.postgres.log import PostgresLog
from adapters.postgres.tables import table_of
from adapters.settings import Settings
from oms_core.kernel import Recorded, View
from projections.catalog import VIEWS
from tests.crashes.feed import CHANNELS, Feed
from tests.support.kafka.reading import event_topics, read_all
from tests.support.process import START

STATED = ("orders", "inventory")
"""The views whose documents are published."""


class Verdict(NamedTuple):
    """Counts of what must not be, and of what was looked at."""

    messages: int
    outcomes_lost: int
    outcomes_doubled: int
    orders: int
    orders_lost: int
    orders_doubled: int
    events: int
    events_lost: int
    events_doubled: int
    events_reordered: int
    events_different: int
    views: int
    views_different: int
    states_different: int
    audits_failed: int

    @property
    def faults(self) -> int:
        """How many things are wrong."""
        return sum(
            count
            for name, count in self._asdict().items()
            if name.endswith(("lost", "doubled", "reordered", "different", "failed"))
        )


class Judge:
    """Looks at a cell that has come to rest."""

    def __init__(self, settings: Settings, feed: Feed, env: Mapping[str, str]) -> None:
        """Take what was said to the cell."""
        self._settings, self._feed, self._env = settings, feed, env
        self._names = TopicNames(settings.kafka_prefix)
        self._registry = ConfluentRegistry(settings)

    def answered(self) -> int:
        """Return how many outcomes have been published."""
        return sum(self._outcomes().values())

    def _outcomes(self) -> Counter[str]:
        replies = RecordCodec(self._registry, REPLIES)
        topics = [self._names.outcomes(channel) for channel in CHANNELS]
        return Counter(
            replies.decode(message.value).message_id for message in read_all(self._settings, topics)
        )

    def judge(self) -> Verdict:
        """Compare everything with everything."""
        sent, outcomes = self._feed.sent, self._outcomes()
        log = list(self._log())
        placed = Counter(r.stream for r in log if type(r.event).__name__ == "OrderPlaced")
        wanted = {f"order:{order_id}" for order_id in self._feed.orders}
        published = list(self._published())
        return Verdict(
            messages=sum(sent.values()),
            outcomes_lost=(sent - outcomes).total(),
            outcomes_doubled=(outcomes - sent).total(),
            orders=len(wanted),
            orders_lost=len(wanted - placed.keys()),
            orders_doubled=sum(count - 1 for count in placed.values()),
            events=len(log),
            **_compared(log, published),
            views=len(VIEWS),
            views_different=sum(not self._is_folded(view, log) for view in VIEWS.values()),
            states_different=sum(not self._is_stated(VIEWS[name]) for name in STATED),
            audits_failed=sum(self._fails("audit", what) for what in ("verify", "books"))
            + self._fails("rebuild", "--check"),
        )

    def _log(self) -> Iterator[Recorded]:
        with psycopg.connect(self._settings.dsn, autocommit=True) as connection:
            for page in PostgresLog(connection, self._settings.log_schema).pages():
                yield from page

    def _published(self) -> Iterator[tuple[tuple[str, int], Recorded]]:
        codec = EventCodec(self._registry, self._settings.kafka_prefix)
        for message in read_all(self._settings, event_topics(self._names)):
            wire = Wire(message.topic, message.key, message.value, message.headers)
            yield (message.topic, message.partition), codec.decode(wire)

    def _is_stated(self, view: View[Any]) -> bool:
        """Say whether the last record of each key is what the view's table holds."""
        codec, stated = RecordCodec(self._registry, [view.document]), dict[str, Any]()
        for message in read_all(self._settings, [self._names.state(view.name)]):
            key = message.key.decode()
            if message.value:
                stated[key] = codec.decode(message.value)
            else:
                stated.pop(key, None)
        return stated == self._documents(view)

    def _is_folded(self, view: View[Any], log: Sequence[Recorded]) -> bool:
        """Say whether a view's table holds what the log adds up to."""
        return self._documents(view) == view.fold(log)

    def _documents(self, view: View[Any]) -> dict[str, Any]:
        with psycopg.connect(self._settings.dsn) as connection:
            return Documents(connection, table_of(view, self._settings.views_schema)).all()

    def _fails(self, *tokens: str) -> bool:
        return run_oms(self._env, *tokens).returncode != 0


def run_oms(env: Mapping[str, str], *tokens: str) -> subprocess.CompletedProcess[str]:
    """Run one command of ours to its end."""
    return subprocess.run(
        [sys.executable, "-c", START, *tokens],
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )


def _compared(
    log: Sequence[Recorded], published: Sequence[tuple[tuple[str, int], Recorded]]
) -> dict[str, int]:
    """Count how what was published differs from the log."""
    counted = Counter(recorded.id for _, recorded in published)
    known = {recorded.id: recorded for recorded in log}
    versions: dict[str, int] = {}
    reordered = 0
    for _, recorded in published:
        reordered += recorded.version <= versions.get(recorded.stream, 0)
        versions[recorded.stream] = recorded.version
    return {
        "events_lost": len(known.keys() - counted.keys()),
        "events_doubled": sum(count - 1 for count in counted.values()),
        "events_reordered": reordered,
        "events_different": sum(recorded != known.get(recorded.id) for _, recorded in published),
    }
