"""Poison: messages of every kind that cannot be read, as channels have been seen to send them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from adapters.avro.naming import full_name
from adapters.avro.schemas import record_schema
from adapters.intake import inbound
from adapters.kafka.registry import Registry
from adapters.kafka.wire import Wire
from tests.support.inbound_wire import Sender, order

Make = Callable[[str, str], Wire]
Changed = Callable[[Wire], Wire]
OTHER = full_name(inbound.StockCount).encode()
PLACE_ORDER = full_name(inbound.PlaceOrder).encode()
JSON = ("content-type", b"application/json")
TOO_LARGE = 500_001
UNKNOWN_ID = b"\x00\x3f\xff\xff\xff"
FOREIGN = {
    "type": "record",
    "name": "Foreign",
    "namespace": "elsewhere",
    "fields": [{"name": "id", "type": "string", "default": ""}],
}


def _future() -> dict[str, Any]:
    """Return a version of a record that breaks the contract, as others may register it."""
    schema: dict[str, Any] = record_schema(inbound.CancelOrder)
    reference, *others = schema["fields"]
    return {
        **schema,
        "fields": [{**reference, "type": {"type": "array", "items": "string"}}, *others],
    }


def _frame(schema_id: int) -> bytes:
    return b"\x00" + schema_id.to_bytes(4, "big")


def _json(body: bytes | object) -> Changed:
    value = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda good: good._replace(value=value, headers=[JSON, ("ce_type", PLACE_ORDER)])


def _headed(*headers: tuple[str, bytes]) -> Changed:
    return lambda good: good._replace(headers=[*headers])


def poisons(registry: Registry) -> Iterator[tuple[str, str, Make]]:
    """Yield each kind by name, with its code, and what makes one for a topic and a key."""
    sender = Sender(registry)
    for name, code, changed in _kinds(registry):

        def make(topic: str, key: str, changed: Changed = changed) -> Wire:
            return changed(sender.wire(order(key), topic))

        yield name, code, make


def _kinds(registry: Registry) -> Iterator[tuple[str, str, Changed]]:
    yield "tombstone", "value.empty", lambda good: good._replace(value=b"")
    yield "huge", "value.too_large", lambda good: good._replace(value=good.value + bytes(TOO_LARGE))
    yield "two bytes", "frame.too_short", lambda good: good._replace(value=b"\x00\x00")
    yield "wrong magic", "frame.magic", lambda good: good._replace(value=b"{" + good.value[1:])
    yield (
        "unknown schema",
        "schema.unknown_id",
        lambda good: good._replace(value=UNKNOWN_ID + good.value[5:]),
    )
    foreign = _frame(registry.register("elsewhere.Foreign", FOREIGN).schema_id)
    yield "foreign record", "type.unknown", lambda good: good._replace(value=foreign + b"\x02x")
    future = _frame(registry.register("future.CancelOrder", _future()).schema_id)
    yield (
        "future version",
        "schema.not_readable",
        lambda good: good._replace(value=future + b"\x02\x02x\x00\x00"),
    )
    yield "truncated", "body.truncated", lambda good: good._replace(value=good.value[:-3])
    yield "trailing", "body.trailing", lambda good: good._replace(value=good.value + b"!")
    yield (
        "bad UTF-8",
        "body.invalid",
        lambda good: good._replace(value=good.value.replace(b"EUR", b"\xff\xfe\xfd", 1)),
    )
    yield "unknown type", "type.unknown", _headed(("ce_type", b"oms.inbound.PlaceBet"))
    yield "other type", "type.mismatch", _headed(("ce_type", OTHER))
    yield "bad header", "header.not_utf8", _headed(("ce_type", b"\xff\xfe"))
    yield "wrong content", "content_type.unknown", _headed(("content-type", b"text/xml"))
    yield "no time", "header.not_a_time", _headed(("ce_time", b"yesterday"))
    yield "too early", "header.not_a_time", _headed(("ce_time", b"1969-12-31T23:59:59Z"))
    yield (
        "wrong key",
        "key.mismatch",
        lambda good: good._replace(value=good.value.replace(b"wrong-key", b"other-key", 1)),
    )
    yield "garbage", "json.invalid", _json(b'{"external_ref": ')
    yield "latin 1", "json.not_utf8", _json(b'{"external_ref": "\xe9"}')
    yield "list", "json.not_an_object", _json([1])
    yield "repeated", "json.repeated_field", _json(b'{"external_ref": "1", "external_ref": "2"}')
    yield "nan", "json.not_a_number", _json(b'{"priority": NaN}')
    yield "deep", "json.too_deep", _json(b'{"a":' * 40 + b"1" + b"}" * 40)
    yield "bottomless", "json.too_deep", _json(b'{"a":' * 50_000 + b"1" + b"}" * 50_000)
    yield "no type", "header.missing", _headed(JSON)


def wrongs() -> Iterator[tuple[str, str, Wire]]:
    """Yield messages that can be read and are wrong, with the code that their senders are told."""
    body = msgspec.to_builtins(order("1"))
    for name, code, changed in (
        ("unknown word", "form.invalid", {"on_shortage": "never"}),
        ("unknown field", "form.invalid", {"coupon": "X"}),
        ("fraction", "form.invalid", {"priority": 1.5}),
        ("overflow", "form.invalid", {"priority": 2**70}),
        ("not to be added", "form.invalid", {"priority": 2**60}),
        ("nul", "form.invalid", {"customer_id": "a\x00b"}),
        ("surrogate", "form.invalid", {"customer_id": "\ud800"}),
        ("long", "form.invalid", {"customer_id": "x" * 501}),
        ("unknown currency", "order.currency", {"currency": "EURO"}),
        ("unknown country", "order.country", {"ship_to": {"country": "France"}}),
        ("nothing wanted", "order.empty", {"lines": [], "payments": []}),
        ("negative quantity", "line.quantity", {"lines": [{**body["lines"][0], "quantity": -1}]}),
        (
            "inconsistent total",
            "tender.mismatch",
            {"lines": [{**body["lines"][0], "tax_minor": 1}]},
        ),
        (
            "2,001 lines",
            "order.too_many_lines",
            {
                "lines": [
                    {**body["lines"][0], "number": n, "net_minor": 1} for n in range(1, 2002)
                ],
                "payments": [{"method": "card", "amount_minor": 2001}],
            },
        ),
    ):
        key = name.replace(" ", "-")
        value = json.dumps({**body, "external_ref": key, **changed}).encode()
        yield name, code, Wire("", key.encode(), value, [JSON, ("ce_type", PLACE_ORDER)])
