"""Whoever is killed or stands still: nothing is published before it is committed, nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from random import Random
from threading import Event as Flag
from threading import Thread

import pytest

from adapters.bootstrap import Shop, open_shop
from adapters.kafka.arrivals import event_topics
from adapters.kafka.names import TopicNames
from adapters.settings import Settings
from oms_core.engine.cause import Answer, Cause, Letter
from tests.kafka.conftest import Kafka
from tests.support.kafka.cell import Cell, fresh_cell
from tests.support.kafka.cluster import Cluster
from tests.support.process import Command, running, until
from tests.support.relayed import events_seen, in_order, log_of, seen
from tests.support.shop import placement, receipt

ClusterOf = Callable[[int], AbstractContextManager[Cluster]]

PATIENCE_SECONDS = 10.0
KILLS = 6
CAUSES = 20


@pytest.fixture
def shop(cell: Cell, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(cell.settings.model_copy(update={"home": tmp_path})) as shop:
        yield shop


class Relays:
    """Starts `oms relay` processes on a shop."""

    def __init__(self, settings: Settings, stack: ExitStack, logs: Path) -> None:
        """Keep what they say in a folder."""
        self._stack, self._logs, self._count = stack, logs, 0
        self._env = {
            "OMS_DSN": settings.dsn,
            "OMS_LOG_SCHEMA": settings.log_schema,
            "OMS_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
            "OMS_KAFKA_PREFIX": settings.kafka_prefix,
            "OMS_KAFKA_REGISTRY": settings.kafka_registry,
            "OMS_LEASE_PATIENCE_SECONDS": str(PATIENCE_SECONDS),
        }

    def start(self, *tokens: str) -> Command:
        """Start one."""
        self._count += 1
        log = self._logs / f"relay-{self._count}.log"
        return self._stack.enter_context(
            running("relay", "--json", *tokens, env=self._env, log=log)
        )

    def finish(self) -> None:
        """Publish what is left."""
        last = self.start("--standby", "--once")
        assert last.close() == 0, last.said()


@pytest.fixture
def relays(shop: Shop, tmp_path: Path) -> Iterator[Relays]:
    with ExitStack() as stack:
        yield Relays(shop.settings, stack, tmp_path)


@contextmanager
def trade(shop: Shop) -> Iterator[Flag]:
    """Sell one batch after the other, each answered by a letter, until the block ends."""
    stop = Flag()

    def work() -> None:
        topic = TopicNames(shop.settings.kafka_prefix).outcomes("web")
        with shop.engine() as engine:
            number = 0
            while not stop.is_set():
                first, number = number, number + CAUSES
                causes = [cause for n in range(first, number) for cause in _sale(n)]
                engine.handle(causes, letters=lambda answers: _told(topic, answers))
                stop.wait(0.1)

    thread = Thread(target=work)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()


def _sale(number: int) -> Iterator[Cause]:
    yield Cause(receipt("MUG", 1, document=f"R{number}"), f"r{number}", "test")
    yield Cause(placement(number, ("MUG", 1)), f"o{number}", "test")


def _told(topic: str, answers: Sequence[Answer]) -> Iterator[Letter]:
    for answer in answers:
        yield Letter(topic, answer.cause_id[1:].encode(), answer.cause_id.encode())


def assert_published(shop: Shop) -> None:
    """Check that what is published is what was committed: once, in order, whole."""
    settings = shop.settings
    names, log = TopicNames(settings.kafka_prefix), log_of(shop)
    assert log, "there was something to publish"
    assert events_seen(settings) == log
    assert in_order(seen(settings, event_topics(names.prefix)))
    letters = seen(settings, [names.outcomes("web")])
    told = [one.wire.value.decode() for one in letters]
    handled = {r.causation_id for r in log if "#" not in r.causation_id}
    assert len(told) == len(set(told))
    assert set(told) == handled
    for partition in {one.partition for one in letters}:
        mine = [one.wire for one in letters if one.partition == partition]
        assert [int(wire.key) for wire in mine] == sorted(int(wire.key) for wire in mine)


def published(shop: Shop) -> set[int]:
    """Return the positions that readers see now, and check that they are committed."""
    found = events_seen(shop.settings)
    log = {recorded.position: recorded for recorded in log_of(shop)}
    assert [recorded for recorded in found if log.get(recorded.position) != recorded] == []
    return {recorded.position for recorded in found}


def test_p19_nothing_is_published_before_commit_nor_lost_after_it_however_often_a_relay_is_killed(
    shop: Shop, relays: Relays
):
    dice = Random(19)
    with trade(shop):
        for _ in range(KILLS):
            relay = relays.start("--standby")
            if dice.random() < 0.7:
                relay.await_line("publishing")
            Flag().wait(dice.uniform(0.0, 1.0))
            relay.kill()
            published(shop)
    relays.finish()
    assert_published(shop)


def test_p19_a_relay_that_stood_still_while_another_took_over_publishes_nothing_more(
    shop: Shop, relays: Relays
):
    dice = Random(7)
    with trade(shop):
        zombie = relays.start("--standby")
        for _ in range(2):
            zombie.await_line("publishing")
            Flag().wait(dice.uniform(0.1, 0.6))
            successor = relays.start("--standby")
            successor.await_line("lease.standby")
            zombie.freeze()
            successor.await_line("publishing")
            zombie.thaw()
            assert zombie.close() == 1, zombie.said()
            zombie = successor
        assert zombie.ask_to_stop() == 0, zombie.said()
    relays.finish()
    assert_published(shop)


def test_p19_a_broker_that_is_killed_and_started_again_has_everything_once(
    cluster_of: ClusterOf, kafka: Kafka, dsn: str, schema: str, tmp_path: Path
):
    with ExitStack() as stack:
        cluster = stack.enter_context(cluster_of(1))
        made = fresh_cell(cluster.bootstrap, kafka.registry_url, dsn, schema)
        settings = stack.enter_context(made).settings.model_copy(update={"home": tmp_path})
        shop = stack.enter_context(open_shop(settings))
        relays = Relays(settings, stack, tmp_path)
        with trade(shop):
            relay = relays.start()
            relay.await_line("publishing")
            for _ in range(2):
                before = len(published(shop))
                until(lambda: len(published(shop)) > before, told=relay.said)  # noqa: B023  (used at once)
                cluster.nodes[1].kill()
                until(lambda: relay.lines("interrupted"), told=relay.said)
                cluster.nodes[1].start()
                cluster.await_whole()
            assert relay.process.poll() is None, relay.said()
        before = len(log_of(shop))
        until(lambda: len(published(shop)) >= before, told="it has caught up")
        assert relay.ask_to_stop() == 0, relay.said()
        relays.finish()
        assert_published(shop)
