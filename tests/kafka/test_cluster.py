"""The broker that the tests use is a real one: it keeps what it acknowledged, whoever is killed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import psutil
from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from adapters.kafka import configuration
from tests.support.kafka.cell import Cell
from tests.support.kafka.cluster import Cluster
from tests.support.process import until

ClusterOf = Callable[[int], AbstractContextManager[Cluster]]
SECONDS = 120.0
NOTICE_MS = 2_000  # How long a client waits for a node that stands still.


def publish(bootstrap: str, topic: str, *values: bytes) -> None:
    own = {"bootstrap.servers": bootstrap, "socket.timeout.ms": NOTICE_MS, "log_level": 0}
    producer = Producer({**configuration.PRODUCER, **own})
    for value in values:
        producer.produce(topic, value, b"key")
    assert producer.flush(SECONDS) == 0


def create(bootstrap: str, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, 1)])[topic].result(SECONDS)


def read(bootstrap: str, topic: str, count: int) -> list[bytes | None]:
    found: list[Message] = []

    def look() -> bool:
        found.extend(m for m in consumer.consume(count, 0.5) if m.error() is None)
        return len(found) >= count

    consumer = Consumer(
        {**configuration.CONSUMER, "group.id": "x", "bootstrap.servers": bootstrap, "log_level": 0}
    )
    consumer.assign([TopicPartition(topic, 0, 0)])
    until(look, SECONDS)
    consumer.close()
    return [message.value() for message in found]


def test_a_cell_has_topics_and_registered_schemas_of_its_own(cell: Cell):
    topic = cell.names.inbound("web")
    publish(cell.settings.kafka_bootstrap, topic, b"1")
    admin = AdminClient({"bootstrap.servers": cell.settings.kafka_bootstrap})
    assert topic in admin.list_topics(timeout=SECONDS).topics
    assert cell.env["OMS_KAFKA_PREFIX"] == cell.settings.kafka_prefix


def test_a_killed_broker_has_what_it_acknowledged_when_it_is_back_and_ends_with_its_block(
    cluster_of: ClusterOf,
):
    with cluster_of(1) as cluster:
        create(cluster.bootstrap, "kept")
        publish(cluster.bootstrap, "kept", b"1", b"2")
        cluster.nodes[1].kill()
        assert cluster.living() == set()
        cluster.nodes[1].start()
        publish(cluster.bootstrap, "kept", b"3")
        assert read(cluster.bootstrap, "kept", 3) == [b"1", b"2", b"3"]
        process = psutil.Process(cluster.nodes[1].pid)
    assert not process.is_running()


def test_one_of_three_nodes_may_be_killed_or_stand_still_and_nothing_is_lost(
    cluster_of: ClusterOf,
):
    with cluster_of(3) as cluster:
        create(cluster.bootstrap, "kept")
        publish(cluster.bootstrap, "kept", b"1")
        cluster.nodes[1].kill()
        publish(cluster.bootstrap, "kept", b"2")
        cluster.nodes[1].start()
        cluster.await_whole()
        cluster.nodes[2].freeze()
        publish(cluster.bootstrap, "kept", b"3")
        cluster.nodes[2].thaw()
        assert read(cluster.bootstrap, "kept", 3) == [b"1", b"2", b"3"]
