"""Importing a file: read it whole, plan it, and put it to the engine in batches, resumably.

A file's position counts its documents in the order of time, and moves in the transaction that books
them. Placing runs one batch ahead of settling (shipping, taking back), each with a position of its
own, because a parcel has a name only when its order is placed. Killed at any moment, the next run
goes on at the recorded positions; what lies between the two is looked up in the log.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from pathlib import Path

from adapters.bootstrap import Shop
from adapters.intake.commands import Introductions, placing, settling
from adapters.intake.document import read_source
from adapters.intake.history import read_history
from adapters.intake.mapping import Mapping
from adapters.intake.plan import Plan, make_plan
from adapters.intake.report import ImportReport, make_report
from oms_core.domain.order.events import AllocationCompleted, OrderPlaced
from oms_core.engine.application import Engine
from oms_core.engine.cause import SourcePosition
from oms_core.kernel import Recorded

BATCH_DOCUMENTS = 500
BATCH_LINES = 4_000
"""A batch ends when it has as many documents or lines: its events are held in memory."""

Progress = Callable[[int, int], None]


def run(
    shop: Shop,
    file: Path,
    mapping: Mapping,
    *,
    progress: Progress | None = None,
    batch_documents: int = BATCH_DOCUMENTS,
) -> ImportReport:
    """Import a file, or the rest of it, and report on all of it.

    `progress` is told how many documents of how many are done, after each batch.

    :raises UnreadableFile: if the file cannot be read.
    :raises MissingColumn: if the file lacks a column that the mapping names.
    """
    source = read_source(file, mapping)
    plan = make_plan(source, mapping, read_history(shop, source.name, mapping.channel))
    gc.collect()
    gc.freeze()  # The plan is large and stays: there is no use in searching it for garbage.
    try:
        with shop.engine(quiet=True) as engine:
            _Run(shop, engine, plan, batch_documents).go(progress or _silent)
    finally:
        gc.unfreeze()
    return make_report(plan, read_history(shop, source.name, mapping.channel))


def _silent(done: int, total: int) -> None:
    """Tell nobody."""
    del done, total


class _Run:
    """One run of a planned import."""

    def __init__(self, shop: Shop, engine: Engine, plan: Plan, batch_documents: int) -> None:
        self._shop = shop
        self._engine = engine
        self._plan = plan
        self._batch_documents = batch_documents
        self._placing = plan.source.name
        self._settling = f"{plan.source.name}:settled"
        self._introductions = Introductions(plan)

    def go(self, progress: Progress) -> None:
        """Go on at the recorded positions, to the end."""
        total = len(self._plan.entries)
        placed = self._engine.store.source_position(self._placing)
        settled = self._engine.store.source_position(self._settling)
        if settled < placed:
            self._settle(settled, placed, self._look_up(settled, placed))
        progress(placed, total)
        while placed < total:
            stop = self._stop(placed)
            recorded = self._place(placed, stop)
            self._settle(placed, stop, recorded)
            placed = stop
            progress(placed, total)

    def _stop(self, start: int) -> int:
        """Return where the batch that begins at `start` ends."""
        lines = 0
        limit = min(start + self._batch_documents, len(self._plan.entries))
        for stop in range(start + 1, limit):
            lines += len(self._plan.entries[stop - 1].document.lines)
            if lines >= BATCH_LINES:
                return stop
        return limit

    def _place(self, start: int, stop: int) -> list[Recorded]:
        causes = placing(self._plan, self._plan.entries[start:stop], self._introductions)
        moved = [SourcePosition(self._placing, start, stop)]
        answers = self._engine.handle(causes, moved)
        return [recorded for answer in answers for recorded in answer.recorded]

    def _settle(self, start: int, stop: int, recorded: Iterable[Recorded]) -> None:
        parcels = _parcels(recorded, self._plan.source.name)
        causes = settling(self._plan, self._plan.entries[start:stop], parcels)
        self._engine.handle(causes, [SourcePosition(self._settling, start, stop)])

    def _look_up(self, start: int, stop: int) -> list[Recorded]:
        """Return what the log has of the orders that were placed before a kill."""
        channel = self._plan.mapping.channel
        entries = self._plan.entries[start:stop]
        streams = [f"order:{channel}:{e.document.reference}" for e in entries if e.is_order]
        with self._shop.log() as log:
            return log.stream(*streams)


def _parcels(recorded: Iterable[Recorded], source: str) -> dict[str, tuple[str, ...]]:
    """Return the parcels asked of warehouses, by order, of the orders that this import placed."""
    ours: set[str] = set()
    parcels: dict[str, tuple[str, ...]] = {}
    for record in recorded:
        match record.event:
            case OrderPlaced(order_id) if record.causation_id.startswith(f"{source}|"):
                ours.add(order_id)
            case AllocationCompleted(order_id, fulfilment_id) if order_id in ours:
                parcels[order_id] = (*parcels.get(order_id, ()), fulfilment_id)
    return parcels
