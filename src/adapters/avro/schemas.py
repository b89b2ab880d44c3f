"""The Avro schema of every event, derived from its type, so that there is one truth.

`schemas/<boundary>.avsc` is a union with one record for each event of a boundary, its fields in the
order in which they are stored; `inbound.avsc` and `outcome.avsc` hold what channels say and are
told, `state.avsc` the documents of the views. Money and time are `long`, without logical types:
those are three times slower to read. The files are checked in, because others build on them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from inspect import cleandoc
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from rpds import HashTrieMap

from adapters.avro.naming import NAMESPACE, boundary_of, full_name
from adapters.intake import inbound, replies
from oms_core.engine.catalog import EVENTS
from oms_core.engine.mapper import Envelope
from oms_core.kernel import Instant, Recorded
from projections.catalog import VIEWS

Schema = Any
"""JSON: a name, a union as a list, or an object."""

CATCH_ALL = "other"
COLUMNS_MAX = 110
ENVELOPE = tuple(name for name in Envelope.__struct_fields__ if name != "event")
PRIMITIVES: Mapping[Any, str] = {
    int: "long",
    str: "string",
    bool: "boolean",
    float: "double",
    bytes: "bytes",
    NoneType: "null",
    Instant: "long",
}
INSTANT_DOC = "Microseconds since 1970-01-01T00:00:00Z; zero means none."
UNIT_DOCS = {
    "_minor": "Whole minor units of the currency.",
    "_g": "Grams.",
    "_mm": "Millimetres.",
    "_km": "Kilometres.",
}


class NotExpressible(Exception):
    """Raised for a field whose type has no place in an event."""


class Field(NamedTuple):
    """A field of a struct; `default` is `msgspec.NODEFAULT` if it must be given."""

    name: str
    type: Any
    default: Any


def fields_of(kind: type[msgspec.Struct]) -> tuple[Field, ...]:
    """Return the fields of a struct, in the order in which they are stored.

    `HashTrieMap`, which has no parameters when the program runs, is a `Mapping` here.
    """
    hints = get_type_hints(kind, localns={"HashTrieMap": Mapping}, include_extras=True)
    names = kind.__struct_fields__
    needed = len(names) - len(kind.__struct_defaults__)
    defaults = (msgspec.NODEFAULT,) * needed + kind.__struct_defaults__
    return tuple(
        Field(name, hints[name], default) for name, default in zip(names, defaults, strict=True)
    )


def by_boundary() -> Mapping[str, tuple[type[msgspec.Struct], ...]]:
    """Return the events of each boundary, in the order of the catalog."""
    grouped: dict[str, list[type[msgspec.Struct]]] = defaultdict(list)
    for event in EVENTS.values():
        grouped[boundary_of(event)].append(event)
    return {boundary: tuple(events) for boundary, events in sorted(grouped.items())}


def union_schema(kinds: Iterable[type[msgspec.Struct]]) -> list[Schema]:
    """Return a union of records; each further type is defined where it is first used."""
    defined: set[str] = set()
    return [_schema(kind, defined) for kind in kinds]


def record_schema(kind: type[msgspec.Struct]) -> Schema:
    """Return the record of one type, complete in itself."""
    return _schema(kind, set())


def envelope_schema() -> Schema:
    """Return the record of what is stored beside every event."""
    fields = {field.name: field for field in fields_of(Recorded)}
    return {
        "type": "record",
        "name": "Envelope",
        "namespace": NAMESPACE,
        "doc": "Who caused an event, when and why: what is stored beside every one of them.",
        "fields": [_field(fields[name], set()) for name in ENVELOPE],
    }


def documents() -> Mapping[str, str]:
    """Return the text of every file of `schemas/`, by file name."""
    schemas = {boundary: union_schema(events) for boundary, events in by_boundary().items()}
    schemas["envelope"] = envelope_schema()
    schemas["inbound"] = union_schema(inbound.MESSAGES)
    schemas["outcome"] = union_schema(replies.REPLIES)
    schemas["state"] = union_schema(view.document for view in VIEWS.values())
    return {f"{name}.avsc": json_text(schema) + "\n" for name, schema in schemas.items()}


def write(folder: Path) -> None:
    """Write every schema into `folder`, and remove those of boundaries that are gone."""
    folder.mkdir(exist_ok=True)
    texts = documents()
    for stale in folder.glob("*.avsc"):
        if stale.name not in texts:
            stale.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def json_text(value: Any, indent: str = "") -> str:
    """Return JSON in which whatever fits on a line stands on one."""
    short = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(short) < COLUMNS_MAX:
        return short
    inner = indent + "  "
    if isinstance(value, list):
        parts, opening, closing = [json_text(item, inner) for item in value], "[", "]"
    else:
        parts = [f"{json.dumps(key)}: {json_text(item, inner)}" for key, item in value.items()]
        opening, closing = "{", "}"
    return opening + ",".join(f"\n{inner}{part}" for part in parts) + f"\n{indent}{closing}"


def bare(kind: Any) -> Any:
    """Return a type without what is noted beside it."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _schema(kind: Any, defined: set[str]) -> Schema:
    """Return the schema of a type; one that is in `defined` already is only named."""
    kind = bare(kind)
    if kind in PRIMITIVES:
        return PRIMITIVES[kind]
    arguments = get_args(kind)
    if get_origin(kind) is tuple and len(arguments) > 1 and arguments[1] is ...:
        return {"type": "array", "items": _schema(arguments[0], defined)}
    if get_origin(kind) is Mapping and arguments[0] is str:
        return {"type": "map", "values": _schema(arguments[1], defined)}
    if isinstance(kind, UnionType):
        branches = sorted(arguments, key=lambda branch: branch is not NoneType)
        return [_schema(branch, defined) for branch in branches]
    if isinstance(kind, type) and issubclass(kind, StrEnum | msgspec.Struct):
        return _named(kind, defined)
    raise NotExpressible(f"{kind!r} cannot be a field of an event.")


