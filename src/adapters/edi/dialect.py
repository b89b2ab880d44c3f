"""The dialects of interchanges: how each is read, judged, and answered as to its form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from adapters.edi import functional, judging, x12
from adapters.edi.edifact import control, interchange
from adapters.edi.edifact import judging as edifact
from adapters.edi.edifact.writing import Interchange as EdifactInterchange
from adapters.edi.functional import JudgedGroup
from adapters.edi.partners import Partner, Partners
from adapters.edi.verdict import Interchanged, Verdict
from adapters.edi.writing import Interchange
from oms_core.kernel import Instant

NOTE = "TA1"

Write = Callable[[Partners, Partner, int, Instant], str]
"""From whom it goes to, its number and the time to the whole interchange."""


class Answer(NamedTuple):
    """What we say about the form of an interchange, or of a part of it (`subject`)."""

    kind: str
    subject: str
    write: Write


class Dialect(NamedTuple):
    """A way of writing documents; what stands in its interchanges is its own affair."""

    interchanges: Callable[[bytes], Iterator[Interchanged]]
    judge: Callable[[Any, Partners, str], Verdict[Any, Any]]
    answers: Callable[[Any], Iterator[Answer]]


def dialect_of(data: bytes) -> Dialect:
    """Return the dialect that a file is written in; what is neither is judged as X12."""
    return EDIFACT if data.lstrip()[:3] in (b"UNA", b"UNB") else X12


def _of_x12(verdict: Verdict[x12.Interchange, JudgedGroup]) -> Iterator[Answer]:
    """Say TA1 of a broken envelope, and 997 of each group that has a name."""
    if verdict.refused:
        codes = [found.code for found in verdict.refused]
        note = functional.note_of(verdict.interchange, codes)
        yield Answer(NOTE, verdict.key, partial(_note, note))
    for number, judged in enumerate(verdict.parts, 1):
        if not x12.KIND.fullmatch(judged.group.header.get(1)):
            continue  # There is no naming it; the TA1 says so.
        lines = functional.acknowledgement(judged)
        write = partial(write_x12, judging.ANSWER, lines)
        yield Answer(judging.ANSWER, f"{verdict.key}|{number}", write)


def _of_edifact(verdict: Verdict[interchange.Interchange, edifact.Judged]) -> Iterator[Answer]:
    """Say CONTRL of an interchange, unless all that is in it acknowledges ours."""
    if verdict.refused or verdict.parts:
        write = partial(write_edifact, edifact.ANSWER, control.acknowledgement(verdict))
        yield Answer(edifact.ANSWER, verdict.key, write)


def _note(
    line: tuple[str, ...], partners: Partners, partner: Partner, number: int, now: Instant
) -> str:
    return Interchange(partners, partner, number, now).note(line)


def write_x12(
    kind: str,
    lines: Sequence[Any],
    partners: Partners,
    partner: Partner,
    number: int,
    now: Instant,
) -> str:
    """Return an X12 interchange with one document."""
    return Interchange(partners, partner, number, now).sets(kind, [lines])


def write_edifact(
    kind: str,
    lines: Sequence[Any],
    partners: Partners,
    partner: Partner,
    number: int,
    now: Instant,
) -> str:
    """Return an EDIFACT interchange with one message."""
    return EdifactInterchange(partners, partner, number, now).messages(kind, [lines])


X12 = Dialect(x12.interchanges, judging.judge, _of_x12)
EDIFACT = Dialect(interchange.interchanges, edifact.judge, _of_edifact)
