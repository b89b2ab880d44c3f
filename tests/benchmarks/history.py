"""A past to read and to carry along: orders that went their whole way, and an item that churned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oms_core.domain.fulfilment.commands import DeliverFulfilment, ShipFulfilment
from oms_core.domain.order.commands import CancelOrder
from oms_core.domain.order.events import CancellationReason
from oms_core.domain.payment.commands import Outcome, ReportAuthorization, ReportCapture
from oms_core.domain.stock.events import Available, ReservationReleased, StockReserved
from oms_core.engine.application import Engine
from oms_core.engine.cause import Cause, Verdict
from oms_core.engine.mapper import Row, to_row
from oms_core.kernel import Command, Event, Instant, Recorded
from tests.benchmarks.workload import (
    HOT,
    LOCATIONS,
    PLENTY,
    QUANTITY,
    Wanted,
    batches,
    cause,
    item_id,
    orders,
)

ROWS = 10_000
"""Rows of one append of synthetic history."""


def fulfil(engine: Engine, wanted: Sequence[Wanted]) -> None:
    """Place orders, and let them be paid, sent and delivered."""
    for placed in batches([cause(order) for order in wanted]):
        _all_done(engine, placed)
        order_ids = [f"web:{placing.cause_id.removeprefix('web-')}" for placing in placed]
        for step in range(4):
            _all_done(engine, [_cause(_step(step, order_id)) for order_id in order_ids])


def _step(step: int, order_id: str) -> Command:
    payment_id, fulfilment_id = f"{order_id}/p1", f"{order_id}/f1.1"
    steps: tuple[Command, ...] = (
        ReportAuthorization(payment_id, Outcome.SUCCEEDED, "reference"),
        ShipFulfilment(fulfilment_id, "carrier", "tracking"),
        ReportCapture(payment_id, fulfilment_id, Outcome.SUCCEEDED),
        DeliverFulfilment(fulfilment_id),
    )
    return steps[step]


def place_and_cancel(engine: Engine, events: int) -> None:
    """Place orders over all items, and cancel them, until there are so many more events."""
    done, number = 0, 0
    while done < events:
        wanted = orders("spread", 500, f"past{number}")
        cancelled = [
            _cause(CancelOrder(f"web:{order.reference}", CancellationReason.CUSTOMER))
            for order in wanted
        ]
        done += _all_done(engine, [cause(order) for order in wanted])
        done += _all_done(engine, cancelled)
        number += 1


def churn(engine: Engine, events: int, open_reservations: int) -> None:
    """Reserve and release the hot item so many times, and leave so many reservations open.

    The rows go straight into the log: they are what the item's own rules would have recorded.
    """
    stream = f"stock:{item_id(HOT)}"
    rows: list[Row] = []
    for version, event in enumerate(_churning(events, open_reservations), len(LOCATIONS) + 1):
        rows.append(to_row(Recorded(stream, version, event, Instant(1), Instant(1), "a", "c", "d")))
        if len(rows) == ROWS:
            engine.store.append(rows, epoch=engine.epoch)
            rows = []
    if rows:
        engine.store.append(rows, epoch=engine.epoch)


def _churning(events: int, open_reservations: int) -> Iterator[Event]:
    sources = tuple(Available(location_id, PLENTY // 2) for location_id in sorted(LOCATIONS))
    for n in range((events + open_reservations) // 2):
        line_id = f"web:old-{n}/1"
        yield StockReserved(item_id(HOT), line_id, "web", QUANTITY, 0, Instant(0), sources)
        if n >= open_reservations:
            line_id = f"web:old-{n - open_reservations}/1"
            yield ReservationReleased(item_id(HOT), line_id, QUANTITY, 0)


def _cause(command: Command) -> Cause:
    return Cause(command, "past", "benchmark")


def _all_done(engine: Engine, causes: Sequence[Cause]) -> int:
    answers = engine.handle(causes)
    assert all(answer.verdict is Verdict.DONE for answer in answers), answers[0]
    return sum(len(answer.recorded) for answer in answers)
