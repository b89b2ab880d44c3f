"""How much may be promised: golden vectors, what places and channels keep back, what is oversold.

The vectors are other order systems' published examples; see each test.
"""

from oms_core.domain.stock.commands import (
    AllocateStock,
    ConfigureLocation,
    CountStock,
    DeallocateStock,
    Demand,
    ReleaseReservation,
    ReserveStock,
    SetRingFence,
    SetThreshold,
    ShipStock,
)
from oms_core.domain.stock.decider import stock
from oms_core.domain.stock.events import (
    Available,
    LocationConfigured,
    ReservationDeclined,
    ReservationReleased,
    RingFenceSet,
    Shortfall,
    StockAllocated,
    StockCounted,
    StockOversold,
    StockQuarantined,
    StockReceived,
    StockReserved,
    ThresholdSet,
)
from oms_core.domain.stock.movements import FenceTooHigh, NegativeAmount
from oms_core.domain.stock.state import Location, Reservation
from tests.support.spec import Specification
from tests.support.stock import ask

given = Specification(stock)


def received(location_id, quantity):
    return StockReceived("MUG", f"R-{location_id}", location_id, quantity, 0, "EUR")


def demand(line, quantity, channel="web"):
    return ReserveStock("MUG", channel, (Demand(line, quantity),), Shortfall.DECLINE)


# Golden vectors

HUNDRED = (*map(received, "ABCD", (10, 12, 13, 15)), received("E", 50))


def configure(safety, threshold, *, e_sells):
    """Let A to D keep `safety` units each and the network `threshold`; E keeps none."""
    return (
        *(ConfigureLocation("MUG", place, safety, selling=True) for place in "ABCD"),
        ConfigureLocation("MUG", "E", 0, selling=e_sells),
        SetThreshold("MUG", threshold),
    )


def test_gv1_safety_stock_threshold_and_a_place_that_does_not_sell():
    """HotWax, inventory life cycle: 100 - 5 x 4 - 10 - 50 = 20."""
    history = ask(HUNDRED, *configure(5, 10, e_sells=False))
    assert stock.fold(history).available() == 20


def test_gv2_the_same_goods_after_the_place_sells_and_less_is_kept():
    """HotWax, inventory life cycle: 100 - 2 x 4 - 5 = 87."""
    before = ask(HUNDRED, *configure(5, 10, e_sells=False))
    assert stock.fold(ask(before, *configure(2, 5, e_sells=True))).available() == 87


def test_gv4_a_sale_lowers_what_is_available_when_it_is_reserved_and_not_again():
    """Fluent: 170 on hand, 3 reserved leave 167, and shipping them leaves 167 still."""
    seen, history = [], (received("A", 170),)
    for wish in (
        demand("web:1/1", 3),
        AllocateStock("MUG", "web:1/1", "F1", "A", 3),
        ShipStock("MUG", "web:1/1", "F1", 3),
    ):
        history = ask(history, wish)
        seen.append(stock.fold(history).available())
    assert seen == [167, 167, 167]
    assert stock.fold(history).locations["A"] == Location(167, 0, 0, 0)


def test_gv5_a_short_pick_leaves_what_is_available_as_it_was():
    """Fluent: of 5 reserved, 1 is picked and 4 are corrected; 162 stays 162."""
    seen, history = [], (received("A", 167),)
    for wish in (
        demand("web:1/1", 5),
        AllocateStock("MUG", "web:1/1", "F1", "A", 5),
        ShipStock("MUG", "web:1/1", "F1", 1),
    ):
        history = ask(history, wish)
        seen.append(stock.fold(history).available())
    assert seen == [162, 162, 162]
    assert stock.fold(history).locations["A"] == Location(162, 0, 0, 0)


# What places and the network keep back


def test_a_place_can_be_told_what_to_keep():
    configured = LocationConfigured("MUG", "A", 3, selling=True)
    given(received("A", 10)).when(ConfigureLocation("MUG", "A", 3, selling=True)).then(configured)
    assert stock.fold((received("A", 10), configured)).available() == 7


def test_telling_a_place_twice_is_telling_it_once():
    given(LocationConfigured("MUG", "A", 3, selling=False)).when(
        ConfigureLocation("MUG", "A", 3, selling=False)
    ).then_nothing()


def test_a_place_may_stop_selling_and_keep_its_safety_stock():
    given(LocationConfigured("MUG", "A", 3, selling=True)).when(
        ConfigureLocation("MUG", "A", 3, selling=False)
    ).then(LocationConfigured("MUG", "A", 3, selling=False))


