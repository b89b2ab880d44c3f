"""Two cells on one broker: whether a second log with an engine of its own takes as much again."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from psycopg.sql import SQL, Identifier

from adapters.bootstrap import Shop
from adapters.kafka.publishing import Publisher
from adapters.kafka.registry import ConfluentRegistry
from tests.benchmarks.broker import Broker, broker
from tests.benchmarks.findings import Finding, ratios
from tests.benchmarks.meter import tree_cpu
from tests.benchmarks.stage import Stage
from tests.benchmarks.streaming import CHANNEL, SETTLE_SECONDS, order
from tests.benchmarks.workload import fill_shelves, orders
from tests.support.kafka.cell import Cell
from tests.support.kafka.packages import NotToBeHad
from tests.support.process import running, until

BENCH = "cells"
SCHEMAS = ("bench_cell_one", "bench_cell_two")
TWO_TO_ONE = 1.7
LOOK_SECONDS = 0.02


def cells(stage: Stage) -> Iterator[Finding]:
    """Let orders wait on the topics of one cell, then of two, and time until all are placed."""
    rates, cpu = defaultdict[int, list[float]](list), list[float]()
    try:
        with broker() as found:
            for number in range(stage.scale.rounds):
                for count in (1, 2):
                    rate, used = _run(stage, found, SCHEMAS[:count], f"{count}r{number}")
                    rates[count].append(rate)
                cpu.append(used)
    except NotToBeHad as reason:
        print(f"cells: left out, no broker can be started here: {reason}")
        return
    yield Finding(BENCH, "one cell", tuple(rates[1]), "orders/s")
    yield Finding(BENCH, "two cells", tuple(rates[2]), "orders/s")
    both = tuple(ratios(rates[2], rates[1]))
    yield Finding(BENCH, "two cells : one", both, "ratio", TWO_TO_ONE)
    yield Finding(BENCH, "cores busy with two engines and PostgreSQL", tuple(cpu), "cores")


def _run(stage: Stage, found: Broker, schemas: Sequence[str], prefix: str) -> tuple[float, float]:
    """Return how many orders a second were placed, and how many cores were busy with them."""
    count = stage.scale.orders
    with ExitStack() as stack:
        shops = [stack.enter_context(stage.fresh_shop(schema)) for schema in schemas]
        made = [stack.enter_context(found.cell(stage.dsn, schema)) for schema in schemas]
        for shop, cell in zip(shops, made, strict=True):
            with shop.engine() as engine:
                fill_shelves(engine)
            _publish(cell, count, prefix)
        stage.settle()
        folder = Path(stack.enter_context(TemporaryDirectory()))
        engines = [
            stack.enter_context(
                running(
                    "run",
                    env={**cell.env, "OMS_HOME": str(folder / schema), "OMS_CHANNELS": CHANNEL},
                    log=folder / f"{schema}.log",
                )
            )
            for schema, cell in zip(schemas, made, strict=True)
        ]
        for engine_process in engines:
            engine_process.await_line("started")
        began, server = time.perf_counter(), stage.server_cpu()
        used = sum(tree_cpu(one.process.pid) for one in engines)
        for shop, cell in zip(shops, made, strict=True):
            topic = cell.names.inbound(CHANNEL)
            until(partial(_placed, shop, topic, count), SETTLE_SECONDS)
        seconds = time.perf_counter() - began
        used = sum(tree_cpu(one.process.pid) for one in engines) - used
        used += stage.server_cpu() - server
    return count * len(schemas) / seconds, used / seconds


def _publish(cell: Cell, count: int, prefix: str) -> None:
    with closing(ConfluentRegistry(cell.settings)) as registry:
        publisher = Publisher(cell.settings, registry)
        for one in orders("spread", count, prefix):
            publisher.publish(CHANNEL, order(one), message_id=one.reference)
        publisher.flush()


def _placed(shop: Shop, topic: str, count: int) -> bool:
    """Say whether the log has taken so many messages of a topic; else only after a while."""
    query = SQL("SELECT sum(read_to) FROM {} AS t(read_to)").format(
        SQL(
            "(SELECT max(notification_id) FROM {}.{} WHERE starts_with(application_name, {}) "
            "GROUP BY application_name)"
        ).format(
            Identifier(shop.settings.log_schema),
            Identifier("oms_tracking"),
            f"{topic}[",  # As `inlet.source_of` names its partitions.
        )
    )
    with shop.connection() as connection:
        row = connection.execute(query).fetchone()
    if row is not None and (row[0] or 0) >= count:
        return True
    time.sleep(LOOK_SECONDS)
    return False
