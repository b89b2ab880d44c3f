"""Messages on event topics, as those who keep views up to date take them.

What a view does not mind is passed over without being decoded. A message that claims to be an event
in its place and cannot be read becomes `Unreadable` there, so that its stream waits. Anything else
is junk: it stands in no order, and only its raw form is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from confluent_kafka import Message

from adapters.avro.naming import boundary_of, full_name
from adapters.kafka.messages import EventCodec
from adapters.kafka.names import TopicNames, category_of
from adapters.kafka.wire import (
    NAME_NOT_UTF8,
    Undecodable,
    Wire,
    content_of,
    headers_of,
    number_of,
    text_of,
    without_headers,
)
from oms_core.engine.catalog import BY_CATEGORY, catalog
from oms_core.kernel import Event, Instant, Recorded, View
from oms_core.policies.config import EUROPE_AND_ASIA
from projections.log import Unreadable

KERNEL = "kernel"
NEVER = Instant(0)


class Junk(NamedTuple):
    """A message that is no event in its place, and why.

    `stream` is the one that its key names, if it names one of the topic's: whatever was meant, that
    stream can no longer be trusted to be whole.
    """

    topic: str
    partition: int
    offset: int
    wire: Wire
    code: str
    detail: str
    stream: str = ""

    @property
    def place(self) -> str:
        """Where the message is, for people."""
        return f"{self.topic}[{self.partition}]@{self.offset}"


@cache
def processes() -> frozenset[str]:
    """Return the categories of the streams that processes write."""
    return frozenset(process.category for process in catalog(EUROPE_AND_ASIA).processes)


@cache
def categories() -> tuple[str, ...]:
    """Return every category of streams: each has an event topic."""
    return tuple(sorted({*BY_CATEGORY, *processes()}))


def event_topics(prefix: str) -> tuple[str, ...]:
    """Return the names of all event topics of a cell."""
    return tuple(TopicNames(prefix).events(category) for category in categories())


def topics_of(view: View[Any], prefix: str) -> frozenset[str]:
    """Return the event topics on which there may be events that a view minds."""
    found: set[str] = set()
    for kind in view.keys:
        boundary = boundary_of(kind)
        found |= processes() if boundary == KERNEL else {boundary}
    return frozenset(TopicNames(prefix).events(category) for category in found)


def opened(message: Message) -> tuple[Wire, Mapping[str, bytes]]:
    """Return a message, and its headers by name; the last of a name counts.

    :raises Undecodable: if the headers cannot be had.
    """
    pairs, key, value = headers_of(message), message.key(), message.value()
    headers: dict[str, Any] = dict(pairs)
    if key is None or value is None or None in headers.values():
        wire = Wire.of(message)
        return wire, dict(wire.headers)
    return Wire(message.topic() or "", key, value, pairs), headers  # type: ignore[arg-type]


class Sieve:
    """Tells the events that some views mind from all other messages of a cell's event topics."""

    def __init__(self, codec: EventCodec, prefix: str, kinds: Iterable[type[Event]]) -> None:
        """Let events of these kinds through."""
        self._codec = codec
        self._kinds: Mapping[bytes, str] = {
            full_name(kind).encode(): kind.__name__ for kind in kinds
        }
        self._sources = {
            TopicNames(prefix).events(category): f"/{prefix}/{category}".encode()
            for category in categories()
        }

    def minds(self, headers: Mapping[str, bytes]) -> bool:
        """Say whether a message with these headers is to be decoded; one without a type is."""
        kind = headers.get("ce_type")
        return kind is None or kind in self._kinds

    def position(self, headers: Mapping[str, bytes], key: bytes, topic: str) -> int:
        """Return the position of a message whose headers say that it is in its place.

        :raises Undecodable: if they do not.
        """
        if headers.get("ce_subject") != key:
            detail = "The key is not what ce_subject says."
            raise Undecodable("key.mismatch", detail)
        if headers.get("ce_source") != self._sources.get(topic):
            detail = f"ce_source is not what it must be on {topic}."
            raise Undecodable("source.mismatch", detail)
        position = number_of(headers, "ce_position")
        if not position:
            raise Undecodable("header.not_a_position", "ce_position is 0; positions begin with 1.")
        return position

    def event(self, wire: Wire) -> Recorded:
        """Return the event of a message that is in its place, or `Unreadable` in that place.

        :raises Undecodable: if its headers do not even say where it belongs.
        :raises RegistryUnavailable: if the registry does not answer; it may later.
        """
        try:
            return self._codec.decode(wire)
        except Undecodable as error:
            return self._unreadable(wire, error)

    def _unreadable(self, wire: Wire, error: Undecodable) -> Recorded:
        headers = dict(wire.headers)
        position = self.position(headers, wire.key, wire.topic)
        name = self._kinds.get(content_of(headers, "ce_type"), "")
        return Recorded(
            text_of(headers, "ce_subject"),
            number_of(headers, "ce_sequence"),
            Unreadable(name, str(error)),
            *(NEVER, NEVER),
            *("", "", ""),
            position,
        )

    def junk(self, message: Message, error: Undecodable) -> Junk:
        """Return a message that is no event in its place."""
        wire = without_headers(message) if error.code == NAME_NOT_UTF8 else Wire.of(message)
        return Junk(
            wire.topic,
            message.partition() or 0,
            message.offset() or 0,
            wire,
            error.code,
            error.detail,
            self._stream(wire),
        )

    def _stream(self, wire: Wire) -> str:
        try:
            stream = wire.key.decode()
        except UnicodeDecodeError:
            return ""
        source = self._sources.get(wire.topic, b"").rpartition(b"/")[2]
        named = ":" in stream and category_of(stream).encode() == source
        return stream if named else ""
