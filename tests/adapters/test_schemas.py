"""What others build on: the published schemas, and everything that was ever stored."""

from __future__ import annotations

import json
from io import BytesIO
from itertools import count
from typing import Any

import fastavro
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.avro import codec, schemas
from adapters.avro.naming import boundary_of, full_name
from oms_core.engine.catalog import EVENTS
from oms_core.kernel import View
from projections.catalog import VIEWS
from tests.architecture.source import ROOT
from tests.projections.histories import shop_history
from tests.support import golden
from tests.support.messages import anything, sample

FOLDER = ROOT / "schemas"
DOCUMENTS = schemas.documents()
GOLDEN = [
    pytest.param(name, entry, id=f"{version}-{name}")
    for version, entries in golden.published().items()
    for name, entry in entries.items()
]

every_event = pytest.mark.parametrize("name", EVENTS)
every_document = pytest.mark.parametrize("name", DOCUMENTS)
every_golden_event = pytest.mark.parametrize(("name", "entry"), GOLDEN)


@every_document
def test_what_is_checked_in_is_what_the_types_say(name: str):
    assert (FOLDER / name).read_text(encoding="utf-8") == DOCUMENTS[name], "run `make schemas`"


def test_no_schema_is_left_of_a_boundary_that_is_gone():
    assert {path.name for path in FOLDER.glob("*.avsc")} == set(DOCUMENTS)


@every_document
def test_every_schema_is_avro(name: str):
    fastavro.parse_schema(json.loads(DOCUMENTS[name]))


@every_event
def test_every_event_has_a_record_with_its_fields_in_the_stored_order(name: str):
    event = EVENTS[name]
    union = json.loads(DOCUMENTS[f"{boundary_of(event)}.avsc"])
    (record,) = (branch for branch in union if branch["name"] == name)
    assert [field["name"] for field in record["fields"]] == list(event.__struct_fields__)
    assert record["doc"]


def test_two_types_that_events_hold_never_share_a_name():
    held = {inner for event in EVENTS.values() for inner in golden.inner_types(event)}
    assert len({full_name(inner) for inner in held}) == len(held)


@pytest.mark.parametrize("view", VIEWS.values(), ids=lambda view: view.name)
def test_a_document_comes_back_from_avro_as_it_was(view: View[Any]):
    for document in (sample(view.document), *view.fold(shop_history(40)).values()):
        again = codec.decode(codec.encode(document), view.document)
        assert again == document
        assert codec.encode(again) == codec.encode(document)


def test_two_types_that_documents_hold_never_share_a_name():
    held = {inner for view in VIEWS.values() for inner in golden.inner_types(view.document)}
    assert len({full_name(inner) for inner in held}) == len(held)


@every_event
@given(data=st.data())
def test_an_event_comes_back_from_avro_as_it_was(name: str, data: st.DataObject):
    event = data.draw(anything(EVENTS[name]))
    assert codec.decode(codec.encode(event), EVENTS[name]) == event


@every_event
def test_an_event_that_was_given_the_least_reads_as_one_with_its_defaults(name: str):
    """The defaults of the schema are those of the type."""
    kind = EVENTS[name]
    fields = msgspec.structs.fields(kind)
    numbers = count(1)
    needed = [sample(field.type, numbers) for field in fields if field.required]
    short = schemas.record_schema(kind)
    short["fields"] = [field for field in short["fields"] if "default" not in field]
    written = fastavro.parse_schema(short)
    record = codec.to_record(kind)(kind(*needed))
    buffer = BytesIO()
    fastavro.schemaless_writer(
        buffer, written, {f["name"]: record[f["name"]] for f in short["fields"]}
    )
    assert codec.decode(buffer.getvalue(), kind, written) == kind(*needed)


@every_event
def test_every_event_has_golden_bytes(name: str):
    assert name in golden.newest(), "run `make golden`"


@every_golden_event
def test_what_a_published_version_stored_is_read_and_nothing_of_it_is_lost(
    name: str, entry: golden.Entry
):
    stored = bytes.fromhex(entry.bytes)
    event = msgspec.msgpack.decode(stored, type=EVENTS[name])
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(event))
    assert begins(again, msgspec.msgpack.decode(stored))


@every_golden_event
def test_fields_and_symbols_are_only_appended(name: str, entry: golden.Entry):
    current = {
        full_name(inner): golden.names_in(inner) for inner in golden.inner_types(EVENTS[name])
    }
    kept = {kind: current.get(kind, ())[: len(names)] for kind, names in entry.types.items()}
    assert kept == entry.types


def begins(new: Any, old: Any) -> bool:
    """Say whether `new` is `old`, but for what was appended to it or to anything inside it."""
    if isinstance(old, list):
        return len(new) >= len(old) and all(
            begins(inner, before) for inner, before in zip(new, old, strict=False)
        )
    return bool(new == old)


def test_a_published_entry_is_never_rewritten(tmp_path, monkeypatch):
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    assert golden.add("v1") == list(EVENTS)
    path = tmp_path / "events-v1.json"
    entries = json.loads(path.read_text())
    entries["StockReserved"]["bytes"] = "90"
    path.write_text(json.dumps(entries))
    with pytest.raises(golden.Changed):
        golden.add("v1")
    assert json.loads(path.read_text()) == entries
    assert golden.add("v2") == ["StockReserved"]
    assert golden.add("v2") == []
