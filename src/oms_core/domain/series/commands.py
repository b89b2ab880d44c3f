"""What may be asked of a series."""

from __future__ import annotations

from oms_core.kernel import Command


class AssignNumber(Command, frozen=True):
    """Give a document the next number of the series."""

    series_id: str
    document_id: str


SeriesCommand = AssignNumber
