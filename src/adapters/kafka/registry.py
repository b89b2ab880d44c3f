"""The registry of schemas: which number stands for which schema, and what may follow what.

Subjects are the full names of records (RecordNameStrategy), so that a topic may carry several. A
schema may be read by everyone who knows an earlier or a later one: FULL_TRANSITIVE.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import NamedTuple, Protocol

import fastavro
import httpx2
from confluent_kafka.schema_registry import Schema as Registrable
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.error import OAuthTokenError, SchemaRegistryError
from fastavro.schema import SchemaParseException, UnknownType

from adapters.avro.compatibility import all_breaches
from adapters.avro.contracts import STORED
from adapters.avro.schemas import Schema
from adapters.kafka import configuration
from adapters.settings import Settings

COMPATIBILITY = "FULL_TRANSITIVE"
MISSING = "This version of the schema is not in the registry."
REGISTER = "Run `oms kafka schemas register`."
FOREIGN = "Publish with a schema of this registry, in Avro."
APPEND = "Only append fields, with defaults; what that cannot express is a new record."
REACH = "See that OMS_KAFKA_REGISTRY names a registry, and that it runs."


class RegistryError(Exception):
    """The registry is not as it must be: `subject` says of what, `remedy` what to do about it."""

    def __init__(self, subject: str, rule: str, remedy: str) -> None:
        """Take what a person needs to put it right."""
        super().__init__(f"{subject}: {rule} {remedy}")
        self.subject = subject
        self.rule = rule
        self.remedy = remedy


class RegistryUnavailable(RegistryError):
    """It does not answer, or not as a registry does; it may later."""


class NotRegistered(RegistryError):
    """A schema of ours is not in it."""


class UnknownSchema(RegistryError):
    """No schema that we could read has this number."""


class Incompatible(RegistryError):
    """A schema may not follow what is registered under its subject."""


class Registered(NamedTuple):
    """A schema's number in the registry, and its version within its subject, counted from 1."""

    schema_id: int
    version: int


class Registry(Protocol):
    """Keeps schemas. What it has told once is not asked again."""

    def id_of(self, subject: str, schema: Schema) -> int:
        """Return the number of a registered schema.

        :raises NotRegistered: if it is not registered.
        :raises RegistryUnavailable: if there is no answer.
        """

    def find(self, subject: str, schema: Schema) -> Registered:
        """Return the number and the version of a registered schema.

        :raises NotRegistered: if it is not registered.
        :raises RegistryUnavailable: if there is no answer.
        """

    def schema_of(self, schema_id: int) -> Schema:
        """Return the schema with a number, as fastavro parses it.

        :raises UnknownSchema: if there is none, or it is not Avro.
        :raises RegistryUnavailable: if there is no answer.
        """

    def register(self, subject: str, schema: Schema) -> Registered:
        """Register a schema, unless it is, and hold its subject to FULL_TRANSITIVE from then on.

        :raises Incompatible: if it may not follow what is registered.
        :raises RegistryUnavailable: if there is no answer.
        """

    def versions(self, subject: str) -> tuple[Schema, ...]:
        """Return what is registered under a subject, oldest first, as JSON has it; maybe nothing.

        :raises RegistryUnavailable: if there is no answer.
        """


