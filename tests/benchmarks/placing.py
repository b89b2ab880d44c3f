"""Our own placements: decided, reserved, payment requested, encoded, appended, in batches."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from oms_core.engine.application import Engine
from oms_core.engine.cause import Answer, Cause, SourcePosition, Verdict
from tests.benchmarks.meter import metered
from tests.benchmarks.stage import Stage
from tests.benchmarks.workload import BATCH, Wanted, batches, cause, fill_shelves

SCHEMA = "bench_ours"
SOURCE = "intake"


class Run(NamedTuple):
    """Orders placed in some time, and the CPU that an order took, in microseconds."""

    orders_per_s: float
    client_us: float
    server_us: float
    events_per_s: float = 0.0

    @property
    def cpu_us(self) -> float:
        """CPU of client and server together."""
        return self.client_us + self.server_us


def place(stage: Stage, engine: Engine, wanted: Sequence[Wanted]) -> Run:
    """Place orders as intake does, each batch with its position in the source."""
    return place_causes(stage, engine, [cause(order) for order in wanted])


def place_causes(stage: Stage, engine: Engine, causes: Sequence[Cause]) -> Run:
    """Place orders that are in our words already."""
    start, events = engine.store.source_position(SOURCE), 0
    with metered(stage.server_cpu) as spent:
        for batch, following in pairwise([*batches(causes, BATCH), None]):
            if following is not None:
                engine.foresee(following)
            assert batch is not None
            stop = start + len(batch)
            events += _done(engine.submit(batch, [SourcePosition(SOURCE, start, stop)]))
            start = stop
        events += _done(engine.drain())
    count = len(causes)
    return Run(
        count / spent.seconds,
        1e6 * spent.client / count,
        1e6 * spent.server / count,
        events / spent.seconds,
    )


def _done(answers: Sequence[Answer]) -> int:
    assert all(answer.verdict is Verdict.DONE for answer in answers), answers[0]
    return sum(len(answer.recorded) for answer in answers)


def place_in_fresh_shop(stage: Stage, wanted: Sequence[Wanted]) -> Run:
    """Place orders in a shop that has full shelves and no history."""
    with stage.fresh_shop(SCHEMA) as shop, shop.engine() as engine:
        fill_shelves(engine)
        stage.settle()
        return place(stage, engine, wanted)
