"""What became of a document: read off the log, never off what a run remembers."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from adapters.intake.history import differing
from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import OrderPlaced, OrderRejected
from oms_core.engine.cause import Cause
from oms_core.kernel import Recorded

TERMS = ("customer_id", "currency", "lines", "tenders", "purpose", "replaces")


class Outcome(StrEnum):
    """The ends of a document. Waiting: the engine has not decided yet, or it is parked."""

    PLACED = "placed"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    REUSED = "reused"
    WAITING = "waiting"
    FAULTY = "faulty"


class Reason(NamedTuple):
    """Why it was not placed: a stable code, and a detail that may name a line."""

    code: str
    detail: str


class Ending(NamedTuple):
    """How a document ended, and why."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()


def ending(cause: Cause, history: Sequence[Recorded]) -> Ending:
    """Return what the history of its order says of a document that was handed on."""
    command = cause.command
    assert isinstance(command, PlaceOrder)
    own = [each.event for each in history if each.causation_id == cause.cause_id]
    if any(isinstance(event, OrderPlaced) for event in own):
        return Ending(Outcome.PLACED)
    refused = [event for event in own if isinstance(event, OrderRejected)]
    placed = [each.event for each in history if isinstance(each.event, OrderPlaced)]
    if not refused and placed:
        return _placed_before(command, placed[-1])
    if not refused:  # The same reasons are not said twice.
        refused = [each.event for each in history if isinstance(each.event, OrderRejected)]
    if refused:
        reasons = tuple(Reason(each.code, each.detail) for each in refused[-1].reasons)
        return Ending(Outcome.REJECTED, reasons)
    return Ending(Outcome.WAITING)


def _placed_before(command: PlaceOrder, placed: OrderPlaced) -> Ending:
    other = differing(placed, {term: getattr(command, term) for term in TERMS})
    if not other:
        return Ending(Outcome.DUPLICATE)
    detail = (
        f"Order {command.order_id} was placed before with other {', '.join(other)}: "
        "a purchase order number names one order. Ask the partner which of them is meant."
    )
    return Ending(Outcome.REUSED, (Reason("order.reference_reused", detail),))
