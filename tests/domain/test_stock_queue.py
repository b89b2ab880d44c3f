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
    SoftReserveStock,
)
from oms_core.domain.stock.decider import stock
from oms_core.domain.stock.events import (
    AdjustmentReason,
    LocationConfigured,
    ReservationDeclined,
    RingFenceSet,
    Shortfall,
    SoftReservationConverted,
    SoftReservationReleased,
    StockBackordered,
    StockQuarantined,
    StockReceived,
    StockReserved,
    StockSoftReserved,
    SupplyExpected,
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


# A line that waits, and asks for more while its cart still holds some

FOUR_IN_A_CART = (
    StockReceived("MUG", "R0", "LYON", 4, 0, "EUR"),
    StockSoftReserved("MUG", "web:c1", "web", "", 4, 0, 60),
    StockBackordered("MUG", FIRST, "web", 3, 0),
    StockBackordered("MUG", SECOND, "web", 9, 0),
)


def wants(units, shortfall=Shortfall.BACKORDER):
    return ReserveStock("MUG", "web", (Demand(FIRST, units),), shortfall, cart_id="web:c1")


def standing(history):
    """Return what the first line has, and what it waits for."""
    state = stock.fold(history)
    held, queued = state.reservations.get(FIRST), state.backorders.get(FIRST)
    return held.quantity if held else 0, queued.quantity if queued else 0


@pytest.mark.parametrize(
    ("units", "expected"), [(3, (0, 3)), (4, (4, 0)), (5, (4, 1)), (7, (4, 3)), (9, (4, 5))]
)
def test_what_a_line_has_and_waits_for_is_what_it_asked_for(units, expected):
    assert standing(ask(FOUR_IN_A_CART, wants(units))) == expected


@pytest.mark.parametrize("units", [4, 5, 7, 9])
@pytest.mark.parametrize("later", [(), (receive(5),)])
def test_a_line_that_waits_and_asks_twice_has_no_more_than_it_asked_for(units, later):
    history = ask(FOUR_IN_A_CART, wants(units), *later)
    assert sum(standing(history)) == units
    assert ask(history, wants(units)) == history


def test_a_line_that_waits_is_told_when_the_rest_comes():
    """It leaves the queue and joins it again: nine wait, it is the tenth, and ten are to come."""
    coming = SupplyExpected("MUG", "S1", "LYON", 10, 70)
    lyon = stock.fold(FOUR_IN_A_CART[:1]).sources
    given(*FOUR_IN_A_CART, coming).when(wants(5)).then(
        SoftReservationConverted("MUG", "web:c1", 4, 0, 4),
        StockReserved("MUG", FIRST, "web", 4, 0, 0, lyon),
        StockBackordered("MUG", FIRST, "web", 1, 0, 70),
    )


def test_a_line_that_waits_and_can_wait_no_longer_is_served_whole_or_not_at_all():
    given(*FOUR_IN_A_CART).when(wants(7, Shortfall.DECLINE)).then(
        SoftReservationReleased("MUG", "web:c1", 4, 0),
        ReservationDeclined("MUG", FIRST, "web", 4, 4),
        *ask(FOUR_IN_A_CART, SoftReserveStock("MUG", "web:c1", "web", "", 0, 9, 60))[5:],
    )


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


def test_units_that_leave_the_queue_are_not_ahead_of_another_line_of_the_same_order():
    """The cart's three units serve the first line wholly, so the second is the first to wait."""
    history = (
        StockReceived("MUG", "R1", "LYON", 3, 300, "EUR"),
        StockSoftReserved("MUG", "web:c1", "web", "C1", 3, 0, 9),
        StockBackordered("MUG", "web:1/1", "web", 2, 0, 0),
        SupplyExpected("MUG", "PO-1", "LYON", 3, 70),
        SupplyExpected("MUG", "PO-2", "LYON", 9, 90),
    )
    demands = (Demand("web:1/1", 3), Demand("web:1/2", 2))
    wish = ReserveStock("MUG", "web", demands, Shortfall.BACKORDER, cart_id="web:c1")
    state = stock.fold(history)
    waits = [e for e in stock.decide(wish, state) if isinstance(e, StockBackordered)]
    assert [(e.line_id, e.quantity, e.expected_at) for e in waits] == [("web:1/2", 2, 70)]
