"""The engine over both logs: batches, answers, cascades, redelivery, fencing, parking, caches."""

import pytest

from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.order.events import TenderMethod
from oms_core.domain.payment.commands import Outcome, ReportAuthorization, ReportCapture
from oms_core.domain.stock.commands import AdjustStock
from oms_core.domain.stock.events import AdjustmentReason, ReservationDeclined, StockReserved
from oms_core.engine import streams, unit
from oms_core.engine.cause import Cause, SourcePosition, Verdict
from oms_core.engine.store import Fenced, PositionConflict
from tests.engine.conftest import NOON
from tests.support.shop import ask, must, names, placement, receipt


def stock_of(engine, item_id):
    return engine._read([f"stock:{item_id}"])[f"stock:{item_id}"][1]


def test_an_order_is_placed_reserved_and_its_money_asked_for_in_one_answer(engine):
    must(engine, receipt("MUG", 10), receipt("CUP", 10))
    assert names(must(engine, placement(1, ("MUG", 2), ("CUP", 1)))) == [
        "OrderPlaced",
        "StockReserved",
        "StockReserved",
        "AuthorizationRequested",
        "LineReserved",
        "LineReserved",
    ]


def test_an_order_goes_from_placement_to_completion(engine):
    must(engine, receipt("MUG", 10), placement(1, ("MUG", 2)))
    released = must(engine, ReportAuthorization("web:1/p1", Outcome.SUCCEEDED, "ref"))
    assert names(released)[-2:] == ["AllocationCompleted", "FulfilmentRequested"]
    shipped = must(engine, ShipFulfilment("web:1/f1.1"))
    assert names(shipped) == [
        "FulfilmentShipped",
        "StockShipped",
        "LineShipped",
        "ShipmentCharged",
        "OrderCompleted",
        "CaptureRequested",
        "PaymentClosed",
    ]
    must(engine, ReportCapture("web:1/p1", "web:1/f1.1", Outcome.SUCCEEDED))
    stock = stock_of(engine, "MUG")
    assert (stock.units, stock.reserved, stock.allocated, stock.value_minor) == (8, 0, 0, 3_200)


def test_later_causes_of_a_batch_see_what_earlier_ones_did(engine):
    answers = ask(engine, receipt("MUG", 3), placement(1, ("MUG", 2)), placement(2, ("MUG", 2)))
    events = [recorded.event for answer in answers for recorded in answer.recorded]
    assert [e.quantity for e in events if isinstance(e, StockReserved)] == [2]
    assert [(e.requested, e.available) for e in events if isinstance(e, ReservationDeclined)] == [
        (2, 1)
    ]


def test_a_rejected_command_changes_nothing_but_its_answer(engine):
    must(engine, receipt("MUG", 3))
    lost = AdjustStock("MUG", "A1", "LYON", -4, AdjustmentReason.LOST)
    (rejected, done) = ask(engine, lost, receipt("MUG", 1, document="R2"))
    assert (rejected.verdict, rejected.code, rejected.recorded) == (
        Verdict.REJECTED,
        "stock.not_enough_on_hand",
        (),
    )
    assert done.verdict is Verdict.DONE
    assert stock_of(engine, "MUG").units == 4


def test_who_when_and_why_are_on_every_event(engine):
    must(engine, receipt("MUG", 3))
    order = Cause(placement(1, ("MUG", 1)), "msg-7", "channel:web", NOON - 5, "visit-9")
    (answer,) = engine.handle([order])
    placed, reserved = answer.recorded[:2]
    assert (placed.actor, placed.causation_id, placed.correlation_id) == (
        "channel:web",
        "msg-7",
        "visit-9",
    )
    assert (reserved.actor, reserved.causation_id, reserved.correlation_id) == (
        "allocation",
        "order:web:1#1",
        "visit-9",
    )
    assert {(r.recorded_at, r.occurred_at) for r in answer.recorded} == {(NOON, NOON - 5)}


def test_a_batch_delivered_twice_is_handled_once(engine):
    causes = [Cause(receipt("MUG", 3), "m1", "web"), Cause(placement(1, ("MUG", 1)), "m2", "web")]
    position = SourcePosition("file:orders", 0, 2)
    engine.handle(causes, [position])
    with pytest.raises(PositionConflict):
        engine.handle(causes, [position])
    assert engine.store.source_position("file:orders") == 2
    assert stock_of(engine, "MUG").reserved == 1


def test_an_overlapping_batch_of_a_reader_that_was_left_behind_is_refused(engine):
    engine.handle([Cause(receipt("MUG", 3), "m1", "web")], [SourcePosition("topic", 0, 5)])
    with pytest.raises(PositionConflict):
        engine.handle(
            [Cause(receipt("MUG", 9, document="R2"), "m6", "web")], [SourcePosition("topic", 3, 8)]
        )
    assert stock_of(engine, "MUG").units == 3


def test_an_engine_that_was_taken_over_can_no_longer_write(engine):
    must(engine, receipt("MUG", 3))
    engine.store.acquire("another engine")
    with pytest.raises(Fenced):
        ask(engine, receipt("MUG", 1, document="R2"))
    assert stock_of(engine, "MUG").units == 3


