"""X12 interchanges taken apart: separators, envelopes, transaction sets. Nothing is guessed.

We read the syntax ourselves. It is two dozen lines (a fixed header names its own separators), and
the libraries that are kept well either know only health care (pyx12, linuxforhealth-x12) or do not
tell which element is at fault, which the 997 must.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from adapters.edi.finding import Finding, Unreadable

WIDTHS = (3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
"""Characters of each element of ISA, its name included; the terminator follows."""

HEADER = sum(WIDTHS) + len(WIDTHS)
BYTES_MAX = 20_000_000
VERSIONS = ("00401", "00402", "00403", "00501")
REPETITION_SINCE = "00402"
DAY = re.compile(r"[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])", re.ASCII)
MINUTE = re.compile(r"([01][0-9]|2[0-3])[0-5][0-9]", re.ASCII)
KIND = re.compile(r"[A-Z]{2}", re.ASCII)

SENDER, RECEIVER, CONTROL = slice(5, 7), slice(7, 9), 13


class Segment(NamedTuple):
    """A segment: its name, its elements (the first is number 1), and its number."""

    tag: str
    elements: tuple[str, ...]
    place: int

    def get(self, element: int) -> str:
        """Return an element by its number, empty if it is not there."""
        return self.elements[element - 1] if element <= len(self.elements) else ""


class TransactionSet(NamedTuple):
    """A document: its segments, from ST to SE, each numbered from 1, and what is wrong around.

    `signs` are the separators of parts and of repetitions: in an element they have a meaning.
    """

    kind: str
    control: str
    segments: tuple[Segment, ...]
    findings: tuple[Finding, ...]
    signs: str = ""


class Group(NamedTuple):
    """Documents of one kind, what is wrong with their envelope, how many it says they are."""

    header: Segment
    sets: tuple[TransactionSet, ...]
    findings: tuple[Finding, ...]
    declared: str = ""

    @property
    def control(self) -> str:
        """Its number in the sender's count."""
        return self.header.get(6)


class Interchange(NamedTuple):
    """All that one ISA to IEA holds, and what is wrong with that envelope itself."""

    header: Segment
    groups: tuple[Group, ...]
    findings: tuple[Finding, ...]
    text: str

    @property
    def sender(self) -> tuple[str, str]:
        """The qualifier and id of who has sent it."""
        return self.header.get(5), self.header.get(6).rstrip()

    @property
    def receiver(self) -> tuple[str, str]:
        """The qualifier and id of whom it was sent to."""
        return self.header.get(7), self.header.get(8).rstrip()

    @property
    def control(self) -> str:
        """Its number in the sender's count."""
        return self.header.get(13)

    @property
    def digest(self) -> bytes:
        """What tells its text from every other."""
        return hashlib.sha256(self.text.encode("latin-1")).digest()

    def key(self, partner: str) -> str:
        """Return what makes it this interchange of a partner and no other.

        It is the control number; one whose envelope is broken has not used up its number.
        """
        return f"{partner}|{self.digest.hex()[:16] if self.findings else self.control}"


def _unreadable(rule: str, value: str, element: int = 0, place: int = 1) -> Unreadable:
    remedy = "Ask the partner for the interchange as it was made: it begins with `ISA`."
    return Unreadable(Finding("ISA", place, element, value, rule, remedy, level="file"))


def interchanges(data: bytes) -> Iterator[Interchange]:
    """Yield the interchanges of a file, one after the other.

    :raises Unreadable: if what follows is not one.
    """
    if len(data) > BYTES_MAX:
        raise _unreadable(f"A file holds at most {BYTES_MAX} bytes.", str(len(data)))
    text = data.decode("latin-1").lstrip()
    if not text:
        raise _unreadable("There is nothing in the file.", "")
    while text:
        interchange, text = _next(text)
        yield interchange


