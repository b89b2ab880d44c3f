"""What flows through the system: commands ask, events state, envelopes locate."""

from __future__ import annotations

from typing import NewType

import msgspec

Instant = NewType("Instant", int)
"""A point in time: microseconds since 1970-01-01T00:00:00Z. Zero means "none"."""


class Command(msgspec.Struct, frozen=True, gc=False):
    """A request, named in the imperative. It may be refused."""


class Event(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A fact, named in the past tense. It can be neither refused nor changed.

    It is stored as an array of its fields, so fields are only ever appended, with defaults.
    """


class State(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a stream's events add up to, or a value inside a message."""


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """An event at its place in the log, with who caused it, when and why.

    `recorded_at` is when we learned of it, `occurred_at` when it happened. `position` is its
    place in the whole log, counted from 1; it is 0 until the event has been appended. `trace` is
    the W3C traceparent of the message that set it off, empty if there was none.
    """

    stream: str
    version: int
    event: Event
    recorded_at: Instant
    occurred_at: Instant
    actor: str
    causation_id: str
    correlation_id: str
    position: int = 0
    trace: str = ""

    @property
    def originator_id(self) -> str:
        """The stream, under the name that the eventsourcing library looks for."""
        return self.stream

    @property
    def originator_version(self) -> int:
        """The version, under the name that the eventsourcing library looks for."""
        return self.version

    @property
    def id(self) -> str:
        """The name of this event: its stream and version."""
        return f"{self.stream}#{self.version}"


class CommandRefused(Event, frozen=True):
    """A process asked for something that the rules forbid: news for a person, not an exception."""

    command: str
    code: str
    detail: str
    target: str
