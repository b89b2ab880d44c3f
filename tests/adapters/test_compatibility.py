"""Changes that would break somebody are refused, and the field is named."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from adapters.avro.compatibility import breaches
from tests.architecture.test_published import reads
from tests.support import golden, published

Json = dict[str, Any]

CARD: Json = {
    "type": "record",
    "name": "Card",
    "namespace": "test",
    "fields": [{"name": "digits", "type": "string"}, {"name": "year", "type": "long"}],
}

ORDER: Json = {
    "type": "record",
    "name": "Order",
    "namespace": "test",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "units", "type": "long"},
        {"name": "note", "type": "string", "default": ""},
        {
            "name": "kind",
            "type": {
                "type": "enum",
                "name": "Kind",
                "namespace": "test",
                "symbols": ["sale", "gift", "other"],
                "default": "other",
            },
        },
        {
            "name": "price",
            "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
        },
        {"name": "cards", "type": {"type": "array", "items": CARD}},
        {"name": "spare", "type": ["null", "test.Card"], "default": None},
        {"name": "tags", "type": {"type": "map", "values": "long"}, "default": {}},
        {"name": "hash", "type": {"type": "fixed", "name": "Hash", "size": 16}, "default": ""},
    ],
}


def changed(*path: str | int, to: Any) -> Json:
    """Return the order with one thing in it changed; fields go by their names."""
    schema: Any = deepcopy(ORDER)
    inner = schema
    for step in path[:-1]:
        inner = field(inner, step) if isinstance(inner, list) else inner[step]
    if isinstance(inner, list) and isinstance(path[-1], str):
        place = inner.index(field(inner, path[-1]))
        inner[place : place + 1] = [] if to is None else [to]
    else:
        inner[path[-1]] = to
    return schema


def field(fields: list[Json], name: str | int) -> Any:
    return next(f for f in fields if f["name"] == name) if isinstance(name, str) else fields[name]


def reordered(first: str, second: str) -> Json:
    """Return the order with two fields in each other's places."""
    schema = deepcopy(ORDER)
    names = [f["name"] for f in ORDER["fields"]]
    one, other = names.index(first), names.index(second)
    fields = schema["fields"]
    fields[one], fields[other] = fields[other], fields[one]
    return schema


def appended(*fields: Json) -> Json:
    schema = deepcopy(ORDER)
    schema["fields"] += fields
    return schema


KIND = ("fields", "kind", "type")
PRICE = ("fields", "price", "type")

BROKEN = {
    "a field removed": (changed("fields", "units", to=None), "test.Order", "units"),
    "a field with a default removed": (changed("fields", "note", to=None), "test.Order", "note"),
    "a field renamed": (changed("fields", "units", "name", to="pieces"), "test.Order", "units"),
    "a type narrowed": (changed("fields", "units", "type", to="int"), "test.Order", "units"),
    "a type widened": (changed("fields", "units", "type", to="double"), "test.Order", "units"),
    "a type made optional": (
        changed("fields", "units", "type", to=["null", "long"]),
        "test.Order",
        "units",
    ),
    "an optional type made strict": (
        changed("fields", "spare", "type", to="test.Card"),
        "test.Order",
        "spare",
    ),
    "a field added without a default": (
        appended({"name": "extra", "type": "string"}),
        "test.Order",
        "extra",
    ),
    "a default taken away": (
        changed("fields", "note", to={"name": "note", "type": "string"}),
        "test.Order",
        "note",
    ),
    "a default changed": (changed("fields", "note", "default", to="-"), "test.Order", "note"),
    "a symbol dropped": (changed(*KIND, "symbols", to=["sale", "other"]), "test.Order", "kind"),
    "symbols in another order": (
        changed(*KIND, "symbols", to=["gift", "sale", "other"]),
        "test.Order",
        "kind",
    ),
    "the default of symbols changed": (changed(*KIND, "default", to="sale"), "test.Order", "kind"),
    "an enumeration renamed": (changed(*KIND, "name", to="Sort"), "test.Order", "kind"),
    "a scale changed": (changed(*PRICE, "scale", to=3), "test.Order", "price"),
    "a precision changed": (changed(*PRICE, "precision", to=12), "test.Order", "price"),
    "a logical type dropped": (changed(*PRICE, to="bytes"), "test.Order", "price"),
    "a fixed size changed": (
        changed("fields", "hash", "type", "size", to=32),
        "test.Order",
        "hash",
    ),
    "values of a map changed": (
        changed("fields", "tags", "type", "values", to="string"),
        "test.Order",
        "tags{}",
    ),
    "fields in another order": (reordered("id", "units"), "test.Order", "id"),
    "a field of an inner record removed": (
        changed("fields", "cards", "type", "items", "fields", "year", to=None),
        "test.Card",
        "year",
    ),
    "an inner record renamed": (
        json.loads(json.dumps(ORDER).replace('"Card"', '"Token"').replace("t.Card", "t.Token")),
        "test.Order",
        "cards[]",
    ),
    "a record renamed": (changed("name", to="Purchase"), "test.Order", ""),
}

