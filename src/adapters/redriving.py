"""Doing what people ask about parked messages while the engine runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.postgres.parking import Plainly, Reopening, asked, do_as_asked
from adapters.settings import Settings
from oms_core.engine.application import Engine
from oms_core.kernel import Instant

LOOK_MICROS = 500_000
"""How often it is looked whether anything is asked."""

log = structlog.get_logger("oms")


class Redriving:
    """Hands parked messages in again, or discards them, in the engine's own transactions."""

    def __init__(
        self,
        engine: Engine,
        connection: Connection[TupleRow],
        schema: str,
        clock: Callable[[], Instant],
        reopening: Reopening | None = None,
    ) -> None:
        """Look for what is asked by `connection`."""
        self._engine = engine
        self._connection = connection
        self._schema = schema
        self._clock = clock
        self._reopening = reopening
        self._next = clock()

    def turn(self) -> bool:
        """Do what is asked, if anything is, and say whether anything was."""
        now = self._clock()
        if now < self._next:
            return False
        if not asked(self._connection, self._schema):
            self._next = Instant(now + LOOK_MICROS)
            return False
        answers = do_as_asked(self._engine, self._connection, self._schema, self._reopening)
        for answer in answers:
            log.info(
                "parked.redriven",
                cause_id=answer.cause_id,
                verdict=answer.verdict.value,
                code=answer.code,
                detail=answer.detail,
            )
        return True


@contextmanager
def reopening(settings: Settings) -> Iterator[Reopening]:
    """Return what reads the parked messages of a shop again, with Kafka or without."""
    if not settings.kafka_bootstrap:
        yield Plainly()
        return
    from adapters.receiving import reopened  # noqa: PLC0415  (Kafka's client may not be there)

    with reopened(settings) as found:
        yield found
