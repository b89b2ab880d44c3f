"""Events as messages: nothing is lost on the way, and what cannot be read says why."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from adapters.avro import schemas
from adapters.avro.naming import full_name
from adapters.kafka.messages import EventCodec, Undecodable, Wire, position_of
from adapters.kafka.registry import NotRegistered
from oms_core.engine.catalog import EVENTS
from oms_core.kernel import Instant, Recorded
from tests.support.messages import sample
from tests.support.registry import MemoryRegistry

PREFIX = "oms.eu"
INSTANTS = st.integers(-(2**63), 2**63 - 1).map(Instant)
TEXT = st.text(max_size=12)
COUNTS = st.integers(1, 2**63 - 1)


def registered() -> MemoryRegistry:
    registry = MemoryRegistry()
    for event in EVENTS.values():
        registry.register(full_name(event), schemas.record_schema(event))
    return registry


REGISTRY = registered()
CODEC = EventCodec(REGISTRY, PREFIX)

PLACED = Recorded(
    "order:web:1001",
    3,
    sample(EVENTS["LineReserved"]),
    Instant(1_769_860_800_000_001),
    Instant(1_769_860_700_000_000),
    "channel:web",
    "order:web:1001#1",
    "web:1001",
    42,
)


@given(
    recorded=st.builds(
        Recorded,
        TEXT.map("order:{}".format),
        COUNTS,
        st.just(sample(EVENTS["LineReserved"])),
        INSTANTS,
        INSTANTS,
        TEXT,
        TEXT,
        TEXT,
        COUNTS,
        TEXT,
    )
)
def test_what_stands_beside_an_event_comes_back_from_its_message(recorded: Recorded):
    assert CODEC.decode(CODEC.encode(recorded)) == recorded


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_comes_back_from_its_message_as_it_was(name: str):
    recorded = structs.replace(PLACED, event=sample(EVENTS[name]))
    assert CODEC.decode(CODEC.encode(recorded)) == recorded


def test_a_message_says_in_its_headers_what_it_is():
    topic, key, value, headers = CODEC.encode(PLACED)
    assert topic == "oms.eu.order.events.v1"
    assert key == b"order:web:1001"
    assert value[:1] == b"\x00"
    assert REGISTRY.schema_of(int.from_bytes(value[1:5], "big"))["name"] == "oms.order.LineReserved"
    assert headers == [
        ("content-type", b"application/avro"),
        ("ce_specversion", b"1.0"),
        ("ce_id", b"order:web:1001#3"),
        ("ce_type", b"oms.order.LineReserved"),
        ("ce_source", b"/oms.eu/order"),
        ("ce_subject", b"order:web:1001"),
        ("ce_time", b"2026-01-31T11:58:20.000000Z"),
        ("ce_recordedat", b"2026-01-31T12:00:00.000001Z"),
        ("ce_sequence", b"3"),
        ("ce_position", b"42"),
        ("ce_actor", b"channel:web"),
        ("ce_causationid", b"order:web:1001#1"),
        ("ce_correlationid", b"web:1001"),
    ]
    assert position_of(headers) == 42


def test_a_message_carries_the_trace_that_its_event_has():
    traced = structs.replace(
        PLACED, trace="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    )
    wire = CODEC.encode(traced)
    assert wire.headers[-1] == ("traceparent", traced.trace.encode())
    assert CODEC.decode(wire) == traced


def test_an_event_whose_schema_is_not_registered_is_not_published():
    with pytest.raises(NotRegistered, match=r"oms\.order\.LineReserved"):
        EventCodec(MemoryRegistry(), PREFIX).encode(PLACED)


WHOLE = CODEC.encode(PLACED)
UNKNOWN_TYPE = b"\x00" + (
    REGISTRY.register(
        "oms.order.Teleported",
        {"type": "record", "name": "Teleported", "namespace": "oms.order", "fields": []},
    )
).schema_id.to_bytes(4, "big")


def headed(**changed: bytes | None) -> Wire:
    """Return the whole message with some headers changed, or left out where they are None."""
    names: Mapping[str, bytes | None] = {
        name.replace("content_type", "content-type"): content for name, content in changed.items()
    }
    headers = {**dict(WHOLE.headers), **names}
    kept = [(name, content) for name, content in headers.items() if content is not None]
    return WHOLE._replace(headers=kept)


POISON = {
    "frame.too_short": (
        WHOLE._replace(value=b""),
        WHOLE._replace(value=WHOLE.value[:4]),
    ),
    "frame.magic": (WHOLE._replace(value=b"{" + WHOLE.value[1:]),),
    "schema.unknown_id": (WHOLE._replace(value=b"\x00\xff\xff\xff\xff" + WHOLE.value[5:]),),
    "type.unknown": (WHOLE._replace(value=UNKNOWN_TYPE),),
    "type.mismatch": (headed(ce_type=b"oms.order.OrderPlaced"),),
    "body.truncated": (
        WHOLE._replace(value=WHOLE.value[:5]),
        WHOLE._replace(value=WHOLE.value[:-1]),
    ),
    "body.trailing": (WHOLE._replace(value=WHOLE.value + b"\x00"),),
    "body.invalid": (WHOLE._replace(value=WHOLE.value[:5] + b"\x02\xff" + WHOLE.value[7:]),),
    "content_type.unknown": (headed(content_type=b"application/json"),),
    "version.future": (headed(ce_specversion=b"2.0"),),
    "header.missing": (
        WHOLE._replace(headers=[]),
        *(headed(**{name: None}) for name in dict(WHOLE.headers)),
    ),
    "header.not_utf8": (
        headed(ce_actor=b"\xff"),
        headed(ce_subject=b"order:\xff")._replace(key=b"order:\xff"),
    ),
    "header.not_a_number": tuple(
        headed(ce_position=content)
        for content in (b"", b"-1", b"1.0", b" 1", b"1_0", b"9" * 19, b"1" * 5000, b"\xd9\xa1")
    ),
    "header.not_a_time": (headed(ce_time=b"yesterday"), headed(ce_recordedat=b"")),
    "key.mismatch": (WHOLE._replace(key=b"order:web:1002"), WHOLE._replace(key=b"")),
    "id.mismatch": (headed(ce_id=b"order:web:1001#4"), headed(ce_sequence=b"4")),
    "source.mismatch": (headed(ce_source=b"/oms.us/order"),),
}


@pytest.mark.parametrize(
    ("code", "wire"), [(code, wire) for code, wires in POISON.items() for wire in wires]
)
def test_a_message_that_cannot_be_read_says_why(code: str, wire: Wire):
    with pytest.raises(Undecodable) as caught:
        CODEC.decode(wire)
    assert caught.value.code == code
    assert caught.value.detail.endswith(".")


@given(value=st.binary(max_size=80))
def test_whatever_the_bytes_are_they_are_read_or_refused(value: bytes):
    frame = WHOLE.value[:5]
    try:
        read = CODEC.decode(WHOLE._replace(value=frame + value))
    except Undecodable:
        return
    assert CODEC.decode(CODEC.encode(read)) == read
