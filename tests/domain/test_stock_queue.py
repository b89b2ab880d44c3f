"""Those who wait are served in their turn, by whatever brings goods to promise."""

import pytest

from oms_core.domain.stock.commands import (
    AdjustStock,
    ConfigureLocation,
    CountStock,
    Demand,
    LiftQuarantine,
    ReceiveStock,
    ReceiveTransfer,
    ReleaseReservation,
    ReserveStock,
    ReturnStock,
    SetRingFence,
    SetThreshold,
)
from oms_core.domain.stock.decider import stock
from oms_core.domain.stock.events import (
    AdjustmentReason,
    LocationConfigured,
    RingFenceSet,
    Shortfall,
    StockBackordered,
    StockQuarantined,
    StockReceived,
    StockReserved,
    ThresholdSet,
    TransferDispatched,
)
from tests.support.spec import Specification
from tests.support.stock import ask

given = Specification(stock)

FIRST, SECOND, THIRD = "web:1/1", "web:2/1", "till:1/1"
QUEUE = (
    StockBackordered("MUG", FIRST, "web", 2, 0),
    StockBackordered("MUG", SECOND, "web", 3, 0),
    StockBackordered("MUG", THIRD, "till", 4, 0),
)


def served(*history, by):
    """Return whom `by` serves, and with how much."""
    happened = ask(history, by)[len(history) :]
    return [
        (event.line_id, event.quantity) for event in happened if isinstance(event, StockReserved)
    ]


def receive(quantity, document="R1"):
    return ReceiveStock("MUG", document, "LYON", quantity, 0, "EUR")


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (1, [(FIRST, 1)]),
        (2, [(FIRST, 2)]),
        (4, [(FIRST, 2), (SECOND, 2)]),
        (5, [(FIRST, 2), (SECOND, 3)]),
        (20, [(FIRST, 2), (SECOND, 3), (THIRD, 4)]),
    ],
)
def test_goods_go_to_those_who_came_first(quantity, expected):
    assert served(*QUEUE, by=receive(quantity)) == expected


def test_the_sources_are_named_as_they_are_when_the_goods_are_there():
    happened = ask(QUEUE, receive(5))[len(QUEUE) :]
    assert [e.sources[0].quantity for e in happened if isinstance(e, StockReserved)] == [5, 5]


def test_a_line_that_was_served_in_part_keeps_its_turn():
    history = ask(QUEUE, receive(1))
    assert served(*history, by=receive(2, "R2")) == [(FIRST, 1), (SECOND, 1)]


def test_a_line_that_waits_for_more_keeps_its_turn():
    more = ReserveStock("MUG", "web", (Demand(FIRST, 4),), Shortfall.BACKORDER)
    history = ask(QUEUE, more)
    assert stock.fold(history).backorders[FIRST].turn == 1
    assert served(*history, by=receive(5)) == [(FIRST, 4), (SECOND, 1)]


def test_a_line_that_waits_anew_waits_behind_the_others():
    again = ReserveStock("MUG", "web", (Demand(FIRST, 3),), Shortfall.BACKORDER)
    history = ask(QUEUE, receive(2), again)
    assert served(*history, by=receive(9, "R2")) == [(SECOND, 3), (THIRD, 4), (FIRST, 1)]


def test_who_waits_keeps_the_term_that_was_agreed():
    waits = StockBackordered("MUG", FIRST, "web", 2, 77)
    assert ask([waits], receive(2))[-1] == StockReserved(
        "MUG", FIRST, "web", 2, 0, 77, stock.fold(ask((), receive(2))).sources
    )


def test_a_newcomer_does_not_overtake_the_queue():
    history = ask(QUEUE, receive(5))
    newcomer = ReserveStock("MUG", "web", (Demand("web:9/1", 1),), Shortfall.BACKORDER)
    given(*history).when(newcomer).then(StockBackordered("MUG", "web:9/1", "web", 1, 0))


def test_a_channel_with_a_fence_of_its_own_is_served_past_those_without():
    """The three units are kept for the till: the web waits on."""
    history = (StockReceived("MUG", "R0", "LYON", 3, 0, "EUR"), RingFenceSet("MUG", "till", 3))
    till = ReserveStock("MUG", "till", (Demand(THIRD, 4),), Shortfall.BACKORDER)
    waiting = ask((*history, *QUEUE[:2]), till)
    assert [e.quantity for e in waiting if isinstance(e, StockReserved)] == [3]
    refill = ask(waiting, receive(9))
    assert [(e.line_id, e.quantity) for e in refill if isinstance(e, StockReserved)] == [
        (THIRD, 3),
        (FIRST, 2),
        (SECOND, 3),
        (THIRD, 1),
    ]


def test_units_that_go_back_behind_a_fence_pass_over_those_who_may_not_have_them():
    held = StockReserved("MUG", "till:9/1", "till", 3, 3, 0, ())
    history = (
        StockReceived("MUG", "R0", "LYON", 3, 0, "EUR"),
        RingFenceSet("MUG", "till", 3),
        held,
        *QUEUE,
    )
    assert served(*history, by=ReleaseReservation("MUG", "till:9/1", 2)) == [(THIRD, 2)]


LYON_FIVE = StockReceived("MUG", "R0", "LYON", 5, 0, "EUR")


@pytest.mark.parametrize(
    ("before", "by"),
    [
        ((), ReturnStock("MUG", "B1", "web:9/1", "LYON", 2, False, 0, "EUR")),
        ((), AdjustStock("MUG", "A1", "LYON", 2, AdjustmentReason.FOUND)),
        ((), CountStock("MUG", "C1", "LYON", 2)),
        (
            (LYON_FIVE, StockQuarantined("MUG", "Q1", "LYON", 5, "wet")),
            LiftQuarantine("MUG", "L1", "LYON", 2),
        ),
        (
            (LYON_FIVE, TransferDispatched("MUG", "T1", "LYON", "NICE", 5)),
            ReceiveTransfer("MUG", "T1", 2),
        ),
        (
            (LYON_FIVE, LocationConfigured("MUG", "LYON", 5, selling=True)),
            ConfigureLocation("MUG", "LYON", 3, selling=True),
        ),
        ((LYON_FIVE, ThresholdSet("MUG", 5)), SetThreshold("MUG", 3)),
        ((LYON_FIVE, RingFenceSet("MUG", "till", 5)), SetRingFence("MUG", "till", 3)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_brings_goods_to_promise_serves_the_queue(before, by):
    assert served(*before, *QUEUE[:2], by=by) == [(FIRST, 2)]