def test_nobody_keeps_less_than_nothing():
    given().when(ConfigureLocation("MUG", "A", -1, selling=True)).then_rejected(
        NegativeAmount, "safety is -1."
    )
    given().when(SetThreshold("MUG", -1)).then_rejected(NegativeAmount, "quantity is -1.")
    given().when(SetRingFence("MUG", "web", -1)).then_rejected(NegativeAmount, "quantity is -1.")


def test_the_network_can_be_told_what_to_keep():
    given(received("A", 10)).when(SetThreshold("MUG", 4)).then(ThresholdSet("MUG", 4))
    given(ThresholdSet("MUG", 4)).when(SetThreshold("MUG", 4)).then_nothing()
    given(received("A", 10), ThresholdSet("MUG", 4)).when(demand("web:1/1", 7)).then(
        ReservationDeclined("MUG", "web:1/1", "web", 7, 6)
    )


def test_keeping_more_than_there_is_leaves_nothing_and_not_less():
    history = (received("A", 10), ThresholdSet("MUG", 14))
    assert stock.fold(history).available() == 0


def test_sources_are_the_places_that_can_give_in_the_order_of_their_names():
    history = (
        received("C", 1),
        received("A", 2),
        received("B", 3),
        LocationConfigured("MUG", "B", 3, selling=True),
        LocationConfigured("MUG", "D", 0, selling=True),
    )
    assert stock.fold(history).sources == (Available("A", 2), Available("C", 1))


# Ring-fences: what is kept for one channel

TEN = received("A", 10)
FENCE = RingFenceSet("MUG", "web", 6)
TEN_THERE = (Available("A", 10),)


def test_s17_no_channel_consumes_the_fence_of_another():
    given(TEN).when(SetRingFence("MUG", "web", 6)).then(FENCE)
    given(TEN, FENCE).when(demand("till:1/1", 5, "till")).then(
        ReservationDeclined("MUG", "till:1/1", "till", 5, 4)
    )
    given(TEN, FENCE).when(demand("till:1/1", 4, "till")).then(
        StockReserved("MUG", "till:1/1", "till", 4, 0, 0, TEN_THERE)
    )


def test_s17_a_channel_takes_from_its_fence_first_and_then_from_what_is_free():
    given(TEN, FENCE).when(demand("web:1/1", 8)).then(
        StockReserved("MUG", "web:1/1", "web", 8, 6, 0, TEN_THERE)
    )
    demands = (Demand("web:1/1", 4), Demand("web:1/2", 4))
    given(TEN, FENCE).when(ReserveStock("MUG", "web", demands, Shortfall.DECLINE)).then(
        StockReserved("MUG", "web:1/1", "web", 4, 4, 0, TEN_THERE),
        StockReserved("MUG", "web:1/2", "web", 4, 2, 0, TEN_THERE),
    )


def test_s17_a_sale_on_one_channel_lowers_what_the_other_may_promise():
    before = stock.fold((TEN, FENCE))
    after = stock.fold((TEN, FENCE, StockReserved("MUG", "till:1/1", "till", 3, 0, 0, TEN_THERE)))
    assert (before.available("web"), before.available("till"), before.available()) == (10, 4, 4)
    assert (after.available("web"), after.available("till"), after.available()) == (7, 1, 1)


def test_s17_released_units_go_back_behind_their_fence():
    held = StockReserved("MUG", "web:1/1", "web", 8, 6, 0, TEN_THERE)
    given(TEN, FENCE, held).when(ReleaseReservation("MUG", "web:1/1", 7)).then(
        ReservationReleased("MUG", "web:1/1", 7, 6)
    )
    after = stock.fold((TEN, FENCE, held, ReservationReleased("MUG", "web:1/1", 7, 6)))
    assert dict(after.fences) == {"web": 6}
    assert (after.fenced, after.available("web"), after.available("till")) == (6, 9, 3)
    assert after.reservations["web:1/1"].fenced == 0


def test_an_allocation_takes_its_fenced_units_along():
    held = StockReserved("MUG", "web:1/1", "web", 8, 6, 0, TEN_THERE)
    given(TEN, FENCE, held).when(AllocateStock("MUG", "web:1/1", "F1", "A", 7)).then(
        StockAllocated("MUG", "web:1/1", "F1", "A", 7, 6)
    )


def test_p16_untied_units_are_still_those_of_the_fence():
    held = StockReserved("MUG", "web:1/1", "web", 8, 6, 0, TEN_THERE)
    tied = ask((TEN, FENCE, held), AllocateStock("MUG", "web:1/1", "F1", "A", 7))
    untied = stock.fold(ask(tied, DeallocateStock("MUG", "web:1/1", "F1")))
    assert untied == stock.fold((TEN, FENCE, held))
    assert untied.reservations["web:1/1"] == Reservation("web", 8, 6, 0)


