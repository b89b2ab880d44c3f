"""The part of `oms status` that needs a client of Kafka: asked only where one is used."""

from __future__ import annotations

from typing import Any

from confluent_kafka import KafkaException
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.bootstrap import Shop
from adapters.cli.faults import Failed, Fault
from adapters.kafka.transactions import Interrupted
from adapters.standing import kafka_standing


def kafka(shop: Shop, connection: Connection[TupleRow], data: dict[str, Any]) -> dict[str, Any]:
    """Return how relay and projectors stand, and correct what `data` says of their read models.

    :raises Failed: if the broker does not answer.
    """
    try:
        return kafka_standing(shop, connection, data)
    except (Interrupted, KafkaException) as error:
        brokers = shop.settings.kafka_bootstrap
        rule = f"Kafka does not answer as it should: {error}."
        remedy = "Check that the brokers run, then ask again."
        raise Failed(Fault("OMS_KAFKA_BOOTSTRAP", brokers, rule, remedy)) from None
