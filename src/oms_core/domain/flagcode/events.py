"""What can have happened in the register."""

from __future__ import annotations

from oms_core.kernel import Event


class FlagCodeIssued(Event, frozen=True):
    """A code was given to an order. `number` counts all codes of the store from 1."""

    register_id: str
    number: int
    order_id: str
    kind: str
    code: str


FlagCodeEvent = FlagCodeIssued
