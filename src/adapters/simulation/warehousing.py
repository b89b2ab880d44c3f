"""The warehouses: parcels are accepted or not, packed, now and then short, sent and delivered."""

from __future__ import annotations

from functools import partial

from adapters.simulation.hearing import Ears
from adapters.simulation.stage import DAY, HOUR, MINUTE, Stage
from oms_core.domain.fulfilment.commands import (
    AcceptFulfilment,
    DeliverFulfilment,
    RejectFulfilment,
    ShipFulfilment,
    ShippedLine,
)
from oms_core.domain.fulfilment.events import (
    FulfilmentCancelled,
    FulfilmentRequested,
    FulfilmentShipped,
    RejectionReason,
)

REJECTED = 25
SHORT = 30
LATE = 40
CARRIERS = ("Northway", "Bluebird Parcel", "Harbour Freight Line")
REASONS = (RejectionReason.OUT_OF_STOCK, RejectionReason.DAMAGED, RejectionReason.CAPACITY)


class Warehousing:
    """All locations of one world."""

    def __init__(self, stage: Stage) -> None:
        """Wait for work."""
        self._stage = stage
        self._open: dict[str, FulfilmentRequested] = {}
        self._parcels = 0
        self.ears: Ears = {
            FulfilmentRequested: self._requested,
            FulfilmentCancelled: self._cancelled,
            FulfilmentShipped: self._shipped,
        }

    def _requested(self, event: FulfilmentRequested) -> None:
        if event.order_id not in self._stage.orders:
            return
        self._open[event.fulfilment_id] = event
        if event.order_id.startswith("till:"):
            self._stage.later(0, 2 * MINUTE, partial(self._hand_over, event))
        else:
            self._stage.later(10 * MINUTE, 3 * HOUR, partial(self._look, event))

    def _cancelled(self, event: FulfilmentCancelled) -> None:
        self._open.pop(event.fulfilment_id, None)

    def _hand_over(self, event: FulfilmentRequested) -> None:
        """Let a customer leave the shop with the goods."""
        if self._open.pop(event.fulfilment_id, None):
            actor = f"store:{event.location_id}"
            ship = ShipFulfilment(event.fulfilment_id, "by hand")
            self._stage.say(ship, actor, event.order_id)
            self._stage.say(DeliverFulfilment(event.fulfilment_id), actor, event.order_id)

    def _look(self, event: FulfilmentRequested) -> None:
        stage, actor = self._stage, f"warehouse:{event.location_id}"
        if event.fulfilment_id not in self._open:
            return
        if stage.chance(REJECTED):
            del self._open[event.fulfilment_id]
            reason = stage.dice.choice(REASONS)
            stage.say(RejectFulfilment(event.fulfilment_id, reason), actor, event.order_id)
            return
        stage.say(AcceptFulfilment(event.fulfilment_id), actor, event.order_id)
        late = 2 * DAY if stage.chance(LATE) else 0
        stage.later(2 * HOUR + late, 20 * HOUR + late, partial(self._ship, event))

    def _ship(self, event: FulfilmentRequested) -> None:
        stage = self._stage
        if self._open.pop(event.fulfilment_id, None) is None:
            return
        self._parcels += 1
        command = ShipFulfilment(
            event.fulfilment_id,
            stage.dice.choice(CARRIERS),
            f"PX{stage.seed:04d}{self._parcels:08d}",
            self._packed(event) if stage.chance(SHORT) else (),
        )
        stage.say(command, f"warehouse:{event.location_id}", event.order_id)

    def _packed(self, event: FulfilmentRequested) -> tuple[ShippedLine, ...]:
        """Find one line short, unless the parcel would then be empty."""
        if sum(line.quantity for line in event.lines) < 2:  # noqa: PLR2004  (one unit and one more)
            return ()
        short = self._stage.dice.randrange(len(event.lines))
        lacking = self._stage.dice.randint(1, event.lines[short].quantity)
        if len(event.lines) == 1:
            lacking = min(lacking, event.lines[short].quantity - 1)
        return tuple(
            ShippedLine(line.line_id, line.quantity - (lacking if place == short else 0))
            for place, line in enumerate(event.lines)
        )

    def _shipped(self, event: FulfilmentShipped) -> None:
        if event.order_id in self._stage.orders and event.carrier != "by hand":
            self._stage.later(DAY, 6 * DAY, partial(self._deliver, event))

    def _deliver(self, event: FulfilmentShipped) -> None:
        actor = f"carrier:{event.carrier}"
        self._stage.say(DeliverFulfilment(event.fulfilment_id), actor, event.order_id)
