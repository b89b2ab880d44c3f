"""All our contracts against a registry: which are there, which may go there, which may not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from adapters.avro.compatibility import Breach, all_breaches
from adapters.avro.contracts import STORED, SUBJECTS
from adapters.avro.schemas import Schema, record_schema
from adapters.kafka.registry import Incompatible, NotRegistered, Registry

NEW = 0
"""The number and the version of what is not registered."""


class Verdict(StrEnum):
    """How a contract stands to what is registered under its subject."""

    REGISTERED = "registered"
    NEW = "new"
    COMPATIBLE = "compatible"
    INCOMPATIBLE = "incompatible"


class Standing(NamedTuple):
    """One contract: its number and version in the registry, and what speaks against it."""

    subject: str
    schema_id: int
    version: int
    verdict: Verdict
    breaches: tuple[Breach, ...] = ()


def check_all(registry: Registry) -> Iterator[Standing]:
    """Yield how every contract stands, changing nothing.

    :raises RegistryUnavailable: if the registry does not answer.
    """
    yield from _each(registry, _standing)


def register_all(registry: Registry) -> Iterator[Standing]:
    """Register every contract that is not registered and may be; yield how each stands then.

    :raises RegistryUnavailable: if the registry does not answer.
    """
    yield from _each(registry, _registered)


def _each(
    registry: Registry, look: Callable[[Registry, str, Schema], Standing]
) -> Iterator[Standing]:
    for subject, kind in sorted(SUBJECTS.items()):
        yield look(registry, subject, record_schema(kind))


def _standing(registry: Registry, subject: str, schema: Schema) -> Standing:
    try:
        found = registry.find(subject, schema)
    except NotRegistered:
        kept = registry.versions(subject)
        against = all_breaches(kept, schema, stored=subject in STORED)
        if against:
            return Standing(subject, NEW, NEW, Verdict.INCOMPATIBLE, against)
        return Standing(subject, NEW, NEW, Verdict.COMPATIBLE if kept else Verdict.NEW)
    return Standing(subject, *found, Verdict.REGISTERED)


def _registered(registry: Registry, subject: str, schema: Schema) -> Standing:
    try:
        found = registry.register(subject, schema)
    except Incompatible as error:
        standing = _standing(registry, subject, schema)
        theirs = Breach(subject, "", error.rule, error.remedy)
        return standing._replace(
            verdict=Verdict.INCOMPATIBLE, breaches=standing.breaches or (theirs,)
        )
    return Standing(subject, *found, Verdict.REGISTERED)
