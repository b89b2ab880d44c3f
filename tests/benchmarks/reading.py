"""Bar 4: reading and decoding the log, and making read models again from it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator

from adapters.bootstrap import Shop
from adapters.postgres.rebuild import rebuild
from projections.catalog import VIEWS
from tests.benchmarks.findings import Finding
from tests.benchmarks.history import fulfil
from tests.benchmarks.stage import Stage
from tests.benchmarks.workload import fill_shelves, orders

BENCH = "reading"
SCHEMA = "bench_reading"
VIEWS_SCHEMA = "bench_views"

BARS = {
    "log read and decoded": 150_000.0,
    "all read models rebuilt": 20_000.0,
    "trial_balance rebuilt": 60_000.0,
    "inventory rebuilt": 60_000.0,
    "inventory_network rebuilt": None,
    "journal rebuilt": None,
}


def reading(stage: Stage) -> Iterator[Finding]:
    """Read orders that went their whole way, from receipt to delivery, in one process.

    A rate counts all events of the log that was gone through, whether a view minds them or not.
    """
    rates = defaultdict[str, list[float]](list)
    with stage.fresh_shop(SCHEMA) as shop:
        with shop.engine() as engine:
            fill_shelves(engine)
            fulfil(engine, orders("spread", stage.scale.orders, "read"))
        with stage.connect() as connection:
            connection.execute("VACUUM ANALYZE")
        with shop.log() as log:
            head = log.head()
        for _ in range(stage.scale.rounds):
            for what in BARS:
                stage.settle()
                rates[what].append(head / _timed(_reader(stage, shop, what)))
    stage.drop(VIEWS_SCHEMA)
    yield Finding(BENCH, "events in the log", (float(head),), "events")
    for what, bar in BARS.items():
        yield Finding(BENCH, what, tuple(rates[what]), "events/s", bar)


def _reader(stage: Stage, shop: Shop, what: str) -> Callable[[], None]:
    views = [view for name, view in VIEWS.items() if what in (f"{name} rebuilt", _ALL)]

    def decode() -> None:
        with shop.log() as log:
            for _ in log.pages():
                pass

    def build() -> None:
        with shop.log() as log, stage.connect() as connection:
            rebuild(connection, log, views, VIEWS_SCHEMA)

    return build if views else decode


_ALL = "all read models rebuilt"


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
