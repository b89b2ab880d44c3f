"""The same input once more, without Kafka: to another engine, in the same batches and at the times.

The messages are read from the topics again. Which were taken when is in the log: every event names
the message that led to it, and every batch is noted with its bounds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from confluent_kafka import Consumer, TopicPartition
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from adapters.bootstrap import Shop
from adapters.kafka import configuration
from adapters.kafka.reading import Reader, Refusable
from adapters.kafka.unread import Origin
from adapters.kafka.wire import Undecodable, Wire
from adapters.postgres.projections import Projector, install
from adapters.settings import Settings
from oms_core.engine.cause import Cause
from oms_core.kernel import Instant

PAGE_MESSAGES = 1_000
WAIT_SECONDS = 0.2


class Taken(NamedTuple):
    """What one transaction took in, and when."""

    causes: Sequence[Cause]
    at: Instant


def causes_in(settings: Settings, reader: Reader, ends: Mapping[str, int]) -> dict[str, Cause]:
    """Read the inbound topics up to some ends, and return every cause by its name."""
    found: dict[str, Cause] = {}
    places = [Origin.named(f"{source}@{end}") for source, end in ends.items() if end]
    left = sum(ends.values())
    consumer = Consumer(configuration.consumer(settings, f"{settings.kafka_prefix}.retaken"))
    consumer.assign([TopicPartition(p.topic, p.partition, 0) for p in places if p])
    try:
        while left:
            for message in consumer.consume(PAGE_MESSAGES, WAIT_SECONDS):
                assert message.error() is None, message.error()
                left -= 1
                wire = Wire.of(message)
                origin = Origin.named(f"{wire.topic}[{message.partition()}]@{message.offset()}")
                assert origin is not None
                try:
                    cause = reader.read(origin, wire)
                except (Undecodable, Refusable):
                    continue
                found[cause.cause_id] = cause
    finally:
        consumer.close()
    return found


def batches(shop: Shop, causes: Mapping[str, Cause]) -> Iterator[Taken]:
    """Yield what each transaction of a log took in, in order.

    A message that led to no event has changed nothing, and is not in the log.
    """
    table = Identifier(shop.settings.log_schema, "oms_events_batches")
    with shop.connection() as connection, shop.log() as log:
        bounds = connection.execute(SQL("SELECT first, last FROM {} ORDER BY 1").format(table))
        for first, last in bounds.fetchall():
            page = log.read(first - 1, last - first + 1)
            names = dict.fromkeys(r.causation_id for r in page if r.causation_id in causes)
            yield Taken([causes[name] for name in names], page[0].recorded_at)


def retake(taken: Iterator[Taken], shop: Shop) -> None:
    """Give an engine without Kafka the same batches at the same times."""
    now = [Instant(0)]
    with shop.engine(clock=lambda: now[0]) as engine:
        for batch in taken:
            now[0] = batch.at
            engine.handle(batch.causes)


def content(shop: Shop) -> tuple[int, str]:
    """Return how many events a log has, and a digest of every byte of it and of its head."""
    schema, digest, count = shop.settings.log_schema, hashlib.sha256(), 0
    events = SQL(
        "SELECT originator_id, originator_version, topic, state, notification_id FROM {} "
        "ORDER BY notification_id"
    ).format(Identifier(schema, "oms_events"))
    head = SQL("SELECT position, hash FROM {}").format(Identifier(schema, "oms_events_head"))
    with shop.connection() as connection, connection.transaction():
        with connection.cursor("events") as cursor:
            for row in cursor.execute(events):
                count += 1
                digest.update(repr(row).encode())
        digest.update(repr(connection.execute(head).fetchone()).encode())
    return count, digest.hexdigest()


def views(shop: Shop) -> dict[str, str]:
    """Work out every read model of a shop, and return a digest of each one's table."""
    schema = shop.settings.views_schema
    with shop.connection() as connection, shop.log() as log:
        install(connection, schema=schema)
        Projector(connection, log, schema=schema).catch_up()
        found = connection.execute(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = %s AND table_name NOT LIKE '\\_%%' ORDER BY 1",
            (schema,),
        ).fetchall()
        return {name: _digest(connection, schema, name) for (name,) in found}


def _digest(connection: Connection[TupleRow], schema: str, name: str) -> str:
    query = SQL("SELECT t::text FROM {} t ORDER BY 1").format(Identifier(schema, name))
    digest = hashlib.sha256()
    for (row,) in connection.execute(query):
        digest.update(row.encode())
    return digest.hexdigest()
