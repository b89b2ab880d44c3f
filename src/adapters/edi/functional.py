"""What we say about the form of what has come: 997 for each group, TA1 for a broken envelope."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from adapters.edi.finding import FINDINGS_MAX, SEGMENT_HAS_ERRORS, Finding
from adapters.edi.writing import Line
from adapters.edi.x12 import Group, Interchange, TransactionSet

ACCEPTED, REJECTED, PARTLY = "A", "R", "P"
HAS_ERRORS = "5"
SET_UNSUPPORTED = "1"
VALUE_MAX = 99
SET_CODES_MAX = 5
COUNT_DIGITS = 6
CONTROL_DIGITS = 9
SET_KIND = re.compile(r"[0-9]{3}", re.ASCII)
TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}", re.ASCII)


class Judged(NamedTuple):
    """A transaction set, and everything that is wrong with it."""

    taken: TransactionSet
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.findings


class JudgedGroup(NamedTuple):
    """A group, what is wrong with its envelope, and its documents."""

    group: Group
    findings: tuple[Finding, ...]
    sets: tuple[Judged, ...]

    @property
    def accepted(self) -> int:
        """How many of its documents are accepted; none if its envelope is not."""
        return 0 if self.findings else sum(each.accepted for each in self.sets)


def acknowledgement(judged: JudgedGroup) -> tuple[Line, ...]:
    """Return the 997 for a group: which documents are accepted, and what is wrong with others."""
    header = judged.group.header
    lines: list[Line] = [("AK1", header.get(1), _number(judged.group.control), header.get(8)[:12])]
    for each in judged.sets:
        lines.append(("AK2", _set_kind(each), each.taken.control[:9].rjust(4, "0")))
        lines += _details(each.findings)
        lines.append(_verdict(each, judged.findings))
    total, accepted = len(judged.sets), judged.accepted
    verdict = ACCEPTED if accepted == total and not judged.findings else PARTLY
    codes = dict.fromkeys(found.code for found in judged.findings if found.level == "group")
    declared = judged.group.declared
    included = declared if declared.isdecimal() and len(declared) <= COUNT_DIGITS else str(total)
    lines.append(
        (
            "AK9",
            verdict if accepted else REJECTED,
            included,
            str(total),
            str(accepted),
            *tuple(codes)[:SET_CODES_MAX],
        )
    )
    return tuple(lines)


def _number(control: str) -> str:
    """Return a control number as the standard lets it be written; 0 if it was none."""
    return control if control.isdecimal() and len(control) <= CONTROL_DIGITS else "0"


def _set_kind(each: Judged) -> str:
    return each.taken.kind if SET_KIND.fullmatch(each.taken.kind) else "000"


def _verdict(each: Judged, around: Sequence[Finding]) -> Line:
    if each.accepted and not around:
        return ("AK5", ACCEPTED)
    codes = [found.code for found in each.findings if found.level == "set"]
    if any(found.level == "segment" for found in each.findings):
        codes.append(HAS_ERRORS)
    return ("AK5", REJECTED, *dict.fromkeys(codes))[: 2 + SET_CODES_MAX]


def _details(findings: Sequence[Finding]) -> Iterator[Line]:
    """Say which segments are at fault, and for each of them which elements."""
    told = [found for found in findings if found.level == "segment"][:FINDINGS_MAX]
    opened: tuple[str, int] | None = None
    for found in told:
        where = (found.segment, found.place)
        if not found.element:
            yield ("AK3", _tag(found), str(found.place), "", found.code)
            opened = None
        else:
            if where != opened:
                yield ("AK3", _tag(found), str(found.place), "", SEGMENT_HAS_ERRORS)
                opened = where
            value = found.value[:VALUE_MAX].replace(":", "?")
            yield ("AK4", str(found.element), found.ref, found.code, value)


def _tag(found: Finding) -> str:
    return found.segment if TAG.fullmatch(found.segment) else "ZZZ"


def note_of(interchange: Interchange, codes: Sequence[str]) -> Line:
    """Return the TA1 for an interchange: rejected, and why."""
    header = interchange.header
    return (
        "TA1",
        header.get(13),
        header.get(9),
        header.get(10),
        REJECTED,
        codes[0],
    )
