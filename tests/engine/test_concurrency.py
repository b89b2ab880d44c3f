"""Several engines on one log at once, with the fence held open: the versions alone must hold."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from eventsourcing.persistence import IntegrityError

from adapters.postgres.environment import environment
from adapters.postgres.migration import migrate
from adapters.postgres.recorder import LogRecorder
from oms_core.domain.fulfilment.commands import RejectFulfilment
from oms_core.domain.fulfilment.events import FulfilmentRequested, RejectionReason
from oms_core.domain.order.events import TenderMethod
from oms_core.domain.stock.events import (
    ReservationDeclined,
    SoftReservationDeclined,
    StockReserved,
    StockSoftReserved,
)
from oms_core.engine.application import Engine
from oms_core.policies.config import EUROPE_AND_ASIA
from oms_core.processes.routing import LocationBarred, RoutingDecided
from tests.engine.conftest import NOON
from tests.support.shop import ask, must, placement, receipt, shopping

WRITERS = 4


@pytest.fixture
def engines(dsn, schema, monkeypatch):
    """Engines that do not fence each other off, as if each were alone."""
    migrate(dsn, schema)
    monkeypatch.setattr(LogRecorder, "acquire", lambda *_: 0)
    engines = [
        Engine(environment(dsn, schema), clock=lambda: NOON, policies=EUROPE_AND_ASIA)
        for _ in range(WRITERS)
    ]
    yield engines
    for engine in engines:
        engine.close()


def insist(engine, *commands):
    """Give commands until no other engine gets in between."""
    while True:
        try:
            return ask(engine, *commands)
        except IntegrityError:
            continue


def log_of(engine):
    rows = engine.recorder.select_notifications(1, 100_000)
    return [engine.mapper.to_domain_event(row).event for row in rows]


def test_p1_the_last_units_are_sold_once_however_many_ask_at_once(engines):
    must(engines[0], receipt("MUG", 30))
    orders = [placement(n, ("MUG", 1 + n % 3)) for n in range(60)]

    def place(part):
        return [insist(engines[part], order) for order in orders[part::WRITERS]]

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(place, range(WRITERS)))
    events = log_of(engines[0])
    granted = {e.line_id: e.quantity for e in events if isinstance(e, StockReserved)}
    declined = {e.line_id for e in events if isinstance(e, ReservationDeclined)}
    assert granted.keys().isdisjoint(declined)
    assert granted.keys() | declined == {order.lines[0].line_id for order in orders}
    assert 28 <= sum(granted.values()) <= 30  # Nothing that fits in is left on the shelf.


def test_p1_the_last_units_are_in_one_cart_or_on_one_order_however_many_ask_at_once(engines):
    must(engines[0], receipt("MUG", 30))
    wishes = [
        (*shopping(f"web:c{n}", ("MUG", 1 + n % 3), customer_id=f"C{n}"),)
        if n // WRITERS % 2  # Each engine is asked by carts and by orders in turn.
        else (placement(n, ("MUG", 1 + n % 3)),)
        for n in range(60)
    ]

    def shop(part):
        return [insist(engines[part], *wish) for wish in wishes[part::WRITERS]]

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(shop, range(WRITERS)))
    events = log_of(engines[0])
    held = sum(e.quantity for e in events if isinstance(e, StockSoftReserved))
    sold = sum(e.quantity for e in events if isinstance(e, StockReserved))
    assert 28 <= held + sold <= 30
    assert held
    told = [e for e in events if isinstance(e, SoftReservationDeclined | ReservationDeclined)]
    assert told


def test_p31_two_who_reserve_for_one_order_reserve_once(engines):
    must(engines[0], receipt("MUG", 30))
    order = placement(1, ("MUG", 5))
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda engine: insist(engine, order), engines))
    reserved = [e.quantity for e in log_of(engines[0]) if isinstance(e, StockReserved)]
    assert reserved == [5]


def test_p32_locations_that_reject_at_once_lead_to_one_new_fulfilment_for_each_line(engines):
    for location, units in (("LYON", 5), ("LEEDS", 5), ("BUSAN", 20)):
        must(engines[0], receipt("MUG", units, location, f"M-{location}"))
        must(engines[0], receipt("CUP", units, location, f"C-{location}"))
    order = placement(1, ("MUG", 8), ("CUP", 7), method=TenderMethod.CASH)
    first = [e for e in must(engines[0], order) if isinstance(e, FulfilmentRequested)]
    assert [e.location_id for e in first] == ["LYON", "LEEDS"]
    with ThreadPoolExecutor(2) as pool:
        list(
            pool.map(
                lambda pair: insist(
                    pair[0], RejectFulfilment(pair[1].fulfilment_id, RejectionReason.CAPACITY)
                ),
                zip(engines, first, strict=False),
            )
        )
    events = log_of(engines[0])
    requested = [e for e in events if isinstance(e, FulfilmentRequested)]
    ids = [e.fulfilment_id for e in requested]
    assert len(ids) == len(set(ids))
    attempts = [e.attempt for e in events if isinstance(e, RoutingDecided)]
    assert attempts == list(range(1, len(attempts) + 1))
    again = requested[2:]
    assert {e.location_id for e in again} == {"BUSAN"}
    units: Counter[str] = Counter()
    for e in again:
        units.update({line.line_id: line.quantity for line in e.lines})
    assert units == {"web:1/1": 8, "web:1/2": 7}
    barred = [(e.line_id, e.location_id) for e in events if isinstance(e, LocationBarred)]
    assert len(barred) == len(set(barred)) == 4
