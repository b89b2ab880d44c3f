"""Structs as the values of messages: Avro behind the id of its schema.

A zero byte, the id (four bytes, big-endian), the Avro record: what every client of a schema
registry reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, NamedTuple

import msgspec
from fastavro.read import SchemaResolutionError

from adapters.avro import codec
from adapters.avro.naming import full_name
from adapters.avro.schemas import record_schema
from adapters.kafka.registry import Registry, UnknownSchema
from adapters.kafka.wire import Undecodable, shown

MAGIC = b"\x00"
FRAME_BYTES = 5


class _Written(NamedTuple):
    frame: bytes
    write: Callable[[BytesIO, Any], None]


class RecordCodec:
    """Turns structs of certain types into the values of messages and back."""

    def __init__(self, registry: Registry, kinds: Iterable[type[msgspec.Struct]]) -> None:
        """Take the registry of schemas, and every type that may be met."""
        self._registry = registry
        self._kinds = {full_name(kind): kind for kind in kinds}
        self._writers: dict[type[msgspec.Struct], _Written] = {}
        self._readers: dict[bytes, Callable[[BytesIO], Any]] = {}

    def encode(self, value: msgspec.Struct) -> bytes:
        """Return the value of a message that carries a struct.

        :raises RegistryError: if its schema is not registered, or the registry does not answer.
        """
        written = self._writers.get(type(value)) or self._learn_to_write(type(value))
        buffer = BytesIO(written.frame)
        buffer.seek(FRAME_BYTES)
        written.write(buffer, value)
        return buffer.getvalue()

    def decode(self, data: bytes) -> Any:
        """Return the struct that the value of a message carries.

        :raises Undecodable: with a code that says what is wrong.
        :raises RegistryUnavailable: if the registry does not answer; it may later.
        """
        frame = data[:FRAME_BYTES]
        read = self._readers.get(frame) or self._learn_to_read(frame)
        buffer = BytesIO(data)
        buffer.seek(FRAME_BYTES)
        try:
            value = read(buffer)
        except EOFError:
            detail = f"The value ends within the record, after {len(data)} bytes."
            raise Undecodable("body.truncated", detail) from None
        except SchemaResolutionError as error:
            raise Undecodable("schema.not_readable", " ".join(str(error).split())) from None
        except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
            detail = f"The record is not what its schema says: {error}."
            raise Undecodable("body.invalid", detail) from None
        if buffer.tell() != len(data):
            rest = shown(data[buffer.tell() :])
            raise Undecodable("body.trailing", f"After the record there is more: {rest}.")
        return value

    def _learn_to_write(self, kind: type[msgspec.Struct]) -> _Written:
        schema_id = self._registry.id_of(full_name(kind), record_schema(kind))
        written = _Written(MAGIC + schema_id.to_bytes(4, "big"), codec.writer(kind))
        self._writers[kind] = written
        return written

    def _learn_to_read(self, frame: bytes) -> Callable[[BytesIO], Any]:
        """Find out what the schema of a frame is, and how it is read.

        :raises Undecodable: if it cannot be.
        """
        if len(frame) < FRAME_BYTES:
            detail = f"The value is {shown(frame)}: less than a zero byte and the id of a schema."
            raise Undecodable("frame.too_short", detail)
        if frame[:1] != MAGIC:
            detail = f"The value begins with {shown(frame[:1])}, not with a zero byte."
            raise Undecodable("frame.magic", detail)
        try:
            schema = self._registry.schema_of(int.from_bytes(frame[1:], "big"))
        except UnknownSchema as error:
            raise Undecodable("schema.unknown_id", str(error)) from None
        name = schema.get("name", "") if isinstance(schema, dict) else ""
        kind = self._kinds.get(name)
        if kind is None:
            detail = f"Records {name!r} are not known here: they may come from a newer version."
            raise Undecodable("type.unknown", detail)
        read = self._readers[frame] = codec.reader(kind, schema)
        return read
