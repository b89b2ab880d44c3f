"""Patience: how long an order may wait for each step before it counts as stalled, in hours."""

from __future__ import annotations

from oms_core.kernel import State


class Patience(State, frozen=True):
    """How many hours each step may take.

    A person decides about a hold, a customer pays (unless the payment itself lapses sooner), stock
    is found, supply comes, a warehouse sends. What the engine does by itself it does at once;
    `engine_hours` is when nobody can believe that any more.
    """

    hold_hours: int = 48
    payment_hours: int = 72
    stock_hours: int = 24
    supply_hours: int = 24 * 21
    warehouse_hours: int = 72
    engine_hours: int = 1
