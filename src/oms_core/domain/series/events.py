"""What can have happened in a series."""

from __future__ import annotations

from oms_core.kernel import Event


class NumberAssigned(Event, frozen=True):
    """A document has its number, for ever. `text` is how the number is written on it."""

    series_id: str
    number: int
    document_id: str
    text: str


SeriesEvent = NumberAssigned