def _named(kind: type[StrEnum | msgspec.Struct], defined: set[str]) -> Schema:
    name = full_name(kind)
    if name in defined:
        return name
    defined.add(name)
    namespace, _, short = name.rpartition(".")
    head = {
        "name": short,
        "namespace": namespace,
        "doc": " ".join(cleandoc(kind.__doc__ or "").split()),
    }
    if issubclass(kind, StrEnum):
        symbols = [member.value for member in kind]
        default = CATCH_ALL if CATCH_ALL in symbols else symbols[0]
        return {"type": "enum", **head, "symbols": symbols, "default": default}
    fields = [_field(field, defined) for field in fields_of(kind)]
    return {"type": "record", **head, "fields": fields}


def _field(field: Field, defined: set[str]) -> Schema:
    schema: dict[str, Any] = {"name": field.name, "type": _schema(field.type, defined)}
    if doc := _field_doc(field):
        schema["doc"] = doc
    if field.default is not msgspec.NODEFAULT:
        schema["default"] = _default(field.default)
    return schema


def _field_doc(field: Field) -> str:
    notes = [
        note.description for note in get_args(field.type)[1:] if isinstance(note, msgspec.Meta)
    ]
    if bare(field.type) is Instant:
        notes.append(INSTANT_DOC)
    elif not notes:
        notes += [doc for unit, doc in UNIT_DOCS.items() if field.name.endswith(unit)]
    return " ".join(filter(None, notes))


def _default(value: Any) -> Any:
    """Return a default as Avro's JSON has it; bytes are text of the same code points."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, msgspec.Struct):
        return {name: _default(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [_default(item) for item in value]
    if isinstance(value, HashTrieMap):
        return {key: _default(item) for key, item in value.items()}
    return value
