"""A batch as the database is told of it: where the log ends, and all that moves beside the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from eventsourcing.persistence import IntegrityError, Tracking

from adapters.postgres.outbox import headers_to_bytes
from oms_core.engine.cause import Letter, Parked, SourcePosition
from oms_core.engine.store import Fenced, PositionConflict
from oms_core.engine.waiting import to_bytes


class Head(NamedTuple):
    """Where the log ends: its last position, the hash of all up to it, and a stamp.

    The stamp is the last append's own, so that it is recognised even if it brought no event.
    """

    position: int
    hash: bytes
    stamp: bytes


class Plan(NamedTuple):
    """What goes with the rows of a batch, in the same transaction."""

    positions: tuple[SourcePosition, ...]
    tracking: Tracking | None
    epoch: int | None
    parked: Sequence[Parked] = ()
    unparked: Sequence[int] = ()
    letters: Sequence[Letter] = ()


class HeadMovedError(Exception):
    """Someone else has appended since we last looked."""


def arguments(
    head: Head, new: Head, leaves: bytes, plan: Plan, letters: Sequence[Letter] = ()
) -> tuple[Any, ...]:
    """Return what the database's functions take, in their order: see `statements.ADVANCE`."""
    tracked = plan.tracking
    return (
        head.position,
        head.hash,
        head.stamp,
        new.position,
        new.hash,
        new.stamp,
        leaves,
        plan.epoch,
        [position.source for position in plan.positions],
        [position.start for position in plan.positions],
        [position.stop for position in plan.positions],
        tracked.application_name if tracked else None,
        tracked.notification_id if tracked else None,
        [entry.cause.cause_id for entry in plan.parked],
        [entry.stream for entry in plan.parked],
        [entry.error for entry in plan.parked],
        [to_bytes(entry.cause) for entry in plan.parked],
        list(plan.unparked),
        [letter.topic for letter in letters],
        [letter.key for letter in letters],
        [letter.value for letter in letters],
        [headers_to_bytes(letter.headers) for letter in letters],
    )


def translated(error: Exception) -> Exception:
    """Return our own error for one that the database's functions raised, else the same."""
    message = str(error).partition("\n")[0]
    match getattr(error, "sqlstate", None):
        case "OMS01":
            return HeadMovedError(message)
        case "OMS02":
            return Fenced(message)
        case "OMS03":
            return PositionConflict(message)
        case "OMS04":
            return IntegrityError(message)
    return error
