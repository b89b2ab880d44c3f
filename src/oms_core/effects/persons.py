"""Whose record goes on when several turned out to be one person's, as their own events say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from oms_core.domain.customer.events import CustomerAbsorbed, CustomerMerged
from oms_core.kernel import Event, Recorded


class Streams(Protocol):
    """Reads whole streams."""

    def stream(self, *streams: str) -> Iterable[Recorded]:
        """Return all events of some streams, in the order of the log."""


Records = tuple[tuple[str, tuple[Recorded, ...]], ...]
"""Ids of customers, each with its events."""


def records(log: Streams, customer_id: str) -> Records:
    """Return a customer's record and those that it was merged into, one after the other.

    :returns: ids and events; the last is the survivor's.
    """
    found: list[tuple[str, tuple[Recorded, ...]]] = []
    following = customer_id
    while following or not found:
        history = tuple(log.stream(f"customer:{following}"))
        found.append((following, history))
        following = _survivor(recorded.event for recorded in history)
    return tuple(found)


def all_ids(log: Streams, customer_id: str) -> tuple[str, ...]:
    """Return every id of a person of whom one is given, the survivor's first."""
    survivor_id, history = records(log, customer_id)[-1]
    duplicates: set[str] = set()
    for recorded in history:
        if isinstance(recorded.event, CustomerAbsorbed):
            duplicates |= {recorded.event.duplicate_id, *recorded.event.duplicates}
    return (survivor_id, *sorted(duplicates))


def _survivor(history: Iterable[Event]) -> str:
    return next((e.survivor_id for e in history if isinstance(e, CustomerMerged)), "")