def _next(text: str) -> tuple[Interchange, str]:
    terminator, separator = _separators(text)
    found: list[Segment] = []
    start = 0
    while start < len(text):
        stop = text.find(terminator, start)
        piece = text[start : stop if stop >= 0 else len(text)].strip("\r\n")
        start = stop + 1 if stop >= 0 else len(text)
        if stop < 0 and not piece.strip():
            break
        tag, *elements = piece.split(separator)
        found.append(Segment(tag if stop >= 0 else f"{tag}(cut)", tuple(elements), len(found) + 1))
        if tag == "IEA":
            break
    rest = text[start:]
    return _interchange(found, text[:start]), rest.lstrip()


def _separators(text: str) -> tuple[str, str]:
    """Return the segment terminator and the element separator that a header declares."""
    if not text.startswith("ISA"):
        raise _unreadable("An interchange begins with ISA.", text[:20])
    if len(text) < HEADER:
        raise _unreadable(f"ISA has {HEADER} characters; the file ends in it.", text[:HEADER])
    separator, terminator = text[3], text[HEADER - 1]
    elements = text[: HEADER - 1].split(separator)
    for number, (element, width) in enumerate(zip(elements, WIDTHS, strict=False)):
        if len(element) != width:
            rule = f"The element has {len(element)} characters; {width} are prescribed."
            raise _unreadable(rule, element, number)
    special = [separator, terminator, elements[16]]
    if elements[12] >= REPETITION_SINCE:
        special.append(elements[11])
    if not (text[: HEADER - 1].isascii() and text[: HEADER - 1].isprintable()):
        raise _unreadable("ISA holds printable characters of ASCII only.", text[:HEADER])
    if any(sign in element for sign in special for element in elements[1:11]):
        rule = "No separator stands within an element of ISA."
        raise _unreadable(rule, "".join(special))
    if len(set(special)) < len(special) or any(sign.isalnum() or sign == " " for sign in special):
        rule = "Separators must differ, and be neither letters, digits nor spaces."
        raise _unreadable(rule, "".join(special), 16)
    return terminator, separator


def _interchange(segments: Sequence[Segment], text: str) -> Interchange:
    header, body = segments[0], list(segments[1:])
    findings = list(_header_findings(header))
    groups: list[Group] = []
    trailer = body.pop() if body and body[-1].tag == "IEA" else None
    at = 0
    while at < len(body):
        if body[at].tag != "GS":
            rule = "Between the groups of an interchange there is nothing."
            findings.append(of_envelope(body[at], 0, rule, "022"))
            at += 1
            continue
        group, at = _group(body, at, _signs(header))
        groups.append(group)
        if not KIND.fullmatch(group.header.get(1)):
            rule = "The kind of a group is two letters, such as PO."
            findings.append(of_envelope(group.header, 1, rule, "022"))
    findings += _trailer_findings(header, trailer, groups, len(segments))
    return Interchange(header, tuple(groups), tuple(findings), text)


def _signs(header: Segment) -> str:
    repetition = header.get(11) if header.get(12) >= REPETITION_SINCE else ""
    return repetition + header.get(16)


def of_envelope(segment: Segment, element: int, rule: str, code: str) -> Finding:
    """Return what is wrong with the envelope of an interchange."""
    value = segment.get(element) if element else segment.tag
    return Finding(segment.tag, segment.place, element, value, rule, code=code, level="interchange")


def _header_findings(header: Segment) -> Iterator[Finding]:
    if not DAY.fullmatch(header.get(9)):
        yield of_envelope(header, 9, "The date is written as YYMMDD.", "014")
    if not MINUTE.fullmatch(header.get(10)):
        yield of_envelope(header, 10, "The time is written as HHMM.", "015")
    if header.get(12) not in VERSIONS:
        rule = f"The version of the envelope is one of {', '.join(VERSIONS)}."
        yield of_envelope(header, 12, rule, "017")
    if not header.get(13).isdecimal():
        rule = "The control number is nine digits."
        yield of_envelope(header, 13, rule, "018")
    if header.get(15) not in ("P", "T"):
        rule = "The usage is P (production) or T (test)."
        yield of_envelope(header, 15, rule, "020")


