"""What became of the orders of a run, counted as it goes."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from adapters.simulation.hearing import Ears
from oms_core.domain.order import events


class Summary(NamedTuple):
    """The result of a run. `waiting` orders have an owner: a hold, a backorder, or a customer."""

    placed: int
    rejected: int
    completed: int
    cancelled: int
    waiting: int
    events: int
    ticks: int


class Tally:
    """Counts orders by how they stand."""

    def __init__(self, orders: int) -> None:
        """Begin with none of so many."""
        self.orders = orders
        self.counts: Counter[str] = Counter()
        self.open: set[str] = set()
        self.ears: Ears = {
            events.OrderPlaced: self._placed,
            events.OrderRejected: self._rejected,
            events.OrderCompleted: self._completed,
            events.OrderCancelled: self._cancelled,
        }

    def _placed(self, event: events.OrderPlaced) -> None:
        self.counts["placed"] += 1
        self.open.add(event.order_id)

    def _rejected(self, event: events.OrderRejected) -> None:
        del event
        self.counts["rejected"] += 1

    def _completed(self, event: events.OrderCompleted) -> None:
        self.counts["completed"] += 1
        self.open.discard(event.order_id)

    def _cancelled(self, event: events.OrderCancelled) -> None:
        self.counts["cancelled"] += 1
        self.open.discard(event.order_id)

    @property
    def arrived(self) -> int:
        """How many orders have come, as far as they were planned."""
        return min(self.orders, self.counts["placed"] + self.counts["rejected"])

    def summary(self, recorded: int, ticks: int) -> Summary:
        """Return the counts."""
        of = self.counts
        return Summary(
            of["placed"],
            of["rejected"],
            of["completed"],
            of["cancelled"],
            len(self.open),
            recorded,
            ticks,
        )
