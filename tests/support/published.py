"""The contracts of published versions: schemas that every later version must get on with.

`make golden` adds contracts that are not in the file of the newest version yet.
What has changed goes into the file of a new version, if it may: `make golden ARGS=v2`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from adapters.avro.compatibility import all_breaches
from adapters.avro.contracts import STORED, SUBJECTS
from adapters.avro.schemas import Schema, record_schema
from tests.support import golden

FOLDER = golden.FOLDER


def without_docs(schema: Schema) -> Schema:
    """Return a schema without what is written for people: that may change at any time."""
    if isinstance(schema, dict):
        return {key: without_docs(part) for key, part in schema.items() if key != "doc"}
    return [without_docs(part) for part in schema] if isinstance(schema, list) else schema


def current() -> Mapping[str, Schema]:
    """Return today's contracts, by subject."""
    return {subject: without_docs(record_schema(kind)) for subject, kind in SUBJECTS.items()}


def published() -> Mapping[str, Mapping[str, Schema]]:
    """Return what each version has published, oldest first: only what was new or had changed."""
    files = sorted(FOLDER.glob("schemas-v*.json"), key=lambda path: golden.number(path.stem))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}


def versions(subject: str) -> tuple[Schema, ...]:
    """Return every published version of one contract, oldest first."""
    return tuple(entries[subject] for entries in published().values() if subject in entries)


def add(version: str) -> list[str]:
    """Add to a version's file what no version has published like this yet; return its subjects.

    :raises golden.Changed: if that is in the file already, or may not follow what was published.
    """
    path = FOLDER / f"schemas-{version}.json"
    entries = dict(published().get(path.stem, {}))
    added = {s: schema for s, schema in current().items() if schema not in versions(s)[-1:]}
    if changed := sorted(set(added) & set(entries)):
        raise golden.Changed(f"{', '.join(changed)}: in {path.name} already; add a new version.")
    for subject, schema in added.items():
        if found := all_breaches(versions(subject), schema, stored=subject in STORED):
            raise golden.Changed("\n".join(map(str, found)))
    lines = (
        f"{json.dumps(subject)}: {json.dumps(schema)}"
        for subject, schema in sorted((entries | added).items())
    )
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return list(added)
