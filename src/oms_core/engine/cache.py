"""Folded states of streams, kept warm."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

STREAMS_MAX = 200_000


class StateCache:
    """The states of the streams used last, with their versions. States are immutable: no copies."""

    def __init__(self, streams_max: int = STREAMS_MAX) -> None:
        """Begin empty, to hold at most `streams_max` streams."""
        self._streams_max = streams_max
        self._entries: OrderedDict[str, tuple[int, Any]] = OrderedDict()

    def __len__(self) -> int:
        """Count the streams that are kept."""
        return len(self._entries)

    def get(self, stream: str) -> tuple[int, Any] | None:
        """Return a stream's version and state, if they are kept."""
        entry = self._entries.get(stream)
        if entry is not None:
            self._entries.move_to_end(stream)
        return entry

    def __contains__(self, stream: object) -> bool:
        """Say whether a stream is kept."""
        return stream in self._entries

    def update(self, entries: dict[str, tuple[int, Any]]) -> None:
        """Keep newer states, and let go of those unused the longest."""
        self._entries.update(entries)
        while len(self._entries) > self._streams_max:
            self._entries.popitem(last=False)

    def evict(self, streams: list[str]) -> None:
        """Forget streams whose state may be wrong."""
        for stream in streams:
            self._entries.pop(stream, None)
