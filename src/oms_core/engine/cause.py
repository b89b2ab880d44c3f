"""What sets the engine in motion, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

import msgspec

from oms_core.kernel import Command, Instant, Recorded


class Cause(msgspec.Struct, frozen=True, gc=False):
    """A command, and who gives it, when it took place, and in which conversation.

    `cause_id` names the message that the command came in; `occurred_at` zero means now.
    `trace` is the W3C traceparent that the message came with, if any.
    """

    command: Command
    cause_id: str
    actor: str
    occurred_at: Instant = Instant(0)
    correlation_id: str = ""
    trace: str = ""


class Verdict(StrEnum):
    """How a cause ended."""

    DONE = "done"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    PARKED = "parked"


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What became of a cause: the events that it led to, or the reason why there are none."""

    cause_id: str
    verdict: Verdict
    recorded: tuple[Recorded, ...] = ()
    code: str = ""
    detail: str = ""


class Letter(msgspec.Struct, frozen=True, gc=False):
    """A message to be published, kept in the log's outbox in the transaction of its batch."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


Letters = Callable[[Sequence[Answer]], Iterable[Letter]]
"""From the answers of a batch to what is to be published about it. Asked again on each attempt."""


class SourcePosition(msgspec.Struct, frozen=True, gc=False):
    """How far a source was read: the batch began at `start` and ends at `stop`.

    Both are counts of what was read. A batch whose `start` is not the recorded position changes
    nothing: another reader, or we ourselves before a crash, were there already.
    """

    source: str
    start: int
    stop: int


class Unread(msgspec.Struct, frozen=True, gc=False):
    """A message that no cause could be made of: kept as it came, for its adapter to read again."""

    cause_id: str
    data: bytes


class Parked(msgspec.Struct, frozen=True, gc=False):
    """What could not be handled, with the error, in the order of arrival on its stream.

    The stream of an unread message is a name that its adapter gives to what waits behind it.
    """

    cause: Cause | Unread
    stream: str
    error: str
