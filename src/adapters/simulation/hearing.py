"""How actors of the simulated world hear of what happened: by type of event, from the log alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from oms_core.kernel import Event, Recorded

Ears = Mapping[type[Event], Callable[[Any], None]]


class Actor(Protocol):
    """Somebody who acts on what happens."""

    @property
    def ears(self) -> Ears:
        """What the actor listens for, and what it then does."""


def hearers(actors: Iterable[Actor]) -> Callable[[Iterable[Recorded]], None]:
    """Return a function that tells all actors of events, in the order of the log."""
    table: dict[type[Event], list[Callable[[Any], None]]] = {}
    for actor in actors:
        for kind, ear in actor.ears.items():
            table.setdefault(kind, []).append(ear)

    def hear(page: Iterable[Recorded]) -> None:
        for recorded in page:
            for ear in table.get(type(recorded.event), ()):
                ear(recorded.event)

    return hear
