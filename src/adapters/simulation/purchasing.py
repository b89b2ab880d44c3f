"""Purchasing: goods are bought, announced, received, and bought again when they run low."""

from __future__ import annotations

from collections import Counter
from functools import partial

from adapters.simulation.catalogue import CURRENCY, Good, goods, registration
from adapters.simulation.hearing import Ears
from adapters.simulation.stage import DAY, HOUR, Stage
from oms_core.domain.stock import events
from oms_core.domain.stock.commands import (
    ConfigureLocation,
    ExpectSupply,
    ReceiveStock,
    SetRingFence,
)
from oms_core.kernel import Instant

LOCATIONS = ("LYON", "LEEDS", "BUSAN", "RENO")
UNITS_PER_ORDER = 2.9
OPENING_PERCENT = 55
"""How much of what will be sold is there at the beginning: shortages are part of the game."""

REORDER_PERCENT = 12
SHORT_DELIVERED = 120
NEVER_DELIVERED = frozenset({"LMP-103", "CLK-231"})
"""Their supplier went out of business: whoever waits for them waits for a person's decision."""

FENCED_ITEMS = 8
SAFE_ITEMS = 20


class Purchasing:
    """The buyers of goods of one world."""

    def __init__(self, stage: Stage, orders: int) -> None:
        """Plan to open the shop at once."""
        self._stage = stage
        self._goods = {good.item_id: good for good in goods()}
        whole = sum(good.weight for good in goods())
        self._demand = {
            good.item_id: max(4, int(orders * UNITS_PER_ORDER * good.weight / whole))
            for good in goods()
        }
        self._available: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._ordered: dict[str, str] = {}
        self._documents = 0
        stage.at(stage.start, self._open_shop)
        self.ears: Ears = {
            events.StockReceived: self._received,
            events.StockReserved: self._reserved,
            events.ReservationReleased: self._released,
            events.StockBackordered: self._backordered,
            events.BackorderCancelled: self._no_longer_wanted,
            events.ReservationDeclined: self._declined,
        }

    def _document(self, kind: str) -> str:
        self._documents += 1
        return f"{kind}-{self._stage.seed}-{self._documents:05d}"

    def _open_shop(self) -> None:
        ranked = sorted(goods(), key=lambda good: -good.weight)
        for place, good in enumerate(ranked):
            self._stage.say(registration(good), "purchasing", good.item_id)
            total = max(2, self._demand[good.item_id] * OPENING_PERCENT // 100)
            sites = LOCATIONS if total >= 4 * len(LOCATIONS) else LOCATIONS[:2]
            for number, location_id in enumerate(sites):
                share = total * (number + 1) // len(sites) - total * number // len(sites)
                self._receive(good, self._document("PO"), location_id, share)
            if place < SAFE_ITEMS:
                command = ConfigureLocation(good.item_id, "LYON", 1, selling=True)
                self._stage.say(command, "planning", good.item_id)
            if place < FENCED_ITEMS:
                fence = max(1, total // 12)
                command_ = SetRingFence(good.item_id, "marketplace", fence)
                self._stage.say(command_, "planning", good.item_id)

    def _receive(self, good: Good, document_id: str, location_id: str, quantity: int) -> None:
        cost = good.cost_minor * quantity
        command = ReceiveStock(good.item_id, document_id, location_id, quantity, cost, CURRENCY)
        self._stage.say(command, f"warehouse:{location_id}", document_id)

    def _order_goods(self, item_id: str) -> None:
        """Order once for each item until the goods are there."""
        if item_id not in self._goods or item_id in self._ordered:
            return
        stage, document_id = self._stage, self._document("PO")
        self._ordered[item_id] = document_id
        quantity = max(3, self._demand[item_id] * 20 // 100) + self._waiting[item_id]
        location_id = stage.dice.choice(LOCATIONS)
        days = 60 if item_id in NEVER_DELIVERED else stage.dice.randint(1, 5)
        due_at = Instant(stage.now + days * DAY)
        expect = ExpectSupply(item_id, document_id, location_id, quantity, due_at)
        stage.later(HOUR, 4 * HOUR, partial(stage.say, expect, "purchasing", document_id))
        if item_id not in NEVER_DELIVERED:
            short = stage.dice.randint(1, quantity - 1) if stage.chance(SHORT_DELIVERED) else 0
            arrive = partial(
                self._receive, self._goods[item_id], document_id, location_id, quantity - short
            )
            stage.at(due_at + stage.dice.randint(0, DAY), arrive)

    def _restock(self, item_id: str) -> None:
        if item_id in self._demand and (
            self._waiting[item_id]
            or self._available[item_id] * 100 < self._demand[item_id] * REORDER_PERCENT
        ):
            self._order_goods(item_id)

    def _received(self, event: events.StockReceived) -> None:
        self._available[event.item_id] += event.quantity
        if self._ordered.get(event.item_id) == event.document_id:
            del self._ordered[event.item_id]
            self._stage.later(HOUR, 2 * HOUR, partial(self._restock, event.item_id))

    def _reserved(self, event: events.StockReserved) -> None:
        self._available[event.item_id] -= event.quantity
        served = min(self._waiting[event.line_id], event.quantity)
        self._waiting[event.line_id] -= served
        self._waiting[event.item_id] -= served
        self._restock(event.item_id)

    def _released(self, event: events.ReservationReleased) -> None:
        self._available[event.item_id] += event.quantity

    def _backordered(self, event: events.StockBackordered) -> None:
        self._waiting[event.line_id] += event.quantity
        self._waiting[event.item_id] += event.quantity
        self._order_goods(event.item_id)

    def _no_longer_wanted(self, event: events.BackorderCancelled) -> None:
        self._waiting[event.line_id] -= event.quantity
        self._waiting[event.item_id] -= event.quantity

    def _declined(self, event: events.ReservationDeclined) -> None:
        self._order_goods(event.item_id)
