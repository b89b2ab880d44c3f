"""Commands written as JSON: each is taken as it is meant, or every bad field is named."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.cli.faults import Fault, Refused
from adapters.cli.forms import example, read_command
from oms_core.domain.order.commands import CancelOrder, PlaceOrder
from oms_core.domain.order.events import CancellationReason
from oms_core.engine.outside import PUBLIC
from oms_core.kernel import Command, Instant
from tests.support.terminal import faults, oms, order

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(("\x00", "x" * 600, "-1", "1e3", "2026-13-01", "=1+1")),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def fields_of(name: str) -> dict[str, Any]:
    fields = example(PUBLIC[name])
    del fields["command"]
    return fields


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path] * bool(path)
    for key, part in inside:
        here = (*path, key)
        found += places(part, here) if isinstance(part, dict | list) else [here]
    return found


def taken(name: str, fields: dict[str, Any]) -> tuple[Command | None, tuple[Fault, ...]]:
    try:
        return read_command(name, fields), ()
    except Refused as refused:
        return None, refused.faults


@pytest.mark.parametrize("name", PUBLIC)
def test_every_command_has_an_example_that_is_taken(name):
    typed = json.loads(json.dumps(fields_of(name)))
    assert type(read_command(name, typed)) is PUBLIC[name]


@given(data=st.data())
@settings(max_examples=200)
def test_a_malformed_command_is_refused_with_reasons_and_never_breaks_anything(data):
    name = data.draw(st.sampled_from(sorted(PUBLIC)))
    fields = fields_of(name)
    *path, last = data.draw(st.sampled_from(places(fields)))
    holder = fields
    for key in path:
        holder = holder[key]
    holder[last] = data.draw(ANYTHING)
    command, refused = taken(name, deepcopy(fields))
    assert all(fault.field and fault.rule and fault.remedy for fault in refused)
    if command is None:
        assert refused
    else:
        packed = msgspec.msgpack.encode(command)
        assert msgspec.msgpack.decode(packed, type=type(command)) == command


def test_every_bad_field_is_named_at_once():
    wrong = order("1001", ("MUG", 2), on_shortage="maybe", colour="red", placed_at="yesterday")
    wrong["lines"][0]["quantity"] = "two"
    del wrong["currency"]
    printed = oms("send", "--json", typed=json.dumps(wrong))
    assert printed.code == 2
    assert sorted(faults(printed)) == [
        ("colour", '"red"'),
        ("currency", ""),
        ("lines[0].quantity", '"two"'),
        ("on_shortage", '"maybe"'),
        ("placed_at", '"yesterday"'),
    ]


def test_times_are_iso_8601_and_enums_are_their_words():
    fields = {**fields_of("PlaceOrder"), "placed_at": "2026-01-31T12:00:00+01:00"}
    placed = read_command("PlaceOrder", fields)
    assert isinstance(placed, PlaceOrder)
    assert placed.placed_at == Instant(1_769_857_200_000_000)
    cancelled = read_command("CancelOrder", {"order_id": "web:1", "reason": "fraud"})
    assert cancelled == CancelOrder("web:1", CancellationReason.FRAUD)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("", [("file", "-")]),
        ("not json", [("-", '"not json"')]),
        ("[1, 2]", [("1: command", "1"), ("2: command", "2")]),
        ('{"command": "MakeTea"}', [("command", "MakeTea")]),
        ('{"order_id": "web:1"}', [("command", '{"order_id":"web:1"}')]),
        ('{"command": 1}\n{"command"', [("-, line 2", '"{\\"command\\""')]),
        ("[" * 100_000, [("-", '"' + "[" * 118 + "…")]),
    ],
)
def test_what_is_no_command_is_refused_with_its_place(typed, wanted):
    printed = oms("send", "--json", "--check", typed=typed)
    assert (printed.code, faults(printed)) == (2, wanted)


def test_a_file_that_is_not_there_is_named(tmp_path):
    missing = str(tmp_path / "order.json")
    printed = oms("send", missing, "--json")
    assert (printed.code, faults(printed)) == (2, [("file", missing)])


def test_a_file_that_is_not_text_is_named(tmp_path):
    (tmp_path / "order.json").write_bytes(b"\xff\xfe\x00")
    printed = oms("send", str(tmp_path / "order.json"), "--json")
    assert (printed.code, faults(printed)) == (2, [("file", str(tmp_path / "order.json"))])


def test_an_example_can_be_sent_as_it_is():
    shown = oms("send", "--example", "ReceiveStock").out
    assert oms("send", "--check", "--json", typed=shown).data == {"valid": 1}


def test_commands_are_listed_by_boundary():
    listed = oms("send", "--list", "--json").data
    assert sorted(name for names in listed.values() for name in names) == sorted(PUBLIC)


def test_what_only_our_own_processes_say_is_not_taken_from_outside():
    printed = oms("send", "--json", typed='{"command": "RecordShipment"}')
    assert (printed.code, faults(printed)) == (2, [("command", "RecordShipment")])
    (error,) = printed.data["errors"]
    assert error["rule"].startswith("Only our own processes give this command")
