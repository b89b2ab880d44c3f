"""Structs to Avro bytes and back, off the write path: the log itself holds msgpack.

What has to be done for a type is worked out once. A struct becomes a record by one call of msgspec;
only those of its fields that hold structs, enumerations or sequences are looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from io import BytesIO
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin

import fastavro
import msgspec
from fastavro.schema import to_parsing_canonical_form
from rpds import HashTrieMap

from adapters.avro.schemas import Schema, bare, fields_of, record_schema

S = TypeVar("S", bound=msgspec.Struct)
Record = dict[str, Any]
"""A struct as fastavro has it: by field name, inner structs too."""

Convert = Callable[[Any], Any]


@cache
def parsed(kind: type[msgspec.Struct]) -> Schema:
    """Return the record of a type as fastavro wants it."""
    return fastavro.parse_schema(record_schema(kind))


@cache
def canonical(kind: type[msgspec.Struct]) -> str:
    """Return the record of a type in Avro's canonical form: what its bytes depend on."""
    return to_parsing_canonical_form(record_schema(kind))


def encode(value: msgspec.Struct) -> bytes:
    """Return a struct as the Avro record of its type, without a header."""
    buffer = BytesIO()
    writer(type(value))(buffer, value)
    return buffer.getvalue()


def decode(data: bytes, kind: type[S], written: Schema | None = None) -> S:
    """Return the struct that `data` holds.

    `written` is the schema that it was written with, parsed, if that is not the current one.
    """
    return reader(kind, written)(BytesIO(data))


@cache
def writer(kind: type[msgspec.Struct]) -> Callable[[BytesIO, Any], None]:
    """Return what writes a value of a type into a buffer."""
    schema, record_of, write = parsed(kind), to_record(kind), fastavro.schemaless_writer

    def write_value(buffer: BytesIO, value: Any) -> None:
        write(buffer, schema, record_of(value))

    return write_value


def reader(kind: type[S], written: Schema | None = None) -> Callable[[BytesIO], S]:
    """Return what reads a value of a type from a buffer.

    If it was written with another schema than the current one, fields that it lacks get their
    defaults, and fields that the type lacks are passed over.
    """
    current: Schema = parsed(kind)
    struct_of: Callable[[Record], S] = from_record(kind)
    read: Callable[..., Any] = fastavro.schemaless_reader
    if written is None or to_parsing_canonical_form(written) == canonical(kind):

        def read_current(buffer: BytesIO) -> S:
            return struct_of(read(buffer, current, None))

        return read_current

    def read_other(buffer: BytesIO) -> S:
        return struct_of(read(buffer, written, current))

    return read_other


@cache
def to_record(kind: type[msgspec.Struct]) -> Callable[[Any], Record]:
    """Return what makes a record of a struct of this type."""
    as_record = msgspec.structs.asdict
    inner = _inner(kind, _outward)
    if not inner:
        return as_record

    def record_of(value: msgspec.Struct) -> Record:
        record = as_record(value)
        for name, convert in inner:
            record[name] = convert(record[name])
        return record

    return record_of


@cache
def from_record(kind: type[S]) -> Callable[[Record], S]:
    """Return what makes a struct of this type of a record, which it may use up.

    What is in the record was read by the schema of the type, so it is not checked again.
    """
    inner = _inner(kind, _inward)
    if not inner:
        return lambda record: kind(**record)

    def struct_of(record: Record) -> S:
        for name, convert in inner:
            record[name] = convert(record[name])
        return kind(**record)

    return struct_of


def _inner(
    kind: type[msgspec.Struct], way: Callable[[Any], Convert | None]
) -> tuple[tuple[str, Convert], ...]:
    """Return the fields that cannot be passed on as they are, and what is to be done to each."""
    found = ((field.name, way(field.type)) for field in fields_of(kind))
    return tuple((name, convert) for name, convert in found if convert)


def _outward(kind: Any) -> Convert | None:
    """Return what a value of a type needs on its way out; None if nothing."""
    kind = bare(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return to_record(kind)
    if get_origin(kind) is tuple:
        item = _outward(get_args(kind)[0])
        return (lambda values: [item(value) for value in values]) if item else None
    if get_origin(kind) is Mapping:
        return _map_outward(_outward(get_args(kind)[1]))
    if isinstance(kind, UnionType):
        return _unless_none(_outward(_branch(kind)))
    return None


def _inward(kind: Any) -> Convert | None:
    """Return what a value of a type needs on its way in; None if nothing."""
    kind = bare(kind)
    if kind is bytes:
        return _bytes
    if get_origin(kind) is tuple:
        item = _inward(get_args(kind)[0])
        return (lambda values: tuple([item(value) for value in values])) if item else tuple
    if get_origin(kind) is Mapping:
        return _map_inward(_inward(get_args(kind)[1]))
    if isinstance(kind, UnionType):
        return _unless_none(_inward(_branch(kind)))
    return _named_inward(kind)


def _named_inward(kind: Any) -> Convert | None:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        members: Mapping[Any, StrEnum] = {member.value: member for member in kind}
        return members.__getitem__
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return from_record(kind)
    return None


def _map_outward(item: Convert | None) -> Convert:
    """Return what makes a record of a map: in the order of its keys, so that equals are equal."""
    if item is None:
        return lambda values: dict(sorted(values.items()))
    return lambda values: {key: item(value) for key, value in sorted(values.items())}


def _map_inward(item: Convert | None) -> Convert:
    if item is None:
        return HashTrieMap
    return lambda values: HashTrieMap({key: item(value) for key, value in values.items()})


def _bytes(value: bytes | str) -> bytes:
    """Take bytes; the default of a field that was not written is text of the same code points."""
    return value if isinstance(value, bytes) else value.encode("latin-1")


def _branch(kind: UnionType) -> Any:
    """Return what `kind` allows beside None."""
    return next(branch for branch in get_args(kind) if branch is not type(None))


def _unless_none(convert: Convert | None) -> Convert | None:
    if convert is None:
        return None
    return lambda value: None if value is None else convert(value)
