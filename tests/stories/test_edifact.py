"""A partner orders by EDIFACT: ORDERS in, goods out, CONTRL and ORDRSP back, judged by others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.edifact import (
    HEADER,
    ORDER,
    bots,
    interchange,
    message,
    mock,
    read_by_pydifact,
)
from tests.support.terminal import oms, receipt
from tests.support.trading import edi, send, take, trading, written

ORDER_ID = "edi:berg-B-2026-7"
GTIN = "gtin:4006381333931"


@pytest.fixture
def shop(postgres: str, tmp_path: Path):
    """A shop with ten mugs, ten of another make and one cup, and credit for the partner."""
    with trading(postgres, tmp_path, "crm:BERG", "EUR") as folder:
        send(receipt(GTIN, 10, "RENO"))
        yield folder


def body(content: str) -> list[str]:
    """Return the segments between UNH and UNT; other programs must read the text as we do."""
    assert len(read_by_pydifact(content)) == content.count("'\n")
    assert mock(content) == []
    return content.split("'\n")[2:-3]


def test_an_order_by_edifact_from_the_orders_to_the_goods(shop):
    taken = take(shop, interchange(message(ORDER)))
    assert taken.data["interchanges"][0]["state"] == "taken"
    assert taken.data["written"] == ["berg-000000001-CONTRL.edi"]
    assert edi("acknowledge").data["written"] == ["berg-000000002-ORDRSP.edi"]
    found = written(shop)
    assert body(found["berg-000000001-CONTRL.edi"]) == [
        "UCI+77+4012345000009:14+5412345000013:14+7",
        "UCM+1+ORDERS:D:96A:UN+7",
    ]
    response = found["berg-000000002-ORDRSP.edi"]
    assert bots(response) == [[]]
    said = body(response)
    assert said[:1] + said[2:] == [
        "BGM+231+B-2026-7+4",
        "RFF+ON:B-2026-7",
        "NAD+BY+4012345000009::9",
        "NAD+DP+4012345000016::9++Berg Filiale 2+Graben 1+Wien",
        "CUX+2:EUR:9",
        "LIN+1+5+4006381333931:EN",
        "PIA+1+MUG:SA",
        "QTY+21:10:PCE",
        "QTY+113:10:PCE",
        "LIN+2+3",
        "PIA+5+B-77:IN",
        "QTY+21:3",
        "QTY+113:1",
        "QTY+83:2",
        "UNS+S",
        "CNT+2:2",
    ]
    send({"command": "ShipFulfilment", "fulfilment_id": f"{ORDER_ID}/f1.1"})
    send(receipt("CUP", 2, "RENO") | {"document_id": "R2"})
    send({"command": "ShipFulfilment", "fulfilment_id": f"{ORDER_ID}/f2.1"})
    order = oms("show", "order", ORDER_ID, "--json").data["order"]
    assert (order["state"], order["total_minor"]) == ("completed", 9_950 + 1_990 + 1_300 + 260)
    assert edi("acknowledge").data["told"] == edi("invoices").data["told"] == []


def test_the_same_interchange_again_is_no_second_order_and_another_under_its_name_is_refused(shop):
    data = interchange(message(ORDER))
    take(shop, data)
    assert take(shop, data).data["interchanges"][0]["state"] == "repeated"
    other = take(shop, interchange(message(ORDER), control="78"))
    assert other.data["interchanges"][0]["accepted"] == 1
    wrong = take(shop, interchange(message(HEADER)), code=2).data["interchanges"][0]
    assert (wrong["state"], wrong["findings"][0]["field"]) == ("refused", "segment 1, UNB05")
    rows = edi("documents").data
    assert [(row["control"], row["outcome"]) for row in rows["documents"]] == [
        ("77", "placed"),
        ("78", "duplicate"),
        ("77", "faulty"),
    ]
    assert oms("show", "orders", "--json").data["found"] == 1
    assert body(written(shop)["berg-000000003-CONTRL.edi"]) == [
        "UCI+77+4012345000009:14+5412345000013:14+4+26+UNB+6"
    ]


def test_an_order_that_our_rules_reject_is_told_line_by_line(shop):
    lines = (*HEADER, "LIN+1", "PIA+5+MUG:SA", "QTY+21:10:PCE", "PRI+AAA:0", "UNS+S")
    take(shop, interchange(message(lines, kind="ORDERS:D:01B:UN")))
    edi("acknowledge")
    response = written(shop)["berg-000000002-ORDRSP.edi"]
    assert bots(response) == [[]]
    said = body(response)
    assert said[0] == "BGM+231+B-2026-7+27"
    assert said[2] == (
        "FTX+AAI+++tender.amount?: amount_minor 0 of ?'edi?:berg-B-2026-7/p1?' is not positiv:e."
    )
    assert said[-5:-1] == ["LIN+1+7", "PIA+5+MUG:SA", "QTY+21:10:PCE", "UNS+S"]


def test_an_order_that_a_person_has_to_look_at_says_so_of_each_line(shop):
    beyond = (*HEADER, "LIN+1", "PIA+5+MUG:SA", "QTY+21:10:PCE", "PRI+AAA:5000", "UNS+S")
    take(shop, interchange(message(beyond)))
    edi("acknowledge")
    said = body(written(shop)["berg-000000002-ORDRSP.edi"])
    assert said[0] == "BGM+231+B-2026-7+4"
    assert said[-6:-1] == [
        "LIN+1+3",
        "PIA+5+MUG:SA",
        "QTY+21:10:PCE",
        "FTX+AAI+++10 units are on hold.",
        "UNS+S",
    ]


def test_a_bad_file_names_the_segment_the_component_the_value_the_rule_and_what_to_do(shop):
    wrong = (*HEADER, "LIN+1++MUG:SA", "QTY+21:1.5:KGM", "PRI+AAA:x", "UNS+S")
    taken = take(shop, interchange(message(wrong), message(ORDER, "2")), code=2)
    (found,) = taken.data["interchanges"]
    assert (found["documents"], found["accepted"]) == (2, 1)
    assert [(f["field"], f["value"]) for f in found["findings"]] == [("segment 14, PRI01:2", "x")]
    assert all(each["rule"] and each["remedy"] for each in found["findings"])


def test_a_partner_acknowledges_ours_and_is_not_acknowledged_for_it(shop):
    take(shop, interchange(message(ORDER)))
    said = ("UCI+1+5412345000013:14+4012345000009:14+7",)
    answered = interchange(message(said, kind="CONTRL:D:3:UN"), control="79")
    assert take(shop, answered).data["written"] == []
    sent = edi("documents").data["sent"]
    assert [(row["file"], row["answer"]) for row in sent] == [
        ("berg-000000001-CONTRL.edi", "accepted")
    ]


def test_both_dialects_are_in_one_book(shop):
    take(shop, interchange(message(ORDER)))
    take(shop, b"UNA nonsense", code=2)
    take(shop, b"ISA nonsense", code=2)
    rows = edi("documents").data["not_taken"]
    assert [row["findings"][0]["field"] for row in rows] == ["segment 1, UNB", "segment 1, ISA"]
