"""A registry of schemas in memory; it passes the same contract as the real one."""

from __future__ import annotations

import json

from adapters.avro.schemas import Schema
from adapters.kafka.registry import (
    MISSING,
    NotRegistered,
    Registered,
    UnknownSchema,
    parsed,
    require_compatible,
)


class MemoryRegistry:
    """Numbers schemas from 1."""

    def __init__(self) -> None:
        """Begin empty."""
        self._texts: list[str] = []
        self._subjects: dict[str, list[int]] = {}
        self._parsed: dict[int, Schema] = {}

    def id_of(self, subject: str, schema: Schema) -> int:
        """Return the number of a registered schema."""
        return self.find(subject, schema).schema_id

    def find(self, subject: str, schema: Schema) -> Registered:
        """Return the number and the version of a registered schema."""
        text = json.dumps(schema)
        for version, schema_id in enumerate(self._subjects.get(subject, ()), 1):
            if self._texts[schema_id - 1] == text:
                return Registered(schema_id, version)
        raise NotRegistered(subject, MISSING, "Register it.")

    def schema_of(self, schema_id: int) -> Schema:
        """Return the schema with a number, as fastavro parses it."""
        if not 0 < schema_id <= len(self._texts):
            raise UnknownSchema(f"schema {schema_id}", "There is no such schema.", "Register it.")
        if schema_id not in self._parsed:
            self._parsed[schema_id] = parsed(schema_id, self._texts[schema_id - 1])
        return self._parsed[schema_id]

    def register(self, subject: str, schema: Schema) -> Registered:
        """Register a schema, unless it is."""
        try:
            return self.find(subject, schema)
        except NotRegistered:
            require_compatible(subject, self.versions(subject), schema)
        self._texts.append(json.dumps(schema))
        self._subjects.setdefault(subject, []).append(len(self._texts))
        return self.find(subject, schema)

    def versions(self, subject: str) -> tuple[Schema, ...]:
        """Return what is registered under a subject, oldest first, as JSON has it."""
        return tuple(json.loads(self._texts[i - 1]) for i in self._subjects.get(subject, ()))