def _trailer_findings(
    header: Segment, trailer: Segment | None, groups: Sequence[Group], count: int
) -> Iterator[Finding]:
    if trailer is None:
        end = Segment("IEA", (), count + 1)
        yield of_envelope(end, 0, "The interchange ends with IEA; the file ends before.", "023")
        return
    if trailer.get(1) != str(len(groups)):
        rule = f"The interchange has {len(groups)} groups."
        yield of_envelope(trailer, 1, rule, "021")
    if trailer.get(2) != header.get(13):
        rule = f"The control number is that of ISA13, {header.get(13)}."
        yield of_envelope(trailer, 2, rule, "001")
    if not groups:
        yield of_envelope(header, 0, "An interchange holds at least one group.", "022")


def _group(body: Sequence[Segment], at: int, signs: str) -> tuple[Group, int]:
    header = body[at]
    sets: list[TransactionSet] = []
    findings: list[Finding] = []
    at += 1
    while at < len(body) and body[at].tag not in ("GE", "GS"):
        if body[at].tag == "ST":
            found, at = _set(body, at)
            sets.append(found._replace(signs=signs))
        else:
            rule = "Between the transaction sets of a group there is nothing."
            findings.append(_grouped(body[at], 0, body[at].tag, rule, "5"))
            at += 1
    if at == len(body) or body[at].tag == "GS":
        rule = "A group ends with GE."
        findings.append(_grouped(Segment("GE", (), header.place), 0, "", rule, "3"))
        return Group(header, tuple(sets), tuple(findings)), at
    trailer = body[at]
    if trailer.get(1) != str(len(sets)):
        rule = f"The group has {len(sets)} transaction sets."
        findings.append(_grouped(trailer, 1, trailer.get(1), rule, "5"))
    if trailer.get(2) != header.get(6):
        rule = f"The control number is that of GS06, {header.get(6)}."
        findings.append(_grouped(trailer, 2, trailer.get(2), rule, "4"))
    if not header.get(6).isdecimal() or len(header.get(6)) > WIDTHS[CONTROL]:
        rule = "The control number is one to nine digits."
        findings.append(_grouped(header, 6, header.get(6), rule, "6"))
    return Group(header, tuple(sets), tuple(findings), trailer.get(1)), at + 1


def _grouped(segment: Segment, element: int, value: str, rule: str, code: str) -> Finding:
    return Finding(segment.tag, segment.place, element, value, rule, code=code, level="group")


def _set(body: Sequence[Segment], at: int) -> tuple[TransactionSet, int]:
    """Take the segments from ST to SE; without SE, up to where the next envelope begins."""
    stop = at + 1
    while stop < len(body) and body[stop].tag not in ("ST", "SE", "GE", "GS"):
        stop += 1
    closed = stop < len(body) and body[stop].tag == "SE"
    stop += closed
    segments = tuple(segment._replace(place=n) for n, segment in enumerate(body[at:stop], 1))
    header, trailer = segments[0], segments[-1]
    findings: list[Finding] = []
    if not closed:
        rule = "A transaction set ends with SE."
        findings.append(_of_set(Segment("SE", (), len(segments)), 0, "", rule, "2"))
    else:
        if trailer.get(1) != str(len(segments)):
            rule = f"The transaction set has {len(segments)} segments, ST and SE included."
            findings.append(_of_set(trailer, 1, trailer.get(1), rule, "4"))
        if trailer.get(2) != header.get(2):
            rule = f"The control number is that of ST02, {header.get(2)}."
            findings.append(_of_set(trailer, 2, trailer.get(2), rule, "3"))
    if not 4 <= len(header.get(2)) <= WIDTHS[CONTROL] or not header.get(2).isalnum():  # noqa: PLR2004
        rule = "The control number is four to nine letters or digits."
        findings.append(_of_set(header, 2, header.get(2), rule, "7"))
    return TransactionSet(header.get(1), header.get(2), segments, tuple(findings)), stop


def _of_set(segment: Segment, element: int, value: str, rule: str, code: str) -> Finding:
    return Finding(segment.tag, segment.place, element, value, rule, code=code, level="set")
