"""Causes as bytes, for those that wait in a table: parked ones, and those handed in.

Among the parked ones there may be messages that no cause could be made of: they have no name.
"""

from __future__ import annotations

import msgspec

from oms_core.engine.catalog import COMMANDS
from oms_core.engine.cause import Cause, Unread


def to_bytes(cause: Cause | Unread) -> bytes:
    """Encode all of a cause but its id, which is a column of its own."""
    if isinstance(cause, Unread):
        return msgspec.msgpack.encode(("", cause.data))
    name = type(cause.command).__name__
    return msgspec.msgpack.encode(
        (name, cause.command, cause.actor, cause.occurred_at, cause.correlation_id, cause.trace)
    )


def from_bytes(cause_id: str, data: bytes) -> Cause:
    """Decode what `to_bytes` encoded, in this or an earlier version, which knew of no trace."""
    name, command, *rest = msgspec.msgpack.decode(data)
    return Cause(msgspec.convert(command, COMMANDS[name]), cause_id, *rest)


def parked_from_bytes(cause_id: str, data: bytes) -> Cause | Unread:
    """Decode what `to_bytes` encoded of something parked."""
    name, *rest = msgspec.msgpack.decode(data)
    return from_bytes(cause_id, data) if name else Unread(cause_id, *rest)
