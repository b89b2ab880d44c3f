"""Our settings of clients do what they promise, on brokers that err: the client's own mock ones.

These need nothing but the client. Where no broker can be started they run, and the others say why
they do not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from adapters.kafka import configuration
from adapters.kafka.ends import ends_of
from adapters.settings import Settings
from tests.support.kafka.mock import LIST_OFFSETS_API, MockCluster, mock_cluster
from tests.support.process import until

TOPIC = "orders"
PARTITIONS = 12
MESSAGES = 300
ROUND_TRIP_MS = 50
SECONDS = 120.0

BY_JAVA = {b"order:web:1001": 7, b"order:web:1002": 3, b"stock:MUG": 7, b"customer:C1": 8}
"""Keys with the partition of twelve that murmur2 gives them in Java's client."""


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    """Three mock brokers with a topic."""
    with mock_cluster() as cluster:
        cluster.create(TOPIC, PARTITIONS)
        yield cluster


def settings_of(cluster: MockCluster) -> Settings:
    return Settings(kafka_bootstrap=cluster.bootstrap, kafka_config={"log_level": "0"})


def read(cluster: MockCluster, count: int) -> list[Message]:
    found: list[Message] = []

    def look() -> bool:
        found.extend(m for m in consumer.consume(count, 0.2) if m.error() is None)
        return len(found) >= count

    consumer = Consumer(configuration.consumer(settings_of(cluster), "looking"))
    consumer.assign([TopicPartition(TOPIC, p, 0) for p in range(PARTITIONS)])
    until(look, SECONDS)
    found += consumer.consume(count, 0.5)
    consumer.close()
    return found


def test_each_message_arrives_once_and_in_order_although_brokers_fail_to_answer(
    cluster: MockCluster,
):
    producer = Producer(configuration.producer(settings_of(cluster)))
    for number in range(MESSAGES):
        if number % 100 == 50:
            cluster.refuse(
                KafkaError.REQUEST_TIMED_OUT,
                KafkaError.NOT_LEADER_FOR_PARTITION,
                KafkaError.NOT_ENOUGH_REPLICAS,
            )
        producer.produce(TOPIC, b"%d" % number, b"order:web:%d" % (number % 7))
        producer.poll(0)
    assert producer.flush(SECONDS) == 0
    del producer
    by_key: dict[bytes, list[int]] = {}
    for message in read(cluster, MESSAGES):
        by_key.setdefault(message.key() or b"", []).append(int(message.value() or b""))
    assert by_key == {b"order:web:%d" % key: list(range(key, MESSAGES, 7)) for key in range(7)}


def test_what_is_told_as_delivered_is_there_although_the_first_of_it_was_refused(
    cluster: MockCluster,
):
    producer = Producer(configuration.producer(settings_of(cluster)))
    for partition in range(1, PARTITIONS):  # So that the rest is sent at once, in small batches.
        producer.produce(TOPIC, b"", partition=partition)
    assert producer.flush(SECONDS) == 0
    cluster.delay(ROUND_TRIP_MS)
    cluster.refuse(KafkaError.NOT_LEADER_FOR_PARTITION)
    for number in range(MESSAGES):
        producer.produce(TOPIC, b"%d" % number, partition=0)
        producer.poll(0.002)
    assert producer.flush(SECONDS) == 0
    del producer
    found = read(cluster, PARTITIONS - 1 + MESSAGES)
    told = [int(message.value() or b"") for message in found if message.partition() == 0]
    assert told == list(range(MESSAGES))


def test_ends_are_told_although_leaders_move(cluster: MockCluster):
    producer = Producer(configuration.producer(settings_of(cluster)))
    producer.produce(TOPIC, b"", partition=7)
    assert producer.flush(SECONDS) == 0
    del producer
    cluster.refuse(*[KafkaError.NOT_LEADER_FOR_PARTITION] * 3, api=LIST_OFFSETS_API)
    places = [(TOPIC, partition) for partition in range(PARTITIONS)]
    assert ends_of(settings_of(cluster), places) == {(TOPIC, 7): 1}


def test_ends_that_nobody_tells_are_an_error(cluster: MockCluster):
    cluster.refuse(KafkaError.TOPIC_AUTHORIZATION_FAILED, api=LIST_OFFSETS_API)
    with pytest.raises(KafkaException, match="authorization"):
        ends_of(settings_of(cluster), [(TOPIC, 0)])


def test_a_key_has_the_partition_that_it_has_for_java(cluster: MockCluster):
    producer = Producer(configuration.producer(settings_of(cluster)))
    for key in BY_JAVA:
        producer.produce(TOPIC, b"", key)
    assert producer.flush(SECONDS) == 0
    del producer
    assert {m.key() or b"": m.partition() for m in read(cluster, len(BY_JAVA))} == BY_JAVA


def test_without_java_what_needs_a_broker_is_skipped_by_name_with_the_reason():
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("OMS_TEST_", "PYTEST_"))}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"),
            *("tests/kafka/test_cluster.py", "-k", "killed"),
        ],
        env={**keep, "JAVA_HOME": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "2 skipped" in done.stdout
    assert "no Kafka broker can be started here: no Java" in done.stdout
