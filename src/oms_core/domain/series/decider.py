"""The rules of a series.

A number is assigned in the transaction in which its document is issued, and each is the one before
plus one. So no crash, no refused document and no competition between two issuers can leave a gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from oms_core.domain.series import commands, events
from oms_core.kernel import Decider, Rejected, State, deciding, evolving
from oms_core.kernel.recent import Recent


class Series(State, frozen=True):
    """How many numbers are assigned, and to which documents lately."""

    assigned: int = 0
    recent: Recent = Recent()


class UnnamedDocument(Rejected):
    """A number belongs to a document."""

    code = "series.document"
    remedy = "Name the document that the number is for."


def assign(command: commands.AssignNumber, series: Series) -> Iterator[events.SeriesEvent]:
    """Give the document the next number; it keeps the one that it has."""
    if not command.document_id:
        raise UnnamedDocument("document_id is empty.")
    if command.document_id not in series.recent:
        number = series.assigned + 1
        text = f"{command.series_id}-{number:06d}"
        yield events.NumberAssigned(command.series_id, number, command.document_id, text)


def assigned(series: Series, event: events.NumberAssigned) -> Series:
    """Never assign this number again."""
    return Series(event.number, series.recent.add(event.document_id))


series = Decider(
    "series",
    attrgetter("series_id"),
    Series(),
    deciding({commands.AssignNumber: assign}),
    evolving({events.NumberAssigned: assigned}),
)
