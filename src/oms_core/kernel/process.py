"""Events in, commands out: the mirror image of a decider."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic, TypeVar

from oms_core.kernel.message import Command, Event

S = TypeVar("S")


def forget(state: S, event: Event) -> S:
    """Remember nothing of `event`: the `evolve` of a process without a memory."""
    del event
    return state


@dataclass(frozen=True, slots=True, eq=False)
class Process(Generic[S]):
    """A long-running conversation between deciders.

    It hears the event types in `route`, which says what conversation each belongs to. It remembers
    only through its own events, so that a restart loses nothing. It must not assume that a command
    it yields is decided at once: the answer is an event, and may come late.
    """

    category: str
    route: Mapping[type[Event], Callable[[Any], str | None]]
    react: Callable[[Event, S], Iterable[Command | Event]]
    initial: S
    evolve: Callable[[S, Any], S] = forget

    def fold(self, events: Iterable[Event]) -> S:
        """Return the state that the process's own `events` add up to."""
        return reduce(self.evolve, events, self.initial)

    @property
    def remembers(self) -> bool:
        """Whether its own events must be read before it can react."""
        return self.evolve is not forget
