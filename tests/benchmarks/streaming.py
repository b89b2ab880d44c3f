"""From the inbound topic to the event topics, with everything at work at once on a real broker.

`oms run`, `oms relay` and `oms project` are processes of their own, as in production; this process
is the channel, and watches from outside. When an order was committed is told by the log's head,
which is looked at whenever PostgreSQL says that the log has grown.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event as Flag
from threading import Thread
from typing import NamedTuple

import psycopg

from adapters.bootstrap import Shop
from adapters.clock import system_clock
from adapters.intake.inbound import Address, Line, Payment, PlaceOrder
from adapters.kafka.publishing import Publisher
from adapters.kafka.registry import ConfluentRegistry
from adapters.kafka.resumption import published_to
from adapters.postgres.projections import install
from oms_core.domain.order.events import OnShortage, OrderPlaced, TenderMethod
from projections.catalog import STREAM_CLOSED
from tests.benchmarks.broker import Broker, broker
from tests.benchmarks.findings import Finding
from tests.benchmarks.meter import tree_cpu
from tests.benchmarks.stage import Stage
from tests.benchmarks.workload import (
    NET_MINOR,
    QUANTITY,
    TAX_MINOR,
    TOTAL_MINOR,
    Wanted,
    fill_shelves,
    item_id,
    orders,
)
from tests.support.kafka.cell import Cell
from tests.support.kafka.packages import NotToBeHad
from tests.support.process import Command, running, until

BENCH = "end to end"
SCHEMA = "bench_streaming"
CHANNEL = "web"
RATE, SECONDS = 2_000, 60
QUIET_RATE, QUIET_SECONDS = 1_000, 20
OUTAGE_SECONDS = 10
P99_MS = 250.0
PAGE_EVENTS = 50_000
SETTLE_SECONDS = 600.0
TICK_SECONDS = 0.005
TOLD = 2_000
ROLES = ("run", "relay", "project")


class Watch(Thread):
    """Notes when the log had grown to which position."""

    def __init__(self, shop: Shop) -> None:
        """Begin to look."""
        super().__init__(daemon=True)
        self.times: list[float] = []
        self.heads: list[int] = []
        self._shop, self._closed = shop, Flag()
        self.start()

    def run(self) -> None:
        """Look at the head as often as it may have moved."""
        with self._shop.log() as log:
            while not self._closed.wait(TICK_SECONDS):
                head, at = log.head(), time.time()
                if not self.heads or head > self.heads[-1]:
                    self.heads.append(head)
                    self.times.append(at)

    def close(self) -> None:
        """Look no more."""
        self._closed.set()
        self.join()

    def at(self, position: int) -> float:
        """Return when the log had certainly grown to a position."""
        return self.times[bisect_left(self.heads, position)]


class Works(NamedTuple):
    """Everything that is at work."""

    shop: Shop
    cell: Cell
    processes: Sequence[Command]
    publisher: Publisher

    def say(self, wanted: Sequence[Wanted], rate: float) -> dict[str, float]:
        """Publish orders evenly, `rate` a second, and return when each was."""
        said, began = dict[str, float](), time.time()
        for number, one in enumerate(wanted):
            ahead = began + number / rate - time.time()
            if ahead > TICK_SECONDS:
                Flag().wait(ahead)
            said[one.reference] = time.time()
            self.publisher.publish(CHANNEL, order(one), message_id=one.reference)
        self.publisher.flush()
        return said

    def relayed(self) -> int:
        """Return the position up to which events are on their topics."""
        return max(published_to(self.cell.settings).values())

    def projected(self) -> int:
        """Return how many orders the order list has."""
        with psycopg.connect(self.shop.dsn) as connection:
            schema = self.cell.settings.views_schema
            row = connection.execute(f"SELECT count(*) FROM {schema}.orders").fetchone()
        return int(row[0]) if row else 0

    def merged(self) -> int:
        """Return the position up to which the views of the whole log are."""
        with psycopg.connect(self.shop.dsn) as connection:
            query = (
                f"SELECT min(position) FROM {self.cell.settings.views_schema}._projections "
                "WHERE view <> ALL(%s)"
            )
            row = connection.execute(query, (list(STREAM_CLOSED),)).fetchone()
        return int(row[0]) if row else 0

    def said(self) -> str:
        """Return what each process has told, for when something does not come."""
        return "\n".join(process.said()[-TOLD:] for process in self.processes)

    def cpu(self) -> dict[str, float]:
        """Return the CPU seconds that each process has used."""
        return {
            role: tree_cpu(process.process.pid)
            for role, process in zip(ROLES, self.processes, strict=True)
        }


def streaming(stage: Stage) -> Iterator[Finding]:
    """Take orders in at a steady rate, then at half of it, and see how far behind each part is.

    Then everything stands still while orders come in, and has to catch up.
    """
    try:
        with broker() as found:
            with _works(stage, found) as works:
                yield from _sustained(works, stage)
                yield from _latency(works)
            with _works(stage, found) as works:
                yield from _outage(works, stage)
    except NotToBeHad as reason:
        print(f"end to end: left out, no broker can be started here: {reason}")


@contextmanager
def _works(stage: Stage, found: Broker) -> Iterator[Works]:
    with ExitStack() as stack:
        shop = stack.enter_context(stage.fresh_shop(SCHEMA))
        stack.callback(stage.drop, f"{SCHEMA}_views")
        cell = stack.enter_context(found.cell(stage.dsn, SCHEMA))
        with shop.engine() as engine:
            fill_shelves(engine)
        with stage.connect() as connection:
            install(connection, schema=cell.settings.views_schema)
        folder = Path(stack.enter_context(TemporaryDirectory()))
        env = {**cell.env, "OMS_HOME": str(folder), "OMS_CHANNELS": CHANNEL}
        processes = [
            stack.enter_context(running(role, env=env, log=folder / f"{role}.log"))
            for role in ROLES
        ]
        registry = stack.enter_context(closing(ConfluentRegistry(cell.settings)))
        works = Works(shop, cell, processes, Publisher(cell.settings, registry))
        works.say(orders("spread", 100, "warm"), 100)
        until(lambda: works.projected() >= 100, SETTLE_SECONDS, works.said)
        yield works


def _sustained(works: Works, stage: Stage) -> Iterator[Finding]:
    count = RATE * max(2, SECONDS * stage.scale.orders // 8_000)
    before, used = works.projected(), works.cpu()
    with closing(Watch(works.shop)) as watch:
        said = works.say(orders("spread", count, "sustained"), RATE)
        began, spoken = min(said.values()), max(said.values())
        placed = _placed(works, said)
        committed = max(watch.at(position) for position in placed.values())
        first, last = watch.heads[0], max(watch.heads)
        until(lambda: works.relayed() >= last, SETTLE_SECONDS, works.said)
        relayed = time.time()
        until(lambda: works.projected() >= before + count, SETTLE_SECONDS, works.said)
        until(lambda: works.merged() >= last, SETTLE_SECONDS, works.said)
        projected = time.time()
    cpu = {role: 1e6 * (spent - used[role]) / count for role, spent in works.cpu().items()}
    yield Finding(BENCH, "events of an order, so far", ((last - first) / count,), "events")
    yield Finding(BENCH, "orders published", (count / (spoken - began),), "orders/s")
    yield Finding(
        BENCH, "orders committed", (count / (committed - began),), "orders/s", RATE * 0.99
    )
    yield Finding(
        BENCH, "their events on topics", (count / (relayed - began),), "orders/s", RATE * 0.95
    )
    yield Finding(BENCH, "and in all read models", (count / (projected - began),), "orders/s")
    for role, micros in cpu.items():
        yield Finding(BENCH, f"CPU of oms {role}", (micros,), "µs/order")


def _latency(works: Works) -> Iterator[Finding]:
    count = QUIET_RATE * QUIET_SECONDS
    with closing(Watch(works.shop)) as watch:
        said = works.say(orders("spread", count, "quiet"), QUIET_RATE)
        placed = _placed(works, said)
        late = sorted(
            1_000 * (watch.at(position) - said[reference]) for reference, position in placed.items()
        )
    yield Finding(BENCH, "publish to commit, median", (late[count // 2],), "ms")
    yield Finding(
        BENCH, "publish to commit, p99", (late[count * 99 // 100],), "ms", P99_MS, most=True
    )


def _outage(works: Works, stage: Stage) -> Iterator[Finding]:
    """Let all stand still for as long as it takes to publish some seconds' worth of orders.

    An hour's worth takes as many times longer: nothing here depends on how much waits.
    """
    count = RATE * max(2, OUTAGE_SECONDS * stage.scale.orders // 8_000)
    before = works.projected()
    for process in works.processes:
        process.freeze()
    said = works.say(orders("spread", count, "outage"), RATE)
    began = time.time()
    for process in works.processes:
        process.thaw()
    with closing(Watch(works.shop)) as watch:
        committed = max(watch.at(position) for position in _placed(works, said).values())
        last = max(watch.heads)
        until(lambda: works.relayed() >= last, SETTLE_SECONDS, works.said)
        relayed = time.time()
        until(lambda: works.projected() >= before + count, SETTLE_SECONDS, works.said)
        until(lambda: works.merged() >= last, SETTLE_SECONDS, works.said)
        projected = time.time()
    for what, ended in (
        ("committed", committed),
        ("on topics", relayed),
        ("in all read models", projected),
    ):
        rate = count / (ended - began)
        yield Finding(BENCH, f"after an outage, orders {what}", (rate,), "orders/s")
        yield Finding(BENCH, f"orders {what} : those of {RATE:,}/s", (rate / RATE,), "ratio", 5.0)


def _placed(works: Works, said: dict[str, float]) -> dict[str, int]:
    """Wait until every order is in the log, and return where."""
    placed: dict[str, int] = {}
    after = 0
    with works.shop.log() as log:

        def look() -> bool:
            nonlocal after
            for recorded in log.read(after, PAGE_EVENTS, frozenset({OrderPlaced})):
                after, reference = recorded.position, recorded.stream.rpartition(":")[2]
                if reference in said:
                    placed[reference] = after
            return len(placed) == len(said)

        until(look, SETTLE_SECONDS, works.said)
    return placed


def order(wanted: Wanted) -> PlaceOrder:
    """Put an order in the words of a channel."""
    lines = tuple(
        Line(number, item_id(item), QUANTITY, NET_MINOR, TAX_MINOR, unit_price="9.99")
        for number, item in enumerate(wanted.items, 1)
    )
    return PlaceOrder(
        wanted.reference,
        f"customer-{wanted.customer}",
        "EUR",
        lines,
        (Payment(TenderMethod.CARD, TOTAL_MINOR, "token"),),
        Address("FR"),
        system_clock(),
        OnShortage.HOLD,
    )
