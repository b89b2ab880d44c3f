"""Intake: what channels publish, in batches for the engine, with one outcome for each message.

A message is read in three stages, each with its own errors: the frame and its schema, the form, and
the rules of the domain, which the engine applies. What cannot be read is parked as it came, with
every later message of its key, and shown on the topic's dead letters; all the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import NamedTuple

import structlog
from confluent_kafka import Message

from adapters.inflow import Batch
from adapters.kafka.inlet import Inlet
from adapters.kafka.outcomes import Outcomes
from adapters.kafka.reading import Reader, Refusable
from adapters.kafka.registry import RegistryUnavailable
from adapters.kafka.reopening import KafkaReopening
from adapters.kafka.unread import Origin, cause_id_of, dead_letter, park, stream_of
from adapters.kafka.wire import Undecodable, Wire, wire_of
from oms_core.engine.cause import Answer, Cause, Letter, Letters, Parked, SourcePosition
from oms_core.kernel import Instant

LOOK_SECONDS = 0.005
"""How long one channel is looked at while none has anything; a message waits no longer for it."""

HOLD_OFF_MICROS = 2_000_000
"""How long a channel waits for a registry that does not answer before it asks again."""

log = structlog.get_logger("oms")


class Taken(NamedTuple):
    """What was made of messages, in their order: said is what is said at once.

    It has an entry for each message: letters, or None where the engine answers the next cause.
    """

    causes: list[Cause]
    parked: list[Parked]
    said: list[tuple[Letter, ...] | None]


class Intake:
    """All channels of a shop, as something that the loop takes in."""

    def __init__(
        self,
        inlets: Sequence[Inlet],
        reader: Reader,
        outcomes: Outcomes,
        waiting: Callable[[], AbstractSet[str]],
        clock: Callable[[], Instant],
        in_flight_max: int,
    ) -> None:
        """Take from `inlets`; `waiting()` are the streams of which something is parked."""
        self._inlets = list(inlets)
        self._reader = reader
        self._outcomes = outcomes
        self._waiting = waiting
        self._clock = clock
        self._in_flight_max = in_flight_max
        self._held_off: dict[str, int] = {}

    def batch(self) -> Batch | None:
        """Return what has come, a fair share of each channel; None if nothing has."""
        parts, positions = list[Taken](), list[SourcePosition]()
        for inlet, messages in self._share():
            try:
                parts.append(self._read(inlet.channel, messages))
            except RegistryUnavailable as error:
                log.warning("intake.held_off", channel=inlet.channel, detail=str(error))
                self._held_off[inlet.channel] = self._clock() + HOLD_OFF_MICROS
                inlet.rewind()
            else:
                positions += inlet.moved()
        if not positions:
            return None
        whole = Taken(*([*chain(*lists)] for lists in zip(*parts, strict=True)))
        return Batch(whole.causes, positions, self._letters(whole), whole.parked)

    def rewind(self) -> None:
        """Go on where the log says that the topics were read to."""
        for inlet in self._inlets:
            inlet.rewind()

    @property
    def reopening(self) -> KafkaReopening:
        """What reads parked messages again."""
        return KafkaReopening(self._reader, self._outcomes)

    def wait(self, seconds: float) -> None:
        """Wait until something has come, and no longer than so many seconds."""
        for _ in range(max(1, int(seconds / LOOK_SECONDS / len(self._inlets)))):
            if any(inlet.wait(LOOK_SECONDS) for inlet in self._inlets):
                return

    def close(self) -> None:
        """Leave all groups."""
        for inlet in self._inlets:
            inlet.close()

    def _share(self) -> Iterator[tuple[Inlet, list[Message]]]:
        """Take from each channel its share, and then what others leave of theirs.

        The first is another one each time, so that none has all that is left for itself.
        """
        self._inlets.append(self._inlets.pop(0))
        now = self._clock()
        able = [inlet for inlet in self._inlets if self._held_off.get(inlet.channel, 0) <= now]
        share = max(1, self._in_flight_max // max(1, len(able)))
        found = [(inlet, inlet.take(share)) for inlet in able]
        left = self._in_flight_max - sum(len(messages) for _, messages in found)
        for inlet, messages in found:
            if len(messages) == share and left > 0:
                more = inlet.take(left)
                left -= len(more)
                messages.extend(more)
            if messages:
                yield inlet, messages

    def _read(self, channel: str, messages: Sequence[Message]) -> Taken:
        """Make causes of messages.

        :raises RegistryUnavailable: if one of them cannot be told now.
        """
        taken = Taken([], [], [])
        waiting, behind = self._waiting(), dict[str, str]()
        for message in messages:
            wire, fault = wire_of(message)
            origin = Origin(channel, wire.topic, message.partition() or 0, message.offset() or 0)
            stream = stream_of(origin, wire.key)
            first = behind.get(stream) or ("another" if stream in waiting else "")
            try:
                cause = self._cause(origin, wire, first, fault)
            except Undecodable as wrong:
                behind.setdefault(stream, origin.name)
                taken.parked.append(park(origin, wire, wrong))
                name = cause_id_of(origin, wire)
                told = self._outcomes.parked(name, wire.key, wrong.code, wrong.detail)
                taken.said.append((dead_letter(origin, wire, wrong), told))
            except Refusable as refusable:
                name = cause_id_of(origin, wire)
                taken.said.append((self._outcomes.refused(name, wire.key, refusable),))
            else:
                taken.causes.append(cause)
                taken.said.append(None)
        return taken

    def _cause(self, origin: Origin, wire: Wire, first: str, fault: Undecodable | None) -> Cause:
        """Read a message, unless `first` of its key is parked or it has a fault already."""
        if first:
            raise Undecodable("message.waits", f"Of this key, {first} is parked.")
        if fault is not None:
            raise fault
        return self._reader.read(origin, wire)

    def _letters(self, taken: Taken) -> Letters:
        def letters(answers: Sequence[Answer]) -> Iterator[Letter]:
            answered = zip(taken.causes, answers, strict=True)
            for at_once in taken.said:
                if at_once is None:
                    yield self._outcomes.answered(*next(answered))
                else:
                    yield from at_once

        return letters
