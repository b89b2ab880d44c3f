"""Rules as a table: one small function for each type of message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from oms_core.kernel.message import Command, Event

S = TypeVar("S")
E = TypeVar("E", bound=Event)


def deciding(
    rules: Mapping[type[Command], Callable[[Any, S], Iterable[E]]],
) -> Callable[[Any, S], Iterable[E]]:
    """Return a `decide` that hands each command to its rule.

    A command without a rule is a fault of the program, not of the sender, and raises `KeyError`; a
    law test sees to it that no boundary lacks one.
    """

    def decide(command: Command, state: S) -> Iterable[E]:
        return rules[type(command)](command, state)

    return decide


def evolving(changes: Mapping[type[Event], Callable[[S, Any], S]]) -> Callable[[S, Any], S]:
    """Return an `evolve` that hands each event to its change. Every event type must have one."""

    def evolve(state: S, event: Event) -> S:
        return changes[type(event)](state, event)

    return evolve


def unchanged(state: S, event: Event) -> S:
    """Leave the state as it is: the event matters to others."""
    del event
    return state
