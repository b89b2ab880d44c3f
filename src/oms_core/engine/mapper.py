"""Between events in memory and bytes in the store."""

from __future__ import annotations

from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar, cast

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from oms_core.engine.catalog import EVENTS
from oms_core.kernel import Event, Instant, Recorded

E = TypeVar("E", bound=Event)


class Row(NamedTuple):
    """An event as it is stored: the library's `StoredEvent`, at a quarter of its cost."""

    originator_id: str
    originator_version: int
    topic: str
    state: bytes


class Envelope(msgspec.Struct, Generic[E], frozen=True, array_like=True, gc=False):
    """What is stored of an event beside its place and its name: `schemas/envelope.avsc`.

    Most events have no trace, and end with the event itself.
    """

    recorded_at: Instant
    occurred_at: Instant
    actor: str
    causation_id: str
    correlation_id: str
    event: E
    trace: str = ""


class UnknownEvent(Exception):
    """The log holds an event that this version of the program does not know."""


_encode = msgspec.msgpack.Encoder().encode


@cache
def _decoder(topic: str) -> msgspec.msgpack.Decoder[Any]:
    if topic not in EVENTS:
        raise UnknownEvent(
            f"event {topic!r} is not in the catalog: it was recorded by a newer version."
        )
    return msgspec.msgpack.Decoder(cast("Any", Envelope)[EVENTS[topic]])


def to_row(recorded: Recorded) -> Row:
    """Encode an event as a msgpack array within its envelope."""
    event = recorded.event
    envelope = (
        recorded.recorded_at,
        recorded.occurred_at,
        recorded.actor,
        recorded.causation_id,
        recorded.correlation_id,
        event,
    )
    state = _encode((*envelope, recorded.trace) if recorded.trace else envelope)
    return Row(recorded.stream, recorded.version, type(event).__name__, state)


def from_row(stream: str, version: int, topic: str, state: bytes, position: int = 0) -> Recorded:
    """Decode what `to_row` encoded, in this or an earlier version.

    :raises UnknownEvent: if the event is not in the catalog.
    """
    stored = _decoder(topic).decode(state)
    return Recorded(
        stream,
        version,
        cast("Event", stored.event),
        stored.recorded_at,
        stored.occurred_at,
        stored.actor,
        stored.causation_id,
        stored.correlation_id,
        position,
        stored.trace,
    )


class EventMapper(Mapper[str]):
    """Our encoding, where the library asks for one."""

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """Encode."""
        return StoredEvent(*to_row(cast("Recorded", domain_event)))

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[str]:
        """Decode."""
        recorded = from_row(
            str(stored_event.originator_id),
            stored_event.originator_version,
            stored_event.topic,
            stored_event.state,
            getattr(stored_event, "id", 0),
        )
        return cast("DomainEventProtocol[str]", recorded)


def mapper() -> EventMapper:
    """Return a mapper that needs no transcoder: events are not JSON."""
    return EventMapper(JSONTranscoder())
