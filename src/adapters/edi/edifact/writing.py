"""EDIFACT interchanges put together: segments, counts, envelope, with the usual separators."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.edi.edifact.elements import Signs
from adapters.edi.partners import Partner, Partners
from adapters.edi.writing import stamp
from oms_core.kernel import Instant

SYNTAX = ("UNOC", "3")
KINDS = {"CONTRL": ("CONTRL", "D", "3", "UN"), "ORDRSP": ("ORDRSP", "D", "96A", "UN")}
"""What we write, and by which directory."""

SPECIAL = Signs()
Line = tuple[str | tuple[str, ...], ...]
"""A segment to be written: its name and its elements, composite ones as tuples."""


class Interchange:
    """One interchange of ours to a partner, and its number."""

    def __init__(self, partners: Partners, partner: Partner, control: int, now: Instant) -> None:
        """Take whom it goes to, and when: times are written in UTC."""
        self._us, self._partner = partners.ours("edifact"), partner
        self._control, self._now = str(control), now

    def messages(self, kind: str, documents: Sequence[Sequence[Line]]) -> str:
        """Return an interchange with messages of one kind, each without UNH and UNT."""
        us, partner = self._us, self._partner
        day, time = stamp(self._now)
        test: Line = ("",) * 5 + ("1",) if partner.usage == "T" else ()
        header: Line = (
            *("UNB", SYNTAX, (us.id, us.qualifier), (partner.id, partner.qualifier)),
            *((day[2:], time), self._control, *test),
        )
        lines: list[Line] = [header]
        for number, document in enumerate(documents, 1):
            lines += [("UNH", str(number), KINDS[kind]), *document]
            lines.append(("UNT", str(len(document) + 2), str(number)))
        lines.append(("UNZ", str(len(documents)), self._control))
        return "".join(segment(line) + SPECIAL.segment + "\n" for line in lines)


def segment(line: Line) -> str:
    """Write a segment; what is empty at the end of it, or of an element, is left out."""
    values = [written(value) for value in line]
    while not values[-1]:
        values.pop()
    return SPECIAL.element.join(values)


def written(value: str | tuple[str, ...]) -> str:
    """Write an element, released where it has to be; what ASCII does not know becomes a dot."""
    if isinstance(value, tuple):
        parts = [written(part) for part in value]
        while parts and not parts[-1]:
            parts.pop()
        return SPECIAL.component.join(parts)
    known = (sign if sign.isascii() and sign.isprintable() else "." for sign in value)
    special = (SPECIAL.component, SPECIAL.element, SPECIAL.release, SPECIAL.segment)
    return "".join(
        SPECIAL.release + sign if sign in special else sign for sign in "".join(known).rstrip()
    )
