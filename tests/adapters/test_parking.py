"""A parked cause keeps its error and its turn, and is handled once it can be."""

import psycopg
import pytest

from adapters.postgres.environment import environment
from adapters.postgres.migration import migrate
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.parking import (
    DISCARD,
    REDRIVE,
    Again,
    ask,
    do_as_asked,
    parked,
    redrive,
)
from adapters.redriving import LOOK_MICROS, Redriving
from oms_core.engine import unit
from oms_core.engine.application import Engine
from oms_core.engine.cause import Cause, Letter, Parked, SourcePosition, Unread, Verdict
from tests.engine.conftest import NOON
from tests.support.shop import ask as ask_engine
from tests.support.shop import must, receipt


@pytest.fixture
def engine(dsn, schema):
    migrate(dsn, schema)
    with Engine(environment(dsn, schema), clock=lambda: NOON) as engine:
        yield engine


@pytest.fixture
def connection(dsn):
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def two_parked(engine, monkeypatch):
    """Two receipts of mugs wait, the second behind the first."""
    with monkeypatch.context() as patch:
        patch.setattr(unit.UnitOfWork, "_execute", lambda *_: 1 / 0)
        ask_engine(engine, receipt("MUG", 1, document="R1"))
    ask_engine(engine, receipt("MUG", 2, document="R2"), receipt("CUP", 5))


@pytest.mark.usefixtures("two_parked")
def test_parked_causes_are_kept_with_their_errors_in_order(connection, schema):
    waiting = parked(connection, schema)
    assert [(p.stream, p.error, p.cause.command.document_id) for p in waiting] == [
        ("stock:MUG", "ZeroDivisionError: division by zero", "R1"),
        ("stock:MUG", "an earlier message for this stream is parked", "R2"),
    ]


@pytest.mark.usefixtures("two_parked")
def test_redriving_handles_them_in_order_and_empties_the_list(engine, connection, schema):
    answers = redrive(engine, connection, schema)
    assert [
        (answer.verdict, recorded.event.document_id)
        for answer in answers
        for recorded in answer.recorded
    ] == [(Verdict.DONE, "R1"), (Verdict.DONE, "R2")]
    assert parked(connection, schema) == []
    must(engine, receipt("MUG", 1, document="R3"))


@pytest.mark.usefixtures("two_parked")
def test_a_cause_that_fails_again_keeps_its_turn(engine, connection, schema, monkeypatch):
    def fail(*_):
        raise OverflowError("still too much")

    with monkeypatch.context() as patch:
        patch.setattr(unit.UnitOfWork, "_execute", fail)
        answers = redrive(engine, connection, schema)
    assert [answer.verdict for answer in answers] == [Verdict.PARKED]
    assert [(p.error, p.cause.command.document_id) for p in parked(connection, schema)] == [
        ("OverflowError: still too much", "R1"),
        ("an earlier message for this stream is parked", "R2"),
    ]


@pytest.mark.usefixtures("two_parked")
def test_a_new_engine_still_knows_what_waits(dsn, schema):
    with Engine(environment(dsn, schema), clock=lambda: NOON) as engine:
        (answer,) = ask_engine(engine, receipt("MUG", 1, document="R9"))
    assert answer.verdict is Verdict.PARKED


class Rereading:
    """Reads what is `mended` as a receipt of that many mugs; tells what became of everything."""

    def __init__(self, mended=()):
        self.mended = dict(mended)

    def again(self, cause):
        if not isinstance(cause, Unread):
            return Again(cause)
        units = self.mended.get(cause.data)
        if units is None:
            return Again(error="still unreadable")
        if not units:
            return Again(letters=lambda _: (Letter("told", b"k", b"refused"),))
        command = receipt("MUG", units, document=cause.cause_id)
        return Again(Cause(command, cause.cause_id, "channel:web"), self._tell)

    def discarded(self, cause, reason):
        return (Letter("told", cause.cause_id.encode(), reason.encode()),)

    def _tell(self, answers):
        return [Letter("told", b"k", answer.verdict.encode()) for answer in answers]


def unread(name, data, stream="inbound:web:1"):
    return Parked(Unread(name, data), stream, "frame.magic: no zero byte")


@pytest.fixture
def told(connection, schema):
    """What was said so far."""
    return lambda: [letter.value for _, letter in PostgresOutbox(connection, schema).read(0, 100)]


@pytest.fixture
def three_unread(engine):
    """Two messages of one key wait, and one of another."""
    kept = [unread("m1", b"a"), unread("m2", b"b"), unread("m3", b"c", "inbound:web:2")]
    engine.handle([], [SourcePosition("web[0]", 0, 3)], parked=kept)