MISSED_BY_AVRO = {
    "a field with a default removed",
    "a default changed",
    "symbols in another order",
    "a symbol dropped",
    "the default of symbols changed",
    "a scale changed",
    "a precision changed",
    "a logical type dropped",
    "fields in another order",
    "a default taken away",
}
"""What Avro's own checker lets pass in both directions."""


@pytest.mark.parametrize("what", BROKEN)
def test_a_change_that_breaks_somebody_is_refused_with_the_field_named(what: str):
    schema, record, name = BROKEN[what]
    found = breaches(ORDER, schema)
    assert (record, name) in [(breach.record, breach.field) for breach in found]
    assert all(breach.rule.endswith(".") and breach.remedy for breach in found)


@pytest.mark.parametrize("what", BROKEN)
def test_we_refuse_all_that_avro_refuses_and_what_it_misses(what: str):
    schema, _, _ = BROKEN[what]
    assert (reads(schema, ORDER) and reads(ORDER, schema)) is (what in MISSED_BY_AVRO)


@pytest.mark.parametrize(
    "schema",
    [
        ORDER,
        appended({"name": "extra", "type": "string", "default": ""}),
        appended({"name": "extra", "type": ["null", "test.Kind"], "default": None}),
        changed(*KIND, "symbols", to=["sale", "gift", "other", "loan"]),
        changed("fields", "units", "doc", to="Pieces."),
        changed("doc", to="An order."),
    ],
)
def test_what_breaks_nobody_is_let_pass(schema: Json):
    assert breaches(ORDER, schema) == ()
    assert reads(schema, ORDER)
    assert reads(ORDER, schema)


def test_where_nothing_is_stored_by_place_fields_may_move_and_defaulted_ones_may_go():
    moved = reordered("id", "units")
    del moved["fields"][2]
    assert breaches(ORDER, moved, stored=False) == ()
    assert reads(moved, ORDER)
    assert reads(ORDER, moved)


def test_a_breach_says_what_is_wrong_and_what_to_do_in_one_line():
    (breach,) = breaches(ORDER, BROKEN["a scale changed"][0])
    assert str(breach) == (
        "test.Order.price: Its scale was 2, and is 3. "
        "Keep it, and append a field with a default, or declare a new record."
    )


def test_an_incompatible_contract_is_not_published(tmp_path, monkeypatch):
    monkeypatch.setattr(published, "FOLDER", tmp_path)
    assert published.add("v1") == list(published.current())
    assert published.add("v1") == []
    subject = "oms.order.LineReserved"
    contracts = dict(published.current())
    contracts[subject] = appended_to(contracts[subject], {"name": "note", "type": "string"})
    monkeypatch.setattr(published, "current", lambda: contracts)
    with pytest.raises(golden.Changed, match=r"in schemas-v1\.json already"):
        published.add("v1")
    with pytest.raises(golden.Changed, match=r"oms\.order\.LineReserved\.note: .* no default"):
        published.add("v2")
    contracts[subject] = appended_to(
        published.versions(subject)[0], {"name": "note", "type": "string", "default": ""}
    )
    assert published.add("v2") == [subject]
    assert len(published.versions(subject)) == 2


def appended_to(schema: Any, added: Json) -> Json:
    return {**schema, "fields": [*schema["fields"], added]}
