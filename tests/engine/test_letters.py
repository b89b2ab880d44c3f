"""Letters are in the outbox exactly when the batch that they are about is in the log."""

import psycopg
import pytest

from adapters.memory import MemoryOutbox, MemoryRecorder
from adapters.postgres.outbox import PostgresOutbox
from oms_core.engine import unit
from oms_core.engine.cause import Cause, Letter, SourcePosition, Verdict
from oms_core.engine.store import Fenced, NotAppended, PositionConflict
from tests.support.shop import ask, must, placement, receipt

MUGS = Cause(receipt("MUG", 3), "m1", "web")
CUPS = Cause(receipt("CUP", 3), "m2", "web")


def outcomes(answers):
    """Say of each cause how it ended."""
    return [
        Letter("replies", a.cause_id.encode(), a.verdict.encode(), (("of", b"\x00\xff"),))
        for a in answers
    ]


def told(cause_id, verdict):
    return Letter("replies", cause_id.encode(), verdict.encode(), (("of", b"\x00\xff"),))


def number_of_events(engine):
    return engine.recorder.max_notification_id() or 0


class Lost:
    """An append that was lost with its connection."""

    def push(self):
        pass

    def finish(self):
        raise NotAppended("lost")

    def abandon(self):
        pass


@pytest.fixture
def outbox(engine, request):
    """The outbox of the engine's log."""
    if isinstance(engine.recorder, MemoryRecorder):
        yield MemoryOutbox(engine.recorder)
        return
    dsn, schema = request.getfixturevalue("dsn"), request.getfixturevalue("schema")
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield PostgresOutbox(connection, schema)


def letters_in(outbox, after=0, limit=1_000):
    return [letter for _, letter in outbox.read(after, limit)]


@pytest.mark.parametrize("orders", [1, 30], ids=["of a small batch", "of a large one"])
def test_letters_are_posted_with_their_batch_in_order(engine, outbox, orders):
    must(engine, receipt("MUG", 100))
    causes = [Cause(placement(n, ("MUG", 1)), f"o{n}", "web") for n in range(orders)]
    engine.handle(causes, letters=outcomes)
    assert letters_in(outbox) == [told(f"o{n}", Verdict.DONE) for n in range(orders)]


def test_a_batch_without_events_can_have_letters(engine, outbox):
    must(engine, receipt("MUG", 3))
    engine.handle([MUGS], letters=outcomes)
    assert letters_in(outbox) == [told("m1", Verdict.UNCHANGED)]
    assert number_of_events(engine) == 1


def test_nothing_is_posted_unless_it_is_asked_for(engine, outbox):
    must(engine, receipt("MUG", 3))
    assert letters_in(outbox) == []


def test_a_batch_delivered_twice_posts_its_letters_once(engine, outbox):
    position = SourcePosition("topic", 0, 1)
    engine.handle([MUGS], [position], outcomes)
    with pytest.raises(PositionConflict):
        engine.handle([MUGS], [position], outcomes)
    assert letters_in(outbox) == [told("m1", Verdict.DONE)]


def test_an_engine_that_was_taken_over_posts_nothing(engine, outbox):
    engine.store.acquire("another engine")
    with pytest.raises(Fenced):
        engine.handle([MUGS], letters=outcomes)
    assert letters_in(outbox) == []


def test_letters_are_written_anew_when_a_batch_is_decided_again(engine, outbox, monkeypatch):
    """They tell what was appended, not what was decided before someone else got ahead."""
    asked = []
    whole = engine.store.begin

    def begin(*given, **named):
        return Lost() if len(asked) == 1 else whole(*given, **named)

    def letters(answers):
        asked.append([answer.cause_id for answer in answers])
        return [Letter("replies", b"attempt", str(len(asked)).encode())]

    monkeypatch.setattr(engine.store, "begin", begin)
    engine.handle([MUGS, CUPS], letters=letters)
    assert asked == [["m1", "m2"], ["m1", "m2"]]
    assert letters_in(outbox) == [Letter("replies", b"attempt", b"2")]
    assert number_of_events(engine) == 2


def test_letters_that_cannot_be_written_leave_nothing_of_their_batch(engine, outbox):
    def refuse(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        engine.handle([MUGS], [SourcePosition("topic", 0, 1)], refuse)
    assert (number_of_events(engine), engine.store.source_position("topic")) == (0, 0)
    engine.handle([MUGS], [SourcePosition("topic", 0, 1)], outcomes)
    assert letters_in(outbox) == [told("m1", Verdict.DONE)]


def test_a_parked_cause_has_a_letter_when_it_is_parked_and_when_it_is_handled(
    engine, outbox, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(unit.UnitOfWork, "_execute", lambda *_: 1 / 0)
        engine.handle([MUGS], letters=outcomes)
        engine.retry(MUGS, 1, outcomes)
    assert letters_in(outbox) == [told("m1", Verdict.PARKED)]
    engine.retry(MUGS, 1, outcomes)
    assert letters_in(outbox)[1:] == [told("m1", Verdict.DONE)]
    assert engine.store.parked_streams() == frozenset()


def test_the_outbox_is_read_page_by_page_and_forgets_what_was_published(engine, outbox):
    engine.handle([MUGS, CUPS], letters=outcomes)
    ((first, _),) = outbox.read(0, 1)
    ((second, letter),) = outbox.read(first, 9)
    assert letter == told("m2", Verdict.DONE)
    outbox.forget(first)
    assert outbox.read(0, 9) == [(second, letter)]
    outbox.forget(second)
    engine.handle([MUGS], letters=outcomes)
    ((third, _),) = outbox.read(0, 9)
    assert third > second


def test_a_trace_goes_from_a_cause_to_all_that_follows_from_it_and_no_further(engine):
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    order = Cause(placement(1, ("MUG", 1)), "o1", "web", trace=trace)
    traced, plain = engine.handle([order, MUGS])
    assert {recorded.trace for recorded in traced.recorded} == {trace}
    assert len({recorded.stream for recorded in traced.recorded}) > 1
    assert [recorded.trace for recorded in plain.recorded] == [""]
    stored = [
        engine.mapper.to_domain_event(row) for row in engine.recorder.select_notifications(1, 99)
    ]
    assert [s.trace for s in stored] == [r.trace for r in (*traced.recorded, *plain.recorded)]
    assert ask(engine, receipt("MUG", 1, document="R2"))[0].recorded[0].trace == ""
