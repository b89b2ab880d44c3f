"""Broken interchanges next to good ones: the good are taken, the broken are named, none is lost."""

from __future__ import annotations

from random import Random
from typing import Any

from adapters.edi import functional
from adapters.edi.finding import Unreadable
from adapters.edi.functional import acknowledgement
from adapters.edi.judging import judge
from adapters.edi.verdict import Verdict
from adapters.edi.writing import Interchange
from adapters.edi.x12 import KIND, interchanges
from oms_core.kernel import Instant
from tests.support.edi import NOW, ORDER, bots, interchange, mock, profiles, transaction_set

BROKEN = 200
SIGNS = b"*~^>\n\x00 A9.-\xe9"
ENDS = "~\n"
PLAIN = [line for line in ORDER if line[0] not in ("REF", "PID")]
"""An order without segments that may be passed over: in those, we refuse nothing."""

YOUNGER = {f"AK50{n} 23 is not a code AK50{n} accepts (1, 2, 3, 4, 5, 6, ...)" for n in (2, 3)} | {
    "AK5 AK5 has data element errors"
}
"""What mock-edi, which reads 004010, says of a code that 005010 has: a number given twice."""

UNUSED = ('"ISA-GS" date field "GS04"', '"ISA-GS" time field "GS05"')
"""When a group was made is of no use to us: there is no code to refuse it with."""


def spoiled(data: bytes, chance: Random) -> bytes:
    """Return an interchange with something wrong in it: a segment, an element or a byte."""
    lines = data.decode("latin-1").split(ENDS)
    place = chance.randrange(len(lines) - 1)
    elements = lines[place].split("*")
    match chance.randrange(7):
        case 0:
            del lines[place]
        case 1:
            lines.insert(place, lines[place])
        case 2:
            other = chance.randrange(len(lines) - 1)
            lines[place], lines[other] = lines[other], lines[place]
        case 3:
            elements[chance.randrange(len(elements))] = chance.choice(("", "?", "9" * 99, "\0"))
            lines[place] = "*".join(elements)
        case 4:
            return data[: chance.randrange(len(data))]
        case 5:
            at = chance.randrange(len(data))
            return data[:at] + bytes([chance.choice(SIGNS)]) + data[at + 1 :]
        case 6:
            del elements[chance.randrange(len(elements))]
            lines[place] = "*".join(elements)
    return ENDS.join(lines).encode("latin-1")


def outcome(data: bytes) -> list[Verdict[Any, Any]] | str:
    """Judge a file; where it cannot be read, return what is said of it."""
    try:
        return [judge(each, profiles()) for each in interchanges(data)]
    except Unreadable as error:
        return f"{error} {error.finding.remedy}"


def told(verdict: Verdict[Any, Any], control: int) -> str | None:
    """Return our 997 for the groups of an interchange."""
    documents = [
        acknowledgement(judged)
        for judged in verdict.parts
        if KIND.fullmatch(judged.group.header.get(1))
    ]
    ours = Interchange(profiles(), verdict.partner, control, Instant(NOW))
    return ours.sets("997", documents) if documents else None


def test_200_broken_interchanges_next_to_good_ones():
    chance, answers, refused, unreadable = Random(7), [], 0, 0
    good = interchange(transaction_set(ORDER))
    for control in range(1, BROKEN + 1):
        bad = spoiled(good, chance)
        while bad == good:
            bad = spoiled(good, chance)
        (before,) = outcome(good)
        assert before.documents[0].purchase is not None
        found = outcome(bad)
        if isinstance(found, str):
            unreadable += 1
            continue
        for verdict in found:
            for document in verdict.documents:
                assert (document.purchase is None) is bool(document.findings)
                refused += document.purchase is None
                assert all(each.rule and each.remedy and each.code for each in document.findings)
            if answer := told(verdict, control):
                answers.append(answer)
    assert refused > BROKEN // 3
    assert unreadable > BROKEN // 10
    assert [error for errors in bots(*answers) for error in errors] == []
    assert {error for answer in answers for error in mock(answer)} <= YOUNGER


def test_what_the_grammar_of_others_refuses_is_not_taken_by_us():
    """Bots knows more segments than were agreed on, so this is one way only."""
    chance, taken = Random(11), []
    good = interchange(transaction_set(PLAIN))
    for _ in range(3 * BROKEN):
        bad = spoiled(good, chance)
        found = outcome(bad)
        if not isinstance(found, str) and all(
            verdict.documents and all(d.purchase for d in verdict.documents) for verdict in found
        ):
            taken.append(bad.decode("latin-1"))
    assert len(taken) > 10
    found = [error for errors in bots(*taken) for error in errors]
    assert [error for error in found if not any(unused in error for unused in UNUSED)] == []


def test_a_document_that_is_broken_does_not_stop_the_one_beside_it():
    chance = Random(13)
    for _ in range(BROKEN):
        lines = list(ORDER)
        del lines[chance.randrange(len(lines))]
        data = interchange(transaction_set(lines), transaction_set(ORDER, "0002"))
        (verdict,) = outcome(data)
        (group,) = verdict.parts
        assert verdict.documents[1].purchase is not None
        assert group.accepted == 1 + (verdict.documents[0].purchase is not None)
        verdicts = [line[1] for line in functional.acknowledgement(group) if line[0] == "AK5"]
        assert verdicts[1] == "A"
