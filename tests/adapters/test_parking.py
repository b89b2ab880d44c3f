"""A parked cause keeps its error and its turn, and is handled once it can be."""

import psycopg
import pytest

from adapters.postgres.environment import environment
from adapters.postgres.migration import migrate
from adapters.postgres.parking import parked, redrive
from oms_core.engine import unit
from oms_core.engine.application import Engine
from oms_core.engine.cause import Verdict
from tests.engine.conftest import NOON
from tests.support.shop import ask, must, receipt


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
        ask(engine, receipt("MUG", 1, document="R1"))
    ask(engine, receipt("MUG", 2, document="R2"), receipt("CUP", 5))


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
        (answer,) = ask(engine, receipt("MUG", 1, document="R9"))
    assert answer.verdict is Verdict.PARKED
