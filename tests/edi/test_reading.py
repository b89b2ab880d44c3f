"""What an 850 must be: each finding names segment, element, value and code."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.edi.finding import Unreadable
from adapters.edi.judging import judge
from adapters.edi.partners import Separators
from adapters.edi.purchase import message_of
from adapters.edi.verdict import Verdict
from adapters.edi.writing import plain
from adapters.edi.x12 import interchanges
from oms_core.domain.order.events import OnShortage, TenderMethod
from tests.support.edi import (
    HEADER,
    LINES,
    ORDER,
    TOTALS,
    Line,
    interchange,
    profiles,
    shown,
    transaction_set,
)

MUG: Line = ("PO1", "1", "10", "EA", "9.95", "", "VP", "MUG")


def verdict(data: bytes) -> Verdict[Any, Any]:
    """Judge the one interchange of a file."""
    (found,) = interchanges(data)
    return judge(found, profiles())


def of(*lines: Line) -> list[tuple[str, str, str]]:
    """Return what is wrong with an 850 of these lines."""
    (document,) = verdict(interchange(transaction_set(lines))).documents
    assert (document.purchase is None) is bool(document.findings)
    return shown(document.findings)


def test_an_850_is_a_message_like_that_of_any_other_channel():
    found = verdict(interchange(transaction_set(ORDER)))
    (document,) = found.documents
    assert document.purchase is not None
    message = message_of(document.purchase, found.name, found.partner, b"sealed")
    assert message.external_ref == "acme-4500001"
    assert (message.customer_id, message.currency) == ("crm:ACME", "USD")
    said = [(x.number, x.item_id, x.sku, x.quantity, x.unit_price) for x in message.lines]
    assert said == [(1, "MUG", "MUG", 10, "9.95"), (2, "CUP", "CUP", 3, "4.333")]
    assert [(x.net_minor, x.tax_minor) for x in message.lines] == [(9_950, 721), (1_300, 94)]
    (payment,) = message.payments
    assert payment.method is TenderMethod.ACCOUNT
    assert (payment.terms, payment.amount_minor) == ("NET30", 9_950 + 721 + 1_300 + 94)
    assert (message.ship_to.country, message.ship_to.postal_code) == ("US", "89501")
    assert message.ship_to.sealed == b"sealed"
    assert message.on_shortage is OnShortage.SPLIT
    assert (message.placed_at, message.ship_by) == (1_769_817_600_000_000, 1_770_422_400_000_000)


def test_an_address_may_be_written_out_and_a_ship_date_be_given():
    place = (("N1", "ST", "Ann"), ("N3", "1 Main St"), ("N4", "Reno", "NV", "89501", "US"))
    lines = (HEADER[0], ("DTM", "010", "20260205"), *place, MUG)
    (document,) = verdict(interchange(transaction_set(lines))).documents
    assert document.purchase is not None
    assert document.purchase.ship_to.address == "Ann\n1 Main St\nReno NV 89501 US"
    assert (document.purchase.ship_on, document.purchase.deliver_on) == ("2026-02-05", "")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (ORDER[1:], [("segment 2, BEG", "CUR", "3")]),
        (HEADER, [("segment 9, PO1", "SE", "3")]),
        ((HEADER[0], *HEADER[:1], *HEADER[1:], MUG), [("segment 3, BEG", "BEG", "5")]),
        ((*HEADER, MUG, HEADER[1]), [("segment 10, CUR", "CUR", "7")]),
        ((*HEADER, MUG, ("SAC", "C")), [("segment 10, SAC", "SAC", "6")]),
        ((*HEADER, MUG, ("??",)), [("segment 10, ??", "??", "1")]),
        ((*HEADER, (*MUG[:2], "", *MUG[3:])), [("segment 9, PO102", "", "1")]),
        ((*HEADER, (*MUG[:2], "1.5", *MUG[3:])), [("segment 9, PO102", "1.5", "7")]),
        ((*HEADER, (*MUG[:2], "-1", *MUG[3:])), [("segment 9, PO102", "-1", "7")]),
        ((*HEADER, (*MUG[:3], "CS", *MUG[4:])), [("segment 9, PO103", "CS", "7")]),
        ((*HEADER, (*MUG[:4], "1e3", *MUG[5:])), [("segment 9, PO104", "1e3", "6")]),
        ((*HEADER, (*MUG[:4], "0.1234567", *MUG[5:])), [("segment 9, PO104", "0.1234567", "7")]),
        ((*HEADER, (*MUG[:6], "ZZ", "MUG")), [("segment 9, PO107", "MUG", "7")]),
        (
            (*HEADER, (*MUG[:6], "UP", "4006381333932")),
            [("segment 9, PO107", "4006381333932", "7")],
        ),
        ((*HEADER, MUG[:7]), [("segment 9, PO107", "", "2")]),
        ((*HEADER, MUG, MUG), [("segment 10, PO101", "1", "7")]),
        ((*HEADER, (MUG[0], "A", *MUG[2:])), [("segment 9, PO101", "A", "7")]),
        ((HEADER[0], ("CUR", "BY", "EUR"), HEADER[6], MUG), [("segment 3, CUR02", "EUR", "7")]),
        (
            (("BEG", "05", "SA", "1", "", "20260131"), HEADER[6], MUG),
            [("segment 2, BEG01", "05", "7")],
        ),
        (
            (("BEG", "00", "SA", "1", "R2", "20260131"), HEADER[6], MUG),
            [("segment 2, BEG04", "R2", "10")],
        ),
        (
            (("BEG", "00", "SA", "1", "", "20260230"), HEADER[6], MUG),
            [("segment 2, BEG05", "20260230", "8")],
        ),
        (
            (("BEG", "00", "SA", "x" * 23, "", "20260131"), HEADER[6], MUG),
            [("segment 2, BEG03", "x" * 23, "5")],
        ),
        (
            (HEADER[0], ("ITD", "01", "3", "", "", "", "", "60"), HEADER[6], MUG),
            [("segment 3, ITD07", "60", "7")],
        ),
        (
            (HEADER[0], ("ITD", "01", "3", "2", "", "10", "", "30"), HEADER[6], MUG),
            [("segment 3, ITD03", "2", "10"), ("segment 3, ITD05", "10", "10")],
        ),
        ((HEADER[0], MUG), [("segment 2, N1", "0", "3")]),
        ((HEADER[0], HEADER[6], HEADER[6], MUG), [("segment 4, N1", "2", "3")]),
        (
            (HEADER[0], ("N1", "ST", "x", "92", "0099"), MUG),
            [("segment 3, N104", "0099", "7")],
        ),
        (
            (HEADER[0], ("N1", "ST", "x"), ("N4", "Reno", "NV", "89501", "USA"), MUG),
            [("segment 4, N404", "USA", "7")],
        ),
        ((*HEADER, *LINES, ("CTT", "3")), [("segment 12, CTT01", "3", "7")]),
        ((*HEADER, *LINES, ("CTT", "2", "14")), [("segment 12, CTT02", "14", "7")]),
        (
            (*HEADER, *LINES, TOTALS[0], ("AMT", "TT", "112.49")),
            [("segment 13, AMT02", "112.49", "7")],
        ),
        ((*HEADER, (*MUG, *("",) * 10, "x")), [("segment 9, PO116", "", "3")]),
        (
            (HEADER[0], ("N1", "ST", "Zo\xeb", "92", "0042"), MUG),
            [("segment 3, N102", "Zo\xeb", "6")],
        ),
    ],
)
def test_what_does_not_fit_is_named(lines: tuple[Line, ...], expected: list[tuple[str, str, str]]):
    assert of(*lines) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("GE*1*77", "GE*2*77", ("segment 17, GE01", "2", "5")),
        ("GE*1*77", "GE*1*78", ("segment 17, GE02", "78", "4")),
        ("*X*005010", "*X*004010", ("segment 2, GS08", "004010", "2")),
        ("GS*PO", "GS*SH", ("segment 2, GS01", "SH", "1")),
        ("SE*14*0001", "SE*15*0001", ("segment 14, SE01", "15", "4")),
        ("SE*14*0001", "SE*14*0002", ("segment 14, SE02", "0002", "3")),
        ("SE*14*0001~\n", "", ("segment 13, SE", "", "2")),
        ("ST*850", "ST*860", ("segment 1, ST01", "860", "1")),
        ("IEA*1*000000077", "IEA*2*000000077", ("segment 18, IEA01", "2", "021")),
        ("IEA*1*000000077", "IEA*1*000000078", ("segment 18, IEA02", "000000078", "001")),
        ("IEA*1*000000077~\n", "", ("segment 18, IEA", "IEA", "023")),
        ("*0*P*>", "*0*T*>", ("segment 1, ISA15", "T", "020")),
        ("^*00501", "^*00701", ("segment 1, ISA12", "00701", "017")),
    ],
)
def test_nothing_is_taken_from_a_broken_envelope(
    before: str, after: str, expected: tuple[str, ...]
):
    whole = interchange(transaction_set(ORDER)).decode()
    assert before in whole
    found = verdict(whole.replace(before, after).encode())
    assert all(document.purchase is None for document in found.documents)
    told = [*found.refused, *(f for document in found.documents for f in document.findings)]
    assert expected in shown(told)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "segment 1, ISA"),
        (b"UNA:+.? '", "segment 1, ISA"),
        (b"ISA*00*", "segment 1, ISA"),
        (interchange().replace(b"*00*   ", b"*00*  ", 1), "segment 1, ISA02"),
        (interchange().replace(b"*P*>", b"*P**"), "segment 1, ISA16"),
        (interchange(sender="1"), "segment 1, ISA06"),
        (interchange(receiver="OTHER"), "segment 1, ISA08"),
    ],
)
def test_what_nobody_can_be_answered_about_is_unreadable(data: bytes, where: str):
    with pytest.raises(Unreadable) as caught:
        verdict(data)
    assert caught.value.finding.field == where
    assert caught.value.finding.rule
    assert caught.value.finding.remedy


def test_separators_are_those_that_the_interchange_declares():
    usual = interchange(transaction_set(ORDER))
    other = usual.replace(b"*", b"|").replace(b"~\n", b"\n")
    assert verdict(other).documents[0].purchase == verdict(usual).documents[0].purchase


def test_a_file_may_hold_several_interchanges():
    data = interchange(transaction_set(ORDER)) + interchange(transaction_set(ORDER), control=78)
    assert [each.control for each in interchanges(data)] == ["000000077", "000000078"]


def test_text_of_ours_never_holds_a_separator():
    assert plain("a*b~c^d>e\xe9\n", Separators()) == "a?b?c?d?e??"
