"""What a batch will need, looked up and asked for before its turn has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from oms_core.engine.cause import Cause
from oms_core.engine.footprint import footprint
from oms_core.engine.streams import Streams
from oms_core.engine.unit import Entry


class Foresight:
    """The streams that `causes` are likely to touch: those at hand, and those being read.

    What is decided meanwhile must be told to it, for it was not in the log when that was asked.
    """

    def __init__(
        self,
        causes: Sequence[Cause],
        known: Callable[[str], Entry | None],
        streams: Streams,
    ) -> None:
        """Look up what is `known`, and begin to read the rest with one query."""
        self.causes = causes
        self._states: dict[str, Entry] = {}
        cold: dict[str, None] = {}
        for cause in causes:
            for stream in footprint(cause.command):
                if stream not in self._states:
                    entry = known(stream)
                    if entry is None:
                        cold[stream] = None
                    else:
                        self._states[stream] = entry
        self._reading = streams.begin(cold)

    def renew(self, decided: Mapping[str, Entry]) -> None:
        """Take over from these states those of our streams that are among them."""
        for streams in (self._states.keys(), self._reading.streams):
            self._states.update({stream: decided[stream] for stream in streams & decided.keys()})

    def finish(self) -> dict[str, Entry]:
        """Wait for what is being read, and return the state of every stream."""
        entries = self._reading.finish()
        entries.update(self._states)
        return entries

    def abandon(self) -> None:
        """Do without it."""
        self._reading.abandon()
