"""The unit of work: a batch of causes, decided in order, each seeing what the earlier ones did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from oms_core.engine.catalog import DECIDERS, Catalog
from oms_core.engine.cause import Answer, Cause, Verdict
from oms_core.engine.outside import require_askable
from oms_core.kernel import (
    Command,
    CommandRefused,
    Event,
    Instant,
    Process,
    Recorded,
    Rejected,
)

CASCADE_EVENTS_MAX = 50_000
"""How many events one cause may lead to. More is a loop, not a business."""

Entry = tuple[int, Any]


class EndlessCascade(Exception):
    """One cause led to more events than any order could need."""


class Context(msgspec.Struct, frozen=True, gc=False):
    """What the envelope of an event says of its origin."""

    occurred_at: Instant
    actor: str
    causation_id: str
    correlation_id: str


class UnitOfWork:
    """Decides causes in memory. Nothing is true until what it recorded has been appended.

    `states` are those at hand, which it keeps; `load` returns the version and state of a stream
    that is neither among them nor was touched by an earlier cause.
    """

    def __init__(
        self,
        catalog: Catalog,
        load: Callable[[str], Entry],
        now: Instant,
        states: dict[str, Entry] | None = None,
    ) -> None:
        """Begin with nothing recorded."""
        self.recorded: list[Recorded] = []
        self.states: dict[str, Entry] = {} if states is None else states
        self._listeners = catalog.listeners
        self._completed = catalog.completed
        self._load = load
        self._now = now
        self._own: dict[str, Entry] = {}
        self._new: list[Recorded] = []
        self._trace = ""

    def run(self, cause: Cause) -> Answer:
        """Decide one cause and all that follows from it, or leave no trace of it.

        :raises Exception: whatever a rule raises that is not a refusal: the cause is poison.
        """
        self._own, self._new, self._trace = {}, [], cause.trace
        correlation_id = cause.correlation_id or cause.cause_id
        occurred_at = cause.occurred_at or self._now
        context = Context(occurred_at, cause.actor, cause.cause_id, correlation_id)
        try:
            require_askable(cause.command)
            self._execute(self._completed(cause.command, occurred_at), context)
        except Rejected as refusal:
            return Answer(cause.cause_id, Verdict.REJECTED, (), refusal.code, str(refusal))
        self._cascade(occurred_at, correlation_id)
        self.states.update(self._own)
        self.recorded += self._new
        verdict = Verdict.DONE if self._new else Verdict.UNCHANGED
        return Answer(cause.cause_id, verdict, tuple(self._new))

    def _cascade(self, occurred_at: Instant, correlation_id: str) -> None:
        new, done = self._new, 0
        while done < len(new):
            recorded = new[done]
            done += 1
            if done > CASCADE_EVENTS_MAX:
                raise EndlessCascade(f"more than {CASCADE_EVENTS_MAX} events in {correlation_id}")
            event = recorded.event
            kind = type(event)
            for process in self._listeners[kind]:
                process_id = process.route[kind](event)
                if process_id is not None:
                    context = Context(occurred_at, process.category, recorded.id, correlation_id)
                    self._react(process, process_id, event, context)

    def _react(
        self, process: Process[Any], process_id: str, event: Event, context: Context
    ) -> None:
        memory = process.initial
        if process.remembers:
            memory = self._get(f"{process.category}:{process_id}")[1]
        for output in process.react(event, memory):
            if isinstance(output, Event):
                self._note(process, process_id, output, context)
                continue
            try:
                self._execute(output, context)
            except Rejected as refusal:
                refused = CommandRefused(
                    type(output).__name__, refusal.code, refusal.detail, root_stream(output)
                )
                self._note(process, process_id, refused, context)

    def _note(self, process: Process[Any], process_id: str, event: Event, context: Context) -> None:
        """Append an event of a process's own."""
        stream = f"{process.category}:{process_id}"
        self._append(stream, self._get(stream), process.evolve, (event,), context)

    def _execute(self, command: Command, context: Context) -> None:
        decider = DECIDERS[type(command)]
        stream = f"{decider.category}:{decider.identify(command)}"
        entry = self._get(stream)
        events = tuple(decider.decide(command, entry[1]))
        if events:
            self._append(stream, entry, decider.evolve, events, context)

    def _get(self, stream: str) -> Entry:
        entry = self._own.get(stream) or self.states.get(stream)
        if entry is None:
            entry = self.states[stream] = self._load(stream)
        return entry

    def _append(
        self,
        stream: str,
        entry: Entry,
        evolve: Callable[[Any, Any], Any],
        events: tuple[Event, ...],
        context: Context,
    ) -> None:
        version, state = entry
        now, trace, new = self._now, self._trace, self._new
        occurred_at, actor = context.occurred_at, context.actor
        causation_id, correlation_id = context.causation_id, context.correlation_id
        for event in events:
            version += 1
            state = evolve(state, event)
            new.append(
                Recorded(  # By place: it is the call that is made most often.
                    stream,
                    version,
                    event,
                    now,
                    occurred_at,
                    actor,
                    causation_id,
                    correlation_id,
                    0,
                    trace,
                )
            )
        self._own[stream] = (version, state)


def root_stream(command: Command) -> str:
    """Return the stream that a command is decided against."""
    decider = DECIDERS[type(command)]
    return f"{decider.category}:{decider.identify(command)}"
