"""The CONTRL: what we say about the form of an interchange, message by message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adapters.edi import finding
from adapters.edi.edifact.interchange import Interchange, is_reference
from adapters.edi.edifact.judging import REJECTED, Judged
from adapters.edi.edifact.writing import Line
from adapters.edi.finding import FINDINGS_MAX, Finding
from adapters.edi.verdict import Verdict

ACKNOWLEDGED = "7"
SERVICE = frozenset({"UNB", "UNZ", "UNG", "UNE", "UNH", "UNT"})
"""Segments that a CONTRL can name; others stand in a place."""

OF_SEGMENT: Mapping[str, str] = {
    finding.SEGMENT_UNKNOWN: "15",
    finding.SEGMENT_MISSING: "13",
    finding.SEGMENT_TOO_MANY: "35",
    finding.SEGMENT_FOREIGN: "17",
    finding.SEGMENT_MISPLACED: "15",
}
OF_ELEMENT: Mapping[str, str] = {
    finding.ELEMENT_MISSING: "13",
    finding.ELEMENT_TOO_MANY: "16",
    finding.ELEMENT_SHORT: "40",
    finding.ELEMENT_LONG: "39",
    finding.ELEMENT_CHARACTER: "21",
    finding.ELEMENT_CODE: "12",
    finding.ELEMENT_DATE: "12",
    finding.ELEMENT_UNUSED: "17",
}
"""What a 997 says, in the codes of data element 0085; those that are its own already stay."""


def acknowledgement(verdict: Verdict[Interchange, Judged]) -> tuple[Line, ...]:
    """Return the CONTRL for an interchange: what is refused of it, and what is wrong there."""
    header = verdict.interchange.header
    parties = (header.elements[1][:3], header.elements[2][:3])
    about: Line = ("UCI", _reference(header.get(5)), *parties)
    if verdict.refused:
        return ((*about, REJECTED, *_service(verdict.refused[0])),)
    lines: list[Line] = [(*about, ACKNOWLEDGED)]
    for judged in verdict.parts:
        lines.append(_message(judged))
        lines += _details(judged.findings)
    return tuple(lines)


def _reference(value: str) -> str:
    return value if is_reference(value) else "0"


def _message(judged: Judged) -> Line:
    message = judged.message
    kind = tuple(message.segments[0].get(2, part) for part in (1, 2, 3, 4))
    written = tuple(each[:most] or "0" for each, most in zip(kind, (6, 3, 3, 2), strict=True))
    about: Line = ("UCM", _reference(message.control), written)
    if not judged.findings:
        return (*about, ACKNOWLEDGED)
    around = next((each for each in judged.findings if each.level == "set"), None)
    if around is not None:
        return (*about, REJECTED, *_service(around))
    return (*about, REJECTED, _code(judged.findings[0]))


def _service(found: Finding) -> tuple[str | tuple[str, ...], ...]:
    """Name the service segment that is at fault, its element and its component."""
    if found.segment not in SERVICE:
        return (found.code,)
    if not found.element:
        return found.code, found.segment
    return found.code, found.segment, _where(found)


def _where(found: Finding) -> tuple[str, ...]:
    """Count elements as S011 does: the name of the segment is the first."""
    place = str(found.element + 1)
    return (place, str(found.component)) if found.component else (place,)


def _code(found: Finding) -> str:
    table = OF_ELEMENT if found.element else OF_SEGMENT
    return table.get(found.code, found.code)


def _details(findings: Sequence[Finding]) -> Iterator[Line]:
    """Say which segments are at fault, and for each of them which elements."""
    opened = 0
    for found in [each for each in findings if each.level == "segment"][:FINDINGS_MAX]:
        if not found.element:
            yield "UCS", str(found.place), _code(found)
            opened = 0
            continue
        if found.place != opened:
            yield "UCS", str(found.place)
            opened = found.place
        yield "UCD", _code(found), _where(found)
