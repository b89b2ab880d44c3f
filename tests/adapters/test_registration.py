"""All contracts against a registry: what is there, what may go there, what may not."""

from __future__ import annotations

from adapters.avro.compatibility import Breach
from adapters.avro.contracts import SUBJECTS
from adapters.avro.schemas import record_schema
from adapters.kafka.registration import Standing, Verdict, check_all, register_all
from tests.support.registry import MemoryRegistry
from tests.support.terminal import faults, oms

LINE = "oms.order.LineReserved"
SORTED = sorted(SUBJECTS)


def test_what_is_not_registered_is_new_until_it_is_registered():
    registry = MemoryRegistry()
    assert list(check_all(registry)) == [Standing(s, 0, 0, Verdict.NEW) for s in SORTED]
    registered = [
        Standing(subject, number, 1, Verdict.REGISTERED) for number, subject in enumerate(SORTED, 1)
    ]
    assert list(register_all(registry)) == registered
    assert list(register_all(registry)) == registered
    assert list(check_all(registry)) == registered


def test_an_older_version_may_be_followed_and_stays():
    registry = MemoryRegistry()
    schema = record_schema(SUBJECTS[LINE])
    older = {**schema, "doc": "As it was described before."}
    registry.register(LINE, older)
    (standing,) = (found for found in check_all(registry) if found.subject == LINE)
    assert standing == Standing(LINE, 0, 0, Verdict.COMPATIBLE)
    (standing,) = (found for found in register_all(registry) if found.subject == LINE)
    assert (standing.version, standing.verdict) == (2, Verdict.REGISTERED)
    assert registry.versions(LINE) == (older, schema)


def test_what_may_not_follow_is_not_registered_and_the_others_are():
    registry = MemoryRegistry()
    schema = record_schema(SUBJECTS[LINE])
    other = {**schema, "fields": [*schema["fields"], {"name": "extra", "type": "string"}]}
    registry.register(LINE, other)
    for look in (check_all, register_all):
        (standing,) = (found for found in look(registry) if found.subject == LINE)
        assert standing.verdict is Verdict.INCOMPATIBLE
        assert [(b.record, b.field) for b in standing.breaches] == [(LINE, "extra")]
        assert all(isinstance(breach, Breach) for breach in standing.breaches)
    assert registry.versions(LINE) == (other,)
    left = {found.verdict for found in check_all(registry) if found.subject != LINE}
    assert left == {Verdict.REGISTERED}


def test_without_a_registry_the_command_line_says_what_to_set(monkeypatch):
    monkeypatch.setenv("OMS_KAFKA_REGISTRY", "")
    for command in ("check", "register"):
        result = oms("kafka", "schemas", command, "--json")
        assert result.code == 2
        assert faults(result) == [("OMS_KAFKA_REGISTRY", "")]


def test_a_registry_that_does_not_answer_is_a_failure_that_names_it(monkeypatch):
    monkeypatch.setenv("OMS_KAFKA_REGISTRY", "http://127.0.0.1:1")
    monkeypatch.setenv("OMS_KAFKA_REGISTRY_CONFIG", '{"max.retries": "0"}')
    result = oms("kafka", "schemas", "check", "--json")
    assert result.code == 1
    assert faults(result) == [("OMS_KAFKA_REGISTRY", "http://127.0.0.1:1")]
