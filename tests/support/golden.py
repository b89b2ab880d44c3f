"""What published versions have stored: bytes that every later version must still read.

`make golden` adds events that are not in the file of the newest version yet. It
refuses to change what is there: a stored event is for ever. What has grown by appended fields goes
into the file of a new version: `make golden ARGS=v2`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import msgspec

from adapters.avro.naming import full_name
from adapters.avro.schemas import fields_of
from oms_core.engine.catalog import EVENTS
from tests.support.messages import sample

FOLDER = Path(__file__).parents[1] / "golden"


class Entry(msgspec.Struct, frozen=True):
    """One event as a version stored it.

    `types` names, for the event and for every type inside it, its fields or its symbols.
    """

    bytes: str
    types: dict[str, tuple[str, ...]]


class Changed(Exception):
    """Raised instead of changing what has been published."""


def inner_types(kind: Any) -> Iterator[type]:
    """Yield every struct and enumeration that a value of a type can hold, itself included."""
    if isinstance(kind, type) and issubclass(kind, StrEnum | msgspec.Struct):
        yield kind
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for field in fields_of(kind):
            yield from inner_types(field.type)
    for argument in get_args(kind):
        yield from inner_types(argument)


def names_in(kind: type) -> tuple[str, ...]:
    """Return the fields of a struct or the symbols of an enumeration, in order."""
    if issubclass(kind, StrEnum):
        return tuple(member.value for member in kind)
    return kind.__struct_fields__


def entry(name: str) -> Entry:
    """Return how the current version stores an event."""
    kind = EVENTS[name]
    return Entry(
        msgspec.msgpack.encode(sample(kind)).hex(),
        {full_name(inner): names_in(inner) for inner in inner_types(kind)},
    )


def published() -> Mapping[str, Mapping[str, Entry]]:
    """Return what each version has stored, oldest version first."""
    files = sorted(FOLDER.glob("events-v*.json"), key=lambda path: number(path.stem))
    return {
        path.stem: msgspec.json.decode(path.read_bytes(), type=dict[str, Entry]) for path in files
    }


def newest() -> dict[str, Entry]:
    """Return for every event how it was stored last."""
    return {name: entry for entries in published().values() for name, entry in entries.items()}


def add(version: str) -> list[str]:
    """Add to a version's file whatever no version has stored like this yet; return its names.

    :raises Changed: if that would change an entry of the file.
    """
    path, known = FOLDER / f"events-{version}.json", newest()
    entries = dict(published().get(path.stem, {}))
    added = [name for name in EVENTS if known.get(name) != entry(name)]
    if changed := sorted(set(added) & set(entries)):
        raise Changed(f"{', '.join(changed)}: stored in {path.name} already; add a new version.")
    entries |= {name: entry(name) for name in added}
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(msgspec.to_builtins(dict(sorted(entries.items()))), indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    return added


def number(stem: str) -> int:
    """Return the number of a version in the name of its file."""
    return int(re.sub(r"\D", "", stem))
