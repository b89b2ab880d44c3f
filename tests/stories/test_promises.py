"""Every order is promised a day, and who must not miss it sees what stands in the way in time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from adapters.deadlines import Timekeeper, expiry
from adapters.memory import MemoryRecorder, memory_environment
from adapters.policies import read_policies
from oms_core.domain.fulfilment.commands import ShipFulfilment, ShippedLine
from oms_core.domain.notice.events import Kind, NoticeRequested, Why
from oms_core.domain.order.commands import CancelLine, CancelOrder, ReviewPromise
from oms_core.domain.order.events import (
    CancellationReason,
    Obstacle,
    OnShortage,
    PromiseReviewed,
)
from oms_core.domain.payment.commands import Outcome, ReportAuthorization
from oms_core.domain.stock.commands import ExpectSupply
from oms_core.effects.items import Item, Matter
from oms_core.effects.matter import matter, streams_of
from oms_core.engine.application import Engine
from oms_core.kernel import Instant
from oms_core.kernel.calendar import date_of
from oms_core.policies.promising import Promising
from oms_core.processes.promising import (
    PromiseBroken,
    PromiseClosed,
    PromiseEndangered,
    PromiseMade,
    PromiseMoved,
)
from projections.catalog import VIEWS
from tests.deploy.documents import DEPLOY
from tests.stories.conftest import read
from tests.support.lab import engine_on
from tests.support.shop import must, placement, receipt

POLICIES = read_policies(DEPLOY / "policies" / "europe-and-asia.toml")


def at(text):
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000)


class Clock:
    """A clock that a story sets."""

    def __init__(self, text):
        self.now = at(text)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock("2026-01-05T09:00:00")


def shop(clock, **terms):
    promising = replace(POLICIES.promising, **terms)
    return Engine(
        memory_environment(), clock=clock, policies=replace(POLICIES, promising=promising)
    )


@pytest.fixture
def engine(clock):
    with shop(clock) as made:
        must(made, receipt("MUG", 10), receipt("CUP", 10))
        yield made


def order(clock, number, *wanted, on_shortage=OnShortage.BACKORDER, **terms):
    wish = placement(number, *wanted, on_shortage=on_shortage)
    return replace(wish, placed_at=clock.now, **terms)


def promise(engine, order_id="web:1"):
    return VIEWS["promises"].fold(read(engine))[order_id]


def last_day(row):
    return date_of(Instant(row.ship_by - 1))


def told(happened):
    return [e for e in happened if isinstance(e, PromiseMade | PromiseMoved)]


def test_an_order_from_stock_is_promised_the_next_working_day(engine, clock):
    (made,) = told(must(engine, order(clock, 1, ("MUG", 1))))
    assert made.reasons[0] == "from stock"
    row = promise(engine)
    assert (last_day(row), row.standing, row.moved) == ("2026-01-06", "open", 0)
    assert (row.ship_by, row.jeopardy_at) == (at("2026-01-07"), at("2026-01-06"))


def test_gv6_an_order_waits_for_the_supply_that_covers_it_and_for_no_more(clock):
    """10 of the 20 are on hand, 10 come on the 10th and 10 on the 20th: all leave on the 10th."""
    clock.now = at("2023-01-05T09:00:00")
    with shop(clock, lead_days=0) as engine:
        must(engine, receipt("A", 10), receipt("B", 10))
        for document, day in (("PO-2", "2023-01-20"), ("PO-1", "2023-01-10")):
            must(engine, ExpectSupply("A", document, "LYON", 10, at(day)))
        made, moved = told(must(engine, order(clock, 1, ("A", 20), ("B", 10))))
        assert date_of(Instant(made.ship_by - 1)) == "2023-01-05"
        assert moved.reasons[0] == "10 of web:1/1 wait for supply on 2023-01-10"
        row = promise(engine)
        assert (last_day(row), row.moved) == ("2023-01-10", 0)
        assert row.first_ship_by == row.ship_by


def test_who_comes_later_waits_for_the_supply_behind(engine, clock):
    for document, day in (("PO-1", "2026-01-12"), ("PO-2", "2026-01-19")):
        must(engine, ExpectSupply("MUG", document, "LYON", 10, at(day)))
    must(engine, order(clock, 1, ("MUG", 20)), order(clock, 2, ("MUG", 10)))
    assert last_day(promise(engine, "web:1")) == "2026-01-13"
    assert last_day(promise(engine, "web:2")) == "2026-01-20"
    must(engine, order(clock, 3, ("MUG", 1)))
    row = promise(engine, "web:3")
    assert (row.ship_by, row.reasons) == (
        0,
        ("no supply is expected that covers 1 of web:3/1",),
    )


def test_a_promise_of_the_channel_is_taken_over(engine, clock):
    must(engine, order(clock, 1, ("MUG", 1), ship_by=at("2026-02-01")))
    row = promise(engine)
    assert (row.ship_by, row.reasons[0]) == (
        at("2026-02-01"),
        "web has promised to ship by its own date",
    )


def test_supply_that_comes_in_time_moves_nothing(engine, clock):
    must(engine, ExpectSupply("MUG", "PO-1", "LYON", 10, at("2026-01-12")))
    happened = must(engine, order(clock, 1, ("MUG", 20), ship_by=at("2026-02-01")))
    assert [type(event) for event in told(happened)] == [PromiseMade]
    assert promise(engine).ship_by == at("2026-02-01")


@pytest.mark.parametrize(
    ("left_at", "standing"),
    [("2026-01-06T23:59:59", "kept"), ("2026-01-07T00:00:01", "broken")],
)
def test_a_promise_is_kept_if_the_last_unit_leaves_on_its_day(engine, clock, left_at, standing):
    must(engine, order(clock, 1, ("MUG", 1)))
    must(engine, ReportAuthorization("web:1/p1", Outcome.SUCCEEDED, "ref"))
    clock.now = at(left_at)
    must(engine, ShipFulfilment("web:1/f1.1"))
    assert promise(engine).standing == standing


class Watch:
    """Keeps time over a shop: hears its log, and rings every alarm that is due."""

    def __init__(self, engine, clock):
        self._engine, self._clock, self._keeper, self._read = engine, clock, Timekeeper(), 0

    def until(self, text):
        """Let it be a moment, ring what is due, twice, and return what was said of promises."""
        self._clock.now = at(text)
        said = []
        for _ in range(2):
            log = read(self._engine)
            self._keeper.hear(log[self._read :])
            self._read = len(log)
            due = [each for each in self._keeper.due(self._clock.now) if each.kind == "promise"]
            said += must(self._engine, *(expiry(each, self._clock.now) for each in due))
        return [event for event in said if isinstance(event, PromiseEndangered | PromiseBroken)]


def judged(said):
    return [(type(event), event.order_id, event.units, event.obstacles) for event in said]


@pytest.fixture
def watch(engine, clock):
    return Watch(engine, clock)


def test_a_promise_is_endangered_once_broken_once_and_the_cause_is_kept(engine, clock, watch):
    must(engine, order(clock, 1, ("MUG", 2)))
    assert watch.until("2026-01-05T23:59:59") == []
    soon = watch.until("2026-01-06T00:00:00")
    assert judged(soon) == [(PromiseEndangered, "web:1", 2, (Obstacle.PAYMENT,))]
    assert watch.until("2026-01-06T12:00:00") == []
    row = promise(engine)
    assert (row.standing, row.endangered_at, row.broken_at) == ("open", at("2026-01-06"), 0)
    must(engine, ReportAuthorization("web:1/p1", Outcome.SUCCEEDED, "ref"))
    over = watch.until("2026-01-07T00:00:00")
    assert judged(over) == [(PromiseBroken, "web:1", 2, (Obstacle.WAREHOUSE,))]
    assert watch.until("2026-02-01") == []
    must(engine, ShipFulfilment("web:1/f1.1"))
    row = promise(engine)
    assert (row.standing, row.broken_at, row.obstacles) == (
        "broken",
        at("2026-01-07"),
        ("warehouse",),
    )


def test_an_alarm_that_was_missed_tells_at_once_that_a_promise_is_broken(engine, clock, watch):
    must(engine, order(clock, 1, ("MUG", 2)))
    assert judged(watch.until("2026-01-09")) == [(PromiseBroken, "web:1", 2, (Obstacle.PAYMENT,))]
    assert watch.until("2026-01-10") == []


def test_another_day_takes_the_place_of_the_first_and_is_watched_instead(engine, clock, watch):
    must(engine, ExpectSupply("MUG", "PO-1", "LYON", 10, at("2026-01-12")))
    must(engine, order(clock, 1, ("MUG", 12)))
    assert last_day(promise(engine)) == "2026-01-13"
    assert watch.until("2026-01-12T23:00:00") == []
    assert judged(watch.until("2026-01-13")) == [
        (PromiseEndangered, "web:1", 12, (Obstacle.PAYMENT, Obstacle.SUPPLY))
    ]
    assert judged(watch.until("2026-01-14"))[0][0] is PromiseBroken


def test_an_alarm_for_a_day_that_is_promised_no_more_says_nothing(engine, clock):
    must(engine, ExpectSupply("MUG", "PO-1", "LYON", 10, at("2026-01-12")))
    happened = must(engine, order(clock, 1, ("MUG", 12)))
    first = next(event.ship_by for event in happened if isinstance(event, PromiseMade))
    clock.now = at("2026-01-20")
    said = must(engine, ReviewPromise("web:1", first, first, clock.now))
    assert [type(event) for event in said] == [PromiseReviewed]
    assert promise(engine).standing == "open"


def test_of_what_has_left_or_is_given_up_nothing_is_said(engine, clock, watch):
    must(engine, order(clock, 1, ("MUG", 1)), order(clock, 2, ("MUG", 1)))
    must(engine, ReportAuthorization("web:1/p1", Outcome.SUCCEEDED, "ref"))
    must(engine, ShipFulfilment("web:1/f1.1"))
    must(engine, CancelOrder("web:2", CancellationReason.CUSTOMER))
    assert watch.until("2026-03-01") == []


def test_what_was_broken_stays_so_when_the_order_is_given_up(engine, clock, watch):
    must(engine, order(clock, 1, ("MUG", 1)))
    watch.until("2026-03-01")
    must(engine, CancelOrder("web:1", CancellationReason.CUSTOMER))
    assert promise(engine).standing == "broken"


def test_what_was_broken_stays_so_when_only_units_that_had_left_in_time_are_left_of_it(
    engine, clock, watch
):
    must(engine, order(clock, 1, ("MUG", 2)))
    must(engine, ReportAuthorization("web:1/p1", Outcome.SUCCEEDED, "ref"))
    must(engine, ShipFulfilment("web:1/f1.1", lines=(ShippedLine("web:1/1", 1),)))
    assert judged(watch.until("2026-01-07"))[0][2] == 1
    must(engine, CancelLine("web:1", "web:1/1", 1, CancellationReason.CUSTOMER, "X1"))
    row = promise(engine)
    assert (row.standing, row.shipped_at < row.ship_by) == ("broken", True)


def test_the_customer_hears_of_a_broken_promise_once_and_of_an_endangered_one_not(clock):
    told_of = replace(POLICIES, notices=(Kind.PROMISE_BROKEN,))
    with Engine(memory_environment(), clock=clock, policies=told_of) as engine:
        must(engine, receipt("MUG", 10), order(clock, 1, ("MUG", 1)))
        watch = Watch(engine, clock)
        watch.until("2026-01-06")
        assert not [r for r in read(engine) if isinstance(r.event, NoticeRequested)]
        watch.until("2026-01-07")
        watch.until("2026-01-08")
        (asked,) = (r.event for r in read(engine) if isinstance(r.event, NoticeRequested))
        history = [r.event for r in read(engine) if r.stream in streams_of(asked)]
        said = matter(asked, history)
        assert isinstance(said, Matter)
        assert (said.items, said.due_on) == ((Item("MUG", "MUG", 1),), "2026-01-06")
        must(engine, ReportAuthorization("web:1/p1", Outcome.SUCCEEDED, "ref"))
        must(engine, ShipFulfilment("web:1/f1.1"))
        history = [r.event for r in read(engine) if r.stream in streams_of(asked)]
        assert matter(asked, history) is Why.OUTDATED


def test_what_was_promised_is_closed_though_the_shop_promises_no_more(clock):
    kept = MemoryRecorder()
    with engine_on(kept, clock, POLICIES) as engine:
        must(engine, receipt("MUG", 10), *(order(clock, n, ("MUG", 1)) for n in (1, 2)))
    with engine_on(kept, clock, replace(POLICIES, promising=Promising())) as now:
        must(now, ReportAuthorization("web:1/p1", Outcome.SUCCEEDED, "ref"))
        must(now, ShipFulfilment("web:1/f1.1"))
        must(now, CancelOrder("web:2", CancellationReason.CUSTOMER))
        assert Watch(now, clock).until("2026-01-06") == []
        log = read(now)
        closed = [r.event.order_id for r in log if isinstance(r.event, PromiseClosed)]
        assert sorted(closed) == ["web:1", "web:2"]
        asked = VIEWS["deadlines"].fold(log).values()
        assert [each for each in asked if each.kind == "promise"] == []


def test_nothing_is_promised_of_an_order_that_is_given_up(engine, clock):
    must(engine, order(clock, 1, ("MUG", 1)), CancelOrder("web:1", CancellationReason.CUSTOMER))
    assert promise(engine).standing == "given_up"


def test_a_shop_without_a_calendar_promises_nothing(clock):
    policies = replace(POLICIES, promising=Promising())
    with Engine(memory_environment(), clock=clock, policies=policies) as engine:
        must(engine, receipt("MUG", 1))
        assert told(must(engine, order(clock, 1, ("MUG", 1)))) == []
        assert VIEWS["promises"].fold(read(engine)) == {}