@pytest.mark.usefixtures("three_unread")
def test_a_message_that_cannot_be_read_is_kept_as_it_came_with_its_position(
    engine, connection, schema
):
    waiting = parked(connection, schema)
    assert [(w.stream, w.cause, w.name) for w in waiting] == [
        ("inbound:web:1", Unread("m1", b"a"), ""),
        ("inbound:web:1", Unread("m2", b"b"), ""),
        ("inbound:web:2", Unread("m3", b"c"), ""),
    ]
    assert engine.store.source_position("web[0]") == 3
    assert engine.blocked == {"inbound:web:1", "inbound:web:2"}


@pytest.mark.usefixtures("three_unread")
def test_messages_are_read_again_in_the_order_of_their_key(engine, connection, schema, told):
    answers = redrive(engine, connection, schema, reopening=Rereading({b"b": 2, b"c": 3}))
    assert [(a.cause_id, a.verdict) for a in answers] == [
        ("m1", Verdict.PARKED),
        ("m3", Verdict.DONE),
    ]
    errors = {w.cause.cause_id: w.error for w in parked(connection, schema)}
    assert errors == {"m1": "still unreadable", "m2": "frame.magic: no zero byte"}
    reading = Rereading({b"a": 1, b"b": 2})
    answers = redrive(engine, connection, schema, "inbound:web:1", reading)
    assert [recorded.event.document_id for a in answers for recorded in a.recorded] == ["m1", "m2"]
    assert (engine.blocked, told()) == (set(), [b"done"] * 3)


@pytest.mark.usefixtures("three_unread")
def test_a_message_that_is_refused_when_it_can_be_read_is_told_so(engine, connection, schema, told):
    redrive(engine, connection, schema, reopening=Rereading({b"a": 0, b"b": 2, b"c": 3}))
    assert (parked(connection, schema), told()) == ([], [b"refused", b"done", b"done"])


@pytest.mark.usefixtures("three_unread")
def test_a_message_that_is_discarded_lets_the_later_ones_of_its_key_go_on(
    engine, connection, schema, told
):
    first, second, _ = parked(connection, schema)
    ask(connection, [first.place], f"{DISCARD}sent again", schema)
    ask(connection, [second.place], REDRIVE, schema)
    (discarded,) = do_as_asked(engine, connection, schema, Rereading({b"b": 2}))[:1]
    assert (discarded.code, discarded.detail) == ("message.discarded", "sent again")
    assert told() == [b"sent again", b"done"]
    assert engine.blocked == {"inbound:web:2"}


@pytest.mark.usefixtures("three_unread")
def test_what_is_asked_for_out_of_turn_is_not_done(engine, connection, schema):
    _, second, _ = parked(connection, schema)
    ask(connection, [second.place], REDRIVE, schema)
    assert do_as_asked(engine, connection, schema, Rereading({b"b": 2})) == []
    assert [w.asked for w in parked(connection, schema)] == ["", "", ""]


def test_a_message_waits_for_a_parked_cause_of_the_stream_that_it_is_about(
    engine, connection, schema, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(unit.UnitOfWork, "_execute", lambda *_: 1 / 0)
        ask_engine(engine, receipt("MUG", 1, document="R1"))
    engine.handle([], parked=[unread("m1", b"a")])
    _, message = parked(connection, schema)
    ask(connection, [message.place], REDRIVE, schema)
    (answer,) = do_as_asked(engine, connection, schema, Rereading({b"a": 1}))
    assert (answer.verdict, answer.detail) == (
        Verdict.PARKED,
        "an earlier message for stock:MUG is parked",
    )
    answers = redrive(engine, connection, schema, reopening=Rereading({b"a": 1}))
    assert [a.verdict for a in answers] == [Verdict.DONE, Verdict.DONE]


@pytest.mark.usefixtures("three_unread")
def test_a_running_engine_does_what_is_asked_of_it(engine, connection, schema):
    now = [NOON]
    reading = Rereading({b"a": 1, b"b": 2})
    redriving = Redriving(engine, connection, schema, lambda: now[0], reading)
    assert not redriving.turn()
    places = [w.place for w in parked(connection, schema)][:2]
    ask(connection, places, REDRIVE, schema)
    assert not redriving.turn()
    now[0] += LOOK_MICROS
    assert redriving.turn()
    assert [w.cause.cause_id for w in parked(connection, schema)] == ["m3"]
