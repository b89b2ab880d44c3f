"""The relay on a real broker: how fast it catches up, and how soon a commit is on its topic."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event as Flag
from threading import Thread

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from adapters.bootstrap import Shop
from adapters.kafka import configuration
from adapters.kafka.arrivals import event_topics
from adapters.kafka.messages import EventCodec, position_of
from adapters.kafka.registry import ConfluentRegistry
from adapters.kafka.relay import PAGE_EVENTS
from adapters.kafka.transactions import Transactions
from adapters.kafka.wire import Wire
from adapters.outflow import run_relay
from tests.benchmarks.broker import Broker, broker, has_leaders
from tests.benchmarks.findings import Finding, ratios
from tests.benchmarks.history import fulfil
from tests.benchmarks.stage import Stage
from tests.benchmarks.workload import batches, cause, fill_shelves, orders
from tests.support.kafka.cell import Cell
from tests.support.kafka.packages import NotToBeHad
from tests.support.process import running, until

BENCH = "relay"
SCHEMA = "bench_relay"
EVENTS_PER_SECOND = 40_000.0
LATENCY_MS = 100.0
BATCHES = 200
BATCH_ORDERS = 5
PAUSE_SECONDS = 0.05
SETTLE_SECONDS = 60.0

Rates = dict[str, list[float]]


def relaying(stage: Stage) -> Iterator[Finding]:
    """Relay orders that went their whole way, beside raw produce of the same bytes; then wait."""
    try:
        with broker() as found:
            yield from _catching_up(stage, found)
            yield from _latency(stage, found)
    except NotToBeHad as reason:
        print(f"relay: left out, no broker can be started here: {reason}")


def _catching_up(stage: Stage, found: Broker) -> Iterator[Finding]:
    rates: Rates = defaultdict(list)
    with stage.fresh_shop(SCHEMA) as shop:
        with shop.engine() as engine:
            fill_shelves(engine)
            fulfil(engine, orders("spread", stage.scale.orders, "relay"))
        with shop.log() as log:
            head = log.head()
        for _ in range(stage.scale.rounds):
            stage.settle()
            with found.cell(stage.dsn, SCHEMA) as cell:
                rates["raw"].append(head / _raw(shop, cell))
            with found.cell(stage.dsn, SCHEMA) as cell:
                until(lambda: has_leaders(cell), told="topics made a moment ago")
                cpu, began = time.process_time(), time.perf_counter()
                assert run_relay(Shop(stage.dsn, cell.settings), Flag(), once=True) == head
                rates["relay"].append(head / (time.perf_counter() - began))
                rates["cpu"].append((time.process_time() - cpu) / head * 1e6)
    yield Finding(BENCH, "events in the log", (float(head),), "events")
    yield Finding(BENCH, "log relayed", tuple(rates["relay"]), "events/s", EVENTS_PER_SECOND)
    yield Finding(BENCH, "raw produce of the same bytes", tuple(rates["raw"]), "events/s")
    yield Finding(BENCH, "relayed : raw produce", tuple(ratios(rates["relay"], rates["raw"])), "")
    yield Finding(BENCH, "CPU of the relay's process", tuple(rates["cpu"]), "µs/event")


def _raw(shop: Shop, cell: Cell) -> float:
    """Produce what the relay would, by the same client, and return the seconds that it took."""
    with closing(ConfluentRegistry(cell.settings)) as registry, shop.log() as log:
        encode = EventCodec(registry, cell.settings.kafka_prefix).encode
        pages: list[Sequence[Wire]] = []
        after = 0
        while page := log.read(after, PAGE_EVENTS):
            pages.append([encode(recorded) for recorded in page])
            after = page[-1].position
    transactions = Transactions(cell.settings, f"{cell.settings.kafka_prefix}.raw")
    began = time.perf_counter()
    for wires in pages:
        transactions.send(wires)
    transactions.settle()
    spent = time.perf_counter() - began
    transactions.close()
    return spent


def _latency(stage: Stage, found: Broker) -> Iterator[Finding]:
    """Place a few orders at a time, while `oms relay` runs, and see when readers have them."""
    with (
        stage.fresh_shop(SCHEMA) as shop,
        found.cell(stage.dsn, SCHEMA) as cell,
        TemporaryDirectory() as folder,
        running("relay", env=cell.env, log=Path(folder) / "relay.log") as relay,
    ):
        relay.await_line("publishing")
        with shop.engine() as engine:
            fill_shelves(engine)
            with shop.log() as log:
                head, committed = log.head(), dict[int, float]()
                reader = Reader(cell, head)
                causes = [cause(one) for one in orders("spread", BATCHES * BATCH_ORDERS, "late")]
                for batch in batches(causes, BATCH_ORDERS):
                    engine.handle(batch)
                    at, before, head = time.perf_counter(), head, log.head()
                    committed.update(dict.fromkeys(range(before + 1, head + 1), at))
                    Flag().wait(PAUSE_SECONDS)
        arrived = reader.arrived(max(committed))
        relay.ask_to_stop()
    late = sorted((arrived[position] - at) * 1_000 for position, at in committed.items())
    yield Finding(BENCH, "commit to reader, median", (late[len(late) // 2],), "ms")
    p99 = late[len(late) * 99 // 100]
    yield Finding(BENCH, "commit to reader, p99", (p99,), "ms", LATENCY_MS, most=True)


class Reader:
    """A consumer of all event topics that notes when each position came."""

    def __init__(self, cell: Cell, after: int) -> None:
        """Begin to read, and wait until everything up to a position has come."""
        self._cell = cell
        self._arrived: dict[int, float] = {}
        self._here, self._stop = Flag(), Flag()
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()
        self._await(after)

    def arrived(self, last: int) -> dict[int, float]:
        """Return when each position came, up to the last."""
        self._await(last)
        self._stop.set()
        self._thread.join()
        return self._arrived

    def _await(self, position: int) -> None:
        deadline = time.perf_counter() + SETTLE_SECONDS
        while position not in self._arrived:
            assert time.perf_counter() < deadline, f"position {position} did not come"
            self._here.clear()
            self._here.wait(PAUSE_SECONDS)

    def _read(self) -> None:
        settings = self._cell.settings
        config = configuration.consumer(settings, "late", fetch_wait_max_ms=5)
        consumer = Consumer({**config, "auto.offset.reset": "earliest"})
        known = consumer.list_topics(timeout=SETTLE_SECONDS).topics
        consumer.assign(
            [
                TopicPartition(topic, number, OFFSET_BEGINNING)
                for topic in event_topics(settings.kafka_prefix)
                for number in known[topic].partitions
            ]
        )
        while not self._stop.is_set():
            for message in consumer.consume(500, PAUSE_SECONDS / 5):
                if message.error() is None:
                    position = position_of(Wire.of(message).headers)
                    self._arrived[position] = time.perf_counter()
            self._here.set()
        consumer.close()
