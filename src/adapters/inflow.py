"""What the loop of a running shop takes in, and what it asks of those that bring it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from adapters.postgres.parking import Reopening
from oms_core.engine.cause import Cause, Letters, Parked, SourcePosition


class Batch(NamedTuple):
    """Causes to be taken in together, and how far their sources were read with them.

    `letters` makes of the answers what is said about them; `parked` is what could not be read.
    """

    causes: Sequence[Cause]
    positions: Sequence[SourcePosition] = ()
    letters: Letters | None = None
    parked: Sequence[Parked] = ()


class Inbound(Protocol):
    """Somewhere that causes come from."""

    def batch(self) -> Batch | None:
        """Return what has come since the last batch was taken in; None if nothing has."""

    def rewind(self) -> None:
        """Go on where the log says that the source was read to: the last batch was known there."""


class Channels(Inbound, Protocol):
    """Channels that publish, and are told what became of each message."""

    @property
    def reopening(self) -> Reopening:
        """What reads their parked messages again."""

    def wait(self, seconds: float) -> object:
        """Wait until something has come, and no longer than so many seconds."""
