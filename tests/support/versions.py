"""The version of a schema that may have come before, and one that may come after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from adapters.avro.schemas import Schema

LATER = "noted_later"
"""The field that every record of the next version has more."""


def past(schema: Schema) -> Schema:
    """Return the version before: every record without the fields that may have been appended."""
    return _each_type(schema, _without_appended)


def future(schema: Schema) -> Schema:
    """Return the next version: every record and every enumeration has grown."""
    return _each_type(schema, _grown)


def restricted(value: Any, schema: Schema, known: dict[str, Schema] | None = None) -> Any:
    """Return what a value is by a schema that lacks some of its fields and symbols."""
    known = {} if known is None else known
    schema = known.get(schema, schema) if isinstance(schema, str) else schema
    if isinstance(schema, dict) and "name" in schema:
        known[f"{schema['namespace']}.{schema['name']}"] = schema
    if isinstance(schema, list):
        return value if value is None else restricted(value, schema[-1], known)
    if isinstance(value, Mapping) and schema["type"] == "record":
        return {
            field["name"]: restricted(value[field["name"]], field["type"], known)
            for field in schema["fields"]
        }
    if isinstance(value, Mapping):
        return {key: restricted(part, schema["values"], known) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [restricted(part, schema["items"], known) for part in value]
    if isinstance(schema, dict) and schema["type"] == "enum":
        return value if value in schema["symbols"] else schema["default"]
    return value


def _each_type(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    if isinstance(schema, list):
        return [_each_type(part, change) for part in schema]
    if isinstance(schema, dict):
        inner = {key: _each_type(part, change) for key, part in schema.items()}
        return change(inner) if inner.get("type") in ("record", "enum") else inner
    return schema


def _without_appended(schema: Schema) -> Schema:
    if schema["type"] == "enum":
        return schema
    fields = list(schema["fields"])
    while fields and "default" in fields[-1]:
        fields.pop()
    return {**schema, "fields": fields}


def _grown(schema: Schema) -> Schema:
    if schema["type"] == "enum":
        return {**schema, "symbols": [*schema["symbols"], LATER]}
    return {
        **schema,
        "fields": [*schema["fields"], {"name": LATER, "type": "string", "default": "-"}],
    }
