"""Batches decided while the one before is appended lead to the same log as one after the other."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from eventsourcing.persistence import IntegrityError
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.memory import memory_environment
from adapters.memory.recorder import MemoryRecorder
from oms_core.domain.stock.commands import AdjustStock
from oms_core.domain.stock.events import AdjustmentReason
from oms_core.engine import unit
from oms_core.engine.application import ATTEMPTS_MAX, Engine
from oms_core.engine.cause import Cause, Letter, SourcePosition, Verdict
from oms_core.engine.store import Fenced, NotAppended, PositionConflict
from oms_core.policies.config import EUROPE_AND_ASIA
from tests.engine.conftest import NOON
from tests.support.overlap import ITEMS, cut, one_by_one, overlapping, story
from tests.support.shop import must, names, placement, receipt


def stored(engine):
    """All that a log holds: rows, posted letters, positions, and who waits."""
    rows = engine.recorder.select_notifications(1, 1_000_000)
    return (
        [(r.id, r.originator_id, r.originator_version, r.topic, r.state) for r in rows],
        engine.store.source_position("topic"),
        engine.store.parked_streams(),
    )


@contextmanager
def engine_in_memory(**options):
    options = {"clock": lambda: NOON, "policies": EUROPE_AND_ASIA, **options}
    with Engine(memory_environment(), **options) as engine:
        yield engine


def expected_of(batches):
    """What handling them one after the other leads to, in memory."""
    with engine_in_memory() as engine:
        return one_by_one(engine, batches), stored(engine), engine.recorder.letters()


def trouble(engine, kinds):
    """Let appends of an engine fail as they are told to; returns a list that grows with each.

    `lost`: the connection breaks, and nothing is appended. `refused`: the versions were taken.
    """
    whole, told, failed = engine.store.begin, iter(kinds), []

    def begin(*given, **named):
        kind = next(told, "")
        if not kind:
            return whole(*given, **named)
        failed.append(kind)
        return Failing(NotAppended("lost") if kind == "lost" else IntegrityError("refused"))

    engine.store.begin = begin
    return failed


def counted(monkeypatch, owner, name):
    """Return a list that grows with each call of a method."""
    whole, calls = getattr(owner, name), []

    def call(*given):
        calls.append(given)
        return whole(*given)

    monkeypatch.setattr(owner, name, call)
    return calls


class Failing:
    """An append that comes to nothing."""

    def __init__(self, failure):
        self._failure = failure

    def push(self):
        pass

    def finish(self):
        raise self._failure

    def abandon(self):
        pass


@pytest.mark.parametrize("sizes", [(1,), (7,), (40,), (3, 90, 1)], ids=str)
def test_the_log_has_the_same_bytes_however_batches_overlap(open_engine, sizes):
    batches = cut(story(3, 200), sizes)
    expected = expected_of(batches)
    engine = open_engine()
    assert overlapping(engine, batches) == expected[0]
    assert stored(engine) == expected[1]


def test_a_cache_of_one_stream_decides_as_a_warm_one_while_batches_overlap(open_engine):
    batches = cut(story(4, 120), (9,))
    expected = expected_of(batches)
    engine = open_engine(streams_max=1)
    assert overlapping(engine, batches) == expected[0]
    assert stored(engine) == expected[1]


failures = st.lists(st.sampled_from(["", "", "lost", "refused"]), max_size=40)


@example(seed=121, sizes=[1], kinds=[], streams_max=5)
@given(
    seed=st.integers(0, 999),
    sizes=st.lists(st.integers(1, 25), min_size=1, max_size=3),
    kinds=failures,
    streams_max=st.sampled_from([1, 5, 1_000]),
)
def test_the_log_has_the_same_bytes_whichever_appends_fail(seed, sizes, kinds, streams_max):
    batches = cut(story(seed, 60), sizes)
    expected = expected_of(batches)
    with engine_in_memory(streams_max=streams_max) as engine:
        trouble(engine, bounded(kinds))
        assert overlapping(engine, batches) == expected[0]
        assert stored(engine) == expected[1]
        assert engine.recorder.letters() == expected[2]


def bounded(kinds):
    """Let no batch fail so often that it is given up."""
    run = 0
    for kind in kinds:
        run = run + 1 if kind else 0
        yield "" if run >= ATTEMPTS_MAX else kind
        run = 0 if run >= ATTEMPTS_MAX else run


def loss(number):
    """What another writer appends: it takes a unit of every item."""
    reason = AdjustmentReason.LOST
    taken = [AdjustStock(item, f"L{number}", "LYON", -1, reason) for item in ITEMS]
    return [Cause(command, f"L{number}", "thief") for command in taken]


@given(seed=st.integers(0, 999), intrusions=st.sets(st.integers(1, 30), max_size=ATTEMPTS_MAX - 1))
def test_both_batches_are_decided_again_when_others_write_in_between(seed, intrusions):
    """What others append just before a batch is what it finds, as if it had come later."""
    batches = cut(story(seed, 60), (4,))
    before: dict[int, list[list[Cause]]] = {}
    with engine_in_memory() as engine, engine_in_memory() as other:
        other.recorder = other.store = engine.store
        other._streams = engine._streams
        other.epoch, begun, whole = engine.epoch, [], engine.store.begin

        def begin(rows, positions, **named):
            begun.append(rows)
            if len(begun) in intrusions:
                before.setdefault(positions[0].start, []).append(loss(len(begun)))
                other._cache.evict([f"stock:{item}" for item in ITEMS])
                engine.store.begin = whole
                other.handle(loss(len(begun)))
                engine.store.begin = begin
            return whole(rows, positions, **named)

        engine.store.begin = begin
        overlapping(engine, batches)
        found = stored(engine)
    with engine_in_memory() as engine:
        read = 0
        for batch in batches:
            for causes in before.get(read, ()):
                engine.handle(causes)
            engine.handle(batch, [SourcePosition("topic", read, read + len(batch))])
            read += len(batch)
        assert found == stored(engine)


def test_a_batch_is_answered_only_when_it_is_in_the_log(engine):
    first, second = Cause(receipt("MUG", 3), "m1", "web"), Cause(receipt("CUP", 3), "m2", "web")
    assert engine.submit([first]) == []
    (answer,) = engine.submit([second])
    assert (answer.cause_id, engine._read(["stock:MUG"])["stock:MUG"][0]) == ("m1", 1)
    (answer,) = engine.drain()
    assert (answer.cause_id, engine.recorder.max_notification_id()) == ("m2", 2)
    assert engine.drain() == []


def test_a_batch_builds_on_the_one_that_is_being_appended(engine):
    engine.submit([Cause(receipt("MUG", 3), "m1", "web")])
    engine.submit([Cause(placement(1, ("MUG", 2)), "m2", "web")])
    (placed,) = engine.submit([Cause(placement(2, ("MUG", 2)), "m3", "web")])
    (declined,) = engine.drain()
    assert names([r.event for r in placed.recorded])[1] == "StockReserved"
    assert names([r.event for r in declined.recorded])[1] == "ReservationDeclined"


def test_a_cause_waits_behind_one_that_is_parked_in_the_batch_before(engine, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(unit.UnitOfWork, "_execute", lambda *_: 1 / 0)
        engine.submit([Cause(receipt("MUG", 3), "m1", "web")])
    later = [Cause(receipt("MUG", 3, document="R2"), "m2", "web")]
    ((stuck,), (behind,)) = engine.submit(later), engine.drain()
    assert (stuck.verdict, behind.verdict) == (Verdict.PARKED, Verdict.PARKED)
    assert behind.detail == "an earlier message for this stream is parked"


def test_a_stream_does_not_wait_behind_a_cause_that_was_not_parked_after_all(engine, monkeypatch):
    """Its first decision failed, and so did its append; its second decision did not."""
    trouble(engine, ["lost"])
    with monkeypatch.context() as patch:
        patch.setattr(unit.UnitOfWork, "_execute", lambda *_: 1 / 0)
        engine.submit([Cause(receipt("MUG", 3), "m1", "web")])
    later = [Cause(receipt("MUG", 3, document="R2"), "m2", "web")]
    ((first,), (second,)) = engine.submit(later), engine.drain()
    assert (first.verdict, second.verdict) == (Verdict.DONE, Verdict.DONE)
    assert engine.store.parked_streams() == frozenset()


def test_an_engine_that_was_taken_over_appends_neither_batch(engine):
    must(engine, receipt("MUG", 3))
    engine.store.acquire("another engine")
    engine.submit([Cause(receipt("CUP", 1), "m1", "web")])
    with pytest.raises(Fenced):
        engine.submit([Cause(receipt("HAT", 1), "m2", "web")])
    assert engine.drain() == []
    assert engine.recorder.max_notification_id() == 1


def test_a_batch_that_was_read_before_takes_the_next_one_with_it(engine):
    first = [Cause(receipt("MUG", 3), "m1", "web")]
    engine.handle(first, [SourcePosition("topic", 0, 1)])
    engine.submit(first, [SourcePosition("topic", 0, 1)])
    with pytest.raises(PositionConflict):
        engine.submit([Cause(receipt("CUP", 3), "m2", "web")], [SourcePosition("topic", 1, 2)])
    assert engine.drain() == []
    assert engine.recorder.max_notification_id() == 1
    engine.handle([Cause(receipt("CUP", 3), "m2", "web")], [SourcePosition("topic", 1, 2)])
    assert engine.recorder.max_notification_id() == 2


def test_an_append_that_fails_again_and_again_is_given_up_and_the_engine_goes_on(engine):
    failed = trouble(engine, ["lost"] * ATTEMPTS_MAX)
    engine.submit([Cause(receipt("MUG", 3), "m1", "web")])
    with pytest.raises(NotAppended):
        engine.submit([Cause(receipt("CUP", 3), "m2", "web")])
    assert (len(failed), engine.drain()) == (ATTEMPTS_MAX, [])
    assert names(must(engine, receipt("MUG", 1))) == ["StockReceived"]
    assert engine.recorder.max_notification_id() == 1


def test_letters_that_cannot_be_written_leave_the_batch_before_alone(engine):
    engine.submit([Cause(receipt("MUG", 3), "m1", "web")])
    with pytest.raises(ZeroDivisionError):
        engine.submit([Cause(receipt("CUP", 3), "m2", "web")], letters=lambda _: 1 / 0)
    assert [answer.cause_id for answer in engine.drain()] == ["m1"]


def test_what_was_foreseen_takes_in_what_was_decided_since(engine):
    """Both the cold stream and the warm one have moved on when the batch is submitted."""
    must(engine, receipt("MUG", 3))
    coming = [
        Cause(placement(n, (item, 2)), f"p{n}", "web") for n, item in ((1, "MUG"), (2, "CUP"))
    ]
    engine.foresee(coming)
    engine.submit([Cause(receipt("CUP", 2), "m1", "web")])
    must_wait = [Cause(placement(3, ("MUG", 2)), "p3", "web")]
    engine.submit(must_wait)
    engine.submit(coming)
    mug, cup = engine.drain()
    assert names([r.event for r in mug.recorded])[1] == "ReservationDeclined"
    assert names([r.event for r in cup.recorded])[1] == "StockReserved"


def test_what_was_foreseen_is_forgotten_once_something_was_taken_off_the_list(engine, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(unit.UnitOfWork, "_execute", lambda *_: 1 / 0)
        (stuck,) = engine.handle([Cause(receipt("MUG", 3), "m1", "web")])
    coming = [Cause(placement(1, ("MUG", 2)), "p1", "web")]
    engine.foresee(coming)
    assert stuck.verdict is Verdict.PARKED
    assert engine.retry(Cause(receipt("MUG", 3), "m1", "web"), 1).verdict is Verdict.DONE
    decided = counted(monkeypatch, unit.UnitOfWork, "run")
    engine.submit(coming)
    (placed,) = engine.drain()
    assert names([r.event for r in placed.recorded])[1] == "StockReserved"
    assert len(decided) == 1, "it was decided on what was there before, and again"


def test_what_needs_the_log_to_itself_waits_until_it_is_drained(engine):
    engine.submit([Cause(receipt("MUG", 3), "m1", "web")])
    for ask in (engine.handle, lambda causes: engine.retry(causes[0], 1)):
        with pytest.raises(AssertionError, match="drain first"):
            ask([Cause(receipt("CUP", 3), "m2", "web")])


def test_memory_keeps_an_append_back_until_its_end():
    recorder = MemoryRecorder()
    epoch = recorder.acquire("test")
    appending = recorder.begin((), letters=[Letter("t", b"k", b"v")], epoch=epoch)
    appending.push()
    assert recorder.letters() == {}
    appending.finish()
    assert len(recorder.letters()) == 1
