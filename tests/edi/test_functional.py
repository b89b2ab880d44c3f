"""The 997: accepted, partly, or rejected, and why."""

from __future__ import annotations

import pytest

from adapters.edi.functional import acknowledgement
from adapters.edi.judging import judge
from adapters.edi.writing import Line
from adapters.edi.x12 import interchanges
from tests.support.edi import ORDER, interchange, profiles, transaction_set

ONE, TWO = transaction_set(ORDER), transaction_set(ORDER, "0002")
BAD = transaction_set((*ORDER[:-1], ("AMT", "TT", "1")), "0003")


def answer(data: bytes) -> list[Line]:
    """Return what the 997 says of documents and of their group, but for details."""
    (found,) = interchanges(data)
    (group,) = judge(found, profiles()).parts
    return [line for line in acknowledgement(group) if line[0] in ("AK5", "AK9")]


def test_all_is_accepted_or_some_or_nothing():
    accepted, refused = ("AK5", "A"), ("AK5", "R", "5")
    assert answer(interchange(ONE, TWO)) == [accepted, accepted, ("AK9", "A", "2", "2", "2")]
    assert answer(interchange(ONE, BAD)) == [accepted, refused, ("AK9", "P", "2", "2", "1")]
    assert answer(interchange(BAD)) == [refused, ("AK9", "R", "1", "1", "0")]


def test_a_number_that_two_documents_of_a_group_have_names_neither():
    twice = ("AK5", "R", "23")
    assert answer(interchange(ONE, ONE)) == [twice, twice, ("AK9", "R", "2", "2", "0")]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("GE*1*", "GE*3*", ("AK9", "R", "3", "1", "0", "5")),
        ("GE*1*77", "GE*1*78", ("AK9", "R", "1", "1", "0", "4")),
        ("*X*005010", "*X*004010", ("AK9", "R", "1", "1", "0", "2")),
        ("IEA*1", "IEA*4", ("AK9", "R", "1", "1", "0")),
    ],
)
def test_nothing_of_a_broken_group_is_accepted(before: str, after: str, expected: Line):
    broken = interchange(ONE).decode().replace(before, after).encode()
    assert answer(broken) == [("AK5", "R"), expected]


def test_what_no_interchange_of_ours_can_be_numbered_is_not_looked_for():
    def told(number: str) -> list[str]:
        said = transaction_set((("AK1", "PR", number), ("AK9", "A", "1", "1", "1")), kind="997")
        (found,) = interchanges(interchange(said, group="FA"))
        return [each.control for each in judge(found, profiles()).answers]

    assert told("12") == ["12"]
    assert told("9" * 30) == told("x") == []
