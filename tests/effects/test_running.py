"""A running shop: what comes in is paid, kept in time and shown, and a stop loses nothing."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from time import monotonic

import psycopg
import pytest
import structlog

from adapters.bootstrap import Shop, open_shop
from adapters.inflow import Batch
from adapters.running import run_shop
from adapters.serving import serve, stopping, write_json_lines
from adapters.settings import Settings
from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import OrderReleased
from oms_core.domain.payment.events import AuthorizationRequested, AuthorizationSucceeded
from oms_core.engine.cause import Cause, SourcePosition
from oms_core.kernel import Command
from tests.support.shop import placement, receipt

SECONDS_MAX = 30
ORDERS = 6


class Intake:
    """Messages one by one, and then the request to stop."""

    def __init__(self, shop: Shop, stop: threading.Event, messages: Sequence[Command]) -> None:
        self._shop, self._stop, self._messages, self._taken = shop, stop, messages, 0
        self._gives_up = monotonic() + SECONDS_MAX

    def batch(self) -> Batch | None:
        if self._taken == len(self._messages):
            if self._at_rest() or monotonic() > self._gives_up:
                self._stop.set()
            return None
        number, self._taken = self._taken, self._taken + 1
        cause = Cause(self._messages[number], f"message-{number}", "channel:web")
        return Batch([cause], [SourcePosition("test", number, number + 1)])

    def rewind(self) -> None:
        raise AssertionError("nobody else reads this source")

    def _at_rest(self) -> bool:
        kinds = frozenset({AuthorizationRequested, AuthorizationSucceeded})
        with self._shop.log() as log:
            asked = [type(recorded.event) for recorded in log.read(0, types=kinds)]
        return asked.count(AuthorizationSucceeded) == asked.count(AuthorizationRequested)


@pytest.fixture
def shop(dsn: str, schema: str, tmp_path: Path) -> Iterator[Shop]:
    """An empty shop."""
    with open_shop(
        Settings(dsn=dsn, home=tmp_path, log_schema=schema, views_schema=f"{schema}_views")
    ) as shop:
        yield shop


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What was logged."""
    file = StringIO()
    write_json_lines(file)
    yield file
    structlog.reset_defaults()


def messages() -> list[Command]:
    placed: list[PlaceOrder] = [placement(n, ("MUG", 1)) for n in range(10, 10 + ORDERS)]
    return [receipt("MUG", 100), *placed]


def test_what_comes_in_is_paid_and_released_and_shown(shop: Shop, written: StringIO):
    stop = threading.Event()
    run_shop(shop, stop, [Intake(shop, stop, messages())], seed=3)
    with shop.log() as log:
        released = [r.event.order_id for r in log.read(0, types=frozenset({OrderReleased}))]
        head = log.head()
    assert sorted(released) == [f"web:{n}" for n in range(10, 10 + ORDERS)]
    with psycopg.connect(shop.dsn) as connection:
        views = shop.settings.views_schema
        shown = connection.execute(f"SELECT order_id FROM {views}.orders").fetchall()
    assert sorted(name for (name,) in shown) == sorted(released)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert (lines[-1]["message"], lines[-1]["position"]) == ("stopped", head)
    answered = [line for line in lines if line.get("command") == "ReportAuthorization"]
    assert {str(line["correlation_id"]) for line in answered} <= {
        f"message-{n}" for n in range(1, ORDERS + 1)
    }


def test_a_shop_that_was_stopped_goes_on_where_it_was(shop: Shop):
    everything = messages()
    for part in (everything[:3], everything):
        stop = threading.Event()
        intake = Intake(shop, stop, part)
        intake._taken = min(len(part), 3 if part is everything else 0)
        run_shop(shop, stop, [intake], seed=3)
    with shop.log() as log:
        found = log.read(0, types=frozenset({AuthorizationRequested, AuthorizationSucceeded}))
    succeeded = [r.stream for r in found if isinstance(r.event, AuthorizationSucceeded)]
    assert len(succeeded) == len(set(succeeded)) == ORDERS


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_turn_that_has_begun_come_to_its_end(number: signal.Signals):
    turns: list[str] = []

    def turn() -> bool:
        turns.append("begun")
        os.kill(os.getpid(), number)
        turns.append("ended")
        return True

    before = signal.getsignal(number)
    with stopping() as stop:
        serve(turn, stop)
    assert turns == ["begun", "ended"]
    assert signal.getsignal(number) == before
