"""Rows as PostgreSQL's binary COPY wants them, and the leaves of a hash chain over the same bytes.

Format: PostgreSQL documentation, COPY, "Binary Format". A row is the event's stream, version, name
and state, then its position. A leaf is the hash of all but the position, which the chain implies.
A letter is its topic, key, value and headers; its place is given by the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from struct import Struct
from typing import NamedTuple

from adapters.postgres.outbox import headers_to_bytes
from oms_core.engine.cause import Letter
from oms_core.engine.mapper import Row

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
FIELDS = 5
LETTER_FIELDS = 4
CHUNK_ROWS = 128
"""Rows that are sent as one piece: some tens of kilobytes."""

LEAF_BYTES = 16
HASH_BYTES = 32

_text = Struct("!hi").pack
_version = Struct("!iqi").pack
_length = Struct("!i").pack
_fields = Struct("!h").pack
_position = Struct("!iq").pack


class Packed(NamedTuple):
    """The rows of a batch without their positions, and their leaves, one after the other."""

    bodies: list[bytes]
    leaves: bytes


def body(row: Row) -> bytes:
    """Return the bytes of a row up to its position."""
    stream, version, topic, state = row
    stream_bytes, topic_bytes = stream.encode(), topic.encode()
    return b"".join(
        (
            _text(FIELDS, len(stream_bytes)),
            stream_bytes,
            _version(8, version, len(topic_bytes)),
            topic_bytes,
            _length(len(state)),
            state,
        )
    )


def leaf(packed_body: bytes) -> bytes:
    """Return the part of the hash chain that stands for one row."""
    return sha256(packed_body).digest()[:LEAF_BYTES]


def pack(rows: Iterable[Row]) -> Packed:
    """Encode rows, and hash each of them."""
    bodies = [body(row) for row in rows]
    return Packed(bodies, b"".join(map(leaf, bodies)))


def chain(previous: bytes, leaves: bytes) -> bytes:
    """Return the hash of the log after a batch: over the hash before it and the batch's leaves."""
    return sha256(previous + leaves).digest()


def copy_data(bodies: Sequence[bytes], first: int) -> Iterator[bytes]:
    """Yield what COPY reads, in chunks: the rows with their positions, counted from `first`."""
    yield SIGNATURE
    for start in range(0, len(bodies), CHUNK_ROWS):
        parts: list[bytes] = []
        for position, packed_body in enumerate(bodies[start : start + CHUNK_ROWS], first + start):
            parts.append(packed_body)
            parts.append(_position(8, position))
        yield b"".join(parts)
    yield TRAILER


def letters_data(letters: Sequence[Letter]) -> Iterator[bytes]:
    """Yield what COPY reads, in chunks: the letters in their order."""
    yield SIGNATURE
    for start in range(0, len(letters), CHUNK_ROWS):
        yield b"".join(map(_letter, letters[start : start + CHUNK_ROWS]))
    yield TRAILER


def _letter(letter: Letter) -> bytes:
    headers = headers_to_bytes(letter.headers)
    parts = [_fields(LETTER_FIELDS)]
    for field in (letter.topic.encode(), letter.key, letter.value, headers):
        parts.append(_length(len(field)))
        parts.append(field)
    return b"".join(parts)
