"""How each document ended: read off the plan and the log, never off what a run remembers."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from adapters.intake.document import Cell, Tally
from adapters.intake.history import History, differing
from adapters.intake.plan import Entry, Plan, place_order
from oms_core.kernel.money import extend


class Outcome(StrEnum):
    """The ends that a document can come to. A missing one is our fault, and breaks the tie."""

    PLACED = "placed"
    RETURNED = "returned"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    MISSING = "missing"


class Ending(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one document ended: why, if it was rejected, and the orders that it took back."""

    document: str
    outcome: Outcome
    code: str = ""
    detail: str = ""
    orders: tuple[str, ...] = ()


class Booked(msgspec.Struct):
    """What a document came to: `tally` by the log, and what of the file's value that leaves out.

    `rounding` is lost to whole minor units, `repriced` is what a credit note gave back more or
    less than the sale had cost.
    """

    cell: Cell
    ending: Ending
    tally: Tally
    rounding: Decimal = Decimal(0)
    repriced: Decimal = Decimal(0)


def conclude(  # noqa: PLR0911  (one for each way that a document can end)
    entry: Entry, plan: Plan, history: History
) -> Booked:
    """Return how a document ended, and what the log says it came to."""
    document = entry.document
    reference = document.reference
    if entry.refusal:
        return _unbooked(entry, Outcome.REJECTED, entry.refusal.code, str(entry.refusal))
    if entry.known:
        detail = f"Return {reference} was booked by an earlier import or by hand."
        return _unbooked(entry, Outcome.DUPLICATE, "return.known", detail)
    if entry.takes_back:
        return _returned(entry, history)
    if reference in history.placed:
        return _placed(entry, history)
    if reference in history.others:
        return _placed_by_others(entry, plan, history)
    if reference in history.refused:
        reasons = history.refused[reference]
        detail = " ".join(reason.detail for reason in reasons)
        return _unbooked(entry, Outcome.REJECTED, reasons[0].code, detail)
    return _parked(entry, history) or _unbooked(entry, Outcome.MISSING, "intake.missing", "")


def _unbooked(entry: Entry, outcome: Outcome, code: str, detail: str) -> Booked:
    document = entry.document
    ending = Ending(document.reference, outcome, code, detail)
    return Booked(document.cell, ending, document.tally)


def _parked(entry: Entry, history: History) -> Booked | None:
    error = history.parked.get(entry.document.reference)
    if error is None:
        return None
    detail = f"{error}. See the parked causes, and redrive it."
    return _unbooked(entry, Outcome.REJECTED, "document.parked", detail)


def _placed(entry: Entry, history: History) -> Booked:
    document = entry.document
    placed, scale = history.placed[document.reference], -document.exponent
    net = Decimal(placed.net_minor).scaleb(scale)
    planned = sum(_net_minor(entry))
    value = sum((line.value for line in document.lines), Decimal(0))
    return Booked(
        document.cell,
        Ending(document.reference, Outcome.PLACED),
        Tally(placed.lines, placed.quantity, net),
        rounding=value - Decimal(planned).scaleb(scale),
    )


def _net_minor(entry: Entry) -> list[int]:
    exponent = entry.document.exponent
    return [extend(line.unit_price, line.quantity, exponent) for line in entry.document.lines]


def _placed_by_others(entry: Entry, plan: Plan, history: History) -> Booked:
    wanted = place_order(entry.document, plan.mapping)
    terms = ("customer_id", "currency", "lines", "tenders", "purpose", "replaces")
    placed = history.others[entry.document.reference]
    other = differing(placed, {term: getattr(wanted, term) for term in terms})
    if not other:
        detail = f"Order {wanted.order_id} was placed before, the same in every term."
        return _unbooked(entry, Outcome.DUPLICATE, "order.known", detail)
    detail = (
        f"Order {wanted.order_id} was placed before with other {', '.join(other)}. "
        "Give this one a reference of its own, or change the order that has it."
    )
    return _unbooked(entry, Outcome.REJECTED, "order.reference_reused", detail)


def _returned(entry: Entry, history: History) -> Booked:
    document, parts = entry.document, entry.takes_back
    back = history.returned.get(document.reference)
    wanted = {part.order_id: None for part in parts}
    units = sum(part.quantity for part in parts)
    if back is None or back.quantity != units:
        detail = (
            f"Orders {', '.join(wanted)} did not take {units} units back"
            f"{f', only {back.quantity}' if back else ''}: they are not shipped, are held, or "
            "these units are back already. Look at their history, and book the return by hand."
        )
        return _parked(entry, history) or _unbooked(
            entry, Outcome.REJECTED, "return.refused", detail
        )
    scale = -document.exponent
    sold = sum((part.value for part in parts), Decimal(0))
    expected = Decimal(sum(part.amount_minor for part in parts)).scaleb(scale)
    credited = sum((line.value for line in document.lines), Decimal(0))
    return Booked(
        document.cell,
        Ending(document.reference, Outcome.RETURNED, orders=tuple(wanted)),
        Tally(len(document.lines), -back.quantity, -Decimal(back.amount_minor).scaleb(scale)),
        rounding=expected - sold,
        repriced=credited + sold,
    )
