"""Versions side by side: whoever knows one version of a contract reads every other."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import fastavro
import pytest
from msgspec import structs

from adapters.avro import codec
from adapters.avro.compatibility import breaches
from adapters.avro.contracts import STORED, SUBJECTS
from adapters.avro.schemas import Schema, record_schema
from adapters.kafka.messages import EventCodec
from adapters.kafka.records import RecordCodec
from oms_core.kernel import Instant, Recorded
from tests.support.messages import sample
from tests.support.published import versions
from tests.support.registry import MemoryRegistry
from tests.support.versions import LATER, future, past, restricted

EARLIER = [
    *((subject, past(record_schema(kind))) for subject, kind in SUBJECTS.items()),
    *((subject, schema) for subject in SUBJECTS for schema in versions(subject)),
]
earlier = pytest.mark.parametrize(("subject", "schema"), EARLIER)
every_contract = pytest.mark.parametrize("subject", SUBJECTS)


def written(record: Any, schema: Schema) -> bytes:
    buffer = BytesIO()
    fastavro.schemaless_writer(buffer, fastavro.parse_schema(schema), record)
    return buffer.getvalue()


def read(data: bytes, schema: Schema, by: Schema) -> Any:
    writer, reader = fastavro.parse_schema(schema), fastavro.parse_schema(by)
    return fastavro.schemaless_reader(BytesIO(data), writer, reader)


def framed(registry: MemoryRegistry, subject: str, schema: Schema, record: Any) -> bytes:
    """Return the value of a message of another version's publisher."""
    schema_id = registry.register(subject, schema).schema_id
    return b"\x00" + schema_id.to_bytes(4, "big") + written(record, schema)


@earlier
def test_a_consumer_of_an_earlier_version_reads_what_we_write_now(subject: str, schema: Schema):
    value = sample(SUBJECTS[subject])
    seen = read(codec.encode(value), record_schema(type(value)), schema)
    assert seen == restricted(codec.to_record(type(value))(value), schema)


@earlier
def test_we_read_what_an_earlier_version_wrote_with_defaults_for_the_rest(
    subject: str, schema: Schema
):
    kind = SUBJECTS[subject]
    records = RecordCodec(registry := MemoryRegistry(), [kind])
    before = restricted(codec.to_record(kind)(sample(kind)), schema)
    found = records.decode(framed(registry, subject, schema, before))
    assert type(found) is kind
    assert restricted(codec.to_record(kind)(found), schema) == before


@every_contract
def test_we_read_what_the_next_version_will_write_and_pass_over_what_is_new(subject: str):
    kind = SUBJECTS[subject]
    later = future(record_schema(kind))
    assert breaches(record_schema(kind), later) == ()
    records = RecordCodec(registry := MemoryRegistry(), [kind])
    value = sample(kind)
    record = {**codec.to_record(kind)(value), LATER: "whatever"}
    assert records.decode(framed(registry, subject, later, record)) == value


@every_contract
def test_a_consumer_of_the_next_version_reads_what_we_write_now(subject: str):
    kind = SUBJECTS[subject]
    later = future(record_schema(kind))
    seen = read(codec.encode(sample(kind)), record_schema(kind), later)
    assert seen[LATER] == "-"
    assert restricted(seen, record_schema(kind)) == restricted(
        codec.to_record(kind)(sample(kind)), record_schema(kind)
    )


@every_contract
def test_what_was_before_what_is_and_what_may_come_get_on_with_each_other(subject: str):
    now = record_schema(SUBJECTS[subject])
    before, after = past(now), future(now)
    assert breaches(before, now) == breaches(now, after) == breaches(before, after) == ()


@pytest.mark.parametrize("subject", STORED)
def test_a_whole_message_of_the_next_version_is_read(subject: str):
    kind = STORED[subject]
    registry = MemoryRegistry()
    registry.register(subject, record_schema(kind))
    recorded = Recorded(
        "order:web:1", 1, sample(kind), Instant(1), Instant(2), "actor", "cause", "talk", 7
    )
    wire = EventCodec(registry, "oms").encode(recorded)
    record = {**codec.to_record(kind)(recorded.event), LATER: "whatever"}
    value = framed(registry, subject, future(record_schema(kind)), record)
    found = EventCodec(registry, "oms").decode(wire._replace(value=value))
    assert structs.astuple(found) == structs.astuple(recorded)
