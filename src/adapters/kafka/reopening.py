"""Parked messages once more: read again as they came, and their channels told how they ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from adapters.kafka.outcomes import Outcomes
from adapters.kafka.reading import Reader, Refusable, key_of_command
from adapters.kafka.registry import RegistryUnavailable
from adapters.kafka.unread import Origin, restored
from adapters.kafka.wire import Undecodable
from adapters.postgres.parking import Again
from oms_core.engine.cause import Answer, Cause, Letter, Unread


class KafkaReopening:
    """Knows what parked messages of channels are about; other causes it leaves as they are."""

    def __init__(self, reader: Reader, outcomes: Outcomes) -> None:
        """Read with `reader`, and tell by `outcomes`."""
        self._reader = reader
        self._outcomes = outcomes

    def again(self, cause: Cause | Unread) -> Again:
        """Read it again."""
        if isinstance(cause, Cause):
            return self._handed_in(cause)
        origin, wire = restored(cause)
        try:
            return self._handed_in(self._reader.read(origin, wire))
        except (Undecodable, RegistryUnavailable) as fault:
            return Again(error=str(fault))
        except Refusable as refusable:
            letter = self._outcomes.refused(cause.cause_id, wire.key, refusable)
            return Again(letters=lambda _: (letter,))

    def discarded(self, cause: Cause | Unread, reason: str) -> Iterable[Letter]:
        """Return what is said about something that will never be handled."""
        if Origin.named(cause.cause_id) is None:
            return
        key = key_of_command(cause.command) if isinstance(cause, Cause) else restored(cause)[1].key
        yield self._outcomes.discarded(cause.cause_id, key, reason)

    def _handed_in(self, cause: Cause) -> Again:
        """Return a cause, and what its channel is told, if it came from one."""
        if Origin.named(cause.cause_id) is None:
            return Again(cause)

        def letters(answers: Sequence[Answer]) -> Iterator[Letter]:
            yield from (self._outcomes.answered(cause, answer) for answer in answers)

        return Again(cause, letters)
