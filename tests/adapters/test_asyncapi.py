"""The AsyncAPI document tells of every topic, message and header, and it is valid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import product
from typing import Any

import fastavro
import pytest

from adapters.avro.contracts import SUBJECTS
from adapters.avro.naming import full_name
from adapters.avro.schemas import record_schema
from adapters.intake import replies
from adapters.kafka.api_headers import HEADERS
from adapters.kafka.asyncapi import document
from adapters.kafka.messages import EventCodec
from adapters.kafka.names import TopicNames
from adapters.kafka.outcomes import Outcomes
from adapters.kafka.topics import read_declaration
from oms_core.domain.order.commands import CancelOrder
from oms_core.engine.cause import Answer, Cause, Verdict
from tests.adapters.test_messages import PLACED, registered
from tests.architecture.source import ROOT
from tests.support import asyncapi
from tests.support.messages import sample
from tests.support.registry import MemoryRegistry
from tests.support.terminal import oms

NAMES = TopicNames("oms")
DECLARED = read_declaration()
DOCUMENT = document(NAMES, DECLARED)


def references(value: Any) -> Iterator[str]:
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        if key == "$ref":
            yield part
        elif isinstance(part, dict | list):
            yield from references(part)


def found(reference: str) -> Any:
    value: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        value = value[step]
    return value


def addresses(channel: dict[str, Any]) -> Iterator[str]:
    """Yield every topic that a channel stands for."""
    parameters = channel.get("parameters", {})
    for values in product(*(parameter["enum"] for parameter in parameters.values())):
        yield channel["address"].format(**dict(zip(parameters, values, strict=True)))


def test_what_is_checked_in_is_what_the_program_goes_by():
    kept = json.loads((ROOT / "schemas/asyncapi.json").read_text(encoding="utf-8"))
    assert kept == DOCUMENT, "run `make schemas`"


def test_the_command_line_prints_it_for_any_cell(monkeypatch):
    monkeypatch.setenv("OMS_KAFKA_PREFIX", "oms.eu")
    printed = oms("kafka", "asyncapi")
    assert printed.code == 0
    assert printed.data == document(TopicNames("oms.eu"), DECLARED)


def test_a_declaration_that_cannot_be_read_is_refused(tmp_path):
    printed = oms("kafka", "asyncapi", "--topics", str(tmp_path / "none.yaml"), "--json")
    assert printed.code == 2
    assert printed.data["errors"][0]["field"] == "topics"


def test_every_topic_of_a_cell_is_described_once():
    told = [at for channel in DOCUMENT["channels"].values() for at in addresses(channel)]
    ours = {topic.name for topic in DECLARED.topics(NAMES)} - {NAMES.checkpoint}
    assert sorted(told) == sorted(ours)


def test_every_contract_is_a_message_of_some_channel():
    told = {name for channel in DOCUMENT["channels"].values() for name in channel["messages"]}
    assert told == {*SUBJECTS, "dead_letter"}


def test_every_reference_leads_somewhere():
    assert all(found(reference) for reference in references(DOCUMENT))


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_payload_is_an_avro_schema_that_is_complete_in_itself(subject: str):
    fastavro.parse_schema(deepcopy(found(f"#/components/schemas/{subject}")["schema"]))


def test_an_event_has_the_headers_that_are_described():
    wire = EventCodec(registered(), "oms").encode(PLACED)
    described = HEADERS["event"]
    required = [name for name, header in described.items() if header.required]
    assert [name for name, _ in wire.headers] == required
    assert [*required, "traceparent"] == list(described)


def test_an_outcome_has_the_headers_that_are_described():
    registry = MemoryRegistry()
    for kind in replies.REPLIES:
        registry.register(full_name(kind), record_schema(kind))
    cause = Cause(
        sample(CancelOrder),
        "oms.web.inbound.v1[0]@7",
        "channel:web",
        trace="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    letter = Outcomes(registry, "oms").answered(cause, Answer(cause.cause_id, Verdict.UNCHANGED))
    assert [name for name, _ in letter.headers] == list(HEADERS["outcome"])


def test_asyncapis_own_parser_finds_nothing_wrong():
    assert judged(DOCUMENT) == []


def test_asyncapis_own_parser_would_find_what_is_wrong():
    broken = deepcopy(DOCUMENT)
    del broken["components"]["messages"]["oms.order.OrderPlaced"]
    broken["operations"]["receive.inbound"]["action"] = "listen"
    assert len(judged(broken)) > 1


def judged(value: Any) -> list[str]:
    try:
        return asyncapi.faults(value)
    except asyncapi.NotToBeHad as reason:
        pytest.skip(f"AsyncAPI's parser cannot run here: {reason}")
