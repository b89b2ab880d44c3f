"""Customers in from a CRM, and what it is told of them: each record once, and nothing sealed."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from adapters.bootstrap import open_shop
from adapters.postgres.inbox import Inbox
from adapters.postgres.lease import lease
from adapters.settings import Settings
from oms_core.domain.customer.events import ContactChanged, CustomerRegistered, PreferencesChanged
from oms_core.domain.profile.events import ProfileUpserted
from tests.support.terminal import faults, oms, order, receipt

CSV = """\
external_ref,customer_id,version,updated_at,name,email,phone,country,language,marketing,segments
17,C1,3,2026-01-05T10:00:00Z,Ada,ada@buyer.example,,FR,en,true,loyal;b2b
18,,1,2026-01-05,Kim,kim@buyer.example,02-1234,KR,ko,false,
"""


@pytest.fixture(autouse=True)
def shop(dsn: str, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DSN": dsn,
        "HOME": str(tmp_path),
        "LOG_SCHEMA": schema,
        "VIEWS_SCHEMA": f"{schema}_views",
    }.items():
        monkeypatch.setenv(f"OMS_{name}", value)


def imported(tmp_path: Path, text: str, name: str = "customers.csv", code: int = 0) -> Any:
    (tmp_path / name).write_text(text, encoding="utf-8")
    printed = oms("customers", "import", str(tmp_path / name), "--json")
    assert printed.code == code, printed.out + printed.err
    return printed.data


def lines(tmp_path: Path, *records: dict[str, Any], code: int = 0) -> Any:
    text = "\n".join(json.dumps(record) for record in records)
    return imported(tmp_path, text, "customers.jsonl", code)


def told(*arguments: str) -> dict[str, Any]:
    printed = oms("customers", "feed", *arguments)
    assert printed.code == 0, printed.out + printed.err
    rows = [json.loads(line) for line in printed.out.splitlines()]
    return {row["customer_id"]: row for row in rows}


def counts(found: Any) -> tuple[int, int, int]:
    return found["created"], found["updated"], found["unchanged"]


def events(customer_id: str) -> list[Any]:
    with open_shop(Settings()) as shop, shop.log() as log:
        return [recorded.event for recorded in log.stream(f"customer:{customer_id}")]


def profile(ref: str) -> list[Any]:
    with open_shop(Settings()) as shop, shop.log() as log:
        return [recorded.event for recorded in log.stream(f"profile:crm:{ref}")]


def preferences(customer_id: str = "C1") -> list[tuple[bool, str]]:
    kinds = [e for e in events(customer_id) if isinstance(e, PreferencesChanged)]
    return [(event.marketing, event.basis) for event in kinds]


def test_records_become_customers_once_and_the_same_file_again_changes_nothing(tmp_path: Path):
    assert counts(imported(tmp_path, CSV)) == (2, 0, 0)
    assert counts(imported(tmp_path, CSV)) == (0, 0, 2)
    with open_shop(Settings()) as shop, shop.log() as log:
        page = log.read(0)
    kinds = [type(recorded.event) for recorded in page]
    assert kinds == [ProfileUpserted, CustomerRegistered, PreferencesChanged] * 2
    assert all(b"Ada" not in getattr(r.event, "sealed", b"") for r in page)
    found = told("--contact")
    assert found["C1"]["external_refs"] == ["crm:17"]
    assert found["C1"]["contact"] == {"name": "Ada", "email": "ada@buyer.example", "phone": ""}
    assert found["crm:18"]["contact"]["phone"] == "02-1234"
    assert preferences() == [(True, "")]


def test_the_last_version_counts_in_whatever_order_versions_come(tmp_path: Path):
    newer = {"external_ref": "17", "customer_id": "C1", "version": 5, "segments": ["loyal"]}
    older = {"external_ref": "17", "customer_id": "C1", "version": 4, "segments": ["new"]}
    assert counts(lines(tmp_path, newer | {"email": "a@b.example"}, older)) == (1, 0, 1)
    assert counts(lines(tmp_path, older, newer)) == (0, 0, 2)
    latest = newer | {"version": 6, "phone": "1"}
    assert counts(lines(tmp_path, latest)) == (0, 1, 0)
    row = told("--contact")["C1"]
    assert (row["segments"], row["contact"]) == (
        ["loyal"],
        {"name": "", "email": "a@b.example", "phone": "1"},
    )


def test_without_a_version_the_time_of_the_change_is_one(tmp_path: Path):
    record = {"external_ref": "17", "updated_at": "2026-01-05T10:00:00Z", "segments": ["a"]}
    later = record | {"updated_at": "2026-01-05T10:00:00.000001Z", "segments": ["b"]}
    assert counts(lines(tmp_path, later, record)) == (1, 0, 1)
    assert told()["crm:17"]["segments"] == ["b"]


def test_what_a_record_says_of_contact_leaves_whom_invoices_go_to(tmp_path: Path):
    address = tmp_path / "address.json"
    address.write_text(
        json.dumps({"name": "Acme", "street": "1 Rue", "city": "Lyon", "country": "FR"})
    )
    assert oms("address", "C1", str(address)).code == 0
    lines(tmp_path, {"external_ref": "17", "customer_id": "C1", "version": 1, "name": "Ada"})
    assert oms("address", "C1", str(address), "--json").data["verdict"] == "unchanged"
    again = {"external_ref": "17", "customer_id": "C1", "version": 2, "name": "Ada"}
    before = events("C1")
    lines(tmp_path, again)
    assert events("C1") == before
    assert sum(isinstance(e, ContactChanged) for e in before) == 1


def test_consent_that_is_older_than_ours_is_not_taken_and_a_newer_one_is(tmp_path: Path):
    record = {"external_ref": "17", "customer_id": "C1", "marketing": True, "consent_basis": "fair"}
    ours = ("contact", "C1", "--email", "a@b.example", "--basis", "shop")
    assert oms(*ours).code == 0
    old = lines(tmp_path, record | {"version": 1, "consent_at": "2020-01-01"})
    assert (old["updated"], old["consents_kept"]) == (1, 1)
    unknown = lines(tmp_path, record | {"version": 2})
    assert (unknown["updated"], unknown["consents_kept"]) == (1, 1)
    assert preferences() == [(False, "shop")]
    new = lines(tmp_path, record | {"version": 3, "consent_at": "2999-01-01"})
    assert new["consents_kept"] == 0
    assert preferences() == [(False, "shop"), (True, "fair")]
    withdrawn = record | {"version": 4, "marketing": False, "consent_basis": "call"}
    lines(tmp_path, withdrawn)
    assert preferences()[-1] == (False, "call")


def test_who_was_erased_does_not_come_back_and_the_crm_is_told(tmp_path: Path):
    imported(tmp_path, CSV)
    assert oms("erase-customer", "C1", "--yes").code == 0
    later, before = CSV.replace("17,C1,3", "17,C1,4"), events("C1")
    found = imported(tmp_path, later, code=2)
    assert events("C1") == before
    assert profile("17")[-1].version == 3
    assert [(w["row"], w["field"], w["value"]) for w in found["rejected"]] == [
        (1, "customer_id", "C1")
    ]
    row = told("--contact")["C1"]
    assert (row["erased"], row["contact"]) == (True, None)
    assert (row["external_refs"], row["segments"], row["country"]) == ([], [], "")
    assert oms("audit", "verify").code == 0
    assert oms("rebuild", "--check").code == 0


def test_a_record_that_was_another_customer_s_is_refused(tmp_path: Path):
    imported(tmp_path, CSV)
    found = imported(tmp_path, CSV.replace("17,C1,3", "17,C2,4"), code=2)
    assert [(w["row"], w["field"]) for w in found["rejected"]] == [(1, "profile.relinked")]
    assert counts(found) == (0, 0, 1)
    assert "C2" not in told()


@pytest.mark.parametrize(
    ("record", "field", "value"),
    [
        ({"version": 1}, "external_ref", "{'version': 1}"),
        ({"external_ref": "1"}, "version", ""),
        ({"external_ref": "1", "version": -1}, "version", "-1"),
        ({"external_ref": "1", "version": 2**63}, "version", "9223372036854775808"),
        ({"external_ref": "1", "updated_at": "1969-12-31"}, "updated_at", "1969-12-31"),
        ({"external_ref": "1", "version": 1, "email": "x"}, "email", "x"),
        ({"external_ref": "1", "version": 1, "country": "France"}, "country", "France"),
        ({"external_ref": "1", "version": 1, "language": "KOR"}, "language", "KOR"),
        ({"external_ref": "1", "version": 1, "marketing": "maybe"}, "marketing", "maybe"),
        ({"external_ref": "1", "version": 1, "vip": True}, "vip", "True"),
        ({"external_ref": "1", "updated_at": "soon"}, "updated_at", "soon"),
    ],
)
def test_a_record_that_does_not_fit_is_named_and_the_others_are_taken(
    tmp_path: Path, record: dict[str, Any], field: str, value: str
):
    found = lines(tmp_path, record, {"external_ref": "2", "version": 1}, code=2)
    assert [(w["row"], w["field"], w["value"]) for w in found["rejected"]] == [(1, field, value)]
    assert counts(found) == (1, 0, 0)


def test_a_line_that_is_no_json_is_named_and_so_is_a_cell_without_a_column(tmp_path: Path):
    found = imported(tmp_path, '{"external_ref"\n', "customers.jsonl", 2)
    assert [(w["row"], w["field"]) for w in found["rejected"]] == [(1, "row")]
    found = imported(tmp_path, "external_ref,version\n1,1,more\n", code=2)
    assert [(w["row"], w["field"]) for w in found["rejected"]] == [(1, "(no column)")]


@pytest.mark.parametrize("name", ["none.csv", "customers.txt"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str):
    (tmp_path / "customers.txt").write_text("x")
    printed = oms("customers", "import", str(tmp_path / name), "--json")
    assert printed.code == 2
    assert faults(printed) == [("file", str(tmp_path / name))]


def test_many_records_of_one_customer_build_on_each_other(tmp_path: Path):
    said = [{"name": "Ada"}, {"email": "a@b.example"}, {"phone": "1"}]
    records = [
        {"external_ref": str(n), "customer_id": "C1", "version": 1, **part}
        for n, part in enumerate(said)
    ]
    assert counts(lines(tmp_path, *records)) == (1, 2, 0)
    row = told("--contact")["C1"]
    assert row["contact"] == {"name": "Ada", "email": "a@b.example", "phone": "1"}
    assert row["external_refs"] == ["crm:0", "crm:1", "crm:2"]


def test_a_record_of_a_duplicate_is_one_of_the_survivor(tmp_path: Path):
    record = {"external_ref": "17", "customer_id": "C1", "version": 1, "email": "a@b.example"}
    other = {"external_ref": "18", "customer_id": "C2", "version": 1, "segments": ["b2b"]}
    assert counts(lines(tmp_path, record, other)) == (2, 0, 0)
    place = [receipt("MUG", 5), order("1", ("MUG", 2)), order("2", ("MUG", 1), customer_id="C2")]
    assert oms("send", typed=json.dumps(place)).code == 0
    assert oms("customers", "merge", "C1", "C2", "--reason", "same person", "--yes").code == 0
    later = other | {"version": 2, "name": "Ada", "segments": ["loyal"]}
    assert counts(lines(tmp_path, later, record | {"version": 2, "phone": "1"})) == (0, 2, 0)
    (row,) = told("--contact").values()
    assert (row["customer_id"], row["customer_ids"]) == ("C1", ["C1", "C2"])
    assert row["external_refs"] == ["crm:17", "crm:18"]
    assert row["contact"] == {"name": "Ada", "email": "a@b.example", "phone": "1"}
    assert (row["orders_placed"], row["value"][0]["ordered_minor"]) == (2, 3_000)
    assert oms("erase-customer", "C1", "--yes").code == 0
    gone = lines(tmp_path, later | {"version": 3}, record | {"version": 3}, code=2)
    assert [w["row"] for w in gone["rejected"]] == [1, 2]
    assert told("--contact")["C1"]["external_refs"] == []


def test_what_an_engine_that_runs_is_handed_is_counted_as_that(dsn, schema, tmp_path: Path):
    with open_shop(Settings()) as shop, lease(dsn, schema), shop.connection() as connection:
        assert imported(tmp_path, CSV)["handed_in"] == 2
        assert len(Inbox(connection, schema).take()) == 2


def test_the_crm_is_told_of_orders_and_value_and_of_nothing_sealed(tmp_path: Path):
    imported(tmp_path, CSV)
    documents = [receipt("MUG", 5), order("1", ("MUG", 2))]
    assert oms("send", typed=json.dumps(documents)).code == 0
    row = told()["C1"]
    assert (row["tier"], row["orders_placed"], row["segments"]) == ("standard", 1, ["loyal", "b2b"])
    assert [(v["currency"], v["orders"], v["ordered_minor"]) for v in row["value"]] == [
        ("EUR", 1, 2_000)
    ]
    assert {"contact", "sealed"} & set(row) == set()
    assert "ada@" not in json.dumps(told())
    written = oms("customers", "feed", str(tmp_path / "out.jsonl"), "--json")
    assert written.data["customers"] == len((tmp_path / "out.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("there_before", [False, True])
def test_a_file_with_opened_seals_is_for_its_owner_only(tmp_path: Path, there_before: bool):
    imported(tmp_path, CSV)
    file = tmp_path / "out.jsonl"
    if there_before:
        file.write_text("old\n" * 999)
        file.chmod(0o644)
    assert oms("customers", "feed", str(file), "--contact").code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "ada@buyer.example" in file.read_text()
    assert "old" not in file.read_text()


def test_seals_that_cannot_be_opened_are_not_left_out_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    imported(tmp_path, CSV)
    monkeypatch.setenv("OMS_MASTER_KEY", "A" * 43 + "=")
    printed = oms("customers", "feed", "--contact", "--json")
    assert printed.code == 2
    assert "OMS_MASTER_KEY" in printed.out
    found = imported(tmp_path, CSV.replace("17,C1,3", "17,C1,4"), code=2)
    assert [w["field"] for w in found["rejected"]] == ["customer_id"]
