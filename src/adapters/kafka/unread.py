"""Messages that could not be read: kept as they came, named, and shown on the dead letters."""

from __future__ import annotations

import re
from typing import NamedTuple, Self

import msgspec

from adapters.kafka.names import dead_letters
from adapters.kafka.wire import Undecodable, Wire
from oms_core.engine.cause import Letter, Parked, Unread

CONSUMER = "intake"
SHOWN_BYTES_MAX = 900_000
"""How much of a value the dead letters show: what a broker takes by default, with the headers."""

CHANNEL = -3
"""Where a channel stands among the words of its topic's name, counted from the end."""

PLACE = re.compile(r"([^|]+\.[^|.]+\.inbound\.v1)\[(\d+)\]@(\d+)(?:\|.*)?", re.DOTALL)
ID_MAX = 200


class Origin(NamedTuple):
    """Where a message came from: its channel, topic, partition and offset."""

    channel: str
    topic: str
    partition: int
    offset: int

    @property
    def name(self) -> str:
        """The name of the message, which nothing else has: `oms.web.inbound.v1[3]@42`."""
        return f"{self.topic}[{self.partition}]@{self.offset}"

    @classmethod
    def named(cls, cause_id: str) -> Self | None:
        """Return the origin of the message that led to a cause; None if none of ours did."""
        found = PLACE.fullmatch(cause_id)
        if found is None:
            return None
        topic, partition, offset = found.groups()
        return cls(topic.split(".")[CHANNEL], topic, int(partition), int(offset))


def cause_id_of(origin: Origin, wire: Wire) -> str:
    """Return what a message is called as a cause: by its place, and as its sender calls it."""
    for name, content in wire.headers:
        if name == "ce_id":
            own = content[:ID_MAX].decode(errors="replace")
            return f"{origin.name}|{own}" if own.isprintable() and own else origin.name
    return origin.name


def channel_of(cause_id: str) -> str:
    """Return the channel of the message that led to a cause."""
    return cause_id.partition("[")[0].split(".")[CHANNEL]


def message_id_of(cause_id: str) -> str:
    """Return the message's own id, or its place if it has none."""
    place, _, own = cause_id.partition("|")
    return own or place


def stream_of(origin: Origin, key: bytes) -> str:
    """Return what later messages wait behind: all of one key, or the message itself without one.

    A key that is no plain text is written in hexadecimal digits.
    """
    if not key:
        return f"inbound:{origin.name}"
    try:
        text = key.decode()
    except UnicodeDecodeError:
        text = ""
    if not text.isprintable() or not text or text.startswith("0x"):
        text = f"0x{key.hex()}"
    return f"inbound:{origin.channel}:{text}"


def park(origin: Origin, wire: Wire, fault: Undecodable) -> Parked:
    """Return a message as it is kept, with what is wrong."""
    data = msgspec.msgpack.encode((wire.key, wire.value, list(wire.headers)))
    error = str(fault).encode(errors="backslashreplace").decode().replace("\x00", "\\x00")
    unread = Unread(cause_id_of(origin, wire), data)
    return Parked(unread, stream_of(origin, wire.key), error)


def restored(unread: Unread) -> tuple[Origin, Wire]:
    """Return a message as it came."""
    origin = Origin.named(unread.cause_id)
    assert origin is not None, "its name was given to it here"
    key, value, headers = msgspec.msgpack.decode(unread.data)
    return origin, Wire(origin.topic, key, value, [(name, content) for name, content in headers])


def dead_letter(origin: Origin, wire: Wire, fault: Undecodable) -> Letter:
    """Return a message as the dead letters show it: as it came, with what is wrong in headers.

    A value that no broker would take is cut; the whole of it is in the list of what is parked.
    """
    headers = [
        *wire.headers,
        ("oms_error_code", fault.code.encode()),
        ("oms_error_detail", fault.detail.encode(errors="backslashreplace")),
        ("oms_source_topic", origin.topic.encode()),
        ("oms_source_partition", b"%d" % origin.partition),
        ("oms_source_offset", b"%d" % origin.offset),
    ]
    value = wire.value
    if len(value) > SHOWN_BYTES_MAX:
        headers.append(("oms_source_bytes", b"%d" % len(value)))
        value = value[:SHOWN_BYTES_MAX]
    return Letter(dead_letters(origin.topic, CONSUMER), wire.key, value, tuple(headers))
