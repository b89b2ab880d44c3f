"""One process does each kind of work; one that stands still loses it to one that stands by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.bootstrap import Shop, open_shop
from adapters.postgres.lease import EngineRunning, LeaseHeld, LeaseLost, StoodBy, lease
from adapters.settings import Settings
from tests.support.process import Command, running
from tests.support.shop import must, receipt

PATIENCE_SECONDS = 1.0


@pytest.fixture
def shop(dsn: str, schema: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(
        Settings(
            dsn=dsn,
            home=tmp_path,
            log_schema=schema,
            views_schema=f"{schema}_views",
            lease_patience_seconds=PATIENCE_SECONDS,
        )
    ) as shop:
        yield shop


@pytest.fixture
def engine_process(shop: Shop, tmp_path: Path) -> Iterator[Callable[[str], Command]]:
    """Starts `oms run --standby` on the shop, under a name."""
    env = {
        "OMS_DSN": shop.dsn,
        "OMS_HOME": str(tmp_path),
        "OMS_LOG_SCHEMA": shop.settings.log_schema,
        "OMS_VIEWS_SCHEMA": shop.settings.views_schema,
        "OMS_LEASE_PATIENCE_SECONDS": str(PATIENCE_SECONDS),
    }
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(
            running("run", "--standby", "--json", env=env, log=tmp_path / name)
        )


def test_a_second_engine_is_told_who_runs_the_first(shop):
    with (
        shop.engine(),
        pytest.raises(EngineRunning, match=r"an engine \(.* pid \d+\) has been running"),
        shop.engine(),
    ):
        pass


def test_an_engine_that_has_ended_leaves_the_log_to_the_next(shop):
    with shop.engine() as first:
        pass
    with shop.engine() as second:
        assert second.epoch == first.epoch + 1


def test_each_kind_of_work_has_a_lease_of_its_own(shop):
    with (
        shop.lease("engine"),
        shop.lease("relay"),
        pytest.raises(LeaseHeld, match=r"another process \(.* pid \d+\) has held 'relay'"),
        shop.lease("relay"),
    ):
        pass


def test_a_holder_that_says_nothing_for_longer_than_its_patience_loses_the_lease(shop):
    with shop.lease("relay") as held:
        held.beat()
        with shop.lease("relay", wait=True) as successor:
            with pytest.raises(LeaseLost, match=r"'relay' has ended: .*idle-session timeout"):
                held.beat()
            successor.beat()


def test_a_lease_without_patience_lasts_as_long_as_its_connection(shop):
    schema = shop.settings.log_schema
    with lease(shop.dsn, schema, name="relay") as held:
        with pytest.raises(LeaseHeld), shop.lease("relay"):
            pass
        held.beat()


def test_one_that_stands_by_can_be_asked_to_stop(shop):
    stop = Flag()
    stop.set()
    with shop.lease("relay"), pytest.raises(StoodBy), shop.lease("relay", wait=True, stop=stop):
        pass


def test_an_engine_that_stands_still_is_taken_over_from_and_can_write_no_more(shop, engine_process):
    first = engine_process("first")
    first.await_line("started")
    second = engine_process("second")
    assert "has been running" in second.await_line("lease.standby")["detail"]
    first.freeze()
    second.await_line("started")
    first.thaw()
    assert first.close() == 1
    assert "Another process may have taken over" in first.output
    assert second.ask_to_stop() == 0


def test_a_standby_takes_over_from_an_engine_that_is_killed(shop, engine_process):
    first = engine_process("first")
    first.await_line("started")
    second = engine_process("second")
    second.await_line("lease.standby")
    first.kill()
    second.await_line("started")
    assert second.ask_to_stop() == 0


def test_a_standby_that_is_asked_to_stop_ends_well(shop, engine_process):
    with shop.engine():
        standby = engine_process("standby")
        standby.await_line("lease.standby")
        assert standby.ask_to_stop() == 0


def test_a_writer_that_stopped_while_it_held_the_head_does_not_keep_its_successor_waiting(shop):
    events = Identifier(shop.settings.log_schema, "oms_events")
    with psycopg.connect(shop.dsn, autocommit=True) as stopped:
        copying, done = Flag(), Flag()

        def hold() -> None:
            head = Identifier(shop.settings.log_schema, "oms_events_head")
            with stopped.transaction(), stopped.cursor() as cursor:
                cursor.execute(SQL("SELECT FROM {} FOR UPDATE").format(head))
                with cursor.copy(SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(events)):
                    copying.set()
                    done.wait()

        def held() -> None:
            with pytest.raises(psycopg.OperationalError):
                hold()

        thread = Thread(target=held)
        thread.start()
        copying.wait()
        with shop.lease() as lease_held, shop.engine(held=lease_held) as engine:
            must(engine, receipt("MUG", 5))
        done.set()
        thread.join()
