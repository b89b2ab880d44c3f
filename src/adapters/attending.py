"""What a running engine tells of itself: how messages ended, and now and then how it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from adapters.clock import system_clock
from adapters.postgres.projections import Projector
from adapters.telemetry import Told
from oms_core.engine.application import Engine
from oms_core.engine.cause import Answer
from oms_core.kernel import Instant
from projections.log import Log

ENGINE, VIEWS = "engine", "views"
LOOK_MICROS = 5_000_000
MICROS = 1_000_000


class Attendant:
    """Looks on while an engine works."""

    def __init__(
        self,
        told: Told,
        engine: Engine,
        reader: Log,
        connection: Connection[TupleRow],
        schema: str,
        projector: Projector | None,
        clock: Callable[[], Instant] = system_clock,
    ) -> None:
        """Look at the engine, its log, what is parked, and the read models, if it keeps them."""
        self._told, self._reader, self._connection = told, reader, connection
        self._projector, self._clock = projector, clock
        table = sql.Identifier(schema, "oms_events_parked")
        self._parked = sql.SQL("SELECT count(*) FROM {}").format(table)
        self._next_look = Instant(0)
        told.epoch(engine.epoch)

    def answered(self, answers: Sequence[Answer]) -> None:
        """Tell what became of some messages."""
        for verdict, count in Counter(answer.verdict.value for answer in answers).items():
            self._told.messages(count, verdict)

    def attend(self, turn: Callable[[], bool]) -> Callable[[], bool]:
        """Return a turn that also tells that it was made, and how long it took if it was busy."""

        def attended() -> bool:
            began = self._clock()
            busy = turn()
            now = self._clock()
            if busy:
                self._told.took((now - began) / MICROS)
            if now >= self._next_look:
                self._look(now)
                self._next_look = Instant(now + LOOK_MICROS)
            self._told.beat(ready=True)
            return busy

        return attended

    def _look(self, now: Instant) -> None:
        head = self._reader.head()
        self._told.position(head)
        (parked,) = self._connection.execute(self._parked).fetchone() or (0,)
        self._told.parked(ENGINE, parked)
        if self._projector is not None:
            after = self._projector.position
            first = next(iter(self._reader.read(after, 1)), None)
            age = max(0, now - first.recorded_at) / MICROS if first else 0.0
            self._told.lag(VIEWS, max(0, head - after), age)
