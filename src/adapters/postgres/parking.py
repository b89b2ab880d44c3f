"""What could not be handled: kept with its error and in its order, until re-driven or discarded.

There are causes that broke a rule's code, and messages that no cause could be made of. While an
engine runs it does what is asked of it here, in its own transactions; else whoever asks does it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from oms_core.engine.application import Engine
from oms_core.engine.cause import Answer, Cause, Letter, Letters, Unread, Verdict
from oms_core.engine.unit import root_stream
from oms_core.engine.waiting import parked_from_bytes

REDRIVE = "redrive"
DISCARD = "discard:"
"""What may be asked; the reason of a discard follows it."""

TURN_MAX = 200
"""How many a running engine hands in again at a time, before it looks at what else has come."""


class Waiting(NamedTuple):
    """A cause or message that waits. `place` is its turn; those of one stream go in this order."""

    place: int
    stream: str
    error: str
    parked_at: datetime
    cause: Cause | Unread
    asked: str = ""

    @property
    def name(self) -> str:
        """What it asks for, if that can be told."""
        return "" if isinstance(self.cause, Unread) else type(self.cause.command).__name__


class Again(NamedTuple):
    """What is done with something when its turn comes again.

    There is a cause, or else only something to say, or else an error: it must go on waiting.
    """

    cause: Cause | None = None
    letters: Letters | None = None
    error: str = ""


class Reopening(Protocol):
    """Knows what parked messages are about."""

    def again(self, cause: Cause | Unread) -> Again:
        """Read it again."""

    def discarded(self, cause: Cause | Unread, reason: str) -> Iterable[Letter]:
        """Return what is said about something that will never be handled."""


class Plainly:
    """How a shop without channels that are told goes on: causes are causes."""

    def again(self, cause: Cause | Unread) -> Again:
        """Return a cause as it is; what is none cannot be read here."""
        if isinstance(cause, Unread):
            return Again(error="it came by Kafka: set OMS_KAFKA_BOOTSTRAP and OMS_KAFKA_REGISTRY")
        return Again(cause)

    def discarded(self, cause: Cause | Unread, reason: str) -> Iterable[Letter]:
        """Tell nobody."""
        del cause, reason
        return ()


def _table(schema: str, events: str = "oms_events") -> Composed:
    return SQL("{}.{}").format(Identifier(schema), Identifier(f"{events}_parked"))


def parked(
    connection: Connection[TupleRow], schema: str = "oms", events: str = "oms_events"
) -> list[Waiting]:
    """Return everything that is parked, oldest first."""
    query = SQL(
        "SELECT place, stream, error, parked_at, cause_id, cause, coalesce(asked, '') FROM {} "
        "ORDER BY place"
    )
    rows = connection.execute(query.format(_table(schema, events))).fetchall()
    return [
        Waiting(place, stream, error, at, parked_from_bytes(cause_id, bytes(data)), asked)
        for place, stream, error, at, cause_id, data, asked in rows
    ]


def ask(
    connection: Connection[TupleRow], places: Sequence[int], what: str, schema: str = "oms"
) -> None:
    """Ask the engine that runs to do something about some of what is parked."""
    update = SQL("UPDATE {} SET asked = %s WHERE place = ANY(%s)").format(_table(schema))
    connection.execute(update, (what, list(places)))


def asked(connection: Connection[TupleRow], schema: str = "oms") -> bool:
    """Say whether anything is asked."""
    query = SQL("SELECT 1 FROM {} WHERE asked IS NOT NULL LIMIT 1").format(_table(schema))
    return connection.execute(query).fetchone() is not None


def do_as_asked(
    engine: Engine,
    connection: Connection[TupleRow],
    schema: str = "oms",
    reopening: Reopening | None = None,
) -> list[Answer]:
    """Do what was asked about the first of what is parked, each in a transaction of its own.

    A message is taken off the list in the transaction of what it leads to. One that fails again
    stays, with its new error, and so do the later ones of its stream: then none of them is asked
    for any more.
    """
    reopening, answers = reopening or Plainly(), list[Answer]()
    for entry in _in_turn(parked(connection, schema)):
        answer = _again(engine, entry, reopening)
        answers.append(answer)
        if answer.verdict is Verdict.PARKED:
            update = SQL("UPDATE {} SET asked = NULL WHERE stream = %s").format(_table(schema))
            connection.execute(update, (entry.stream,))
            break
        if len(answers) == TURN_MAX:
            break
    if not answers:  # What is left was asked for out of turn.
        connection.execute(SQL("UPDATE {} SET asked = NULL").format(_table(schema)))
    return answers


def _in_turn(waiting: Iterable[Waiting]) -> Iterator[Waiting]:
    """Yield what was asked for and stands first in its stream, or is to be discarded anyway."""
    kept: set[str] = set()
    for entry in waiting:
        if entry.asked.startswith(DISCARD) or (entry.asked and entry.stream not in kept):
            yield entry
        else:
            kept.add(entry.stream)


def _again(engine: Engine, entry: Waiting, reopening: Reopening) -> Answer:
    cause_id, place = entry.cause.cause_id, entry.place
    if entry.asked.startswith(DISCARD):
        reason = entry.asked.removeprefix(DISCARD)
        engine.discard(place, reopening.discarded(entry.cause, reason))
        return Answer(cause_id, Verdict.REJECTED, (), "message.discarded", reason)
    again = reopening.again(entry.cause)
    error = again.error or _waits(engine, entry, again.cause)
    if error:
        engine.store.repark(place, error)
        return Answer(cause_id, Verdict.PARKED, (), "parked", error)
    if again.cause is not None:
        return engine.retry(again.cause, place, again.letters)
    engine.discard(place, again.letters([]) if again.letters else ())
    return Answer(cause_id, Verdict.REJECTED, (), "message.refused", "")


def _waits(engine: Engine, entry: Waiting, cause: Cause | None) -> str:
    """Say what a message that can be read now has to wait for still, if anything."""
    if cause is None or not isinstance(entry.cause, Unread):
        return ""
    stream = root_stream(cause.command)
    return f"an earlier message for {stream} is parked" if stream in engine.blocked else ""


def redrive(
    engine: Engine,
    connection: Connection[TupleRow],
    schema: str = "oms",
    stream: str = "",
    reopening: Reopening | None = None,
) -> Sequence[Answer]:
    """Hand parked messages in again, in order, those of one stream or all."""
    places = [e.place for e in parked(connection, schema) if not stream or e.stream == stream]
    ask(connection, places, REDRIVE, schema)
    answers = list[Answer]()
    while done := do_as_asked(engine, connection, schema, reopening):
        answers += done
    return answers
