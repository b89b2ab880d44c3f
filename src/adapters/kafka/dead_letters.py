"""What projectors could not take, shown on the dead-letter topic of where it came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog
from confluent_kafka import KafkaError, Message, Producer

from adapters.kafka import configuration
from adapters.kafka.arrivals import Junk
from adapters.kafka.messages import EventCodec
from adapters.kafka.names import dead_letters
from adapters.kafka.wire import Header
from adapters.postgres.dead_letters import DeadLetters
from adapters.postgres.folding import Poison
from adapters.settings import Settings
from oms_core.engine.cause import Letter
from projections.log import Unreadable

CONSUMER = "projector"
"""Projectors of all names show what they could not take on the same topics."""

FLUSH_SECONDS = 10.0
MEANWHILE_SECONDS = 0.1

log = structlog.get_logger("oms")


def _why(code: str, detail: str, **more: str) -> tuple[Header, ...]:
    told = {"oms_error_code": code, "oms_error_detail": detail, **more}
    return tuple((name, text.encode(errors="replace")) for name, text in told.items())


def keeping_junk(letters: DeadLetters) -> Callable[[Junk], None]:
    """Return what keeps a message that is no event in its place."""

    def keep(junk: Junk) -> None:
        wire = junk.wire
        why = _why(junk.code, junk.detail, oms_origin=junk.place)
        topic = dead_letters(junk.topic, CONSUMER)
        letters.keep(junk.place, Letter(topic, wire.key, wire.value, (*wire.headers, *why)))

    return keep


def keeping_poison(
    letters: DeadLetters, codec: EventCodec
) -> Callable[[str, Sequence[Poison]], None]:
    """Return what keeps events that stop their streams in a view, as they came."""

    def keep(view: str, parked: Sequence[Poison]) -> None:
        for recorded, error in parked:
            if isinstance(recorded.event, Unreadable):
                continue  # It was kept as what it is when it was read.
            wire = codec.encode(recorded)
            why = _why("view.failed", error, oms_view=view, oms_stream=recorded.stream)
            topic = dead_letters(wire.topic, CONSUMER)
            letters.keep(
                f"{view}|{recorded.id}", Letter(topic, wire.key, wire.value, (*wire.headers, *why))
            )

    return keep


class DeadLetterPublisher:
    """Publishes kept messages; what the broker does not take is tried again another time."""

    def __init__(self, settings: Settings, letters: DeadLetters) -> None:
        """Connect."""
        self._letters = letters
        self._producer = Producer(configuration.producer(settings))

    def publish(self) -> int:
        """Publish what has not been shown yet, and return how much of it was."""
        kept = self._letters.unshown()
        taken: list[int] = []
        for place, letter in kept:
            self._produce(place, letter, taken)
        if kept:
            self._producer.flush(FLUSH_SECONDS)
            self._letters.shown(taken)
        return len(taken)

    def _produce(self, place: int, letter: Letter, taken: list[int]) -> None:
        def delivered(error: KafkaError | None, message: Message) -> None:
            del message
            if error is None:
                taken.append(place)
            else:
                log.warning("dead_letters.refused", topic=letter.topic, detail=error.str())

        while True:
            try:
                self._producer.produce(
                    letter.topic,
                    letter.value,
                    letter.key,
                    headers=list(letter.headers),
                    on_delivery=delivered,
                )
            except BufferError:
                self._producer.poll(MEANWHILE_SECONDS)
            else:
                return
