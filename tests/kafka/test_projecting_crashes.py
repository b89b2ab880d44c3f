"""Projectors that are killed or stand still: nothing is lost, doubled, different."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from random import Random
from threading import Event as Flag

import pytest
from psycopg.sql import SQL, Identifier

from adapters.bootstrap import Shop, open_shop
from adapters.projecting import project
from adapters.simulation.run import simulate
from projections.catalog import STREAM_CLOSED, VIEWS
from tests.support.kafka.cell import Cell
from tests.support.kafka.projected import embedded, history, parked, rows
from tests.support.kafka.publishing import Publisher, publishing
from tests.support.process import Command, running, until

SEED = 17
KILLS = 6
PAGE = 120
EVERY = tuple(VIEWS.values())
SESSION = '{"session.timeout.ms": "6000", "heartbeat.interval.ms": "500"}'
GHOSTS_SECONDS = 90.0
"""Members that were killed hold their partitions until their session has ended."""


@pytest.fixture
def shop(cell: Cell, tmp_path) -> Iterator[Shop]:
    with open_shop(cell.settings.model_copy(update={"home": tmp_path})) as opened:
        simulate(opened, orders=80, seed=5)
        yield opened


@pytest.fixture
def publisher(cell: Cell) -> Iterator[Publisher]:
    with publishing(cell.settings) as opened:
        yield opened


@pytest.fixture
def started(cell: Cell, tmp_path) -> Iterator:
    """Starts projectors that share the work; all are killed at the end."""
    env = {**cell.env, "OMS_KAFKA_CONFIG": SESSION, "OMS_LEASE_PATIENCE_SECONDS": "3"}
    with ExitStack() as stack:
        count = iter(range(1_000))

        def start() -> Command:
            log = tmp_path / f"projector-{next(count)}.log"
            command = stack.enter_context(running("project", env=env, log=log))
            command.await_line("started")
            return command

        yield start


def project_all(shop: Shop) -> None:
    project(shop, Flag(), EVERY, "main", once=True)


def repeating(dice: Random, happened: list) -> Iterator[list]:
    """Yield a history as a relay would publish it that forgets how far it was, now and then."""
    start = 0
    while start < len(happened):
        back = dice.choice([0, 0, dice.randrange(300)])
        yield happened[max(0, start - back) : start + PAGE]
        start += PAGE


def test_projectors_killed_at_any_moment_lose_and_double_nothing(shop, publisher, started):
    dice, happened = Random(SEED), history(shop)
    pages = list(repeating(dice, happened))
    at_work = [started(), started()]
    moments = sorted(dice.sample(range(len(pages)), KILLS))
    for number, page in enumerate(pages):
        publisher.publish(page)
        if number in moments:
            victim = dice.randrange(2)
            Flag().wait(dice.uniform(0.2, 2.5))
            at_work[victim].kill()
            at_work[victim] = started()
    reached = until_read(shop, len(happened))
    for command in at_work:
        assert command.ask_to_stop() == 0, command.said()
    expected = embedded(shop)

    def look() -> bool:
        project_all(shop)
        return rows(shop) == expected

    until(look, GHOSTS_SECONDS, "the partitions of those that were killed")
    assert parked(shop) == []
    assert reached


def until_read(shop: Shop, head: int) -> bool:
    """Wait until the views that are read in order are at the end of the log."""
    across = sorted(VIEWS.keys() - STREAM_CLOSED)
    query = SQL("SELECT min(position) FROM {} WHERE view = ANY(%s)").format(
        Identifier(shop.settings.views_schema, "_projections")
    )
    with shop.connection() as connection:

        def look() -> bool:
            row = connection.execute(query, [across]).fetchone()
            return row is not None and row[0] == head

        return until(look, 90.0)


def test_one_that_stands_still_is_replaced_and_writes_nothing_when_it_wakes(
    shop, publisher, started
):
    happened = history(shop)
    half = len(happened) // 2
    zombie = started()
    publisher.publish(happened[:half])
    until_read(shop, half)
    successor = started()
    successor.await_line("merged.standby")
    zombie.freeze()
    publisher.publish(happened[half:])
    until_read(shop, len(happened))
    zombie.thaw()
    zombie.await_line("merged.lease_lost")
    assert zombie.ask_to_stop() == 0, zombie.said()
    assert successor.ask_to_stop() == 0, successor.said()
    project_all(shop)
    assert rows(shop) == embedded(shop)


def test_two_processes_share_the_partitions_and_one_reads_the_merged_log(shop, publisher, started):
    happened = history(shop)
    first, second = started(), started()

    def owners() -> set[str]:
        lanes = Identifier(shop.settings.views_schema, "_lanes")
        with shop.connection() as connection:
            query = SQL("SELECT DISTINCT owner FROM {}").format(lanes)
            return {owner for (owner,) in connection.execute(query).fetchall()}

    first.await_line("lanes.assigned")
    second.await_line("lanes.assigned")
    until(lambda: len(owners()) == 2)
    for start in range(0, len(happened), PAGE):
        publisher.publish(happened[start : start + PAGE])
    until_read(shop, len(happened))
    assert len(first.lines("merged.started")) + len(second.lines("merged.started")) == 1
    assert first.ask_to_stop() == 0, first.said()
    assert second.ask_to_stop() == 0, second.said()
    project_all(shop)
    assert rows(shop) == embedded(shop)
