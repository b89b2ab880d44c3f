"""The CONTRL: what of an interchange is acknowledged, and where the rest is at fault."""

from __future__ import annotations

import pytest

from adapters.edi.dialect import EDIFACT
from adapters.edi.edifact.interchange import interchanges
from adapters.edi.edifact.judging import judge
from oms_core.kernel import Instant
from tests.support.edi import NOW, profiles
from tests.support.edifact import ORDER, interchange, message, mock, read_by_pydifact

ABOUT = "UCI+77+4012345000009:14+5412345000013:14"
BAD = (*ORDER[:-1], "CNT+1:14")


def answer(data: bytes, repeated: str = "") -> list[str]:
    """Return what our CONTRL says; other programs must be able to read it."""
    (found,) = interchanges(data)
    verdict = judge(found, profiles(), repeated)
    (said,) = EDIFACT.answers(verdict)
    text = said.write(profiles(), verdict.partner, 5, Instant(NOW))
    assert mock(text) == []
    assert len(read_by_pydifact(text)) == text.count("'\n")
    head, service, *body, foot, end = text.split("'\n")[:-1]
    assert head == "UNB+UNOC:3+5412345000013:14+4012345000009:14+260131:1200+5"
    assert service == "UNH+1+CONTRL:D:3:UN"
    assert (foot, end) == (f"UNT+{len(body) + 2}+1", "UNZ+1+5")
    return body


def test_messages_are_acknowledged_or_refused_one_by_one():
    assert answer(interchange(message(ORDER))) == [f"{ABOUT}+7", "UCM+1+ORDERS:D:96A:UN+7"]
    assert answer(interchange(message(ORDER), message(BAD, "2"))) == [
        f"{ABOUT}+7",
        "UCM+1+ORDERS:D:96A:UN+7",
        "UCM+2+ORDERS:D:96A:UN+4+12",
        "UCS+25",
        "UCD+12+2:2",
    ]


def test_segments_elements_and_components_are_counted_as_the_standard_does():
    lines = [*ORDER]
    lines[4:5] = ["RFF+CT:8812:1:x", "XYZ+1"]
    lines[lines.index("QTY+21:10:PCE")] = "QTY+21:1x:PCE"
    lines[lines.index("LIN+2")] = f"LIN+{'9' * 7}"
    assert answer(interchange(message(lines)))[1:] == [
        "UCM+1+ORDERS:D:96A:UN+4+16",
        "UCS+6",
        "UCD+16+2:4",
        "UCS+7+17",
        "UCS+15",
        "UCD+21+2:2",
        "UCS+18",
        "UCD+39+2",
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("UNT+26", "UNT+25", "UCM+1+ORDERS:D:96A:UN+4+29+UNT+2"),
        ("UNT+26+1", "UNT+26+9", "UCM+1+ORDERS:D:96A:UN+4+28+UNT+3"),
        ("ORDERS:D:96A:UN", "DESADV:D:96A:UN", "UCM+1+DESADV:D:96A:UN+4+17+UNH+3"),
        ("UNZ+1", "UNZ+2", f"{ABOUT}+4+29+UNZ+2"),
        ("UNZ+1+77", "UNZ+1+78", f"{ABOUT}+4+28+UNZ+3"),
        ("UNZ+1+77'\n", "", f"{ABOUT}+4+13+UNZ"),
        ("UNOC:3", "UNOK:3", f"{ABOUT}+4+2+UNB+2:1"),
    ],
)
def test_what_is_wrong_around_names_the_service_segment(before: str, after: str, expected: str):
    broken = interchange(message(ORDER)).decode().replace(before, after)
    assert answer(broken.encode())[-1] == expected


def test_a_reference_that_another_interchange_had_is_refused_as_a_duplicate():
    assert answer(interchange(message(ORDER)), "Another interchange had it.") == [
        f"{ABOUT}+4+26+UNB+6"
    ]


def test_what_partners_say_of_ours_is_read_and_not_acknowledged():
    def told(*lines: str) -> list[tuple[str, str]]:
        (found,) = interchanges(interchange(message(lines, kind="CONTRL:D:3:UN")))
        verdict = judge(found, profiles())
        assert list(EDIFACT.answers(verdict)) == []
        return [(each.control, each.verdict) for each in verdict.answers]

    ours = "UCI+5+5412345000013:14+4012345000009:14"
    one, two = "UCM+1+ORDRSP:D:96A:UN", "UCM+2+ORDRSP:D:96A:UN"
    assert told(f"{ours}+7") == [("5", "A")]
    assert told(f"{ours}+8") == [("5", "A")]
    assert told(f"{ours}+4+18") == [("5", "R")]
    assert told(f"{ours}+7", f"{one}+4+12") == [("5", "R")]
    assert told(f"{ours}+7", f"{one}+4+12", f"{two}+7") == [("5", "P")]
    assert told(ours.replace("+5+", f"+{'9' * 30}+") + "+7") == []
    assert told(f"{ours}+9") == told("UCM+1") == told(ours.replace("+5+", "+X+") + "+7") == []
