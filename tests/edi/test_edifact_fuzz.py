"""Broken interchanges next to good ones: the good are taken, the broken are named, none is lost."""

from __future__ import annotations

from random import Random
from typing import Any

from adapters.edi.dialect import EDIFACT
from adapters.edi.edifact.interchange import interchanges
from adapters.edi.edifact.judging import judge
from adapters.edi.finding import Unreadable
from adapters.edi.verdict import Verdict
from oms_core.kernel import Instant
from tests.support.edi import NOW, profiles
from tests.support.edifact import ORDER, bots, interchange, message, mock, read_by_pydifact

BROKEN = 200
SIGNS = b"+:'?\n\x00 A9.-\xe9*"
ENDS = "'\n"


def spoiled(data: bytes, chance: Random) -> bytes:
    """Return an interchange with something wrong in it: a segment, an element or a byte."""
    lines = data.decode("latin-1").split(ENDS)
    place = chance.randrange(len(lines) - 1)
    elements = lines[place].split("+")
    some = chance.randrange(len(elements))
    match chance.randrange(8):
        case 0:
            del lines[place]
        case 1:
            lines.insert(place, lines[place])
        case 2:
            other = chance.randrange(len(lines) - 1)
            lines[place], lines[other] = lines[other], lines[place]
        case 3:
            elements[some] = chance.choice(("", "??", "9" * 99, "\0", "a:b:c:d:e:f:g"))
            lines[place] = "+".join(elements)
        case 4:
            return data[: chance.randrange(len(data))]
        case 5:
            at = chance.randrange(len(data))
            return data[:at] + bytes([chance.choice(SIGNS)]) + data[at + 1 :]
        case 6:
            del elements[some]
            lines[place] = "+".join(elements)
        case 7:
            parts = elements[some].split(":")
            del parts[chance.randrange(len(parts))]
            elements[some] = ":".join(parts)
            lines[place] = "+".join(elements)
    return ENDS.join(lines).encode("latin-1")


def outcome(data: bytes) -> list[Verdict[Any, Any]] | str:
    """Judge a file; where it cannot be read, return what is said of it."""
    try:
        return [judge(each, profiles()) for each in interchanges(data)]
    except Unreadable as error:
        return f"{error} {error.finding.remedy}"


def test_200_broken_interchanges_next_to_good_ones():
    chance, answers, refused, unreadable = Random(7), [], 0, 0
    good = interchange(message(ORDER))
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
            for said in EDIFACT.answers(verdict):
                text = said.write(profiles(), verdict.partner, control, Instant(NOW))
                answers.append(text)
                assert len(read_by_pydifact(text)) == text.count(ENDS)
    assert refused > BROKEN // 3
    assert unreadable > BROKEN // 20
    assert {error for answer in answers for error in mock(answer)} == set()


def test_what_the_grammar_of_others_refuses_is_not_taken_by_us():
    """Bots knows more segments than were agreed on, so this is one way only."""
    chance, taken, left = Random(11), [], []
    good = interchange(message([line for line in ORDER if not line.startswith(("FTX", "IMD"))]))
    for _ in range(3 * BROKEN):
        bad = spoiled(good, chance)
        found = outcome(bad)
        whole = not isinstance(found, str) and all(
            verdict.documents and all(d.purchase for d in verdict.documents) for verdict in found
        )
        (taken if whole else left).append(bad.decode("latin-1"))
    assert len(taken) > 10
    assert [error for errors in bots(*taken) for error in errors] == []
    assert sum(map(bool, bots(*left))) > BROKEN


def test_pydifact_takes_apart_what_we_take_apart_as_we_do():
    chance, compared = Random(17), 0
    good = interchange(message(ORDER))
    for _ in range(3 * BROKEN):
        found = outcome(bad := spoiled(good, chance))
        if isinstance(found, str) or len(found) != 1 or not found[0].documents:
            continue
        verdict = found[0]
        if verdict.refused or verdict.documents[0].purchase is None:
            continue
        ours = [(s.tag, s.elements) for s in verdict.interchange.messages[0].segments]
        assert read_by_pydifact(bad.decode("latin-1"))[1:-1] == ours
        compared += 1
    assert compared > 10


def test_a_document_that_is_broken_does_not_stop_the_one_beside_it():
    chance = Random(13)
    for _ in range(BROKEN):
        lines = list(ORDER)
        del lines[chance.randrange(len(lines))]
        (verdict,) = outcome(interchange(message(lines), message(ORDER, "2")))
        assert verdict.documents[1].purchase is not None
