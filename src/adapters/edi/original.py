"""What a partner's own purchase order says, to be said back in an answer to it."""

from __future__ import annotations

from typing import NamedTuple

from adapters.edi.order_850 import PARTS
from adapters.edi.writing import Line
from adapters.edi.x12 import Segment, TransactionSet, interchanges

PARTIES = ("BY", "ST")


class Original(NamedTuple):
    """A purchase order as it came: its number and date, its lines by number, who is named in it."""

    reference: str
    date: str
    lines: dict[int, Segment]
    parties: tuple[Line, ...]


def original(content: bytes, document_id: str) -> Original:
    """Find a document in the interchange that it came in."""
    group, _, place = document_id.rpartition("|")[2].partition(".")
    interchange = next(interchanges(content))
    return _said(interchange.groups[int(group) - 1].sets[int(place) - 1])


def _said(taken: TransactionSet) -> Original:
    begin = next(segment for segment in taken.segments if segment.tag == "BEG")
    lines = {int(each.get(1)): each for each in taken.segments if each.tag == "PO1"}
    parties: list[Line] = []
    kept = False
    for segment in taken.segments:
        if segment.tag == "N1":
            kept = segment.get(1) in PARTIES
        elif segment.tag not in ("N2", "N3", "N4"):
            kept = False
        if kept:
            parties.append((segment.tag, *segment.elements))
    return Original(begin.get(3), begin.get(5), lines, tuple(parties))


def parts_of(line: Segment) -> tuple[str, ...]:
    """Return the names of an item as the partner gave them: pairs of qualifier and number."""
    return tuple(
        value for part in PARTS if line.get(part) for value in (line.get(part), line.get(part + 1))
    )
