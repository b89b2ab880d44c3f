"""Events to Avro bytes and back, off the write path: the log itself holds msgpack."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from types import UnionType
from typing import Any, get_args, get_origin

import fastavro
import msgspec

from adapters.avro.schemas import record_schema
from oms_core.kernel import Event


@cache
def _parsed(kind: type[msgspec.Struct]) -> Any:
    return fastavro.parse_schema(record_schema(kind))


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(kind)


def encode(event: Event) -> bytes:
    """Return the event as the Avro record of its type, without a header."""
    buffer = BytesIO()
    fastavro.schemaless_writer(buffer, _parsed(type(event)), to_record(event))
    return buffer.getvalue()


def decode(data: bytes, kind: type[Event], written: Any = None) -> Event:
    """Return the event that `data` holds.

    `written` is the parsed schema that it was written with, if that is not the current one.
    """
    current = _parsed(kind)
    record = fastavro.schemaless_reader(BytesIO(data), written or current, current)
    return from_record(record, kind)


def to_record(value: Any) -> Any:
    """Return a struct as a mapping by field name, inner ones too."""
    if isinstance(value, msgspec.Struct):
        return {field.name: to_record(getattr(value, field.name)) for field in _fields(type(value))}
    if isinstance(value, tuple):
        return [to_record(item) for item in value]
    return value


def from_record(record: Any, kind: type[Event]) -> Event:
    """Return the event of a mapping by field name.

    :raises msgspec.ValidationError: if a value does not suit its field.
    """
    return msgspec.convert(_positional(record, kind), kind, builtin_types=(bytes,))


def _positional(value: Any, kind: Any) -> Any:
    """Put fields in the order in which a struct is stored; msgspec takes it from there."""
    if isinstance(value, Mapping):
        struct = _struct_in(kind)
        return [_positional(value[field.name], field.type) for field in _fields(struct)]
    if isinstance(value, list) and get_origin(kind) is tuple:
        return [_positional(item, get_args(kind)[0]) for item in value]
    if isinstance(value, str) and kind is bytes:
        return value.encode("latin-1")  # The default of a field that was not written.
    return value


def _struct_in(kind: Any) -> type[msgspec.Struct]:
    """Return the struct that `kind` is, or allows beside None."""
    branches: tuple[type, ...] = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    return next(branch for branch in branches if issubclass(branch, msgspec.Struct))
