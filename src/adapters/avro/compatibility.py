"""What a schema may become: whoever knows one version reads every other, and so does the log.

This is FULL compatibility of Avro's schema resolution (specification 1.12, "Schema Resolution"),
and stricter where that keeps silent: a logical type, its precision and its scale stay as they are,
so do defaults, and the fields of what is stored as an array stay in their places.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from adapters.avro.schemas import Schema

FORBIDDEN_TO_CHANGE = ("size", "logicalType", "precision", "scale")
APPEND = "Keep it, and append a field with a default, or declare a new record."


class Breach(NamedTuple):
    """One thing that a version may not do to an earlier one, and what to do instead."""

    record: str
    field: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.record}.{self.field}: {self.rule} {self.remedy}"


class _Version:
    """One version of a schema, and the types that it defines anywhere."""

    def __init__(self, schema: Schema) -> None:
        self._known = {named(found): found for found in _definitions(schema)}

    def resolved(self, schema: Schema) -> Schema:
        """Return a schema with its full name; a name alone becomes what it stands for."""
        if isinstance(schema, str):
            schema = self._known.get(schema, {"type": schema})
        if isinstance(schema, dict) and "name" in schema:
            return {**schema, "name": named(schema)}
        return schema


def _definitions(schema: Schema) -> Iterator[Schema]:
    """Yield every schema that has a name of its own, at any depth."""
    if isinstance(schema, dict):
        if schema.get("type") in ("record", "enum", "fixed"):
            yield schema
        for key in ("type", "items", "values", "fields"):
            yield from _definitions(schema.get(key))
    if isinstance(schema, list):
        for part in schema:
            yield from _definitions(part)


def named(schema: Schema) -> str:
    """Return the full name of a record, an enumeration or a fixed."""
    name, space = schema["name"], schema.get("namespace", "")
    return name if "." in name or not space else f"{space}.{name}"


def breaches(old: Schema, new: Schema, *, stored: bool = True) -> tuple[Breach, ...]:
    """Return everything that `new` may not do to `old`; nothing if they are compatible.

    `stored` means that values are also kept as arrays, by the places of their fields.
    """
    return tuple(_Comparison(old, new, stored=stored).of(old, new, "", ""))


class _Comparison:
    """Compares two versions, each type once."""

    def __init__(self, old: Schema, new: Schema, *, stored: bool) -> None:
        self._old, self._new, self._stored = _Version(old), _Version(new), stored
        self._seen: set[str] = set()

    def of(self, old: Schema, new: Schema, record: str, field: str) -> Iterator[Breach]:
        """Compare what a field of a record has become; at the top there is no field."""
        old, new = self._old.resolved(old), self._new.resolved(new)
        if isinstance(old, list) or isinstance(new, list):
            yield from self._unions(old, new, record, field)
            return
        before, after = _kind(old), _kind(new)
        name = old.get("name", "")
        if name != new.get("name", ""):
            rule = f"Its type was {name or before}, and is {new.get('name') or after}."
            yield Breach(record or name, field, rule, APPEND)
        elif before != after:
            rule = f"Its type was {before}, and is {after}."
            yield Breach(record or name, field, rule, APPEND)
        elif name not in self._seen:
            self._seen |= {name} - {""}
            for attribute in FORBIDDEN_TO_CHANGE:
                if old.get(attribute) != new.get(attribute):
                    told = f"{old.get(attribute)!r}, and is {new.get(attribute)!r}"
                    yield Breach(record or name, field, f"Its {attribute} was {told}.", APPEND)
            yield from self._inside(old, new, record, field)

    def _inside(self, old: Schema, new: Schema, record: str, field: str) -> Iterator[Breach]:
        match _kind(old):
            case "record":
                yield from self._records(old, new)
            case "enum":
                yield from self._enums(old, new, record, field)
            case "array":
                yield from self.of(old["items"], new["items"], record, f"{field}[]")
            case "map":
                yield from self.of(old["values"], new["values"], record, f"{field}{{}}")

    def _unions(self, old: Schema, new: Schema, record: str, field: str) -> Iterator[Breach]:
        branches = [
            [version.resolved(branch) for branch in (side if isinstance(side, list) else [side])]
            for version, side in ((self._old, old), (self._new, new))
        ]
        told = [
            "|".join(branch.get("name") or _kind(branch) for branch in side) for side in branches
        ]
        if told[0] != told[1]:
            yield Breach(record, field, f"Its type was {told[0]}, and is {told[1]}.", APPEND)
            return
        for before, after in zip(*branches, strict=True):
            yield from self.of(before, after, record, field)

    def _enums(self, old: Schema, new: Schema, record: str, field: str) -> Iterator[Breach]:
        name, before, after = old["name"], old["symbols"], new["symbols"]
        record, field = record or name, field or "symbols"
        for symbol in before:
            if symbol not in after:
                yield Breach(record, field, f"{name} has lost the symbol {symbol!r}.", "Keep it.")
        if self._stored and [symbol for symbol in after if symbol in before] != before:
            yield Breach(record, field, f"The symbols of {name} are in another order.", "Append.")
        if "default" not in old and set(after) - set(before):
            rule = f"{name} has new symbols, and no default for those who do not know them."
            yield Breach(record, field, rule, "Give the enumeration a default in a version before.")
        if old.get("default") != new.get("default"):
            rule = f"The default of {name} was {old.get('default')!r}, and is"
            yield Breach(record, field, f"{rule} {new.get('default')!r}.", "Keep it.")

    def _records(self, old: Schema, new: Schema) -> Iterator[Breach]:
        name = old["name"]
        before = {field["name"]: field for field in old["fields"]}
        after = {field["name"]: field for field in new["fields"]}
        for field, was in before.items():
            if field in after:
                yield from self._fields(name, was, after[field])
            elif self._stored or "default" not in was:
                yield Breach(name, field, "The field is gone.", APPEND)
        for field, added in after.items():
            if field not in before and "default" not in added:
                yield Breach(name, field, "The field is new and has no default.", "Give it one.")
        if self._stored:
            yield from _moved(name, [f for f in before if f in after], list(after))

    def _fields(self, record: str, old: Schema, new: Schema) -> Iterator[Breach]:
        if "default" in old and "default" not in new:
            rule = "The field has lost its default."
            yield Breach(record, old["name"], rule, "Keep it: earlier versions lack the field.")
        elif "default" in old and old["default"] != new["default"]:
            told = f"{json.dumps(old['default'])}, and is {json.dumps(new['default'])}"
            rule = f"Its default was {told}: that changes what was said without it."
            yield Breach(record, old["name"], rule, "Keep it.")
        yield from self.of(old["type"], new["type"], record, old["name"])


def _moved(record: str, before: list[str], after: list[str]) -> Iterator[Breach]:
    """Find fields that are not where they were: stored values are read by place."""
    for place, field in enumerate(before):
        if after[place] != field:
            rule = f"The field was number {place + 1}, and is number {after.index(field) + 1}."
            yield Breach(record, field, rule, "Keep fields in their order, and append.")
            return


def _kind(schema: Any) -> str:
    kind = schema["type"]
    return kind if isinstance(kind, str) else json.dumps(kind)


def all_breaches(
    versions: Iterable[Schema], new: Schema, *, stored: bool = True
) -> tuple[Breach, ...]:
    """Return what `new` may not do to any of the versions before it, each said once."""
    found = (breach for old in versions for breach in breaches(old, new, stored=stored))
    return tuple(dict.fromkeys(found))
