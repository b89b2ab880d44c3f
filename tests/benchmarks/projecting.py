"""Projectors on a real broker: how fast one process keeps views up to date, and two of them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event as Flag

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from adapters.bootstrap import Shop
from adapters.kafka import configuration
from adapters.kafka.arrivals import event_topics
from adapters.outflow import run_relay
from adapters.projecting import project
from projections.catalog import STREAM_CLOSED, VIEWS
from tests.benchmarks.broker import broker, has_leaders
from tests.benchmarks.findings import Finding, ratios
from tests.benchmarks.history import fulfil
from tests.benchmarks.stage import Stage
from tests.benchmarks.workload import fill_shelves, orders
from tests.support.kafka.cell import Cell
from tests.support.kafka.packages import NotToBeHad
from tests.support.process import running, until

BENCH = "projecting"
SCHEMA = "bench_projecting"
BATCH = 5_000
WAIT_SECONDS = 0.5
METADATA_SECONDS = 30.0
EVENTS_PER_SECOND = 25_000.0
TWO_TO_ONE = 1.6
BY_PARTITION = sorted(STREAM_CLOSED)
IN_ORDER = sorted(VIEWS.keys() - STREAM_CLOSED)
WAYS = {
    "the timeline alone": ["timeline"],
    "views by partition": BY_PARTITION,
    "views in the order of the log": IN_ORDER,
    "all views": list(VIEWS),
}


def projecting(stage: Stage) -> Iterator[Finding]:
    """Take in a relayed log anew each round, beside raw consume of the same bytes.

    A rate counts all events of the log, from when the first message came until all were taken in.
    Processes are timed from when they join the group to their end.
    """
    try:
        with broker() as found, stage.fresh_shop(SCHEMA) as shop:
            with shop.engine() as engine:
                fill_shelves(engine)
                fulfil(engine, orders("spread", stage.scale.orders // 2, "project"))
            with found.cell(stage.dsn, SCHEMA) as cell:
                until(lambda: has_leaders(cell), told="topics made a moment ago")
                head = run_relay(Shop(stage.dsn, cell.settings), Flag(), once=True)
                yield from _rounds(stage, cell, head)
    except NotToBeHad as reason:
        print(f"projecting: left out, no broker can be started here: {reason}")


def _rounds(stage: Stage, cell: Cell, head: int) -> Iterator[Finding]:
    rates, cpu = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for _ in range(stage.scale.rounds):
        rates["raw"].append(head / _raw(cell, head))
        for way, names in WAYS.items():
            began = time.process_time()
            rates[way].append(head / _project(stage, cell, names))
            cpu[way].append((time.process_time() - began) / head * 1e6)
        for processes in (1, 2):
            rates[f"{processes}"].append(head / _processes(stage, cell, processes))
    yield Finding(BENCH, "events on the topics", (float(head),), "events")
    yield Finding(BENCH, "raw consume of the same bytes", tuple(rates["raw"]), "events/s")
    for way in WAYS:
        yield Finding(BENCH, way, tuple(rates[way]), "events/s", EVENTS_PER_SECOND)
        yield Finding(BENCH, f"{way}: CPU of the process", tuple(cpu[way]), "µs/event")
        ratio = ratios(rates[way], rates["raw"])
        yield Finding(BENCH, f"{way} : raw consume", tuple(ratio), "")
    yield Finding(
        BENCH,
        "two processes : one, by partition",
        tuple(ratios(rates["2"], rates["1"])),
        "",
        TWO_TO_ONE,
    )


def _raw(cell: Cell, head: int) -> float:
    """Consume every event message by the same client; return the seconds from the first one."""
    config = configuration.consumer(cell.settings, "raw")
    consumer = Consumer({**config, "auto.offset.reset": "earliest"})
    known = consumer.list_topics(timeout=METADATA_SECONDS).topics
    consumer.assign(
        [
            TopicPartition(topic, number, OFFSET_BEGINNING)
            for topic in event_topics(cell.settings.kafka_prefix)
            for number in known[topic].partitions
        ]
    )
    taken, began = 0, 0.0
    while taken < head:
        messages = [m for m in consumer.consume(BATCH, WAIT_SECONDS) if m.error() is None]
        began = began or (time.perf_counter() if messages else 0.0)
        taken += sum(1 for message in messages if message.value() and message.headers())
    seconds = time.perf_counter() - began
    consumer.close()
    return seconds


def _project(stage: Stage, cell: Cell, names: Sequence[str]) -> float:
    """Fill empty tables in this process; return the seconds from the first message."""
    stage.drop(cell.settings.views_schema)
    stage.settle()
    turns: list[tuple[float, int]] = []

    def tell(taken: int, total: int) -> None:
        del total
        turns.append((time.perf_counter(), taken))

    shop, views = Shop(stage.dsn, cell.settings), [VIEWS[name] for name in names]
    project(shop, Flag(), views, "bench", once=True, progress=tell)
    idle = max((at for at, taken in turns if not taken), default=turns[0][0])
    return turns[-1][0] - idle


def _processes(stage: Stage, cell: Cell, count: int) -> float:
    """Fill empty tables by so many processes; return the seconds from the first that began."""
    stage.drop(cell.settings.views_schema)
    stage.settle()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        commands = [
            stack.enter_context(
                running(
                    *("project", *BY_PARTITION, "--once"),
                    env=cell.env,
                    log=Path(folder) / f"{number}.log",
                )
            )
            for number in range(count)
        ]
        for command in commands:
            command.await_line("started")
        began = time.perf_counter()
        for command in commands:
            assert command.close() == 0, command.said()
        return time.perf_counter() - began
