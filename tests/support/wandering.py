"""Ways through a decider: every state that a few commands reach, or one random way among many."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from oms_core.kernel import Command, Decider, Event, Rejected

Answer = tuple[Event, ...] | Rejected


def answer(decider: Decider[Any, Any, Any], command: Command, state: Any) -> Answer:
    """Return what the decider says. A refusal must come before anything has happened."""
    happened: list[Event] = []
    try:
        happened.extend(decider.decide(command, state))
    except Rejected as refusal:
        assert happened == [], f"{command} was refused after {happened}"
        return refusal
    return tuple(happened)


def everywhere(
    decider: Decider[Any, Any, Any], commands: Sequence[Command]
) -> Iterator[tuple[Any, Command, Answer, Any]]:
    """Yield each reachable state, each command, what is said, and the state that it leads to.

    All reachable states are visited, so choose the commands such that there are not too many.
    """
    seen = {decider.initial}
    waiting = deque(seen)
    while waiting:
        state = waiting.popleft()
        for command in commands:
            said = answer(decider, command, state)
            reached = state
            for event in () if isinstance(said, Rejected) else said:
                reached = decider.evolve(reached, event)
            yield state, command, said, reached
            if reached not in seen:
                seen.add(reached)
                waiting.append(reached)


def ways(
    decider: Decider[Any, Any, Any],
    starts: Sequence[Sequence[Command]],
    commands: Sequence[Command],
    *,
    steps_max: int = 30,
) -> st.SearchStrategy[tuple[Event, ...]]:
    """Return a strategy for histories that go on from one of the starts.

    Each step takes the next command that leads to anything.
    """

    def walk(start: Sequence[Command], choices: list[int]) -> tuple[Event, ...]:
        log: list[Event] = []
        state = decider.initial

        def said(command: Command) -> bool:
            nonlocal state
            happened = answer(decider, command, state)
            if isinstance(happened, Rejected):
                return False
            log.extend(happened)
            for event in happened:
                state = decider.evolve(state, event)
            return bool(happened)

        for command in start:
            said(command)
        for choice in choices:
            any(said(commands[(choice + turn) % len(commands)]) for turn in range(len(commands)))
        return tuple(log)

    choices = st.integers(0, len(commands) - 1)
    lengths = st.integers(0, steps_max)  # A list left to itself is rarely longer than ten.
    return st.builds(
        walk,
        st.sampled_from(starts),
        lengths.flatmap(lambda n: st.lists(choices, min_size=n, max_size=n)),
    )
