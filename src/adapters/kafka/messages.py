"""Events as Kafka carries them: an Avro record as the value, CloudEvents in the headers.

Headers: CloudEvents 1.0, Kafka protocol binding, binary mode. A message holds everything that the
log does of an event, so that a log can be made again of messages alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from adapters.avro.naming import full_name
from adapters.kafka.names import TopicNames, category_of
from adapters.kafka.records import RecordCodec
from adapters.kafka.registry import Registry
from adapters.kafka.timestamps import timestamp
from adapters.kafka.wire import (
    Header,
    Undecodable,
    Wire,
    content_of,
    moment_of,
    number_of,
    position_of,
    shown,
    text_of,
)
from oms_core.engine.catalog import EVENTS
from oms_core.kernel import Event, Recorded

__all__ = ["EventCodec", "Header", "Undecodable", "Wire", "position_of"]

CONTENT_TYPE: Header = ("content-type", b"application/avro")
SPEC_VERSION: Header = ("ce_specversion", b"1.0")
TRACE = "traceparent"
CATEGORIES_KEPT = 64


class _Place(NamedTuple):
    """What all messages of one category share."""

    topic: str
    source: Header


class EventCodec:
    """Turns events of the log into messages and back, losing nothing."""

    def __init__(self, registry: Registry, prefix: str) -> None:
        """Take the registry of schemas, and what the names of the cell's topics begin with."""
        self._names = TopicNames(prefix)
        self._records = RecordCodec(registry, EVENTS.values())
        self._place_of = lru_cache(CATEGORIES_KEPT)(self._place)
        self._types: dict[type[Event], Header] = {
            event: ("ce_type", full_name(event).encode()) for event in EVENTS.values()
        }

    def encode(self, recorded: Recorded) -> Wire:
        """Return the message that carries an event.

        :raises RegistryError: if its schema is not registered, or the registry does not answer.
        """
        event, key, sequence = recorded.event, recorded.stream.encode(), b"%d" % recorded.version
        place = self._place_of(category_of(recorded.stream))
        headers = [
            CONTENT_TYPE,
            SPEC_VERSION,
            ("ce_id", b"%b#%b" % (key, sequence)),
            self._types[type(event)],
            place.source,
            ("ce_subject", key),
            ("ce_time", timestamp(recorded.occurred_at)),
            ("ce_recordedat", timestamp(recorded.recorded_at)),
            ("ce_sequence", sequence),
            ("ce_position", b"%d" % recorded.position),
            ("ce_actor", recorded.actor.encode()),
            ("ce_causationid", recorded.causation_id.encode()),
            ("ce_correlationid", recorded.correlation_id.encode()),
        ]
        if recorded.trace:
            headers.append((TRACE, recorded.trace.encode()))
        return Wire(place.topic, key, self._records.encode(event), headers)

    def decode(self, wire: Wire) -> Recorded:
        """Return the event that a message carries.

        :raises Undecodable: with a code that says what is wrong.
        :raises RegistryUnavailable: if the registry does not answer; it may later.
        """
        headers = dict(wire.headers)
        _expect(headers, *CONTENT_TYPE, "content_type.unknown")
        _expect(headers, *SPEC_VERSION, "version.future")
        stream, version = text_of(headers, "ce_subject"), number_of(headers, "ce_sequence")
        if wire.key != headers["ce_subject"]:
            detail = f"The key is {shown(wire.key)}, but ce_subject says {stream!r}."
            raise Undecodable("key.mismatch", detail)
        _expect(headers, "ce_id", b"%b#%d" % (wire.key, version), "id.mismatch")
        _expect(headers, *self._place_of(category_of(stream)).source, "source.mismatch")
        event = self._records.decode(wire.value)
        _expect(headers, *self._types[type(event)], "type.mismatch")
        return Recorded(
            stream,
            version,
            event,
            moment_of(headers, "ce_recordedat"),
            moment_of(headers, "ce_time"),
            text_of(headers, "ce_actor"),
            text_of(headers, "ce_causationid"),
            text_of(headers, "ce_correlationid"),
            number_of(headers, "ce_position"),
            text_of(headers, TRACE) if TRACE in headers else "",
        )

    def _place(self, category: str) -> _Place:
        source = f"/{self._names.prefix}/{category}".encode()
        return _Place(self._names.events(category), ("ce_source", source))


def _expect(headers: dict[str, bytes], name: str, expected: bytes, code: str) -> None:
    """Check that a header is what it must be.

    :raises Undecodable: `header.missing`, or `code`.
    """
    content = content_of(headers, name)
    if content != expected:
        raise Undecodable(code, f"{name} is {shown(content)}; {shown(expected)} was expected.")
