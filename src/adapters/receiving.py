"""Joining what takes in the channels of a shop by Kafka: consumers, contract, outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager

from adapters.clock import system_clock
from adapters.kafka.inlet import Inlet
from adapters.kafka.intake import Intake
from adapters.kafka.outcomes import Outcomes
from adapters.kafka.pace import Pace
from adapters.kafka.reading import Reader
from adapters.kafka.registry import ConfluentRegistry
from adapters.kafka.reopening import KafkaReopening
from adapters.settings import Settings
from oms_core.engine.application import Engine
from oms_core.kernel import Instant


@contextmanager
def reopened(settings: Settings) -> Iterator[KafkaReopening]:
    """Open what reads a shop's parked messages again."""
    with closing(ConfluentRegistry(settings)) as registry:
        yield KafkaReopening(Reader(registry), Outcomes(registry, settings.kafka_prefix))


def receiving(
    settings: Settings, clock: Callable[[], Instant] = system_clock
) -> Callable[[Engine], AbstractContextManager[Intake]]:
    """Return what opens the channels of a shop for its engine."""

    @contextmanager
    def opened(engine: Engine) -> Iterator[Intake]:
        with ExitStack() as stack:
            registry = stack.enter_context(closing(ConfluentRegistry(settings)))
            reader, outcomes = Reader(registry), Outcomes(registry, settings.kafka_prefix)
            position_of = engine.store.source_position
            inlets = [
                Inlet(settings, channel, position_of, Pace(rates.get(channel), clock), clock)
                for channel in settings.channels
            ]
            most = settings.kafka_in_flight
            intake = Intake(inlets, reader, outcomes, lambda: engine.blocked, clock, most)
            yield stack.enter_context(closing(intake))

    rates = settings.kafka_rates
    return opened
