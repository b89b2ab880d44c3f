"""Folded states of streams, kept warm."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

STREAMS_MAX = 200_000

Entry = tuple[int, Any]


class StateCache:
    """The states of the streams used last, with their versions. States are immutable: no copies.

    There are two generations. What is used is put into the young one; when that is full, the old
    one is let go of, and the young one grows old. So the order of use costs nothing to keep.
    """

    def __init__(self, streams_max: int = STREAMS_MAX) -> None:
        """Begin empty, to hold at most `streams_max` streams."""
        self._old_max = streams_max // 2
        self._young_max = streams_max - self._old_max
        self._young: dict[str, Entry] = {}
        self._old: dict[str, Entry] = {}

    def __len__(self) -> int:
        """Count the entries that are kept; a stream has two if it was used again."""
        return len(self._young) + len(self._old)

    def get(self, stream: str) -> Entry | None:
        """Return a stream's version and state, if they are kept."""
        return self._young.get(stream) or self._old.get(stream)

    def update(self, entries: dict[str, Entry]) -> None:
        """Keep the states of streams that were used, and let go of those unused the longest."""
        if len(self._young) + len(entries) > self._young_max:
            self._old, self._young = _last(self._young, self._old_max), {}
        if len(entries) > self._young_max:
            self.evict(entries)  # What does not fit in must not be remembered as it was before.
            entries = _last(entries, self._young_max)
        self._young.update(entries)

    def evict(self, streams: Iterable[str]) -> None:
        """Forget streams whose state may be wrong."""
        for stream in streams:
            self._young.pop(stream, None)
            self._old.pop(stream, None)


def _last(entries: dict[str, Entry], count: int) -> dict[str, Entry]:
    """Return the entries that were added last."""
    if len(entries) <= count:
        return entries
    return dict(islice(entries.items(), len(entries) - count, None))
