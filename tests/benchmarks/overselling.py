"""Not one unit oversold: a hot item with less than is wanted, and every unit of it granted."""

from __future__ import annotations

from collections.abc import Iterator

from oms_core.domain.stock.events import ReservationReleased, StockReserved
from oms_core.engine.cause import Verdict
from tests.benchmarks.findings import Finding
from tests.benchmarks.stage import Stage
from tests.benchmarks.workload import (
    HOT,
    ITEMS,
    PLENTY,
    QUANTITY,
    batches,
    cause,
    item_id,
    orders,
    receive,
)

BENCH = "overselling"
SCHEMA = "bench_limited"


def overselling(stage: Stage) -> Iterator[Finding]:
    """Want the hot item more often than it is there, and count what was promised.

    An order that cannot be met is put on hold, and keeps nothing from others.
    """
    count = stage.scale.orders // 2
    capacity = 2 * (count * QUANTITY // 3 // 2)
    with stage.fresh_shop(SCHEMA) as shop:
        with shop.engine() as engine:
            received = [c for item in range(1, ITEMS + 1) for c in receive(item, PLENTY)]
            received[-2:] = receive(HOT, capacity)
            for batch in (
                *batches(received),
                *batches(list(map(cause, orders("hot", count, "l")))),
            ):
                answers = engine.handle(batch)
                assert all(answer.verdict is Verdict.DONE for answer in answers)
        with shop.log() as log:
            history = [recorded.event for recorded in log.stream(f"stock:{item_id(HOT)}")]
    granted = sum(event.quantity for event in history if isinstance(event, StockReserved))
    granted -= sum(event.quantity for event in history if isinstance(event, ReservationReleased))
    assert granted == capacity, f"{granted} units of {capacity} were promised"
    yield Finding(BENCH, "units of the hot item wanted", (count * QUANTITY,), "units")
    yield Finding(BENCH, "units of the hot item there", (capacity,), "units")
    yield Finding(BENCH, "units promised : there", (granted / capacity,), "ratio", 1.0, most=True)
