"""After a lost connection nobody knows what came of an append: the log is asked, never assumed."""

import psycopg
import pytest

from adapters.postgres.environment import environment
from adapters.postgres.migration import migrate
from oms_core.engine.application import Engine
from oms_core.engine.cause import Verdict
from oms_core.engine.store import NotAppended
from tests.engine.conftest import NOON
from tests.support.shop import ask, must, placement, receipt


@pytest.fixture
def engine(dsn, schema):
    migrate(dsn, schema)
    with Engine(environment(dsn, schema), clock=lambda: NOON) as engine:
        must(engine, receipt("MUG", 100))
        yield engine


def lose(engine, monkeypatch, *, committed, times=1):
    """Lose the connection just after, or just before, the next appends are committed."""
    whole, left = engine.recorder._attempt, [times]

    def attempt(conn, rows, packed, plan, head, sent):
        if not left[0]:
            return (yield from whole(conn, rows, packed, plan, head, sent))
        left[0] -= 1
        if committed:
            yield from whole(conn, rows, packed, plan, head, sent)
        else:
            sent.append(head._replace(position=head.position + len(rows), hash=b"?"))
        conn.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(engine.recorder, "_attempt", attempt)


@pytest.mark.parametrize("orders", [1, 30], ids=["by function call", "by COPY"])
@pytest.mark.parametrize("committed", [True, False])
def test_a_batch_is_appended_once_whenever_the_connection_is_lost(
    engine, monkeypatch, committed, orders
):
    lose(engine, monkeypatch, committed=committed)
    answers = ask(engine, *(placement(n, ("MUG", 1)) for n in range(orders)))
    assert {answer.verdict for answer in answers} == {Verdict.DONE}
    assert engine.recorder.head().position == 1 + 4 * orders
    assert engine._read(["stock:MUG"])["stock:MUG"][1].reserved == orders


def test_a_connection_that_is_lost_again_and_again_is_given_up(engine, monkeypatch):
    lose(engine, monkeypatch, committed=False, times=99)
    with pytest.raises(NotAppended):
        ask(engine, placement(1, ("MUG", 1)))
    monkeypatch.undo()
    must(engine, placement(1, ("MUG", 1)))
    assert engine.recorder.head().position == 5
