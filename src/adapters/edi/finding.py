"""What is wrong with an interchange: where, which value, which rule, and what to do about it.

The codes are those by which a functional acknowledgement (997) says the same to a program:
data elements 720 (segment), 723 (element), 718 (transaction set), 716 (group), I18 (interchange).
"""

from __future__ import annotations

from typing import NamedTuple

FINDINGS_MAX = 20
"""So many findings of a document are told in full: what follows the first often follows from it."""

SEGMENT_UNKNOWN, SEGMENT_MISSING, SEGMENT_TOO_MANY = "1", "3", "5"
SEGMENT_FOREIGN, SEGMENT_MISPLACED, SEGMENT_HAS_ERRORS = "6", "7", "8"
ELEMENT_MISSING, ELEMENT_NEEDED, ELEMENT_TOO_MANY = "1", "2", "3"
ELEMENT_SHORT, ELEMENT_LONG, ELEMENT_CHARACTER = "4", "5", "6"
ELEMENT_CODE, ELEMENT_DATE, ELEMENT_UNUSED = "7", "8", "10"

CORRECT = "Correct the document and send it again under a new control number."


class Finding(NamedTuple):
    """One thing that is wrong.

    `place` is the segment's number in its transaction set, ST being 1, or in the file for an
    envelope; `element` is 0 for the segment as a whole. `code` is of the level that it concerns:
    an element's, a segment's, or that of the envelope (whose `level` names it). A CONTRL says the
    same in codes of its own. `component` is the part of a composite element, 0 for all of it.
    """

    segment: str
    place: int
    element: int
    value: str
    rule: str
    remedy: str = CORRECT
    code: str = ""
    ref: str = ""
    level: str = "segment"
    component: int = 0

    @property
    def field(self) -> str:
        """Where it is, as partners say it: `segment 7, PO104`, `segment 7, QTY01:2`."""
        name = f"{self.segment}{self.element:02d}" if self.element else self.segment
        part = f":{self.component}" if self.component else ""
        return f"segment {self.place}, {name}{part}"


def printable(text: str) -> str:
    """Return text with what cannot be printed replaced: it is shown, and kept in a database."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


class Unreadable(Exception):
    """There is no telling whose interchange this is: nobody can be answered."""

    def __init__(self, finding: Finding) -> None:
        """Take what is wrong."""
        super().__init__(f"{finding.field}: {finding.rule}")
        self.finding = finding
