"""X12 interchanges put together: segments, counts, envelopes, in the partner's separators."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from adapters.edi.partners import Partner, Partners, Separators
from adapters.edi.purchase import day_of
from adapters.edi.x12 import WIDTHS
from oms_core.kernel import Instant

CONTROL_MAX = 999_999_999
VERSION = "00501"
RELEASE = "005010"
MINUTE_MICROS = 60_000_000
MINUTES = 60
HOURS = 24

GROUPS = {"997": "FA", "855": "PR", "810": "IN"}
"""Which group a transaction set travels in."""

Line = tuple[str, ...]
"""A segment to be written: its name and its elements."""


class Interchange:
    """One interchange of ours to a partner, and its number."""

    def __init__(self, partners: Partners, partner: Partner, control: int, now: Instant) -> None:
        """Take whom it goes to, and when: times are written in UTC."""
        assert 0 < control <= CONTROL_MAX
        self._us, self._partner = partners.us, partner
        self._control, self._now = control, now

    def sets(self, kind: str, documents: Sequence[Sequence[Line]]) -> str:
        """Return an interchange with documents of one kind, each without ST and SE."""
        day, time = stamp(self._now)
        us, partner, control = self._us, self._partner, str(self._control)
        lines: list[Line] = [
            (
                "GS",
                GROUPS[kind],
                us.application,
                partner.application,
                day,
                time,
                control,
                "X",
                RELEASE,
            )
        ]
        for number, document in enumerate(documents, 1):
            lines += [("ST", kind, f"{number:04d}"), *document]
            lines.append(("SE", str(len(document) + 2), f"{number:04d}"))
        lines.append(("GE", str(len(documents)), control))
        return self._enclosed(lines, 1)

    def note(self, line: Line) -> str:
        """Return an interchange that only says something about another one (TA1)."""
        return self._enclosed([line], 0)

    def _enclosed(self, lines: Sequence[Line], groups: int) -> str:
        us, partner, signs = self._us, self._partner, self._partner.separators
        day, time = stamp(self._now)
        header = (
            *("ISA", "00", "", "00", ""),
            *(us.qualifier, us.id, partner.qualifier, partner.id),
            *(day[2:], time, signs.repetition, VERSION, f"{self._control:09d}", "0"),
            *(partner.usage, signs.component),
        )
        opening = tuple(value.ljust(width) for value, width in zip(header, WIDTHS, strict=True))
        closing: Line = ("IEA", str(groups), f"{self._control:09d}")
        inner = (_segment(line, signs) for line in lines)
        ends = signs.segment + "\n"
        whole = [signs.element.join(opening), *inner, signs.element.join(closing)]
        return ends.join(whole) + ends


def _segment(line: Line, signs: Separators) -> str:
    """Write a segment; what is empty at its end is left out."""
    values = list(line)
    while not values[-1]:
        values.pop()
    return signs.element.join([values[0], *(plain(value, signs) for value in values[1:])])


def plain(text: str, signs: Separators) -> str:
    """Return text as an element can have it: without separators, and what ASCII does not know."""
    special = {signs.element, signs.repetition, signs.component, signs.segment}
    return "".join(
        sign if sign.isascii() and sign.isprintable() and sign not in special else "?"
        for sign in text
    ).rstrip()


def decimal(value: Decimal) -> str:
    """Write a number as an element of kind R has it: no zeros that say nothing, no exponent."""
    written = f"{value:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def date_of(day: str) -> str:
    """Write a date: `2026-01-31` becomes `20260131`."""
    return day.replace("-", "")


def stamp(at: Instant) -> tuple[str, str]:
    """Return the day and the minute of a moment in UTC."""
    minutes = at // MINUTE_MICROS
    return date_of(day_of(at)), f"{minutes // MINUTES % HOURS:02d}{minutes % MINUTES:02d}"
