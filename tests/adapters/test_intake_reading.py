"""What a channel has sent is read in stages, and each stage says what is wrong in its own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.avro.naming import full_name
from adapters.avro.schemas import record_schema
from adapters.intake import inbound
from adapters.intake.fitting import fits
from adapters.intake.forms import Unfit, check
from adapters.kafka.reading import Reader, Refusable, conversation_of, key_of_command
from adapters.kafka.unread import Origin, message_id_of, park, restored, stream_of
from adapters.kafka.wire import Undecodable, Wire
from oms_core.domain.order.commands import PlaceOrder
from oms_core.engine.cause import Cause, Unread
from oms_core.kernel import Instant
from tests.adapters.test_inbound import SAID
from tests.support.inbound_wire import TOPIC, Sender, order, registered
from tests.support.registry import MemoryRegistry

PLACE = Origin("web", TOPIC, 3, 42)
REGISTRY = registered(MemoryRegistry())
READER, SENDER = Reader(REGISTRY), Sender(REGISTRY)
GOOD = SENDER.wire(order("1001"))
TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PLACE_ORDER = b"oms.inbound.PlaceOrder"


def read(wire: Wire) -> Cause:
    return READER.read(PLACE, wire)


def as_json(body: object, kind: bytes = PLACE_ORDER, key: bytes = b"1001") -> Wire:
    value = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Wire(TOPIC, key, value, [("content-type", b"application/json"), ("ce_type", kind)])


def builtins(**changed: Any) -> dict[str, Any]:
    return {**msgspec.to_builtins(order("1001")), **changed}


@pytest.mark.parametrize(("message", "key", "command"), SAID)
def test_a_message_is_the_command_that_it_asks_for_under_its_own_name(message, key, command):
    wire = SENDER.wire(message)
    cause = read(wire)
    assert (wire.key, cause.command) == (key.encode(), command)
    assert cause == Cause(
        command,
        "oms.web.inbound.v1[3]@42",
        "channel:web",
        Instant(0),
        conversation_of(command),
    )
    assert key_of_command(command) == wire.key


def test_an_order_and_its_payments_are_one_conversation():
    assert {
        conversation_of(command) for _, key, command in SAID if key.startswith(("1001", "web:1001"))
    } == {"web:1001"}


def test_headers_say_when_it_was_said_and_what_it_is_part_of():
    headers = [
        ("content-type", b"application/avro"),
        ("ce_type", PLACE_ORDER),
        ("ce_id", b"evt-7"),
        ("ce_time", b"2026-01-31T12:00:00Z"),
        ("traceparent", TRACE),
    ]
    cause = read(GOOD._replace(headers=headers))
    assert cause.occurred_at == 1_769_860_800_000_000
    assert cause.trace == TRACE.decode()
    assert cause.cause_id == "oms.web.inbound.v1[3]@42|evt-7"
    assert message_id_of(cause.cause_id) == "evt-7"
    assert Origin.named(cause.cause_id) == PLACE


@pytest.mark.parametrize("trace", [b"", b"\xff", b"00-nonsense-01", TRACE.upper()])
def test_a_trace_that_is_none_is_left_out(trace: bytes):
    assert read(GOOD._replace(headers=[("traceparent", trace)])).trace == ""


@pytest.mark.parametrize("own", [b"", b"\x00", b"a\nb"])
def test_an_id_that_cannot_be_shown_is_no_id(own: bytes):
    assert read(GOOD._replace(headers=[("ce_id", own)])).cause_id == PLACE.name


def test_json_says_the_same_as_avro():
    assert read(as_json(builtins())).command == read(GOOD).command
    assert read(as_json(builtins(placed_at="2026-01-05T00:00:00Z"))).command == read(GOOD).command


OTHER = full_name(inbound.StockCount).encode()
UNKNOWN_ID = b"\x00\x00\x00\x03\xe7" + GOOD.value[5:]
EVENT_ID = REGISTRY.register(
    "oms.other.Thing",
    {"type": "record", "name": "Thing", "namespace": "oms.other", "fields": []},
)
FUTURE: dict[str, Any] = record_schema(inbound.CancelOrder)
FUTURE_ID = REGISTRY.register(
    "future",
    {
        **FUTURE,
        "fields": [
            {"name": "external_ref", "type": {"type": "array", "items": "string"}},
            *FUTURE["fields"][1:],
        ],
    },
)
FUTURE_VALUE = b"\x00" + FUTURE_ID.schema_id.to_bytes(4, "big") + b"\x02\x02x\x00\x00"
BAD_TEXT = GOOD.value.replace(b"C1", b"\xff\xfe", 1)

UNREADABLE: list[tuple[str, str, Callable[[], Wire]]] = [
    ("empty", "value.empty", lambda: GOOD._replace(value=b"")),
    ("too large", "value.too_large", lambda: GOOD._replace(value=bytes(500_001))),
    ("shorter than its frame", "frame.too_short", lambda: GOOD._replace(value=b"\x00\x00")),
    ("of a wrong magic byte", "frame.magic", lambda: GOOD._replace(value=b"{" + GOOD.value[1:])),
    ("of an unknown schema", "schema.unknown_id", lambda: GOOD._replace(value=UNKNOWN_ID)),
    (
        "of an unknown record",
        "type.unknown",
        lambda: GOOD._replace(value=b"\x00" + EVENT_ID.schema_id.to_bytes(4, "big")),
    ),
    (
        "of a future version that has broken the contract",
        "schema.not_readable",
        lambda: GOOD._replace(value=FUTURE_VALUE),
    ),
    ("truncated", "body.truncated", lambda: GOOD._replace(value=GOOD.value[:-3])),
    ("followed by more", "body.trailing", lambda: GOOD._replace(value=GOOD.value + b"!")),
    ("of text that is not UTF-8", "body.invalid", lambda: GOOD._replace(value=BAD_TEXT)),
    (
        "of a type that nobody knows",
        "type.unknown",
        lambda: GOOD._replace(headers=[("ce_type", b"oms.inbound.PlaceBet")]),
    ),
    (
        "of another type than its headers say",
        "type.mismatch",
        lambda: GOOD._replace(headers=[("ce_type", OTHER)]),
    ),
    (
        "of a type in bad UTF-8",
        "header.not_utf8",
        lambda: GOOD._replace(headers=[("ce_type", b"\xff")]),
    ),
    (
        "of a wrong content type",
        "content_type.unknown",
        lambda: GOOD._replace(headers=[("content-type", b"text/xml")]),
    ),
    (
        "of a time that is none",
        "header.not_a_time",
        lambda: GOOD._replace(headers=[("ce_time", b"yesterday")]),
    ),
    (
        "of a time before all others",
        "header.not_a_time",
        lambda: GOOD._replace(headers=[("ce_time", b"1969-12-31T23:59:59Z")]),
    ),
    ("under a wrong key", "key.mismatch", lambda: GOOD._replace(key=b"1002")),
    ("without a key", "key.missing", lambda: GOOD._replace(key=b"")),
    ("under a key in bad UTF-8", "key.mismatch", lambda: GOOD._replace(key=b"\xff\xfe")),
    ("JSON garbage", "json.invalid", lambda: as_json(b'{"external_ref": ')),
    ("JSON of another coding", "json.not_utf8", lambda: as_json(b'{"external_ref": "\xe9"}')),
    ("JSON that is no object", "json.not_an_object", lambda: as_json([1])),
    (
        "JSON that names a field twice",
        "json.repeated_field",
        lambda: as_json(b'{"external_ref": "1", "external_ref": "2"}'),
    ),
    ("JSON with NaN", "json.not_a_number", lambda: as_json(b'{"priority": NaN}')),
    ("JSON with Infinity", "json.not_a_number", lambda: as_json(b'{"priority": -Infinity}')),
    (
        "JSON that is nested deep",
        "json.too_deep",
        lambda: as_json(b'{"a":' * 40 + b"1" + b"}" * 40),
    ),
    (
        "JSON that is nested deeper than a stack",
        "json.too_deep",
        lambda: as_json(b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    ),
    (
        "JSON of no type",
        "header.missing",
        lambda: GOOD._replace(headers=[("content-type", b"application/json")]),
    ),
]


@pytest.mark.parametrize(
    ("code", "wire"),
    [(code, wire) for _, code, wire in UNREADABLE],
    ids=[name for name, _, _ in UNREADABLE],
)
def test_what_cannot_be_read_is_kept_as_it_came_with_its_own_error(
    code: str, wire: Callable[[], Wire]
):
    with pytest.raises(Undecodable) as refused:
        read(wire())
    assert (refused.value.code, bool(refused.value.detail)) == (code, True)
    parked = park(PLACE, wire(), refused.value)
    assert isinstance(parked.cause, Unread)
    assert restored(parked.cause) == (PLACE, wire())
    assert parked.error.startswith(f"{code}: ")
    assert "\x00" not in parked.error


MISFITS: list[tuple[str, str, Callable[[], Wire]]] = [
    ("NUL in text", "customer_id", lambda: SENDER.wire(order("1001", customer_id="a\x00b"))),
    (
        "text that is too long",
        "customer_id",
        lambda: SENDER.wire(order("1001", customer_id="x" * 501)),
    ),
    (
        "a time before 1970",
        "placed_at",
        lambda: SENDER.wire(replace(order("1001"), placed_at=Instant(-1))),
    ),
    ("an unknown word", "on_shortage", lambda: as_json(builtins(on_shortage="never"))),
    ("an unknown field", "coupon", lambda: as_json(builtins(coupon="X"))),
    ("a fraction", "priority", lambda: as_json(builtins(priority=1.5))),
    ("a number as text", "priority", lambda: as_json(builtins(priority="1"))),
    ("a number beyond all bounds", "priority", lambda: as_json(builtins(priority=2**70))),
    ("half of a surrogate pair", "currency", lambda: as_json(builtins(currency="\ud800"))),
    ("a number that cannot be added up", "PlaceOrder", lambda: as_json(builtins(priority=2**60))),
    ("no reference", "external_ref", lambda: SENDER.wire(order(""))),
]


@pytest.mark.parametrize(
    ("field", "wire"),
    [(field, wire) for _, field, wire in MISFITS],
    ids=[name for name, _, _ in MISFITS],
)
def test_a_field_that_does_not_fit_is_named_so_that_the_sender_can_mend_it(
    field: str, wire: Callable[[], Wire]
):
    with pytest.raises(Refusable) as refused:
        read(wire())
    assert refused.value.places
    assert [misfit.field for misfit in refused.value.misfits] == [field]
    assert all(misfit.rule and misfit.remedy for misfit in refused.value.misfits)


def test_every_field_that_does_not_fit_is_named_at_once():
    body = builtins(on_shortage="never", coupon="X", priority=1.5)
    del body["currency"]
    with pytest.raises(Refusable) as refused:
        read(as_json(body))
    assert {m.field for m in refused.value.misfits} == {
        "on_shortage",
        "coupon",
        "priority",
        "currency",
    }


def test_a_payment_notice_that_answers_no_request_is_refused():
    notice = as_json(
        {"request_key": "nonsense", "outcome": "failed"}, b"oms.inbound.PaymentNotice", b"nonsense"
    )
    with pytest.raises(Refusable) as refused:
        read(notice)
    assert not refused.value.places


@pytest.mark.parametrize(
    ("key", "stream"),
    [
        (b"1001", "inbound:web:1001"),
        ("café 7".encode(), "inbound:web:café 7"),
        (b"\xff", "inbound:web:0xff"),
        (b"a\x00b", "inbound:web:0x610062"),
        (b"0xff", "inbound:web:0x30786666"),
        (b"", "inbound:oms.web.inbound.v1[3]@42"),
    ],
)
def test_messages_wait_behind_others_of_their_key_whatever_it_is(key: bytes, stream: str):
    assert stream_of(PLACE, key) == stream


@given(st.binary(min_size=1, max_size=12), st.binary(min_size=1, max_size=12))
@example(b"0xff", b"\xff")
def test_two_keys_never_wait_for_each_other(one: bytes, other: bytes):
    assert (stream_of(PLACE, one) == stream_of(PLACE, other)) == (one == other)


@given(text=st.text(max_size=6), number=st.sampled_from([0, 1, -1, 10**15, 2**62, -(2**63)]))
@example(text="\x00", number=1)
def test_what_passes_the_quick_check_passes_the_one_with_words(text: str, number: int):
    message = replace(order("1001"), customer_id=text, priority=number, ship_by=Instant(number))
    if fits(message):
        check(message, "the contract")
    else:
        try:
            check(message, "the contract")
        except Unfit:
            pass
        else:
            assert abs(number) > 10**15


def test_a_value_that_is_read_again_is_the_same_command():
    cause = read(GOOD)
    parked = park(PLACE, GOOD, Undecodable("test", "test"))
    assert isinstance(parked.cause, Unread)
    assert READER.read(*restored(parked.cause)) == cause
    assert isinstance(cause.command, PlaceOrder)