def test_a_poison_cause_is_parked_and_only_its_own_stream_waits(engine, monkeypatch):
    must(engine, receipt("MUG", 3), receipt("CUP", 3))
    poisoned = _break_items(monkeypatch, "MUG")
    (stuck, waiting, flowing) = ask(
        engine,
        receipt("MUG", 1, document="R2"),
        receipt("MUG", 1, document="R3"),
        receipt("CUP", 1, document="R2"),
    )
    assert [answer.verdict for answer in (stuck, waiting, flowing)] == [
        Verdict.PARKED,
        Verdict.PARKED,
        Verdict.DONE,
    ]
    assert stuck.detail == "ZeroDivisionError: a fault in the rules"
    assert waiting.detail == "an earlier message for this stream is parked"
    poisoned.undo()
    (later,) = ask(engine, receipt("MUG", 1, document="R4"))
    assert later.verdict is Verdict.PARKED
    assert stock_of(engine, "MUG").units == 3
    assert engine.store.parked_streams() == {"stock:MUG"}


def _break_items(monkeypatch, item_id):
    """Let every decision about one item fail, until the patch is undone."""
    whole = unit.UnitOfWork._execute

    def execute(self, command, context):
        if getattr(command, "item_id", "") == item_id:
            raise ZeroDivisionError("a fault in the rules")
        whole(self, command, context)

    monkeypatch.setattr(unit.UnitOfWork, "_execute", execute)
    return monkeypatch


def test_a_poison_reaction_leaves_no_trace_of_its_cause(engine, monkeypatch):
    must(engine, receipt("CUP", 3))
    _break_items(monkeypatch, "MUG")
    (answer,) = ask(engine, placement(1, ("CUP", 1), ("MUG", 1)))
    assert answer.verdict is Verdict.PARKED
    assert engine._read(["order:web:1"])["order:web:1"][0] == 0
    assert stock_of(engine, "CUP").reserved == 0


def test_a_cascade_without_end_is_poison(engine, monkeypatch):
    monkeypatch.setattr(unit, "CASCADE_EVENTS_MAX", 3)
    (answer,) = ask(engine, placement(1, ("MUG", 1), ("CUP", 1)))
    assert answer.verdict is Verdict.PARKED
    assert answer.detail.startswith("EndlessCascade: more than 3 events")


def test_a_cache_of_one_stream_decides_as_a_warm_one(open_engine):
    engine = open_engine(streams_max=1)
    must(engine, receipt("MUG", 5))
    for n in range(1, 6):
        must(engine, placement(n, ("MUG", 1), method=TenderMethod.CASH))
    assert names(must(engine, placement(6, ("MUG", 1))))[1:2] == ["ReservationDeclined"]
    for n in range(1, 6):
        must(engine, ShipFulfilment(f"web:{n}/f1.1"))
    assert len(engine._cache) == 1
    stock = stock_of(engine, "MUG")
    assert (stock.units, stock.reserved, stock.allocated) == (0, 0, 0)


def test_a_long_stream_is_read_from_its_snapshot(engine, monkeypatch):
    monkeypatch.setattr(streams, "SNAPSHOT_EVENTS", 4)
    monkeypatch.setattr(streams, "SNAPSHOT_BYTES_PER_EVENT", 1_000_000)
    must(engine, receipt("MUG", 50))
    for n in range(1, 10):
        must(engine, placement(n, ("MUG", 2)))
    folded = engine.store.snapshots(["stock:MUG"])["stock:MUG"]
    assert folded.version >= 8
    warm = engine._cache.get("stock:MUG")
    assert engine._read(["stock:MUG"])["stock:MUG"] == warm


def test_a_large_state_is_stored_less_often_than_a_small_one(engine, monkeypatch):
    """Storing it may cost no more than reading the events that it saves."""
    monkeypatch.setattr(streams, "SNAPSHOT_EVENTS", 4)
    monkeypatch.setattr(streams, "SNAPSHOT_BYTES_PER_EVENT", 1)
    must(engine, receipt("MUG", 999), *(placement(n, ("MUG", 1)) for n in range(3)))
    (first,) = engine.store.snapshots(["stock:MUG"]).values()
    pause = len(first.state)
    must(engine, *(placement(n, ("MUG", 1)) for n in range(3, 2 + pause)))
    assert engine.store.snapshots(["stock:MUG"]) == {"stock:MUG": first}
    must(engine, placement(2 + pause, ("MUG", 1)))
    (later,) = engine.store.snapshots(["stock:MUG"]).values()
    assert (first.version, later.version) == (4, 4 + pause)


def test_a_snapshot_of_another_form_is_passed_over(engine, monkeypatch):
    monkeypatch.setattr(streams, "SNAPSHOT_EVENTS", 1)
    must(engine, receipt("MUG", 50))
    (folded,) = engine.store.snapshots(["stock:MUG"]).values()
    engine.store.put_snapshots({"stock:MUG": folded._replace(fingerprint="older", state=b"?")})
    assert stock_of(engine, "MUG").units == 50
