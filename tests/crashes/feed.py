"""Channels that never stop talking: orders, changes and goods, some of them said twice."""

from __future__ import annotations

from collections import Counter
from random import Random
from threading import Event as Flag
from threading import Thread

from confluent_kafka import KafkaError, Message, Producer

from adapters.avro.schemas import full_name
from adapters.clock import system_clock
from adapters.intake.inbound import (
    MESSAGES,
    Address,
    CancelOrder,
    Inbound,
    Line,
    Payment,
    PlaceOrder,
    StockReceipt,
)
from adapters.intake.translation import key_of
from adapters.kafka import configuration
from adapters.kafka.names import TopicNames
from adapters.kafka.records import RecordCodec
from adapters.kafka.registry import ConfluentRegistry
from adapters.settings import Settings
from oms_core.domain.order.events import OnShortage, TenderMethod

CHANNELS = ("web", "marketplace", "callcentre")
ITEMS = 40
STOCK = 1_000_000
TWICE, CANCELLED = 0.10, 0.10
PRICE_MINOR, TAX_MINOR = 1_250, 250
FLUSH_SECONDS = 120.0


class Feed(Thread):
    """Publishes so many messages a second, until it is told to stop."""

    def __init__(self, settings: Settings, rate: float, seed: int) -> None:
        """Be ready; what the brokers have taken is counted in `sent`, by the message's id."""
        super().__init__(name="feed", daemon=True)
        self.sent: Counter[str] = Counter()
        self.orders: set[str] = set()
        self.failed: list[str] = []
        self._names = TopicNames(settings.kafka_prefix)
        self._codec = RecordCodec(ConfluentRegistry(settings), MESSAGES)
        self._producer = Producer(configuration.producer(settings))
        self._random = Random(seed)
        self._pause = 1 / rate
        self._flag, self._number = Flag(), 0
        self._placed: list[tuple[str, str]] = []

    def stock_up(self) -> None:
        """Let goods arrive, and wait until the brokers know of it."""
        for item in range(ITEMS):
            receipt = StockReceipt("opening", f"item-{item}", "LYON", STOCK, 400 * STOCK, "EUR")
            self._publish("web", receipt, f"receipt-{item}")
        self._flush()

    def run(self) -> None:
        """Talk."""
        while not self._flag.wait(self._pause):
            self._number += 1
            channel = self._random.choice(CHANNELS)
            if self._placed and self._random.random() < CANCELLED:
                channel, reference = self._random.choice(self._placed[-200:])
                self._say(channel, CancelOrder(reference))
            else:
                self._say(channel, self._order())
        self._flush()

    def stop(self) -> None:
        """Fall silent, once the brokers have taken everything."""
        self._flag.set()
        self.join()

    def _say(self, channel: str, message: Inbound) -> None:
        name = f"m{self._number}"
        self._publish(channel, message, name)
        if isinstance(message, PlaceOrder):
            self._placed.append((channel, message.external_ref))
            self.orders.add(f"{channel}:{message.external_ref}")
        if self._random.random() < TWICE:
            self._publish(channel, message, name)

    def _order(self) -> PlaceOrder:
        items = self._random.sample(range(ITEMS), 3)
        lines = tuple(
            Line(number, f"item-{item}", 2, 2 * PRICE_MINOR, 2 * TAX_MINOR)
            for number, item in enumerate(items, 1)
        )
        total = sum(line.net_minor + line.tax_minor for line in lines)
        return PlaceOrder(
            f"r{self._number}",
            f"customer-{self._number % 50}",
            "EUR",
            lines,
            (Payment(TenderMethod.CARD, total, "token"),),
            Address("FR"),
            system_clock(),
            OnShortage.BACKORDER,
        )

    def _publish(self, channel: str, message: Inbound, name: str) -> None:
        headers: list[tuple[str, str | bytes | None]] = [
            ("content-type", b"application/avro"),
            ("ce_id", name.encode()),
            ("ce_type", full_name(type(message)).encode()),
        ]
        value, key = self._codec.encode(message), key_of(message).encode()

        def noted(error: KafkaError | None, _: Message) -> None:
            if error is None:
                self.sent[name] += 1
            else:
                self.failed.append(f"{name}: {error.str()}")

        while True:
            try:
                self._producer.produce(
                    self._names.inbound(channel), value, key, headers=headers, on_delivery=noted
                )
            except BufferError:
                self._producer.poll(1)
            else:
                self._producer.poll(0)
                return

    def _flush(self) -> None:
        left = self._producer.flush(FLUSH_SECONDS)
        assert not left, f"{left} messages were not taken by the brokers"
