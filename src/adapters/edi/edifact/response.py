"""The ORDRSP: what we say to an ORDERS, line by line: accepted, later, on hold, or rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from adapters.edi.confirmation import ACCEPTED, BACKORDERED, ON_HOLD, REJECTED, about, answers_of
from adapters.edi.edifact import orders
from adapters.edi.edifact.elements import Segment
from adapters.edi.edifact.form import number
from adapters.edi.edifact.interchange import Message, interchanges
from adapters.edi.edifact.writing import Line
from adapters.edi.ending import Ending, Outcome, Reason
from adapters.edi.partners import Partner
from adapters.edi.writing import date_of
from oms_core.kernel import Recorded

RESPONSE = "231"
AS_ORDERED, CHANGED, REFUSED = ("29", "5"), ("4", "3"), ("27", "7")
"""What we say of all (1225), and of a line (1229)."""

ORDERED, TO_COME, LATER = "21", "113", "83"
TEXT_MAX, TEXTS_MAX = 70, 5


class Original(NamedTuple):
    """A purchase order as it came: its lines by number, each with the segments that go with it."""

    message: Message
    lines: dict[int, list[Segment]]

    def first(self, tag: str) -> Segment:
        """Return the first segment of a name."""
        return next(each for each in self.message.segments if each.tag == tag)


def original(content: bytes, document_id: str) -> Original:
    """Find a document in the interchange that it came in."""
    place = int(document_id.rpartition(".")[2])
    message = next(interchanges(content)).messages[place - 1]
    lines: dict[int, list[Segment]] = {}
    current: list[Segment] | None = None
    for segment in message.segments:
        if segment.tag == "LIN":
            current = lines.setdefault(int(segment.get(1)), [])
        elif segment.tag == "UNS":
            current = None
        if current is not None:
            current.append(segment)
    return Original(message, lines)


def response(
    said: Original,
    ending: Ending,
    history: Sequence[Recorded],
    partner: Partner,
    today: str,
) -> tuple[Line, ...]:
    """Return the ORDRSP to a purchase order that was placed or rejected."""
    parts = answers_of(history) if ending.outcome is Outcome.PLACED else {}
    counts = {line: dict(parts.get(line, [])) for line in said.lines}
    kinds = {kind for each in counts.values() for kind in each or (REJECTED,)}
    own = {line: about(ending.reasons, line) for line in said.lines}
    told = {reason for each in own.values() for reason in each}
    reference = said.first("BGM").get(2)
    return (
        ("BGM", RESPONSE, reference, _verdict(kinds)[0]),
        ("DTM", ("137", date_of(today), "102")),
        *_said(reason for reason in ending.reasons if reason not in told),
        ("RFF", ("ON", reference)),
        *(_party(each) for each in said.message.segments if _is_party(each)),
        ("CUX", ("2", partner.currency, "9")),
        *(
            line
            for number, loop in said.lines.items()
            for line in _line(loop, counts[number], own[number], said.message.decimal)
        ),
        ("UNS", "S"),
        ("CNT", (orders.TOTAL_LINES, str(len(said.lines)))),
    )


def _verdict(kinds: set[str]) -> tuple[str, str]:
    return AS_ORDERED if kinds == {ACCEPTED} else REFUSED if kinds == {REJECTED} else CHANGED


def _is_party(segment: Segment) -> bool:
    return segment.tag == "NAD" and segment.get(1) in (orders.BUYER, *orders.DELIVERIES)


def _party(segment: Segment) -> Line:
    """Say who is meant by what every directory has: code, agency, name, street and town."""
    code = (segment.get(2), "", segment.get(2, 3)) if segment.get(2) else ()
    written = [segment.elements[n] if n < len(segment.elements) else () for n in (3, 4)]
    return ("NAD", segment.get(1), code, (), *written, segment.get(6))


def _line(
    loop: Sequence[Segment], counts: dict[str, int], reasons: Sequence[Reason], decimal: str
) -> Iterator[Line]:
    line = loop[0]
    kinds = set(counts) or {REJECTED}
    item = (line.get(3), line.get(3, 2)) if line.get(3) else ()
    yield ("LIN", line.get(1), _verdict(kinds)[1], item)
    for each in loop:
        if each.tag == "PIA":
            names = ((each.get(n), each.get(n, 2)) for n in range(2, len(each.elements) + 1))
            yield ("PIA", each.get(1), *names)
    ordered = next(each for each in loop if each.tag == "QTY")
    unit = ordered.get(1, 3)
    yield ("QTY", (ORDERED, str(int(number(ordered.get(1, 2), decimal))), unit))
    for kind, meaning in ((ACCEPTED, TO_COME), (BACKORDERED, LATER)):
        if kind in counts:
            yield ("QTY", (meaning, str(counts[kind]), unit))
    if ON_HOLD in counts:
        yield _text(f"{counts[ON_HOLD]} units are on hold.")
    yield from _said(reasons)


def _said(reasons: Iterable[Reason]) -> Iterator[Line]:
    return (_text(f"{reason.code}: {reason.detail}") for reason in reasons)


def _text(words: str) -> Line:
    pieces = [words[n : n + TEXT_MAX] for n in range(0, TEXT_MAX * TEXTS_MAX, TEXT_MAX)]
    return ("FTX", "AAI", "", "", tuple(filter(None, pieces)))
