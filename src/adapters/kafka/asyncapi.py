"""The AsyncAPI 3 document of a cell: every topic, what stands in it, and who publishes it.

It is generated from what the program goes by: the contracts, the declaration of topics and the
names. Source: AsyncAPI 3.0.0, Kafka bindings 0.5.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

import msgspec

from adapters.avro.contracts import SUBJECTS
from adapters.avro.naming import full_name
from adapters.avro.schemas import by_boundary, record_schema
from adapters.intake import inbound, replies
from adapters.kafka.api_headers import HEADERS, schema_of
from adapters.kafka.arrivals import processes
from adapters.kafka.names import TopicNames, dead_letters
from adapters.kafka.topics import Declaration, Kind
from oms_core.kernel import CommandRefused
from projections.catalog import VIEWS

Json = dict[str, Any]

AVRO = "application/vnd.apache.avro;version=1.9.0"
BINDING = "0.5.0"
ABOUT = """An event-sourced order management system. Channels publish what they want to inbound
topics, and are told what became of it; everything that happens is an event; the documents of the
read models are compacted topics. Values are Avro records behind the id of their schema in a
registry (Confluent's wire format); headers are CloudEvents 1.0, binary mode."""
KEYS = {
    "event": "The stream, such as order:web:1001: what happens in it stays in order.",
    "inbound": "What the message is about: the reference of an order, a payment, an item.",
    "outcome": "The key of the message that is answered.",
    "state": "The document's key. A message without a value says that the document is gone.",
    "dead_letter": "As it came.",
}


def document(names: TopicNames, declared: Declaration) -> Json:
    """Return the document of a cell whose topics are declared so."""
    channels = {
        **_event_channels(names, declared.events),
        **_state_channels(names, declared.state),
        **_channels_of_channels(names, declared),
        **_dead_letter_channels(names, declared),
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Order management: the topics of {names.prefix}",
            "version": version("oms"),
            "description": " ".join(ABOUT.split()),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/avro",
        "servers": {
            "brokers": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "The brokers of the cell.",
                "variables": {"bootstrap": {"default": "localhost:9092"}},
            }
        },
        "channels": channels,
        "operations": _operations(channels),
        "components": {
            "messages": _messages(),
            "messageTraits": {kind: _trait(kind) for kind in HEADERS},
            "schemas": {
                **{subject: _avro(kind) for subject, kind in sorted(SUBJECTS.items())},
                **{f"{kind}_headers": schema_of(kind) for kind in HEADERS},
            },
        },
    }


def _event_channels(names: TopicNames, declared: Kind) -> Json:
    found = {}
    for category in declared.partitions:
        kinds = by_boundary().get(category, ())
        if category in processes():
            kinds = (*kinds, CommandRefused)
        title = f"What happened to {category} streams, for ever."
        topic = names.events(category)
        found[f"events.{category}"] = _channel(topic, title, kinds, declared, category)
    return found


def _state_channels(names: TopicNames, declared: Kind) -> Json:
    return {
        f"state.{view}": _channel(
            names.state(view),
            f"The documents of the view {view} as they are now.",
            (VIEWS[view].document,),
            declared,
            view,
        )
        for view in declared.partitions
    }


def _channels_of_channels(names: TopicNames, declared: Declaration) -> Json:
    said, told = names.inbound("{channel}"), names.outcomes("{channel}")
    found = {
        "inbound": _channel(said, "What a channel says.", inbound.MESSAGES, declared.inbound),
        "outcomes": _channel(
            told,
            "What became of each message of a channel: exactly one outcome, and another one "
            "when a message that was parked has ended.",
            replies.REPLIES,
            declared.outcomes,
        ),
    }
    for channel in found.values():
        channel["parameters"] = {"channel": _parameter(declared.inbound)}
    return found


def _dead_letter_channels(names: TopicNames, declared: Declaration) -> Json:
    found = {}
    for consumer in declared.dead_letters.partitions:
        of_events = consumer == "projector"
        read = names.events("{category}") if of_events else names.inbound("{channel}")
        title = f"What the consumer `{consumer}` could not take, and why."
        channel = _channel(dead_letters(read, consumer), title, (), declared.dead_letters)
        channel["messages"] = {"dead_letter": _ref("messages", "dead_letter")}
        parameter, kind = (
            ("category", declared.events) if of_events else ("channel", declared.inbound)
        )
        channel["parameters"] = {parameter: _parameter(kind)}
        found[f"dead_letters.{consumer}"] = channel
    return found


def _parameter(kind: Kind) -> Json:
    return {"description": "Each has a topic of its own.", "enum": list(kind.partitions)}


def _channel(
    address: str,
    title: str,
    kinds: Iterable[type[msgspec.Struct]],
    declared: Kind,
    name: str = "",
) -> Json:
    """Return a topic; `name` is given where it is one, and not one for each channel."""
    settings: dict[str, Any] = {"bindingVersion": BINDING}
    if name:
        settings["partitions"] = declared.partitions[name]
    config = {"cleanup.policy": [declared.config["cleanup.policy"]]}
    retention = declared.config.get("retention.ms")
    settings["topicConfiguration"] = (
        config if retention is None else {**config, "retention.ms": int(retention)}
    )
    return {
        "address": address,
        "title": title,
        "messages": {full_name(kind): _ref("messages", full_name(kind)) for kind in kinds},
        "bindings": {"kafka": settings},
    }


def _operations(channels: Mapping[str, Json]) -> Json:
    """Return what we do with each channel: we receive what channels say, and send the rest."""
    found: Json = {}
    for name in channels:
        receives = name == "inbound"
        operation: Json = {
            "action": "receive" if receives else "send",
            "channel": {"$ref": f"#/channels/{name}"},
        }
        if receives:
            operation["reply"] = {"channel": {"$ref": "#/channels/outcomes"}}
        found[f"{operation['action']}.{name}"] = operation
    return found


def _messages() -> Json:
    found = {subject: _message(subject, kind) for subject, kind in sorted(SUBJECTS.items())}
    found["dead_letter"] = {
        "name": "dead_letter",
        "title": "A message that was set aside",
        "summary": "The bytes and headers as they came, and headers that say why.",
        "contentType": "application/octet-stream",
        "traits": [_ref("messageTraits", "dead_letter")],
    }
    return found


def _message(subject: str, kind: type[msgspec.Struct]) -> Json:
    return {
        "name": subject,
        "title": kind.__name__,
        "summary": " ".join((kind.__doc__ or "").split()),
        "contentType": "application/avro",
        "payload": _ref("schemas", subject),
        "traits": [_ref("messageTraits", _group(subject))],
    }


def _group(subject: str) -> str:
    """Return which headers a message has: those of its kind of contract."""
    area = subject.split(".")[1]
    return area if area in ("inbound", "outcome", "state") else "event"


def _trait(kind: str) -> Json:
    bindings: Json = {
        "key": {"type": "string", "description": KEYS[kind]},
        "bindingVersion": BINDING,
    }
    if kind != "dead_letter":
        bindings |= {"schemaIdLocation": "payload", "schemaIdPayloadEncoding": "confluent"}
    trait: Json = {"headers": _ref("schemas", f"{kind}_headers"), "bindings": {"kafka": bindings}}
    if "ce_correlationid" in HEADERS[kind]:
        trait["correlationId"] = {"location": "$message.header#/ce_correlationid"}
    return trait


def _avro(kind: type[msgspec.Struct]) -> Json:
    return {"schemaFormat": AVRO, "schema": record_schema(kind)}


def _ref(section: str, name: str) -> Json:
    return {"$ref": f"#/components/{section}/{name}"}
