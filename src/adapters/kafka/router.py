"""Hands each message of the shared inbound topics to the cell that it belongs to, exactly once.

The copies and the offsets of what was read are committed in one Kafka transaction. Routers of one
group share the partitions; one that was taken over is refused by the group's generation.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence

import psycopg
import structlog
from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from adapters.kafka import configuration
from adapters.kafka.cells import MARKET_HEADER, CellTable, Unroutable
from adapters.kafka.names import TopicNames, dead_letters
from adapters.kafka.wire import Undecodable, headers_of
from adapters.settings import Settings

BATCH_MESSAGES = 1_000
WAIT_SECONDS = 0.5
TRANSACTION_MS = 15_000
"""What a router that died has left open: its successor has another name, and cannot end it."""

TRANSACTION_SECONDS = 30.0

Pair = tuple[str, str | bytes | None]

log = structlog.get_logger("oms")


class Router:
    """One router at work."""

    def __init__(
        self,
        settings: Settings,
        table: CellTable,
        channels: Sequence[str],
        knows: Callable[[str, str], bool],
    ) -> None:
        """Join the group and be ready to publish. `knows(cell, order_id)` asks a cell's log."""
        names = TopicNames(settings.kafka_prefix)
        self._prefix, self._table, self._knows = settings.kafka_prefix, table, knows
        self._channels = {names.inbound(channel): channel for channel in channels}
        group = f"{settings.kafka_prefix}.route"
        who = f"{group}.{socket.gethostname()}.{os.getpid()}"
        self._producer = Producer(configuration.transactional(settings, who, TRANSACTION_MS))
        self._producer.init_transactions(TRANSACTION_SECONDS)
        self._consumer = Consumer(
            configuration.consumer(settings, group, auto_offset_reset="earliest")
        )
        self._consumer.subscribe(list(self._channels))

    def turn(self) -> int:
        """Route what has come, all or nothing, and return how many messages that was.

        :raises KafkaException: if the broker refuses in a way that trying again does not mend.
        """
        messages = [
            message
            for message in self._consumer.consume(BATCH_MESSAGES, WAIT_SECONDS)
            if _readable(message)
        ]
        if not messages:
            return 0
        try:
            self._producer.begin_transaction()
            for message in messages:
                self._forward(message)
            self._producer.send_offsets_to_transaction(
                _after(messages), self._consumer.consumer_group_metadata(), TRANSACTION_SECONDS
            )
            self._producer.commit_transaction(TRANSACTION_SECONDS)
        except KafkaException as error:
            if not error.args[0].txn_requires_abort():
                raise
            log.warning("route.aborted", detail=str(error))
            self._producer.abort_transaction(TRANSACTION_SECONDS)
            self._rewind(messages)
            return 0
        return len(messages)

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _forward(self, message: Message) -> None:
        topic, headers = message.topic() or "", list[Pair]()
        origin = f"{topic}[{message.partition()}]@{message.offset()}"
        try:
            headers += headers_of(message)
            cell = self._cell_of(message, dict(headers))
            target = TopicNames(f"{self._prefix}.{cell}").inbound(self._channels[topic])
        except (Unroutable, Undecodable) as error:
            log.warning("route.unroutable", origin=origin, code=error.code, detail=error.detail)
            target = dead_letters(topic, "route")
            headers += [
                ("oms_error_code", error.code.encode()),
                ("oms_error_detail", error.detail.encode()),
            ]
        headers.append(("oms_origin", origin.encode()))
        while True:
            try:
                self._producer.produce(target, message.value(), message.key(), headers=headers)
            except BufferError:  # The queue is full: let the broker take some of it.
                self._producer.poll(WAIT_SECONDS)
            else:
                return

    def _cell_of(self, message: Message, headers: Mapping[str, str | bytes | None]) -> str:
        market = headers.get(MARKET_HEADER)
        order_id = f"{self._channels[message.topic() or '']}:{_text(message.key())}"
        return self._table.cell_of(_text(market), order_id, self._knows)

    def _rewind(self, messages: Sequence[Message]) -> None:
        """Read again what the aborted transaction had read."""
        first: dict[tuple[str, int], int] = {}
        for message in messages:
            first.setdefault(_place(message), message.offset() or 0)
        held = {(at.topic, at.partition) for at in self._consumer.assignment()}
        for place, offset in first.items():
            if place in held:  # The others are read by whoever has taken them over.
                self._consumer.seek(TopicPartition(*place, offset))


def _readable(message: Message) -> bool:
    error = message.error()
    if error is not None:
        log.warning("route.consume", detail=error.str())
    return error is None


def _place(message: Message) -> tuple[str, int]:
    return message.topic() or "", message.partition() or 0


def _after(messages: Sequence[Message]) -> list[TopicPartition]:
    """Return where to read on after some messages."""
    ends = {_place(message): (message.offset() or 0) + 1 for message in messages}
    return [TopicPartition(*place, offset) for place, offset in ends.items()]


def _text(data: bytes | str | None) -> str:
    return data.decode(errors="replace") if isinstance(data, bytes) else data or ""


def asking(table: CellTable) -> Callable[[str, str], bool]:
    """Return a function that asks the log of a cell whether it has an order.

    :raises KeyError: if the environment lacks the variable that holds the cell's DSN.
    """
    dsns = {name: os.environ[c.dsn_variable] for name, c in table.cells.items() if c.dsn_variable}
    connections: dict[str, psycopg.Connection[TupleRow]] = {}

    def knows(cell: str, order_id: str) -> bool:
        connection = connections.get(cell)
        if connection is None or connection.closed:
            connection = connections[cell] = psycopg.connect(dsns[cell], autocommit=True)
        events = Identifier(table.cells[cell].log_schema, "oms_events")
        query = SQL("SELECT 1 FROM {} WHERE originator_id = %s LIMIT 1").format(events)
        return connection.execute(query, (f"order:{order_id}",)).fetchone() is not None

    return knows
