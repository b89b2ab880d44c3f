"""The headers of every kind of message, as others are told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

NUMBER = r"^[0-9]+$"
TRACE = r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
TIME = "RFC 3339, UTC, to the microsecond."


class Described(NamedTuple):
    """What stands in a header; `values` if it can only be one of these."""

    text: str
    required: bool = True
    pattern: str = ""
    values: tuple[str, ...] = ()


AVRO = Described("What the value is.", values=("application/avro",))
EITHER = Described("What the value is.", values=("application/avro", "application/json"))
VERSION = Described("The version of CloudEvents.", values=("1.0",))
TRACEPARENT = Described(
    "W3C Trace Context, from the message that set it off.", required=False, pattern=TRACE
)

HEADERS: Mapping[str, Mapping[str, Described]] = {
    "event": {
        "content-type": AVRO,
        "ce_specversion": VERSION,
        "ce_id": Described("The stream and the version: order:web:1001#3. Drop repeats by it."),
        "ce_type": Described("The full name of the record in the value."),
        "ce_source": Described("The cell and the category: /oms/order."),
        "ce_subject": Described("The stream; also the key of the message."),
        "ce_time": Described(f"When it happened. {TIME}"),
        "ce_recordedat": Described(f"When we learned of it. {TIME}"),
        "ce_sequence": Described("Its version within the stream, from 1.", pattern=NUMBER),
        "ce_position": Described(
            "Its place in the whole log, from 1 and without gaps: events of all topics, put in "
            "order by it, are the log.",
            pattern=NUMBER,
        ),
        "ce_actor": Described("Who caused it."),
        "ce_causationid": Described("The message or event that it follows from."),
        "ce_correlationid": Described("The conversation that it belongs to."),
        "traceparent": TRACEPARENT,
    },
    "state": {
        "content-type": AVRO,
        "ce_specversion": VERSION,
        "ce_id": Described("The view, the key and the position: orders/web:1001@42."),
        "ce_type": Described("The full name of the record in the value."),
        "ce_source": Described("The cell and the view: /oms/orders."),
        "ce_subject": Described("The document's key; also the key of the message."),
        "ce_time": Described(f"When it was published. {TIME}"),
        "ce_position": Described("Up to where in the log it is right.", pattern=NUMBER),
    },
    "inbound": {
        "content-type": EITHER._replace(
            text="What the value is: Avro behind the id of its schema, or JSON with the same "
            "fields. JSON needs ce_type."
        ),
        "ce_specversion": VERSION._replace(required=False),
        "ce_id": Described("Your own name for the message; outcomes repeat it.", required=False),
        "ce_type": Described("The full name of the record in the value.", required=False),
        "ce_source": Described("Who says it.", required=False),
        "ce_time": Described("When it took place, RFC 3339.", required=False),
        "ce_market": Described(
            "The market of an order, where several cells share the topic.", required=False
        ),
        "traceparent": TRACEPARENT._replace(text="W3C Trace Context of your own."),
    },
    "outcome": {
        "content-type": AVRO,
        "ce_specversion": VERSION,
        "ce_id": Described("The message that is answered, and the kind of the outcome."),
        "ce_type": Described("The full name of the record in the value."),
        "ce_source": Described("The cell and the channel: /oms/web/intake."),
        "ce_subject": Described("The key of the message that is answered."),
        "ce_causationid": Described("The message that is answered."),
        "ce_correlationid": Described("The conversation, such as the order.", required=False),
        "traceparent": TRACEPARENT,
    },
    "dead_letter": {
        "oms_error_code": Described("Why it was set aside: stable, programs may go by it."),
        "oms_error_detail": Described("For people: what is wrong with what."),
        "oms_origin": Described("The topic, partition and offset it came from.", required=False),
        "oms_source_topic": Described("The topic it came from.", required=False),
        "oms_source_partition": Described("Its partition.", required=False, pattern=NUMBER),
        "oms_source_offset": Described("Its offset.", required=False, pattern=NUMBER),
        "oms_source_bytes": Described(
            "The bytes that its value had, where it was too long to be shown whole.",
            required=False,
            pattern=NUMBER,
        ),
        "oms_view": Described("The view that could not take the event.", required=False),
        "oms_stream": Described("The stream that waits because of it.", required=False),
    },
}
"""By kind of message; headers of a dead letter come on top of those that it had."""


def schema_of(kind: str) -> dict[str, Any]:
    """Return the headers of a kind of message as a JSON Schema."""
    described = HEADERS[kind]
    return {
        "type": "object",
        "required": [name for name, header in described.items() if header.required],
        "properties": {name: _property(header) for name, header in described.items()},
    }


def _property(header: Described) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "string", "description": header.text}
    if header.values:
        found["enum"] = list(header.values)
    if header.pattern:
        found["pattern"] = header.pattern
    return found
