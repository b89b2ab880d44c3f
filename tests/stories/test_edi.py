"""A partner orders by X12: 850 in, goods out, 997, 855 and 810 back, each judged by others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.edi import HEADER, ORDER, PARTNERS, bots, interchange, mock, transaction_set
from tests.support.terminal import faults, oms, receipt
from tests.support.trading import edi, send, take, trading, written

ORDER_ID, FIRST, SECOND = "edi:acme-4500001", "edi:acme-4500001/f1.1", "edi:acme-4500001/f2.1"


@pytest.fixture
def shop(postgres: str, tmp_path: Path):
    """A shop with ten mugs and one cup, and credit for the partner."""
    with trading(postgres, tmp_path, "crm:ACME", "USD") as folder:
        yield folder


def judged(contents: dict[str, str]) -> list[str]:
    """Return what the tools of others find wrong with our interchanges."""
    found = [error for errors in bots(*contents.values()) for error in errors]
    return found + [error for content in contents.values() for error in mock(content)]


def body(content: str) -> list[str]:
    """Return the segments between ST and SE."""
    lines = content.split("~\n")
    return lines[3 : next(n for n, line in enumerate(lines) if line.startswith("SE*"))]


def test_an_order_by_edi_from_the_850_to_the_invoice(shop):
    taken = take(shop, interchange(transaction_set(ORDER)))
    assert taken.data["interchanges"][0]["state"] == "taken"
    assert taken.data["written"] == ["acme-000000001-997.x12"]
    assert edi("acknowledge").data["written"] == ["acme-000000002-855.x12"]
    send({"command": "ShipFulfilment", "fulfilment_id": FIRST})
    send({"command": "IssueInvoice", "invoice_id": FIRST, "issued_on": "2026-02-06"})
    assert edi("invoices").data["written"] == ["acme-000000003-810.x12"]
    send(receipt("CUP", 2, "RENO") | {"document_id": "R2"})
    send({"command": "ShipFulfilment", "fulfilment_id": SECOND})
    send({"command": "IssueInvoice", "invoice_id": SECOND, "issued_on": "2026-02-09"})
    assert edi("invoices").data["written"] == ["acme-000000004-810.x12"]
    found = written(shop)
    assert judged(found) == []
    assert body(found["acme-000000001-997.x12"]) == [
        "AK1*PO*77*005010",
        "AK2*850*0001",
        "AK5*A",
        "AK9*A*1*1*1",
    ]
    assert body(found["acme-000000002-855.x12"])[2:] == [
        "N1*BY*Acme Stores*92*ACME",
        "N1*ST*Acme Store 42*92*0042",
        "PO1*1*10*EA*9.95**VP*MUG",
        "ACK*IA*10*EA",
        "PO1*2*3*EA*4.333**BP*ACM-0002*VP*CUP",
        "ACK*IA*1*EA",
        "ACK*IB*2*EA",
        "CTT*2",
    ]
    assert body(found["acme-000000002-855.x12"])[0].startswith("BAK*00*AC*4500001*20260131****")
    assert body(found["acme-000000003-810.x12"]) == [
        "BIG*20260206*OMS-FR-INV-2026-000001*20260131*4500001***DI",
        "CUR*SE*USD",
        "N1*BY*Acme Stores*92*ACME",
        "N1*ST*Acme Store 42*92*0042",
        "ITD*05*3****20260308*30",
        "IT1*1*10*EA*9.95**VP*MUG",
        "TXI*TX*7.21",
        "PAM****1*99.5",
        "IT1*2*1*EA*4.333**BP*ACM-0002*VP*CUP",
        "TXI*TX*0.31",
        "PAM****1*4.33",
        "TDS*11135",
        "TXI*TX*7.52",
        "CTT*2",
    ]
    second = body(found["acme-000000004-810.x12"])
    assert second[-3:] == ["TDS*930", "TXI*TX*0.63", "CTT*1"]
    order = oms("show", "order", ORDER_ID, "--json").data["order"]
    assert (order["state"], order["total_minor"]) == ("completed", 11_135 + 930)


def test_the_same_interchange_again_is_no_second_order_and_nothing_is_told_twice(shop):
    data = interchange(transaction_set(ORDER))
    take(shop, data)
    edi("acknowledge")
    before = written(shop)
    again = take(shop, data)
    assert again.data["interchanges"][0]["state"] == "repeated"
    other = take(shop, interchange(transaction_set(ORDER), control=78))
    assert other.data["interchanges"][0]["accepted"] == 1
    assert edi("acknowledge").data["told"] == []
    assert set(written(shop)) - set(before) == {"acme-000000003-997.x12"}
    rows = edi("documents").data["documents"]
    assert [(row["control"], row["outcome"]) for row in rows] == [
        ("000000077", "placed"),
        ("000000078", "duplicate"),
    ]
    assert oms("show", "orders", "--json").data["found"] == 1


def test_a_number_that_two_orders_bear_and_a_control_number_that_two_interchanges_bear(shop):
    take(shop, interchange(transaction_set(ORDER)))
    another = transaction_set((*HEADER, ("PO1", "1", "1", "EA", "9.95", "", "VP", "MUG")))
    refused = take(shop, interchange(another), code=2).data["interchanges"][0]
    assert (refused["state"], refused["findings"][0]["field"]) == ("refused", "segment 1, ISA13")
    assert take(shop, interchange(another), code=0).data["interchanges"][0]["state"] == "repeated"
    take(shop, interchange(another, control=78))
    rows = edi("documents").data
    assert [row["outcome"] for row in rows["documents"]] == ["placed", "faulty", "reused"]
    assert "other lines, tenders" in rows["documents"][2]["reasons"][0]["detail"]
    assert [row["state"] for row in rows["not_taken"]] == ["refused"]
    found = written(shop)
    assert judged({n: c for n, c in found.items() if "TA1" not in n}) == []
    assert "TA1*000000077*260131*1030*R*025~" in found["acme-000000002-TA1.x12"]


def test_an_order_that_our_rules_reject_is_told_line_by_line(shop):
    lines = (*HEADER, ("PO1", "1", "10", "EA", "0", "", "VP", "MUG"))
    take(shop, interchange(transaction_set(lines)))
    edi("acknowledge")
    found = written(shop)
    assert judged(found) == []
    assert body(found["acme-000000002-855.x12"])[2:4] == [
        "N9*L1*tender.amount",
        "MTX**amount_minor 0 of 'edi:acme-4500001/p1' is not positive.",
    ]
    assert "ACK*IR*10*EA" in body(found["acme-000000002-855.x12"])


def test_a_bad_file_names_the_segment_the_element_the_value_the_rule_and_what_to_do(shop):
    wrong = (*HEADER, ("PO1", "1", "1.5", "CS", "x", "", "VP", "MUG"), ("SAC", "C"))
    bad, good = transaction_set(wrong), transaction_set(ORDER, "0002")
    taken = take(shop, interchange(bad, good), code=2).data["interchanges"][0]
    assert (taken["documents"], taken["accepted"]) == (2, 1)
    assert [(f["field"], f["value"]) for f in taken["findings"]] == [
        ("segment 9, PO104", "x"),
        ("segment 10, SAC", "SAC"),
    ]
    assert all(found["rule"] and found["remedy"] for found in taken["findings"])
    answer = written(shop)["acme-000000001-997.x12"]
    assert body(answer)[1:6] == [
        "AK2*850*0001",
        "AK3*PO1*9**8",
        "AK4*4*212*6*x",
        "AK3*SAC*10**6",
        "AK5*R*5",
    ]
    assert judged({"997": answer}) == []


def test_what_nobody_can_be_answered_about_is_kept_and_listed(shop):
    strange = interchange(transaction_set(ORDER), sender="999999999")
    assert take(shop, strange, code=2).data["written"] == []
    assert take(shop, b"hello\0", code=2).data["interchanges"][0]["state"] == "unreadable"
    rows = edi("documents").data["not_taken"]
    assert [(row["state"], row["findings"][0]["field"]) for row in rows] == [
        ("unreadable", "segment 1, ISA06"),
        ("unreadable", "segment 1, ISA"),
    ]


def test_a_partner_acknowledges_ours_and_is_not_acknowledged_for_it(shop):
    take(shop, interchange(transaction_set(ORDER)))
    said = (("AK1", "PR", "1", "005010"), ("AK9", "A", "1", "1", "1"))
    answered = transaction_set(said, kind="997")
    assert take(shop, interchange(answered, control=79, group="FA")).data["written"] == []
    sent = edi("documents").data["sent"]
    assert [(row["file"], row["answer"]) for row in sent] == [
        ("acme-000000001-997.x12", "accepted")
    ]


def test_profiles_that_cannot_be_used_are_refused_key_by_key(tmp_path):
    text = PARTNERS.read_text(encoding="utf-8")
    file = tmp_path / "partners.toml"
    file.write_text(text.replace("NET30", "soon", 1).replace('"USD"', '"US$"'), encoding="utf-8")
    refused = oms("edi", "documents", "-p", str(file), "--json")
    assert refused.code == 2
    assert faults(refused) == [
        (f"{file}: partners.acme.currency", '"US$"'),
        (f"{file}: partners.acme.terms", '"soon"'),
    ]
