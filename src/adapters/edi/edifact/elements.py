"""EDIFACT text taken apart: separators, declared or usual, release characters, segments."""

from __future__ import annotations

import re
from itertools import count
from typing import NamedTuple

from adapters.edi.finding import Finding, Unreadable

ADVICE, HEADER, TRAILER = "UNA", "UNB", "UNZ"
ADVICE_LENGTH = 9
REPETITION_SINCE = "4"
"""Versions from this one on may give an element more than once."""


class Signs(NamedTuple):
    """The separators of an interchange; without a release character nothing is released."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    repetition: str = "*"
    segment: str = "'"


class Segment(NamedTuple):
    """A segment: its name, its elements (number 1 is the first) in components, and its number.

    `repeated` is the number of the first element that is given more than once, 0 if none is.
    """

    tag: str
    elements: tuple[tuple[str, ...], ...]
    place: int
    repeated: int = 0

    def get(self, element: int, component: int = 1) -> str:
        """Return a component of an element by their numbers, empty if it is not there."""
        parts = self.elements[element - 1] if element <= len(self.elements) else ()
        return parts[component - 1] if component <= len(parts) else ""


def unreadable(rule: str, value: str) -> Unreadable:
    """Return that a file is no interchange, and why."""
    remedy = "Ask the partner for the interchange as it was made: it begins with `UNA` or `UNB`."
    return Unreadable(Finding(HEADER, 1, 0, value, rule, remedy, level="file"))


def declared(text: str) -> tuple[Signs, int]:
    """Return the separators, those that UNA declares or the usual ones, and where UNB begins."""
    if not text.startswith(ADVICE):
        if not text.startswith(HEADER + Signs().element):
            raise unreadable("An interchange begins with UNA or UNB+.", text[:20])
        return Signs(), 0
    advice = text[:ADVICE_LENGTH]
    if len(advice) < ADVICE_LENGTH:
        raise unreadable(f"UNA has {ADVICE_LENGTH} characters; the file ends in it.", advice)
    signs = Signs(*advice[len(ADVICE) :])
    separators = (signs.component, signs.element, signs.segment)
    special = [*separators, *(sign for sign in (signs.release, signs.repetition) if sign != " ")]
    if len(set(special)) < len(special) or any(sign.isalnum() for sign in special):
        raise unreadable("Separators must differ, and be neither letters nor digits.", advice)
    if " " in separators or not advice.isascii() or signs.decimal not in (".", ","):
        rule = "UNA declares separators of ASCII, none of them a space, and . or , for decimals."
        raise unreadable(rule, advice)
    start = ADVICE_LENGTH + len(text[ADVICE_LENGTH:]) - len(text[ADVICE_LENGTH:].lstrip())
    if not text.startswith(HEADER + signs.element, start):
        raise unreadable("UNB follows UNA.", text[start : start + 20])
    return signs, start


def segments_from(text: str, start: int, signs: Signs) -> tuple[list[Segment], int]:
    """Return the segments up to UNZ, and where the text of the interchange ends."""
    found: list[Segment] = []
    repetition = ""
    for place in count(1):
        stop = _next(text, signs.segment, start, signs.release)
        piece = text[start : stop if stop >= 0 else len(text)].lstrip("\r\n")
        start = stop + 1 if stop >= 0 else len(text)
        if stop < 0 and not piece.strip():
            break
        segment = _segment(piece, place, signs, repetition)
        found.append(segment if stop >= 0 else segment._replace(tag=f"{segment.tag}(cut)"))
        if place == 1 and segment.get(1, 2) >= REPETITION_SINCE and signs.repetition != " ":
            repetition = signs.repetition
        if stop < 0 or segment.tag == TRAILER or text.startswith((HEADER, ADVICE), start):
            break
    return found, start


def _segment(piece: str, place: int, signs: Signs, repetition: str) -> Segment:
    tag, *elements = _split(piece, signs.element, signs.release)
    repeated = 0
    if repetition:
        several = (len(_split(element, repetition, signs.release)) > 1 for element in elements)
        repeated = next((number for number, more in enumerate(several, 1) if more), 0)
    parts = tuple(
        tuple(
            _plain(part, signs.release) for part in _split(element, signs.component, signs.release)
        )
        for element in elements
    )
    return Segment(_plain(tag, signs.release), parts, place, repeated)


def _next(text: str, sign: str, start: int, release: str) -> int:
    """Return where a separator stands next that is not released, -1 if nowhere."""
    at = text.find(sign, start)
    while at >= 0 and _released(text, at, start, release):
        at = text.find(sign, at + 1)
    return at


def _released(text: str, at: int, start: int, release: str) -> bool:
    """Say whether an odd number of release characters stand before a place."""
    before = at
    while release != " " and before > start and text[before - 1] == release:
        before -= 1
    return (at - before) % 2 == 1


def _split(text: str, sign: str, release: str) -> list[str]:
    if release == " " or release not in text:
        return text.split(sign)
    parts, start = [], 0
    while (at := _next(text, sign, start, release)) >= 0:
        parts.append(text[start:at])
        start = at + 1
    return [*parts, text[start:]]


def _plain(text: str, release: str) -> str:
    """Return what a component says, without its release characters."""
    if release == " " or release not in text:
        return text
    return re.sub(re.escape(release) + "(.)", r"\1", text, flags=re.DOTALL)