class ConfluentRegistry:
    """A registry with Confluent's API: theirs, Apicurio's, Karapace, Redpanda's."""

    def __init__(self, settings: Settings) -> None:
        """Take the registry's address and the settings of its client; nothing is asked yet."""
        self._client = SchemaRegistryClient(configuration.registry(settings))
        self._found: dict[tuple[str, str], Registered] = {}
        self._schemas: dict[int, Schema] = {}

    def id_of(self, subject: str, schema: Schema) -> int:
        """Return the number of a registered schema."""
        return self.find(subject, schema).schema_id

    def find(self, subject: str, schema: Schema) -> Registered:
        """Return the number and the version of a registered schema."""
        text = json.dumps(schema)
        known = self._found.get((subject, text))
        if known is not None:
            return known
        try:
            with _answering(subject):
                found = self._client.lookup_schema(subject, _registrable(text))
        except UnknownSchema:
            raise NotRegistered(subject, MISSING, REGISTER) from None
        assert found.schema_id is not None, "a schema that was found has a number"
        registered = Registered(found.schema_id, found.version or 0)
        self._found[subject, text] = registered
        return registered

    def schema_of(self, schema_id: int) -> Schema:
        """Return the schema with a number, as fastavro parses it."""
        known = self._schemas.get(schema_id)
        if known is None:
            with _answering(f"schema {schema_id}", FOREIGN):
                found = self._client.get_schema(schema_id)
            known = self._schemas[schema_id] = parsed(schema_id, found.schema_str or "")
        return known

    def register(self, subject: str, schema: Schema) -> Registered:
        """Register a schema, unless it is, and hold its subject to FULL_TRANSITIVE."""
        try:
            return self.find(subject, schema)
        except NotRegistered:
            pass
        kept = self.versions(subject)
        require_compatible(subject, kept, schema)
        with _answering(subject):
            if kept:  # Else the subject is not there yet to be held to anything.
                self._client.set_compatibility(subject, COMPATIBILITY)
            self._client.register_schema(subject, _registrable(json.dumps(schema)))
            if not kept:
                self._client.set_compatibility(subject, COMPATIBILITY)
        return self.find(subject, schema)

    def versions(self, subject: str) -> tuple[Schema, ...]:
        """Return what is registered under a subject, oldest first, as JSON has it."""
        try:
            with _answering(subject):
                found = [
                    self._client.get_version(subject, version).schema.schema_str or ""
                    for version in sorted(self._client.get_versions(subject))
                ]
        except UnknownSchema:
            return ()
        return tuple(json.loads(text) for text in found)

    def compatibility(self, subject: str) -> str:
        """Return what the registry holds a subject to."""
        with _answering(subject):
            return self._client.get_compatibility(subject)

    def close(self) -> None:
        """Leave the registry; it can be closed again, but not asked."""
        self._client.close()


def require_compatible(subject: str, kept: Iterable[Schema], schema: Schema) -> None:
    """Check that a schema may follow what is registered, also where registries see no harm.

    :raises Incompatible: naming every field that may not be as it is.
    """
    found = all_breaches(kept, schema, stored=subject in STORED)
    if found:
        rule = " ".join(f"{breach.record}.{breach.field}: {breach.rule}" for breach in found)
        raise Incompatible(subject, rule, APPEND)


def parsed(schema_id: int, text: str) -> Schema:
    """Parse a schema as a registry holds it.

    :raises UnknownSchema: if it is not an Avro schema, complete in itself.
    """
    try:
        return fastavro.parse_schema(json.loads(text))
    except (ValueError, SchemaParseException, UnknownType) as error:
        rule = f"It is not an Avro schema that is complete in itself: {error}."
        raise UnknownSchema(f"schema {schema_id}", rule, FOREIGN) from None


def _registrable(text: str) -> Registrable:
    return Registrable(text, "AVRO")


@contextmanager
def _answering(subject: str, remedy: str = REGISTER) -> Iterator[None]:
    """Turn what the client raises into what our callers know.

    :raises UnknownSchema: if the registry has no such subject, version or schema.
    :raises Incompatible: if a schema may not follow what is registered.
    :raises RegistryUnavailable: if there is no answer, or not one of a registry.
    """
    try:
        yield
    except SchemaRegistryError as error:
        told = f"The registry says: {str(error).rstrip('.')}."
        match error.http_status_code:
            case HTTPStatus.NOT_FOUND:
                raise UnknownSchema(subject, told, remedy) from error
            case HTTPStatus.CONFLICT | HTTPStatus.UNPROCESSABLE_ENTITY:
                raise Incompatible(subject, told, APPEND) from error
        raise RegistryUnavailable(subject, told, REACH) from error
    except (httpx2.HTTPError, OAuthTokenError, ValueError) as error:
        told = f"The registry does not answer: {error or type(error).__name__}."
        raise RegistryUnavailable(subject, told, REACH) from error
