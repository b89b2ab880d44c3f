"""The real registry against the contract of all registries, and our contracts in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from adapters.avro.contracts import SUBJECTS
from adapters.kafka.registration import Verdict, check_all
from adapters.kafka.registry import COMPATIBILITY, ConfluentRegistry
from adapters.settings import Settings
from tests.kafka.conftest import Kafka
from tests.support.registry_contract import RegistryContract
from tests.support.terminal import oms


@pytest.fixture
def registry(kafka: Kafka) -> Iterator[ConfluentRegistry]:
    """A client without memory, so that it has to ask."""
    with closing(ConfluentRegistry(Settings(kafka_registry=kafka.registry_url))) as made:
        yield made


class TestConfluentRegistry(RegistryContract):
    """The fixture of this module is what is held to it."""


def test_a_subject_is_held_to_full_compatibility_with_all_that_came_before(
    registry: ConfluentRegistry,
):
    assert {registry.compatibility(subject) for subject in SUBJECTS} == {COMPATIBILITY}


def test_every_contract_is_in_the_registry_of_a_session(registry: ConfluentRegistry):
    found = list(check_all(registry))
    assert {standing.subject for standing in found} == set(SUBJECTS)
    assert {standing.verdict for standing in found} == {Verdict.REGISTERED}


@pytest.mark.parametrize("command", ["check", "register"])
def test_the_command_line_tells_the_number_of_every_contract(kafka: Kafka, monkeypatch, command):
    monkeypatch.setenv("OMS_KAFKA_REGISTRY", kafka.registry_url)
    printed = oms("kafka", "schemas", command, "--json")
    assert printed.code == 0
    schemas = printed.data["schemas"]
    assert [schema["subject"] for schema in schemas] == sorted(SUBJECTS)
    assert all(schema["schema_id"] > 0 and schema["version"] > 0 for schema in schemas)
    table = oms("kafka", "schemas", command).out
    assert f"{len(SUBJECTS)} registered" in table
