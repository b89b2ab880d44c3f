"""Others read what we publish with their own tools: kcat, Confluent's client, Java's consumer."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient, record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from adapters.avro import codec
from adapters.avro.schemas import Schema, record_schema
from adapters.bootstrap import Shop, open_shop
from adapters.kafka import configuration
from adapters.kafka.api_headers import HEADERS
from adapters.kafka.messages import EventCodec, Wire
from adapters.kafka.records import RecordCodec
from adapters.kafka.registry import ConfluentRegistry
from adapters.settings import Settings
from oms_core.engine.catalog import EVENTS
from oms_core.kernel import Instant, Recorded
from projections.orders import orders
from tests.kafka.conftest import Kafka
from tests.kafka.test_state import in_table, publish, trade
from tests.support.kafka.cell import Cell
from tests.support.kafka.packages import java
from tests.support.kafka.process import QUICK
from tests.support.messages import sample
from tests.support.process import until
from tests.support.versions import LATER, future, past, restricted

SECONDS = 60
NOON = Instant(1_769_860_800_000_000)
BETWEEN, COMMA, END = "<-->", "<,>", "<end>"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def registry(cell: Cell) -> Iterator[ConfluentRegistry]:
    with closing(ConfluentRegistry(cell.settings)) as made:
        yield made


@pytest.fixture
def shop(cell: Cell, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(cell.settings.model_copy(update={"home": tmp_path})) as opened:
        yield opened


def produce(cell: Cell, wires: Sequence[Wire]) -> None:
    producer = Producer(configuration.producer(cell.settings))
    for wire in wires:
        producer.produce(wire.topic, wire.value, wire.key, headers=list(wire.headers))
    assert producer.flush(SECONDS) == 0


def every_event() -> list[Recorded]:
    """One event of every type, each in a stream of its own category."""
    return [
        Recorded(f"order:web:{n}", 1, sample(kind), NOON, NOON, "channel:web", "m", "c", n, TRACE)
        for n, kind in enumerate(EVENTS.values(), 1)
    ]


def ran(*order: str) -> bytes:
    done = subprocess.run(order, capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed")
def test_kcat_prints_headers_and_keys(cell: Cell, registry: ConfluentRegistry):
    events = every_event()[:3]
    wires = [EventCodec(registry, cell.settings.kafka_prefix).encode(event) for event in events]
    produce(cell, wires)
    form = '{"key": "%k", "headers": "%h"}\n'
    at = ("-b", cell.settings.kafka_bootstrap, "-t", wires[0].topic)
    printed = ran("kcat", "-C", *at, "-o", "beginning", "-e", "-q", "-f", form)
    found = {line["key"]: line["headers"] for line in map(json.loads, printed.splitlines())}
    assert found == {
        wire.key.decode(): ",".join(f"{name}={content.decode()}" for name, content in wire.headers)
        for wire in wires
    }
    assert f"traceparent={TRACE}" in found["order:web:1"]


def test_confluents_deserializer_decodes_every_type_of_event(
    cell: Cell, registry: ConfluentRegistry
):
    events = every_event()
    encoder = EventCodec(registry, cell.settings.kafka_prefix)
    wires = [encoder.encode(event) for event in events]
    produce(cell, wires)
    config = {"subject.name.strategy": record_subject_name_strategy}
    consumer = Consumer(
        {
            "bootstrap.servers": cell.settings.kafka_bootstrap,
            "group.id": f"{cell.settings.kafka_prefix}.foreign",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([wires[0].topic])
    found: dict[str, object] = {}
    with SchemaRegistryClient({"url": cell.settings.kafka_registry}) as client:
        read = AvroDeserializer(client, conf=config)

        def all_read() -> bool:
            for message in consumer.consume(500, 1.0):
                assert message.error() is None, message.error()
                context = SerializationContext(message.topic(), MessageField.VALUE)
                kind = dict(message.headers())["ce_type"].decode().rpartition(".")[2]
                found[kind] = read(message.value(), context)
            return len(found) == len(events)

        until(all_read, SECONDS)
    consumer.close()
    assert found == {name: plain(sample(kind)) for name, kind in EVENTS.items()}


@pytest.mark.parametrize("version", [past, future])
def test_confluents_deserializer_reads_with_the_schemas_of_another_version(
    kafka: Kafka, version: Callable[[Schema], Schema]
):
    settings = Settings(kafka_registry=kafka.registry_url)
    context = SerializationContext("oms.order.events.v1", MessageField.VALUE)
    config = {"subject.name.strategy": record_subject_name_strategy}
    with (
        closing(ConfluentRegistry(settings)) as registry,
        SchemaRegistryClient({"url": kafka.registry_url}) as client,
    ):
        encoder = RecordCodec(registry, EVENTS.values())
        for kind in EVENTS.values():
            schema, now = version(record_schema(kind)), record_schema(kind)
            read = AvroDeserializer(client, json.dumps(schema), conf=config)
            seen = read(encoder.encode(sample(kind)), context)
            common = min(schema, now, key=lambda found: len(str(found)))
            assert restricted(seen, common) == restricted(plain(sample(kind)), common)
            assert seen.get(LATER, "-") == "-"


def plain(value: object) -> object:
    """Return what anyone makes of a value: names, lists, and what Avro knows."""
    if isinstance(value, msgspec.Struct):
        return plain(codec.to_record(type(value))(value))
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list | tuple) else value


def test_javas_console_consumer_reads_a_state_topic(shop: Shop, cell: Cell, packages: Path):
    trade(shop, 1, 2, 3)
    publish(shop, orders)
    documents = in_table(shop, orders)
    printed = ran(
        *(java(), *QUICK, "-cp", f"{packages}/broker/*"),
        "org.apache.kafka.tools.consumer.ConsoleConsumer",
        *("--bootstrap-server", cell.settings.kafka_bootstrap),
        *("--topic", cell.names.state(orders.name)),
        *("--from-beginning", "--isolation-level", "read_committed"),
        *("--max-messages", str(len(documents)), "--timeout-ms", "30000"),
        *("--property", "print.key=true", "--property", "print.headers=true"),
        *("--property", f"key.separator={BETWEEN}", "--property", f"headers.separator={COMMA}"),
        *("--property", f"line.separator={END}"),
    )
    lines = [line.split(BETWEEN.encode(), 2) for line in printed.split(END.encode()) if line]
    found = {}
    with closing(ConfluentRegistry(cell.settings)) as registry:
        records = RecordCodec(registry, [orders.document])
        for headers, key, value in lines:
            told = dict(pair.split(":", 1) for pair in headers.decode().split(COMMA))
            assert set(told) == set(HEADERS["state"])
            assert told["ce_subject"] == key.decode()
            found[key.decode()] = records.decode(value)
    assert found == documents
    assert len(documents) == 3
