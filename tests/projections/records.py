"""Histories for views: events with their envelopes, and a log of them that is only a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import strategies as st

from oms_core.engine.catalog import EVENTS
from oms_core.kernel import Event, Instant, Recorded
from projections.log import Unreadable
from tests.support.messages import anything

NOON = Instant(1_700_000_000_000_000)
SECOND = 1_000_000


def recorded(*events: Event, stream: str = "order:web:1001") -> tuple[Recorded, ...]:
    """Put events into one stream and into a log: each is recorded a second after the one before.

    Each had occurred half a second before it was recorded.
    """
    return tuple(
        Recorded(
            stream,
            number,
            event,
            Instant(NOON + number * SECOND),
            Instant(NOON + number * SECOND - SECOND // 2),
            "user:anna",
            f"cause-{number}",
            "web:1001",
            number,
        )
        for number, event in enumerate(events, 1)
    )


class ListLog:
    """A log that is a list."""

    def __init__(self, records: Iterable[Recorded] = ()) -> None:
        self.records = list(records)

    def head(self) -> int:
        """Return the position of the last event."""
        return self.records[-1].position if self.records else 0

    def read(
        self, after: int, limit: int, types: frozenset[type[Event]] | None = None
    ) -> Sequence[Recorded]:
        """Return the next events, of these types only if they are given."""
        found = (
            record
            for record in self.records[after:]
            if types is None or type(record.event) in types or type(record.event) is Unreadable
        )
        return [record for record, _ in zip(found, range(limit), strict=False)]


events: st.SearchStrategy[Event] = st.sampled_from(sorted(EVENTS)).flatmap(
    lambda name: anything(EVENTS[name])
)
"""Any event, with anything in it."""

logs = st.lists(events, max_size=12).map(lambda happened: recorded(*happened))
"""Any history at all, also such as no rule would let happen."""