def test_a_fence_keeps_only_what_is_promised_to_nobody():
    given(TEN, FENCE).when(SetRingFence("MUG", "till", 5)).then_rejected(
        FenceTooHigh, "quantity 5 is more than the 4 units that are unpromised."
    )
    given(TEN, FENCE).when(SetRingFence("MUG", "till", 4)).then(RingFenceSet("MUG", "till", 4))
    given(TEN, FENCE).when(SetRingFence("MUG", "web", 11)).then_rejected(
        FenceTooHigh, "quantity 11 is more than the 10 units that are unpromised."
    )
    given(TEN, FENCE).when(SetRingFence("MUG", "web", 10)).then(RingFenceSet("MUG", "web", 10))


def test_a_fence_can_be_lowered_and_taken_away():
    given(TEN, FENCE).when(SetRingFence("MUG", "web", 6)).then_nothing()
    given(TEN, FENCE).when(SetRingFence("MUG", "web", 2)).then(RingFenceSet("MUG", "web", 2))
    given(TEN, FENCE).when(SetRingFence("MUG", "web", 0)).then(RingFenceSet("MUG", "web", 0))
    after = stock.fold((TEN, FENCE, RingFenceSet("MUG", "web", 0)))
    assert (dict(after.fences), after.fenced, after.available()) == ({}, 0, 10)


def test_a_fence_can_be_lowered_even_when_the_goods_behind_it_are_lost():
    lost = StockCounted("MUG", "C1", "A", 0, -10, 0, "EUR")
    given(TEN, FENCE, lost).when(SetRingFence("MUG", "web", 2)).then(RingFenceSet("MUG", "web", 2))


# Oversold


def test_p27_a_place_below_nothing_hides_no_other():
    """All of A was tied and then lost; B can still be sold to its last unit."""
    held = StockReserved("MUG", "web:1/1", "web", 10, 0, 0, ())
    tied = StockAllocated("MUG", "web:1/1", "F1", "A", 10, 0)
    history = (TEN, received("B", 7), held, tied)
    lost = StockCounted("MUG", "C1", "A", 0, -10, 0, "EUR")
    given(*history).when(CountStock("MUG", "C1", "A", 0)).then(lost, StockOversold("MUG", 10))
    after = stock.fold((*history, lost))
    assert (after.locations["A"].available, after.available()) == (0, 7)
    given(*history, lost).when(demand("web:2/1", 7)).then(
        StockReserved("MUG", "web:2/1", "web", 7, 0, 0, (Available("B", 7),))
    )


def test_units_reserved_without_a_place_are_covered_by_any_place():
    held = StockReserved("MUG", "web:1/1", "web", 6, 0, 0, ())
    history = (TEN, received("B", 4), held)
    given(*history).when(CountStock("MUG", "C1", "A", 2)).then(
        StockCounted("MUG", "C1", "A", 2, -8, 0, "EUR")
    )
    given(*history).when(CountStock("MUG", "C1", "A", 1)).then(
        StockCounted("MUG", "C1", "A", 1, -9, 0, "EUR"), StockOversold("MUG", 1)
    )


def test_what_a_place_keeps_for_safety_still_covers_a_promise():
    held = StockReserved("MUG", "web:1/1", "web", 6, 0, 0, ())
    history = (TEN, held, LocationConfigured("MUG", "A", 9, selling=False))
    given(*history).when(CountStock("MUG", "C1", "A", 6)).then(
        StockCounted("MUG", "C1", "A", 6, -4, 0, "EUR")
    )


def test_units_aside_that_nobody_was_promised_are_not_oversold():
    aside = StockQuarantined("MUG", "Q1", "A", 10, "wet")
    happened = ask((TEN, aside), CountStock("MUG", "C1", "A", 1))[2:]
    assert not any(isinstance(event, StockOversold) for event in happened)


def test_a_person_is_told_again_only_when_it_gets_worse():
    held = StockReserved("MUG", "web:1/1", "web", 10, 0, 0, ())
    told = [
        event.shortfall
        for event in ask(
            (TEN, held),
            CountStock("MUG", "C1", "A", 8),
            CountStock("MUG", "C2", "A", 9),
            CountStock("MUG", "C3", "A", 5),
        )
        if isinstance(event, StockOversold)
    ]
    assert told == [2, 5]
