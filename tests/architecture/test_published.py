"""What has been published stays usable: no version may break with one before it."""

from __future__ import annotations

import json

import avro.schema
import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from adapters.avro.compatibility import all_breaches
from adapters.avro.contracts import STORED, SUBJECTS
from tests.support.published import current, published, versions

CURRENT = current()


def reads(reader: object, writer: object) -> bool:
    """Say whether Avro's own checker lets one schema read what another has written."""
    parsed = [avro.schema.parse(json.dumps(schema)) for schema in (reader, writer)]
    found = ReaderWriterCompatibilityChecker().get_compatibility(*parsed)
    return found.compatibility is SchemaCompatibilityType.compatible


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_contract_gets_on_with_every_published_version_of_it(subject: str):
    kept = versions(subject)
    found = all_breaches(kept, CURRENT[subject], stored=subject in STORED)
    assert not found, "\n".join(map(str, found))
    for version in kept:
        assert reads(CURRENT[subject], version)
        assert reads(version, CURRENT[subject])


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_contract_is_kept_as_it_is_published(subject: str):
    assert CURRENT[subject] in versions(subject), "run `make golden`, or `make golden ARGS=v2`"


def test_no_published_contract_is_gone():
    kept = {subject for entries in published().values() for subject in entries}
    assert kept <= set(SUBJECTS)
