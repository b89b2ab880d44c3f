"""The storekeepers: shelves are counted, breakages booked, goods moved, returns inspected."""

from __future__ import annotations

from collections import Counter
from functools import partial

from adapters.simulation.hearing import Ears
from adapters.simulation.purchasing import LOCATIONS
from adapters.simulation.selling import TRADING_DAYS
from adapters.simulation.stage import DAY, HOUR, Stage
from oms_core.domain.stock import events
from oms_core.domain.stock.commands import (
    AdjustStock,
    CountStock,
    DispatchTransfer,
    LiftQuarantine,
    ReceiveTransfer,
)

COUNTS_A_DAY = 3
COUNT_WRONG = 200
MOVES_EVERY_DAYS = 4
LOST_ON_THE_WAY = 150
SOUND_AFTER_ALL = 700


class Stocktaking:
    """The storekeepers of one world. They know the shelves from what they are told."""

    def __init__(self, stage: Stage) -> None:
        """Plan the counts."""
        self._stage = stage
        self._shelf: Counter[tuple[str, str]] = Counter()
        self._documents = 0
        for day in range(1, TRADING_DAYS):
            stage.at(stage.start + day * DAY + 20 * HOUR, self._count)
            if day % MOVES_EVERY_DAYS == 0:
                stage.at(stage.start + day * DAY + 7 * HOUR, self._move)
        self.ears: Ears = {
            events.StockReceived: lambda e: self._change(e, e.location_id, e.quantity),
            events.StockShipped: lambda e: self._change(e, e.location_id, -e.quantity),
            events.StockShorted: lambda e: self._change(e, e.location_id, -e.quantity),
            events.StockAdjusted: lambda e: self._change(e, e.location_id, e.quantity),
            events.StockCounted: lambda e: self._change(e, e.location_id, e.difference),
            events.TransferDispatched: self._dispatched,
            events.TransferReceived: lambda e: self._change(e, e.destination_id, e.quantity),
            events.StockReturned: self._returned,
        }

    def _document(self, kind: str) -> str:
        self._documents += 1
        return f"{kind}-{self._stage.seed}-{self._documents:05d}"

    def _change(self, event: events.StockReceived, location_id: str, quantity: int) -> None:
        self._shelf[event.item_id, location_id] += quantity

    def _count(self) -> None:
        stage = self._stage
        for _ in range(min(COUNTS_A_DAY, len(self._shelf))):
            item_id, location_id = stage.dice.choice(list(self._shelf))
            document_id = self._document("COUNT")
            found = self._shelf[item_id, location_id]
            if stage.chance(COUNT_WRONG):
                found = max(0, found + stage.dice.choice((-1, -1, 1)))
            command = CountStock(item_id, document_id, location_id, found)
            stage.say(command, f"warehouse:{location_id}", document_id)

    def _move(self) -> None:
        """Send some of what one location has most of to one that has less."""
        stage = self._stage
        if not self._shelf:
            return
        (item_id, origin_id), units = max(
            self._shelf.items(), key=lambda entry: (entry[1], entry[0])
        )
        destination_id = min(LOCATIONS, key=lambda place: (self._shelf[item_id, place], place))
        if units < 4 or destination_id == origin_id:  # noqa: PLR2004  (not worth a journey)
            return
        document_id = self._document("MOVE")
        command = DispatchTransfer(item_id, document_id, origin_id, destination_id, units // 4)
        stage.say(command, "planning", document_id)

    def _dispatched(self, event: events.TransferDispatched) -> None:
        stage = self._stage
        self._shelf[event.item_id, event.origin_id] -= event.quantity
        lost = int(stage.chance(LOST_ON_THE_WAY))
        arrive = ReceiveTransfer(event.item_id, event.transfer_id, event.quantity - lost)
        actor = f"warehouse:{event.destination_id}"
        stage.later(DAY, 3 * DAY, partial(stage.say, arrive, actor, event.transfer_id))

    def _returned(self, event: events.StockReturned) -> None:
        self._shelf[event.item_id, event.location_id] += event.quantity
        if event.quarantined:
            self._stage.later(HOUR, 2 * DAY, partial(self._inspect, event))

    def _inspect(self, event: events.StockReturned) -> None:
        stage, place = self._stage, (event.location_id, event.quarantined)
        document_id, actor = self._document("INSPECT"), f"warehouse:{event.location_id}"
        stage.say(LiftQuarantine(event.item_id, document_id, *place), actor, document_id)
        if not stage.chance(SOUND_AFTER_ALL):
            broken = AdjustStock(
                event.item_id,
                f"{document_id}-scrap",
                event.location_id,
                -event.quarantined,
                events.AdjustmentReason.DAMAGED,
            )
            stage.say(broken, actor, document_id)
