"""Taking in what has come: one batch, or several whose decisions and appends overlap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

import structlog

from adapters.inflow import Batch, Channels, Inbound
from oms_core.engine.application import Engine
from oms_core.engine.cause import Answer
from oms_core.engine.store import PositionConflict

BATCHES_MAX = 4
"""How many batches of channels are taken in before the loop looks at its other work."""

Note = Callable[[Batch, Sequence[Answer]], None]
"""Is told what became of a batch."""

log = structlog.get_logger("oms")


def take_in(engine: Engine, inbound: Inbound, note: Note) -> bool:
    """Take in what has come, and say whether anything had."""
    batch = inbound.batch()
    if batch is None:
        return False
    try:
        answers = engine.handle(*batch)
    except PositionConflict as conflict:
        _rewind(inbound, conflict)
    else:
        note(batch, answers)
    return True


def take_in_overlapping(engine: Engine, channels: Channels, note: Note) -> bool:
    """Take in several batches: one is read for, one decided, and one appended at the same time."""
    before: Batch | None = None
    coming = islice(iter(channels.batch, None), BATCHES_MAX)
    batch = next(coming, None)
    try:
        while batch is not None:
            following = next(coming, None)
            if following is not None:
                engine.foresee(following.causes)
            answers = engine.submit(*batch)
            if before is not None:
                note(before, answers)
            before, batch = batch, following
        answers = engine.drain()
    except PositionConflict as conflict:
        _rewind(channels, conflict)
        return True
    if before is not None:
        note(before, answers)
    return before is not None


def _rewind(inbound: Inbound, conflict: PositionConflict) -> None:
    """Go on from the log's own positions: it knows the batch already, or some of it."""
    log.warning("intake.rewound", detail=str(conflict))
    inbound.rewind()
