"""The 855: what we say to a purchase order, line by line: accepted, later, on hold, or rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from adapters.edi.ending import Ending, Outcome, Reason
from adapters.edi.original import Original, parts_of
from adapters.edi.partners import Partner
from adapters.edi.writing import Line, date_of
from oms_core.engine.catalog import BY_CATEGORY
from oms_core.kernel import Recorded

ACCEPTED, BACKORDERED, ON_HOLD, REJECTED = "IA", "IB", "IH", "IR"
AS_ORDERED, CHANGED, REFUSED = "AD", "AC", "RD"
TEXT_MAX = 4_096

Parts = list[tuple[str, int]]
"""How many units of a line have which status."""


def confirmation(
    original: Original,
    ending: Ending,
    history: Sequence[Recorded],
    partner: Partner,
    today: str,
) -> tuple[Line, ...]:
    """Return the 855 to a purchase order that was placed or rejected."""
    parts = answers_of(history) if ending.outcome is Outcome.PLACED else {}
    answers: dict[int, Parts] = {}
    for number, line in original.lines.items():
        answers[number] = parts.get(number) or [(REJECTED, int(Decimal(line.get(2))))]
    kinds = {status for each in answers.values() for status, _ in each}
    whole = AS_ORDERED if kinds == {ACCEPTED} else REFUSED if kinds == {REJECTED} else CHANGED
    lines: list[Line] = [
        ("BAK", "00", whole, original.reference, original.date, "", "", "", "", date_of(today)),
        ("CUR", "SE", partner.currency),
    ]
    own = {number: about(ending.reasons, number) for number in original.lines}
    told = {reason for each in own.values() for reason in each}
    lines += _said(reason for reason in ending.reasons if reason not in told)
    lines += original.parties
    for number, line in original.lines.items():
        lines.append(("PO1", *line.elements[:5], *parts_of(line)))
        lines += (
            ("ACK", status, str(quantity), line.get(3)) for status, quantity in answers[number]
        )
        lines += _said(own[number])
    lines.append(("CTT", str(len(original.lines))))
    return tuple(lines)


def answers_of(history: Sequence[Recorded]) -> dict[int, Parts]:
    """Say of every line of an order where its units are: what is on its way is accepted."""
    order = BY_CATEGORY["order"].fold(recorded.event for recorded in history)
    answers: dict[int, Parts] = {}
    for line_id, line in order.lines.items():
        on_its_way = line.released + line.allocated + line.shipped
        kept = line.reserved
        held = bool(order.holds)
        counts = {
            ACCEPTED: on_its_way + (0 if held else kept),
            BACKORDERED: line.backordered + (0 if held else line.unreserved),
            ON_HOLD: kept + line.unreserved if held else 0,
            REJECTED: line.cancelled,
        }
        number = int(line_id.rpartition("/")[2])
        answers[number] = [(status, count) for status, count in counts.items() if count]
    return answers


def about(reasons: Sequence[Reason], number: int) -> tuple[Reason, ...]:
    """Return the reasons that name a line: `edi:acme-45/1`."""
    return tuple(reason for reason in reasons if f"/{number}'" in reason.detail)


def _said(reasons: Iterable[Reason]) -> Iterator[Line]:
    for reason in reasons:
        yield ("N9", "L1", reason.code)
        yield ("MTX", "", reason.detail[:TEXT_MAX])
