"""EDIFACT interchanges taken apart: separators, release, envelope, messages. Nothing is guessed.

We read the syntax (ISO 9735, versions 1 to 4) ourselves, as that of X12: the libraries that read it
do not count, do not compare references, and do not tell which component is at fault, which the
CONTRL must.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from adapters.edi.edifact.characters import ALPHABETS, decoded
from adapters.edi.edifact.elements import (
    TRAILER,
    Segment,
    Signs,
    declared,
    segments_from,
    unreadable,
)
from adapters.edi.finding import Finding
from adapters.edi.x12 import BYTES_MAX, DAY, MINUTE

REFERENCE_MAX = 14
VERSIONS = ("1", "2", "3", "4")
LONG_DAY = 8
"""From version 4 on, dates in UNB have a century."""

UNSUPPORTED, WRONG, MISSING, NOT_AGREED = "2", "12", "13", "17"
CHARACTERS, TEST, DUPLICATE, REFERENCE, COUNT, EMPTY = "21", "25", "26", "28", "29", "32"
STRAY = "33"
"""Codes of data element 0085 that an envelope can be refused with."""


class Message(NamedTuple):
    """A document: its segments, from UNH to UNT, each numbered from 1, and what is wrong around.

    `decimal` is how its numbers are written.
    """

    segments: tuple[Segment, ...]
    findings: tuple[Finding, ...]
    decimal: str = "."

    @property
    def kind(self) -> str:
        """What it is: `ORDERS`."""
        return self.segments[0].get(2)

    @property
    def release(self) -> str:
        """The directory that it is written by: `D:96A:UN`."""
        return ":".join(self.segments[0].get(2, part) for part in (2, 3, 4))

    @property
    def control(self) -> str:
        """Its reference, which no other message of the interchange has."""
        return self.segments[0].get(1)


class Interchange(NamedTuple):
    """All that one UNB to UNZ holds, and what is wrong with that envelope itself.

    `text` has a character for each byte.
    """

    header: Segment
    messages: tuple[Message, ...]
    findings: tuple[Finding, ...]
    text: str

    @property
    def sender(self) -> tuple[str, str]:
        """The qualifier and id of who has sent it."""
        return self.header.get(2, 2), self.header.get(2)

    @property
    def receiver(self) -> tuple[str, str]:
        """The qualifier and id of whom it was sent to."""
        return self.header.get(3, 2), self.header.get(3)

    @property
    def control(self) -> str:
        """Its reference with the sender."""
        return self.header.get(5)

    @property
    def charset(self) -> str:
        """The repertoire that it is written in: `UNOC`."""
        return self.header.get(1)

    @property
    def digest(self) -> bytes:
        """What tells its text from every other."""
        return hashlib.sha256(self.text.encode("latin-1")).digest()

    def key(self, partner: str) -> str:
        """Return what makes it this interchange of a partner and no other.

        It is the reference; one whose envelope is broken has not used up its reference.
        """
        return f"{partner}|{self.digest.hex()[:16] if self.findings else self.control}"


def interchanges(data: bytes) -> Iterator[Interchange]:
    """Yield the interchanges of a file, one after the other.

    :raises Unreadable: if what follows is not one.
    """
    if len(data) > BYTES_MAX:
        raise unreadable(f"A file holds at most {BYTES_MAX} bytes.", str(len(data)))
    text = data.decode("latin-1").lstrip()
    if not text:
        raise unreadable("There is nothing in the file.", "")
    while text:
        signs, start = declared(text)
        segments, stop = segments_from(text, start, signs)
        yield _interchange(segments, signs, text[:stop])
        text = text[stop:].lstrip()


def _interchange(segments: list[Segment], signs: Signs, text: str) -> Interchange:
    header = segments[0]
    findings = list(_header_findings(header))
    if header.get(1) in ALPHABETS:
        segments = [_decoded(segment, header.get(1)) for segment in segments]
    body = segments[1:]
    trailer = body.pop() if body and body[-1].tag == TRAILER else None
    messages: list[Message] = []
    at = 0
    while at < len(body):
        if body[at].tag != "UNH":
            group = body[at].tag in ("UNG", "UNE")
            rule = "Groups were not agreed on." if group else "Between messages there is nothing."
            findings.append(of_envelope(body[at], 0, rule, NOT_AGREED if group else STRAY))
            at += 1
            continue
        message, at = _message(body, at)
        messages.append(message._replace(decimal=signs.decimal))
    findings += _trailer_findings(header, trailer, messages, len(segments))
    return Interchange(header, tuple(messages), tuple(findings), text)


def _decoded(segment: Segment, charset: str) -> Segment:
    if all(part.isascii() for element in segment.elements for part in element):
        return segment
    parts = tuple(tuple(decoded(part, charset) for part in each) for each in segment.elements)
    return segment._replace(elements=parts)


def of_envelope(
    segment: Segment, element: int, rule: str, code: str, component: int = 0
) -> Finding:
    """Return what is wrong with the envelope of an interchange."""
    value = segment.get(element, component or 1) if element else segment.tag
    return Finding(
        segment.tag,
        segment.place,
        element,
        value,
        rule,
        code=code,
        level="interchange",
        component=component,
    )


def _header_findings(header: Segment) -> Iterator[Finding]:
    if header.get(1) not in ALPHABETS:
        rule = f"The characters are those of {', '.join(ALPHABETS)}."
        yield of_envelope(header, 1, rule, UNSUPPORTED, 1)
    if header.get(1, 2) not in VERSIONS:
        rule = f"The version of the syntax is one of {', '.join(VERSIONS)}."
        yield of_envelope(header, 1, rule, UNSUPPORTED, 2)
    day = header.get(4)
    if not DAY.fullmatch(day[2:] if len(day) == LONG_DAY else day):
        yield of_envelope(header, 4, "The date is written as YYMMDD or CCYYMMDD.", WRONG, 1)
    if not MINUTE.fullmatch(header.get(4, 2)):
        yield of_envelope(header, 4, "The time is written as HHMM.", WRONG, 2)
    if not is_reference(header.get(5)):
        rule = f"The reference is 1 to {REFERENCE_MAX} printable characters of ASCII."
        yield of_envelope(header, 5, rule, MISSING if not header.get(5) else WRONG)
    if header.get(11) not in ("", "1"):
        yield of_envelope(header, 11, "A test is marked by 1, and nothing else is.", WRONG)
    if header.repeated:
        yield of_envelope(header, header.repeated, "Nothing is repeated here.", WRONG)


def is_reference(value: str) -> bool:
    """Say whether a value can name an interchange or a message."""
    return 0 < len(value) <= REFERENCE_MAX and value.isascii() and value.isprintable()


def _trailer_findings(
    header: Segment, trailer: Segment | None, messages: Sequence[Message], total: int
) -> Iterator[Finding]:
    if trailer is None:
        end = Segment(TRAILER, (), total + 1)
        rule = "The interchange ends with UNZ; the file ends before."
        yield of_envelope(end, 0, rule, MISSING)
        return
    if not _counts(trailer.get(1), len(messages)):
        rule = f"The interchange has {len(messages)} messages."
        yield of_envelope(trailer, 1, rule, COUNT)
    if trailer.get(2) != header.get(5):
        yield of_envelope(trailer, 2, f"The reference is that of UNB, {header.get(5)}.", REFERENCE)
    if not messages:
        yield of_envelope(header, 0, "An interchange holds at least one message.", EMPTY)


def _counts(written: str, number: int) -> bool:
    return written.isascii() and written.isdecimal() and int(written[:9]) == number


def _message(body: Sequence[Segment], at: int) -> tuple[Message, int]:
    """Take the segments from UNH to UNT; without UNT, up to where the next message begins."""
    stop = at + 1
    while stop < len(body) and body[stop].tag not in ("UNH", "UNT"):
        stop += 1
    closed = stop < len(body) and body[stop].tag == "UNT"
    stop += closed
    segments = tuple(segment._replace(place=n) for n, segment in enumerate(body[at:stop], 1))
    header, trailer = segments[0], segments[-1]
    findings: list[Finding] = []
    if not closed:
        end = Segment("UNT", (), len(segments) + 1)
        findings.append(of_message(end, 0, "A message ends with UNT.", MISSING))
    else:
        if not _counts(trailer.get(1), len(segments)):
            rule = f"The message has {len(segments)} segments, UNH and UNT included."
            findings.append(of_message(trailer, 1, rule, COUNT))
        if trailer.get(2) != header.get(1):
            rule = f"The reference is that of UNH, {header.get(1)}."
            findings.append(of_message(trailer, 2, rule, REFERENCE))
    if not is_reference(header.get(1)):
        rule = f"The reference is 1 to {REFERENCE_MAX} printable characters of ASCII."
        findings.append(of_message(header, 1, rule, WRONG))
    return Message(segments, tuple(findings)), stop


def of_message(segment: Segment, element: int, rule: str, code: str) -> Finding:
    """Return what is wrong with the envelope of a message."""
    value = segment.get(element) if element else segment.tag
    return Finding(segment.tag, segment.place, element, value, rule, code=code, level="set")
