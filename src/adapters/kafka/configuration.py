"""How clients of Kafka are set up: safe first, then fast.

Producers have one request under way to each broker. With more, librdkafka tells a batch as
delivered that never was, where a partition's first batch is refused (its leader is just moving) and
the next one is taken: brokers take any first number from a producer that they do not know yet.

What the settings pass through (TLS, SASL, ...) comes last and wins. Sources: librdkafka's
CONFIGURATION.md, confluent-kafka-go's issue 921, and what was measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.settings import Settings

PRODUCER: Mapping[str, Any] = {
    "enable.idempotence": True,
    "acks": "all",
    "max.in.flight": 1,
    "linger.ms": 5,
    "compression.type": "lz4",
    "partitioner": "murmur2_random",  # As Java's clients choose, so that keys meet.
    "message.timeout.ms": 300_000,
    "queue.buffering.max.messages": 200_000,
}
TRANSACTION_MS = 60_000
"""After so long without an end the broker aborts a transaction; no message in it lives longer."""

CONSUMER: Mapping[str, Any] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",
    "isolation.level": "read_committed",
    "partition.assignment.strategy": "cooperative-sticky",
    "fetch.wait.max.ms": 50,
    "fetch.queue.backoff.ms": 50,
    "queued.max.messages.kbytes": 32_768,
}

NOTICE = 5
"""The syslog level from which on clients speak up: below it they tell of each socket they close."""

REGISTRY: Mapping[str, Any] = {"timeout": 10.0}
NUMBERS = frozenset(
    {
        "timeout",
        "max.retries",
        "retries.wait.ms",
        "retries.max.wait.ms",
        "cache.capacity",
        "cache.latest.ttl.sec",
    }
)
"""Settings of the registry's client that it wants as numbers."""


def connection(settings: Settings) -> dict[str, Any]:
    """Return what every client needs."""
    servers = settings.kafka_bootstrap
    return {"bootstrap.servers": servers, "log_level": NOTICE, **settings.kafka_config}


def producer(settings: Settings, **own: Any) -> dict[str, Any]:
    """Return the settings of a producer; `own` ones are named with underscores for dots."""
    return {**PRODUCER, **_dotted(own), **connection(settings)}


def transactional(
    settings: Settings, transactional_id: str, milliseconds: int = TRANSACTION_MS
) -> dict[str, Any]:
    """Return the settings of a producer that fences off any earlier one of the same id.

    A transaction that is neither committed nor aborted for so many `milliseconds` is aborted; until
    then careful consumers wait behind it.
    """
    return producer(
        settings,
        transactional_id=transactional_id,
        transaction_timeout_ms=milliseconds,
        message_timeout_ms=milliseconds,
    )


def consumer(settings: Settings, group: str, **own: Any) -> dict[str, Any]:
    """Return the settings of a consumer in a group."""
    return {**CONSUMER, "group.id": group, **_dotted(own), **connection(settings)}


def registry(settings: Settings) -> dict[str, Any]:
    """Return the settings of a client of the schema registry."""
    own = settings.kafka_registry_config
    passed = {name: float(text) if name in NUMBERS else text for name, text in own.items()}
    return {**REGISTRY, "url": settings.kafka_registry, **passed}


def _dotted(own: Mapping[str, Any]) -> dict[str, Any]:
    return {name.replace("_", "."): value for name, value in own.items()}
