"""The office: people look at held orders, and decide."""

from __future__ import annotations

from functools import partial

from adapters.simulation.hearing import Ears
from adapters.simulation.stage import DAY, HOUR, Stage
from oms_core.domain.order.commands import CancelLine, CancelOrder, ResolveHold
from oms_core.domain.order.events import (
    CancellationReason,
    HoldKind,
    HoldResolved,
    OrderCancelled,
    OrderCompleted,
    OrderHeld,
)

FRAUD_CLEARED = 740
FRAUD_UNDECIDED = 250
SHORTAGE_WAITED = 600
SHORTAGE_SHORTENED = 250
SHORTAGE_UNDECIDED = 90
LOOKS_MAX = 3


class Office:
    """The people who resolve holds."""

    def __init__(self, stage: Stage) -> None:
        """Wait for holds."""
        self._stage = stage
        self._holds: dict[str, dict[str, HoldKind]] = {}
        self._looks: dict[str, int] = {}
        self.ears: Ears = {
            OrderHeld: self._held,
            HoldResolved: self._resolved,
            OrderCancelled: self._closed,
            OrderCompleted: self._closed,
        }

    def _held(self, event: OrderHeld) -> None:
        if event.order_id not in self._stage.orders or event.kind is HoldKind.CREDIT:
            return  # Credit is for the accountants to decide.
        holds = self._holds.setdefault(event.order_id, {})
        if event.kind not in holds.values():
            urgent = event.kind is HoldKind.FRAUD
            spans = (HOUR, 30 * HOUR) if urgent else (DAY, 3 * DAY)
            self._stage.later(*spans, partial(self._look, event.order_id, event.kind))
        holds[event.hold_id] = event.kind

    def _resolved(self, event: HoldResolved) -> None:
        self._holds.get(event.order_id, {}).pop(event.hold_id, None)

    def _closed(self, event: OrderCancelled | OrderCompleted) -> None:
        self._holds.pop(event.order_id, None)

    def _look(self, order_id: str, kind: HoldKind) -> None:
        holds = [i for i, k in sorted(self._holds.get(order_id, {}).items()) if k is kind]
        if not holds:
            return
        if kind is HoldKind.FRAUD:
            self._screen(order_id, holds)
        elif kind is HoldKind.PRICE:
            self._resolve(order_id, holds, "the price is honoured", "staff:care")
        else:
            self._find_goods(order_id, holds)

    def _screen(self, order_id: str, holds: list[str]) -> None:
        stage = self._stage
        if stage.chance(FRAUD_CLEARED):
            self._resolve(order_id, holds, "customer called back", "staff:risk")
        elif not stage.chance(FRAUD_UNDECIDED):
            command = CancelOrder(order_id, CancellationReason.FRAUD)
            stage.say(command, "staff:risk", order_id)

    def _find_goods(self, order_id: str, holds: list[str]) -> None:
        """Ask again, send less, or give up; some cases stay on the desk."""
        stage = self._stage
        looks = self._looks[order_id] = self._looks.get(order_id, 0) + 1
        draw = stage.dice.randrange(1_000)
        if looks > LOOKS_MAX:
            stage.say(CancelOrder(order_id, CancellationReason.INVENTORY), "staff:care", order_id)
        elif draw < SHORTAGE_UNDECIDED:
            return
        elif draw < SHORTAGE_UNDECIDED + SHORTAGE_SHORTENED:
            self._shorten(order_id, holds)
            self._resolve(order_id, holds, "customer takes less", "staff:care")
        elif draw < SHORTAGE_UNDECIDED + SHORTAGE_SHORTENED + SHORTAGE_WAITED:
            self._resolve(order_id, holds, "goods have come", "staff:care")
        else:
            stage.say(CancelOrder(order_id, CancellationReason.INVENTORY), "staff:care", order_id)

    def _shorten(self, order_id: str, holds: list[str]) -> None:
        lines = {line.line_id: line for line in self._stage.orders[order_id].lines}
        for hold_id in holds:
            line = lines.get(hold_id.removeprefix("shortage:"))
            if line is not None:
                command = CancelLine(
                    order_id,
                    line.line_id,
                    line.quantity,
                    CancellationReason.INVENTORY,
                    f"no-stock-{line.line_id}",
                )
                self._stage.say(command, "staff:care", order_id)

    def _resolve(self, order_id: str, holds: list[str], note: str, actor: str) -> None:
        for hold_id in holds:
            self._stage.say(ResolveHold(order_id, hold_id, note), actor, order_id)
