"""What effects say of one round: what is to be booked, and what a person should know of."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from oms_core.kernel import Command, Instant, Recorded

Alert_co = TypeVar("Alert_co", covariant=True)

NEVER = Instant(2**62)
"""When something is due that is not."""


class Said(NamedTuple):
    """A command that books what came of a request, and the event that had asked for it."""

    command: Command
    request: Recorded


class Turn(NamedTuple, Generic[Alert_co]):
    """What came of one round of calls."""

    said: tuple[Said, ...]
    alerts: tuple[Alert_co, ...]
