"""The form of a transaction set as a table, and everything in a set that does not have it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from adapters.edi import finding
from adapters.edi.finding import Finding
from adapters.edi.x12 import Segment

NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?|-?\.[0-9]+", re.ASCII)
WHOLE = re.compile(r"-?[0-9]+", re.ASCII)


class Segmented(Protocol):
    """A segment, whatever it was written in: its name and its number."""

    @property
    def tag(self) -> str:
        """Its name."""

    @property
    def place(self) -> int:
        """Its number in the document."""


class Alphabet(NamedTuple):
    """The characters that a text may have, and what people call them."""

    name: str
    pattern: re.Pattern[str]


ASCII = Alphabet("printable characters of ASCII", re.compile("[ -~]*"))


class Element(NamedTuple):
    """An element: its number in the standard's dictionary, its kind and its length.

    Kinds: AN text, ID a code, R a decimal, N0 a whole number, DT a date (CCYYMMDD), and - for what
    was not agreed on.
    """

    ref: str
    kind: str
    least: int
    most: int
    required: bool = False
    codes: frozenset[str] = frozenset()


def must(
    ref: str, kind: str, least: int, most: int, codes: frozenset[str] = frozenset()
) -> Element:
    """Return an element that must be there."""
    return Element(ref, kind, least, most, required=True, codes=codes)


class Use(NamedTuple):
    """Where a segment may stand: how often, whether it must, and what belongs to each of them."""

    tag: str
    most: int = 1
    required: bool = False
    inner: tuple[Use, ...] = ()


Together = tuple[int, ...]
"""Elements of which all must be there if one is."""


class Shape(NamedTuple):
    """A transaction set: its segments in their order, their elements, and which go together."""

    uses: tuple[Use, ...]
    elements: Mapping[str, tuple[Element, ...]]
    together: Mapping[str, tuple[Together, ...]]

    def check(self, segments: Sequence[Segment], signs: str) -> tuple[Finding, ...]:
        """Return everything that does not fit, in the order of the segments.

        `signs` separate parts of an element: here, no element has any.
        """
        known = [segment for segment in segments if segment.tag in self.elements]
        found = [foreign(segment) for segment in segments if segment.tag not in self.elements]
        walk = Walk(known)
        walk.level(self.uses)
        found += walk.findings
        for segment in known:
            found += self._elements(segment, signs)
        return tuple(sorted(found, key=lambda each: (each.place, each.element)))

    def _elements(self, segment: Segment, signs: str) -> Iterator[Finding]:
        expected = self.elements[segment.tag]
        for number, element in enumerate(expected, 1):
            if wrong := misfit(element, segment.get(number), signs):
                code, rule = wrong
                yield at(segment, number, rule, code, element.ref)
        if len(segment.elements) > len(expected):
            number = len(expected) + 1
            rule = f"{segment.tag} has at most {len(expected)} elements here."
            yield at(segment, number, rule, finding.ELEMENT_TOO_MANY)
        for numbers in self.together.get(segment.tag, ()):
            given = [number for number in numbers if segment.get(number)]
            missing = [number for number in numbers if not segment.get(number)]
            if given and missing:
                names = " and ".join(f"{segment.tag}{number:02d}" for number in numbers)
                ref = expected[missing[0] - 1].ref
                rule = f"{names} are given together or not at all."
                yield at(segment, missing[0], rule, finding.ELEMENT_NEEDED, ref)


def at(segment: Segment, element: int, rule: str, code: str, ref: str = "") -> Finding:
    """Return a finding at an element of a segment."""
    value = segment.get(element)
    return Finding(segment.tag, segment.place, element, value, rule, code=code, ref=ref)


def foreign(segment: Segmented) -> Finding:
    """Return that a segment was not agreed on, or is none."""
    if not re.fullmatch(r"[A-Z][A-Z0-9]{1,2}", segment.tag, re.ASCII):
        rule = "This is not the name of a segment."
        return Finding(segment.tag, segment.place, 0, segment.tag, rule, code="1")
    rule = "This segment was not agreed on: nothing is done without knowing what it asks for."
    remedy = "Leave it out, or enter it in the profile's `informative` if it may be passed over."
    return Finding(
        segment.tag, segment.place, 0, segment.tag, rule, remedy, finding.SEGMENT_FOREIGN
    )


class Walk:
    """A walk over segments along the table."""

    def __init__(self, segments: Sequence[Segmented]) -> None:
        self._segments = segments
        self._at = 0
        self.findings: list[Finding] = []

    def level(self, uses: Sequence[Use], depth: int = 0) -> None:
        """Take what belongs to one level; on the outermost one, nothing may be left."""
        index = count = 0
        while self._at < len(self._segments):
            segment = self._segments[self._at]
            found = next((n for n in range(index, len(uses)) if uses[n].tag == segment.tag), None)
            if found is None:
                if depth:
                    break
                rule = f"{segment.tag} does not belong here."
                self._blame(segment, segment.tag, rule, finding.SEGMENT_MISPLACED)
                self._at += 1
                continue
            self._missing(uses[index:found], segment, count)
            count = count + 1 if found == index else 1
            index = found
            if count > uses[index].most:
                rule = f"At most {uses[index].most} {segment.tag} stand here."
                self._blame(segment, segment.tag, rule, finding.SEGMENT_TOO_MANY)
            self._at += 1
            if uses[index].inner:
                self.level(uses[index].inner, depth + 1)
        end = self._segments[min(self._at, len(self._segments) - 1)]
        self._missing(uses[index:], end, count)

    def _missing(self, uses: Sequence[Use], segment: Segmented, count: int) -> None:
        for number, use in enumerate(uses):
            if use.required and not (number == 0 and count):
                rule = f"{use.tag} is missing before {segment.tag}."
                self._blame(segment, use.tag, rule, finding.SEGMENT_MISSING)

    def _blame(self, segment: Segmented, tag: str, rule: str, code: str) -> None:
        self.findings.append(Finding(tag, segment.place, 0, segment.tag, rule, code=code))


def misfit(  # noqa: PLR0911  (a table)
    element: Element, value: str, signs: str, alphabet: Alphabet = ASCII
) -> tuple[str, str] | None:
    """Return the code of what is wrong with a value, and the rule; None if nothing is."""
    if element.kind == "-":
        return (finding.ELEMENT_UNUSED, "This was not agreed on.") if value else None
    if not value:
        return (finding.ELEMENT_MISSING, "A value is required.") if element.required else None
    if not alphabet.pattern.fullmatch(value):
        return finding.ELEMENT_CHARACTER, f"Only {alphabet.name} are agreed on."
    if any(sign in value for sign in signs):
        return finding.ELEMENT_CHARACTER, f"The separators {signs} do not stand in an element here."
    digits = value.lstrip("-").replace(".", "") if element.kind in ("R", "N0") else value
    if len(digits) < element.least:
        return finding.ELEMENT_SHORT, f"At least {element.least} characters are prescribed."
    if len(digits) > element.most:
        return finding.ELEMENT_LONG, f"At most {element.most} characters are prescribed."
    if element.codes and value not in element.codes:
        return finding.ELEMENT_CODE, f"Agreed on are {', '.join(sorted(element.codes))}."
    match element.kind:
        case "R" if not NUMBER.fullmatch(value):
            return finding.ELEMENT_CHARACTER, "A decimal number is prescribed."
        case "N0" if not WHOLE.fullmatch(value):
            return finding.ELEMENT_CHARACTER, "A whole number is prescribed."
        case "DT" if not is_date(value):
            return finding.ELEMENT_DATE, "A date is written as CCYYMMDD."
    return None


def is_date(value: str) -> bool:
    """Say whether a value is a date as X12 writes it: `20260131`."""
    try:
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return False
    return value.isdecimal()
