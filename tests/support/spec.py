"""Given, when, then: the one way that rules are specified.

given = Specification(stock)
given(RECEIVED, RESERVED).when(ShipStock("MUG", "web:1/1")).then(SHIPPED)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from oms_core.kernel import Command, Decider, Event, Process, Rejected

Subject = Decider[Any, Any, Any] | Process[Any]


def answers(subject: Subject, message: Any, state: Any) -> Iterable[Command | Event]:
    """Hand the message to a decider to decide or to a process to answer."""
    match subject:
        case Decider():
            return subject.decide(message, state)
        case Process():
            return subject.react(message, state)


@dataclass(frozen=True)
class When:
    """A message that meets a state."""

    subject: Subject
    state: Any
    message: Command | Event

    def then(self, *expected: Command | Event) -> None:
        """Expect exactly these messages, in this order."""
        assert tuple(answers(self.subject, self.message, self.state)) == expected

    def then_nothing(self) -> None:
        """Expect that the message was taken and changed nothing."""
        self.then()

    def then_rejected(self, reason: type[Rejected], detail: str | None = None) -> None:
        """Expect this refusal, given before anything happened.

        With `detail`, the refusal must name exactly this field and value.
        """
        happened: list[Command | Event] = []
        with pytest.raises(reason) as refusal:
            happened.extend(answers(self.subject, self.message, self.state))
        assert refusal.type is reason
        assert happened == [], "something had already happened when the message was refused"
        assert refusal.value.code != Rejected.code, f"{reason.__name__} has no code of its own"
        assert detail is None or refusal.value.detail == detail


@dataclass(frozen=True)
class Given:
    """A history, and what it adds up to."""

    subject: Subject
    history: tuple[Event, ...]

    @property
    def state(self) -> Any:
        """What the history adds up to."""
        return self.subject.fold(self.history)

    def when(self, message: Command | Event) -> When:
        """Let a command or, for a process, an event arrive."""
        return When(self.subject, self.state, message)


@dataclass(frozen=True)
class Specification:
    """Speaks of one decider or process."""

    subject: Subject

    def __call__(self, *history: Event) -> Given:
        """Start from what has happened so far; without arguments, from nothing."""
        return Given(self.subject, history)
