"""What it costs to put events into messages and back, beside the log's own form and Confluent's."""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from confluent_kafka.schema_registry import SchemaRegistryClient, record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from adapters.avro import codec
from adapters.avro.contracts import STORED
from adapters.avro.schemas import json_text, record_schema
from adapters.kafka.messages import EventCodec
from adapters.kafka.records import RecordCodec
from adapters.simulation.run import simulate
from oms_core.engine.mapper import from_row, to_row
from oms_core.kernel import Recorded
from tests.benchmarks.findings import Finding, ratios
from tests.benchmarks.stage import Stage
from tests.support.registry import MemoryRegistry

BENCH = "messages"
SCHEMA = "bench_messages"
SEED = 7
ORDERS_MAX = 2_000
MICROSECONDS = 1_000_000

BARS = {"encode": 12.0, "decode": 15.0}
"""Microseconds an event at most, headers included."""


def messages(stage: Stage) -> Iterator[Finding]:
    """Take the log of a simulated shop through every form, one round after the other."""
    log = _simulated(stage)
    registry = _registry()
    ours, values = EventCodec(registry, "oms"), RecordCodec(registry, STORED.values())
    wires = [ours.encode(recorded) for recorded in log]
    rows = [to_row(recorded) for recorded in log]
    write, read = _confluent()
    theirs = [write(recorded) for recorded in log]
    ways: dict[str, tuple[Callable[[Any], object], Sequence[Any]]] = {
        "encode": (ours.encode, log),
        "decode": (ours.decode, wires),
        "value encode": (values.encode, [recorded.event for recorded in log]),
        "value decode": (values.decode, [wire.value for wire in wires]),
        "msgpack encode": (to_row, log),
        "msgpack decode": (lambda row: from_row(*row), rows),
        "Confluent encode": (write, log),
        "Confluent decode": (read, theirs),
    }
    spent = defaultdict[str, list[float]](list)
    for _ in range(stage.scale.rounds):
        for name, (way, given) in ways.items():
            spent[name].append(_timed(way, given))
    yield Finding(BENCH, "events of a simulated shop", (float(len(log)),), "events")
    for name, bar in BARS.items():
        yield Finding(BENCH, f"{name}, headers included", tuple(spent[name]), "µs", bar, most=True)
    for name in BARS:
        found = ratios(spent[name], spent[f"msgpack {name}"])
        yield Finding(BENCH, f"{name}, headers included : the log's form", tuple(found), "ratio")
        found = ratios(spent[f"value {name}"], spent[f"Confluent {name}"])
        yield Finding(BENCH, f"{name}, the value alone : Confluent's", tuple(found), "ratio")


def _simulated(stage: Stage) -> list[Recorded]:
    with stage.fresh_shop(SCHEMA) as shop:
        simulate(shop, orders=min(stage.scale.orders, ORDERS_MAX), seed=SEED)
        with shop.log() as log:
            return [recorded for page in log.pages() for recorded in page]


def _registry() -> MemoryRegistry:
    registry = MemoryRegistry()
    for subject, kind in STORED.items():
        registry.register(subject, record_schema(kind))
    return registry


def _confluent() -> tuple[Callable[[Recorded], bytes], Callable[[bytes], object]]:
    """Return Confluent's serializer and deserializer of bare events, with all schemas known."""
    client = SchemaRegistryClient.new_client({"url": "mock://bench"})
    config = {"subject.name.strategy": record_subject_name_strategy}
    context = SerializationContext("oms.order.events.v1", MessageField.VALUE)
    writers = {
        kind: AvroSerializer(client, json_text(record_schema(kind)), conf=config)
        for kind in STORED.values()
    }
    reader = AvroDeserializer(client, conf=config)

    def write(recorded: Recorded) -> bytes:
        kind = type(recorded.event)
        value = writers[kind](codec.to_record(kind)(recorded.event), context)
        assert isinstance(value, bytes), "an event is never nothing"
        return value

    return write, lambda value: reader(value, context)


def _timed(way: Callable[[Any], object], given: Sequence[Any]) -> float:
    """Return the microseconds that one takes."""
    gc.collect()
    began = time.perf_counter()
    for one in given:
        way(one)
    return (time.perf_counter() - began) / len(given) * MICROSECONDS
