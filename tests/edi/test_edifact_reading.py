"""What an ORDERS must be: each finding names segment, element, component, value and code."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.edi.edifact.interchange import interchanges
from adapters.edi.edifact.judging import judge
from adapters.edi.finding import Unreadable
from adapters.edi.purchase import message_of
from adapters.edi.verdict import Verdict
from oms_core.domain.order.events import OnShortage, TenderMethod
from tests.support.edi import profiles, shown
from tests.support.edifact import (
    HEADER,
    LINES,
    ORDER,
    TOTALS,
    bots,
    interchange,
    message,
    read_by_pydifact,
)

PLACE = "NAD+DP+4012345000016::9"
START = ("BGM+220+B-1+9", "DTM+137:20260131:102", PLACE)
MUG = ("LIN+1++MUG:SA", "QTY+21:10", "PRI+AAA:9.95")


def verdict(data: bytes) -> Verdict[Any, Any]:
    """Judge the one interchange of a file."""
    (found,) = interchanges(data)
    return judge(found, profiles())


def of(*lines: str, **said: str) -> list[tuple[str, str, str]]:
    """Return what is wrong with an ORDERS of these segments."""
    (document,) = verdict(interchange(message(lines), **said)).documents
    assert (document.purchase is None) is bool(document.findings)
    return shown(document.findings)


@pytest.mark.parametrize("kind", ["ORDERS:D:96A:UN", "ORDERS:D:01B:UN"])
def test_an_orders_is_a_message_like_that_of_any_other_channel(kind: str):
    data = interchange(message(ORDER, kind=kind))
    assert bots(data.decode("latin-1")) == [[]]
    found = verdict(data)
    (document,) = found.documents
    assert document.purchase is not None, document.findings
    said = message_of(document.purchase, found.name, found.partner, b"sealed")
    assert said.external_ref == "berg-B-2026-7"
    assert (said.customer_id, said.currency) == ("crm:BERG", "EUR")
    lines = [(x.number, x.item_id, x.sku, x.quantity, x.unit_price) for x in said.lines]
    assert lines == [
        (1, "gtin:4006381333931", "4006381333931", 10, "9.95"),
        (2, "CUP", "B-77", 3, "4.333"),
    ]
    assert [(x.net_minor, x.tax_minor) for x in said.lines] == [(9_950, 1_990), (1_300, 260)]
    (payment,) = said.payments
    assert payment.method is TenderMethod.ACCOUNT
    assert (payment.terms, payment.amount_minor) == ("NET30", 9_950 + 1_990 + 1_300 + 260)
    assert (said.ship_to.country, said.ship_to.postal_code) == ("AT", "1010")
    assert said.on_shortage is OnShortage.SPLIT
    assert (said.placed_at, said.ship_by) == (1_769_817_600_000_000, 1_770_508_800_000_000)


def test_separators_are_those_that_una_declares_and_decimals_are_too():
    plain = interchange(message((*START, *MUG, "UNS+S"))).decode()
    other = plain.replace("9.95", "9,95").translate(str.maketrans("+:'", "|;~"))
    (document,) = verdict(f"UNA;|,! ~\r\n{other}".encode()).documents
    assert document.purchase == verdict(plain.encode()).documents[0].purchase
    point = verdict(f"UNA;|,! ~{other.replace('9,95', '9.95')}".encode())
    assert shown(point.documents[0].findings) == [("segment 7, PRI01:2", "9.95", "19")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a?+b", "a+b"),
        ("a?:b?'c", "a:b'c"),
        ("a??", "a?"),
        ("a???+b", "a?+b"),
        ("????", "??"),
    ],
)
def test_what_is_released_is_text_and_pydifact_reads_the_same(written: str, meant: str):
    place = f"NAD+DP+++{written}+Main St 1+Wien++1010+AT"
    data = interchange(message((*START[:2], place, *MUG, "UNS+S")))
    (found,) = interchanges(data)
    (document,) = judge(found, profiles()).documents
    assert document.purchase is not None, document.findings
    assert document.purchase.ship_to.address == f"{meant}\nMain St 1\nWien\n1010\nAT"
    ours = [(each.tag, each.elements) for each in found.messages[0].segments]
    theirs = read_by_pydifact(data.decode("latin-1"))
    assert theirs[1:-1] == ours
    assert theirs[0][1] == found.header.elements


@pytest.mark.parametrize(
    ("syntax", "town", "taken"),
    [
        ("UNOA:2", "WIEN", True),
        ("UNOA:2", "Wien", False),
        ("UNOB:3", "Wien", True),
        ("UNOB:3", "K\xf6ln", False),
        ("UNOC:3", "K\xf6ln", True),
        ("UNOY:4", "\uc11c\uc6b8", True),
    ],
)
def test_characters_are_those_of_the_repertoire(syntax: str, town: str, taken: bool):
    place = f"NAD+DP+++BERG+GRABEN 1+{town}++1010+AT"
    (document,) = verdict(
        interchange(message((*START[:2], place, *MUG, "UNS+S")), syntax=syntax)
    ).documents
    assert (document.purchase is not None) is taken
    if document.purchase is None:
        assert shown(document.findings) == [("segment 4, NAD06", town, "6")]
    else:
        assert town in document.purchase.ship_to.address


def test_bytes_that_are_no_utf_8_are_named():
    place = "NAD+DP+++BERG+GRABEN 1+K\xf6ln++1010+AT"
    data = interchange(message((*START[:2], place, *MUG, "UNS+S")), syntax="UNOC:3")
    (document,) = verdict(data.replace(b"UNOC:3", b"UNOY:4")).documents
    assert shown(document.findings) == [("segment 4, NAD06", "K\ufffdln", "6")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((*START[1:], *MUG, "UNS+S"), [("segment 2, BGM", "DTM", "3")]),
        (START, [("segment 5, LIN", "UNT", "3"), ("segment 5, UNS", "UNT", "3")]),
        ((*START, "XX+1", *MUG, "UNS+S"), [("segment 5, XX", "XX", "6")]),
        ((*START, *MUG, "ALC+A", "UNS+S"), [("segment 8, ALC", "ALC", "6")]),
        ((*START, "b+1", *MUG, "UNS+S"), [("segment 5, b", "b", "1")]),
        ((*START, *MUG[:2], "UNS+S"), [("segment 7, PRI", "UNS", "3")]),
        ((*START, *MUG[:2], MUG[1], MUG[2], "UNS+S"), [("segment 7, QTY", "QTY", "5")]),
        (("BGM+220+B-1+5", *START[1:], *MUG, "UNS+S"), [("segment 2, BGM03", "5", "7")]),
        (("BGM+221+B-1", *START[1:], *MUG, "UNS+S"), [("segment 2, BGM01:1", "221", "7")]),
        (("BGM+220", *START[1:], *MUG, "UNS+S"), [("segment 2, BGM02", "", "1")]),
        (("BGM+220+" + "x" * 36, *START[1:], *MUG, "UNS+S"), [("segment 2, BGM02", "x" * 36, "5")]),
        (("BGM+220+1:2+9", *START[1:], *MUG, "UNS+S"), [("segment 2, BGM02:2", "2", "3")]),
        (
            (START[0], "DTM+137:20260230:102", PLACE, *MUG, "UNS+S"),
            [("segment 3, DTM01:2", "20260230", "8")],
        ),
        (
            (START[0], "DTM+2:20260201:102", PLACE, *MUG, "UNS+S"),
            [("segment 2, DTM", "0", "3")],
        ),
        (
            (*START[:2], START[1], PLACE, *MUG, "UNS+S"),
            [("segment 4, DTM01:1", "137", "7")],
        ),
        ((*START[:2], *MUG, "UNS+S"), [("segment 4, NAD", "LIN", "3")]),
        (
            (*START[:2], "NAD+BY+4012345000009::9", *MUG, "UNS+S"),
            [("segment 2, NAD", "0", "3")],
        ),
        ((*START, PLACE, *MUG, "UNS+S"), [("segment 5, NAD", "2", "3")]),
        (
            (*START[:2], "NAD+DP+4012345000015::9", *MUG, "UNS+S"),
            [
                ("segment 4, NAD02:1", "4012345000015", "7"),
                ("segment 4, NAD02:1", "4012345000015", "7"),
            ],
        ),
        (
            (*START[:2], "NAD+DP+++A+B+Wien++1010+AUT", *MUG, "UNS+S"),
            [("segment 4, NAD09", "AUT", "7")],
        ),
        ((*START, "CUX+2:USD:9", *MUG, "UNS+S"), [("segment 5, CUX01:2", "USD", "7")]),
        ((*START, "PAT+1++5:3:D:60", *MUG, "UNS+S"), [("segment 5, PAT03:4", "60", "7")]),
        ((*START, "PAT+1+X+5:3:D:30", *MUG, "UNS+S"), [("segment 5, PAT02", "X", "10")]),
        (
            (*START, *MUG, *MUG, "UNS+S"),
            [("segment 5, LIN01", "1", "7")] * 1 + [("segment 8, LIN01", "1", "7")],
        ),
        ((*START, "LIN+A++MUG:SA", *MUG[1:], "UNS+S"), [("segment 5, LIN01", "A", "7")]),
        ((*START, "LIN+1+2+MUG:SA", *MUG[1:], "UNS+S"), [("segment 5, LIN02", "2", "7")]),
        ((*START, "LIN+1++MUG:ZZ", *MUG[1:], "UNS+S"), [("segment 5, LIN03:1", "MUG", "7")]),
        (
            (*START, "LIN+1++4006381333932:EN", *MUG[1:], "UNS+S"),
            [("segment 5, LIN03:1", "4006381333932", "7")],
        ),
        ((*START, "LIN+1", *MUG[1:], "UNS+S"), [("segment 5, LIN03:1", "", "7")]),
        ((*START, MUG[0], "QTY+21:1.5", MUG[2], "UNS+S"), [("segment 6, QTY01:2", "1.5", "7")]),
        ((*START, MUG[0], "QTY+21:-1", MUG[2], "UNS+S"), [("segment 6, QTY01:2", "-1", "7")]),
        ((*START, MUG[0], "QTY+21:1e3", MUG[2], "UNS+S"), [("segment 6, QTY01:2", "1e3", "6")]),
        ((*START, MUG[0], "QTY+59:1", MUG[2], "UNS+S"), [("segment 6, QTY01:1", "59", "7")]),
        ((*START, MUG[0], "QTY+21:1:KGM", MUG[2], "UNS+S"), [("segment 6, QTY01:3", "KGM", "7")]),
        (
            (*START, *MUG[:2], "PRI+AAA:0.1234567", "UNS+S"),
            [("segment 7, PRI01:2", "0.1234567", "7")],
        ),
        ((*START, *MUG[:2], "PRI+AAA:9.95:CT::100", "UNS+S"), [("segment 7, PRI01:5", "100", "7")]),
        (
            (*START, *MUG[:2], "PRI+AAA:9.95:CT::1:KGM", "UNS+S"),
            [("segment 7, PRI01:6", "KGM", "7")],
        ),
        (
            (*START, *MUG[:2], "MOA+203:99.49", MUG[2], "UNS+S"),
            [("segment 7, MOA01:2", "99.49", "7")],
        ),
        (
            (*START, *MUG[:2], "MOA+79:99.5", MUG[2], "UNS+S"),
            [("segment 7, MOA01:1", "79", "7")],
        ),
        ((*START, *MUG, "UNS+S", "MOA+79:1"), [("segment 9, MOA01:2", "1", "7")]),
        ((*START, *MUG, "UNS+S", "MOA+79:99.5:USD"), [("segment 9, MOA01:3", "USD", "7")]),
        ((*START, *MUG, "UNS+S", "CNT+2:2"), [("segment 9, CNT01:2", "2", "7")]),
        ((*START, *MUG, "UNS+S", "CNT+1:9"), [("segment 9, CNT01:2", "9", "7")]),
        ((*START, *MUG, "UNS+S", "CNT+1:10:PCE:x"), [("segment 9, CNT01:4", "x", "3")]),
        ((*START, *MUG, "UNS+S+x"), [("segment 8, UNS02", "x", "3")]),
    ],
)
def test_what_does_not_fit_is_named(lines: tuple[str, ...], expected: list[tuple[str, str, str]]):
    assert of(*lines) == expected


def test_nothing_is_given_more_than_once_where_version_4_would_allow_it():
    lines = (*START, "LIN+1++MUG:SA*CUP:SA", *MUG[1:], "UNS+S")
    assert of(*lines, syntax="UNOC:4") == [("segment 5, LIN03", "MUG", "35")]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("UNT+26+1'", "UNT+27+1'", ("segment 26, UNT01", "27", "29")),
        ("UNT+26+1'", "UNT+26+2'", ("segment 26, UNT02", "2", "28")),
        ("UNT+26+1'\n", "", ("segment 26, UNT", "UNT", "13")),
        ("ORDERS:D:96A", "ORDERS:D:93A", ("segment 1, UNH02", "ORDERS", "17")),
        ("ORDERS:D", "INVOIC:D", ("segment 1, UNH02", "INVOIC", "17")),
        ("UNZ+1+77", "UNZ+2+77", ("segment 28, UNZ01", "2", "29")),
        ("UNZ+1+77", "UNZ+1+78", ("segment 28, UNZ02", "78", "28")),
        ("UNZ+1+77'\n", "", ("segment 28, UNZ", "UNZ", "13")),
        ("UNOC:3", "UNOD:3", ("segment 1, UNB01:1", "UNOD", "2")),
        ("UNOC:3", "UNOC:9", ("segment 1, UNB01:2", "9", "2")),
        ("260131:1030", "261331:1030", ("segment 1, UNB04:1", "261331", "12")),
        ("260131:1030", "260131:2530", ("segment 1, UNB04:2", "2530", "12")),
        ("1030+77'", "1030+77++++++1'", ("segment 1, UNB11", "1", "25")),
        ("UNH+1", "UNG+1'\nUNH+1", ("segment 2, UNG", "UNG", "17")),
        ("UNH+1", "BGM+1'\nUNH+1", ("segment 2, BGM", "BGM", "33")),
    ],
)
def test_nothing_is_taken_from_a_broken_envelope(
    before: str, after: str, expected: tuple[str, ...]
):
    whole = interchange(message((*HEADER, *LINES, *TOTALS))).decode()
    assert before in whole
    found = verdict(whole.replace(before, after).encode())
    assert all(document.purchase is None for document in found.documents)
    told = [*found.refused, *(f for document in found.documents for f in document.findings)]
    assert expected in shown(told)


def test_two_interchanges_in_a_file_are_two_and_a_reference_is_given_once():
    one, two = interchange(message(ORDER)), interchange(message(ORDER), control="78")
    assert [each.control for each in interchanges(one + two)] == ["77", "78"]
    twice = verdict(interchange(message(ORDER), message(ORDER)))
    assert [shown(each.findings) for each in twice.documents] == [
        [("segment 1, UNH01", "1", "26")]
    ] * 2


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "There is nothing"),
        (b"hello", "begins with UNA or UNB"),
        (b"UNA:+.?", "the file ends in it"),
        (b"UNA++.? 'UNB", "must differ"),
        (b"UNA:A.? 'UNB", "must differ"),
        (b"UNA:+.?  UNB", "none of them a space"),
        (b"UNA:+_? 'UNB+", ". or , for decimals"),
        (b"UNA:+.? 'UNH+1'", "UNB follows UNA"),
    ],
)
def test_what_is_no_interchange_is_told(data: bytes, rule: str):
    with pytest.raises(Unreadable, match=rule.replace("+", r"\+")):
        list(interchanges(data))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"sender": "4012345000016:14"}, "segment 1, UNB02"),
        ({"sender": "123456789:01"}, "segment 1, UNB02"),
        ({"receiver": "5412345000013:9"}, "segment 1, UNB03"),
    ],
)
def test_strangers_and_others_post_are_not_judged(said: dict[str, str], field: str):
    with pytest.raises(Unreadable) as error:
        verdict(interchange(message(ORDER), **said))
    assert error.value.finding.field == field
