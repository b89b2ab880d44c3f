"""Bar 5: what a long past costs. A log that is old beside one that is new, and a cold start.

The old log holds a million events of one hot item, which has thousands of open reservations, and as
many again of other orders that were placed and cancelled.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator

from adapters.bootstrap import Shop
from oms_core.engine.cache import STREAMS_MAX
from tests.benchmarks.findings import Finding, ratios
from tests.benchmarks.history import churn, place_and_cancel
from tests.benchmarks.meter import resident_mib
from tests.benchmarks.placing import place, place_in_fresh_shop
from tests.benchmarks.stage import Stage
from tests.benchmarks.workload import BATCH, cause, fill_shelves, orders

BENCH = "aging"
SCHEMA = "bench_old"
FLAT = 0.85


def aging(stage: Stage) -> Iterator[Finding]:
    """Place orders on both logs in turns."""
    scale, speeds = stage.scale, defaultdict[str, list[float]](list)
    with stage.fresh_shop(SCHEMA) as shop:
        with shop.engine() as engine:
            fill_shelves(engine)
            churn(engine, scale.item_events, scale.open_reservations)
        yield from _cold_starts(stage, shop)
        with shop.engine() as engine:
            place_and_cancel(engine, scale.log_events - scale.item_events)
            yield Finding(BENCH, "events in the old log", (_head(shop),), "events")
            for number in range(scale.rounds):
                for mix in ("spread", "hot"):
                    wanted = orders(mix, scale.orders, f"{mix}{number}")
                    speeds[f"new log, {mix}"].append(
                        place_in_fresh_shop(stage, wanted).orders_per_s
                    )
                    stage.settle()
                    speeds[f"old log, {mix}"].append(place(stage, engine, wanted).orders_per_s)
            yield Finding(BENCH, "memory of the engine's process", (resident_mib(),), "MiB")
    yield Finding(BENCH, "streams that an engine keeps at most", (STREAMS_MAX,), "streams")
    for what, values in speeds.items():
        yield Finding(BENCH, what, tuple(values), "orders/s")
    for mix in ("spread", "hot"):
        flat = ratios(speeds[f"old log, {mix}"], speeds[f"new log, {mix}"])
        yield Finding(BENCH, f"old : new log, {mix}", tuple(flat), "ratio", FLAT)


def _cold_starts(stage: Stage, shop: Shop) -> Iterator[Finding]:
    """Time a first batch on the hot item: from its events alone, then with its snapshot."""
    for start in ("from all its events", "from its snapshot"):
        batch = [cause(order) for order in orders("hot", BATCH, f"cold {start}")]
        stage.settle()
        began = time.perf_counter()
        with shop.engine() as engine:
            engine.handle(batch)
            seconds = time.perf_counter() - began
        yield Finding(BENCH, f"first batch after a start, hot item {start}", (seconds,), "s")


def _head(shop: Shop) -> float:
    with shop.log() as log:
        return float(log.head())
