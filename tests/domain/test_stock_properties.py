"""What holds of stock after anything whatever has happened to it."""

from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oms_core.domain.product.commands import ChangeSku, RegisterProduct
from oms_core.domain.product.decider import product
from oms_core.domain.stock import commands, events
from oms_core.domain.stock.decider import stock
from oms_core.kernel import Command, Event, Rejected
from tests.support.stock import (
    CARTS,
    LINES,
    MUG,
    ask,
    displayed,
    histories,
    postings,
    stories,
    sums,
)

quantities = st.integers(1, 6)


def received(quantity, location_id="A", cost_minor=0):
    document_id = f"R-{location_id}"
    return events.StockReceived(MUG, document_id, location_id, quantity, cost_minor, "EUR")


def demand(line, quantity, shortfall=events.Shortfall.DECLINE):
    channel = line.partition(":")[0]
    return commands.ReserveStock(MUG, channel, (commands.Demand(line, quantity),), shortfall)


# P1, P31: many writers at once


class Writer:
    """Loads, decides and appends in two steps, as a process beside others does.

    What was decided on an old version of the stream is thrown away and decided again.
    """

    def __init__(self, command: Command) -> None:
        """Take what is to be asked."""
        self.command = command
        self.version = -1
        self.happened: tuple[Event, ...] = ()
        self.done = False

    def step(self, log: list[Event]) -> None:
        """Decide, or append what was decided if nobody else came first."""
        if self.version == len(log):
            log.extend(self.happened)
            self.done = True
        else:
            self.version = len(log)
            self.happened = tuple(stock.decide(self.command, stock.fold(log)))


def interleave(log, writers, schedule):
    """Let the writers take their steps as scheduled, and then finish one after the other."""
    steps = [
        *(writers[n % len(writers)] for n in schedule),
        *(writer for writer in writers for _ in range(3)),
    ]
    order = []
    for writer in steps:
        if not writer.done:
            writer.step(log)
            if writer.done:
                order.append(writer)
    assert len(order) == len(writers)
    return order


@given(
    capacity=st.integers(0, 20),
    asked=st.lists(quantities, min_size=1, max_size=8),
    retried=st.lists(st.integers(0, 7), max_size=4),
    schedule=st.lists(st.integers(0, 99), max_size=40),
)
def test_p1_the_last_unit_is_sold_once_however_the_writers_interleave(
    capacity, asked, retried, schedule
):
    asks = [(f"web:{n}/1", quantity) for n, quantity in enumerate(asked)]
    asks += [asks[n % len(asked)] for n in retried]
    log = [received(capacity)] if capacity else []
    writers = [Writer(demand(*wish)) for wish in asks]
    order = interleave(log, writers, schedule)
    left, granted = capacity, set()
    for writer in order:  # The outcome is that of the writers one after the other, in this order.
        (wish,) = writer.command.demands
        kinds = [type(event) for event in writer.happened]
        if wish.line_id in granted:
            assert kinds == []
        elif wish.quantity <= left:
            assert kinds == [events.StockReserved]
            left -= wish.quantity
            granted.add(wish.line_id)
        else:
            assert kinds == [events.ReservationDeclined]
    assert sum(e.quantity for e in log if isinstance(e, events.StockReserved)) == capacity - left


@given(
    capacity=st.integers(1, 12),
    asked=st.lists(quantities, min_size=1, max_size=6),
    schedule=st.lists(st.integers(0, 99), max_size=30),
)
def test_p1_the_last_unit_of_a_place_is_tied_once_however_the_writers_interleave(
    capacity, asked, schedule
):
    lines = [(f"web:{n}/1", quantity) for n, quantity in enumerate(asked)]
    elsewhere = received(99, "B")
    log = list(ask([received(capacity), elsewhere], *(demand(*line) for line in lines)))
    writers = [
        Writer(commands.AllocateStock(MUG, line, "F1", "A", quantity)) for line, quantity in lines
    ]
    order = interleave(log, writers, schedule)
    left = capacity
    for writer in order:
        (answer,) = writer.happened
        if writer.command.quantity <= left:
            assert type(answer) is events.StockAllocated
            left -= writer.command.quantity
        else:
            assert type(answer) is events.AllocationDeclined
            assert answer.available == left
    assert stock.fold(log).locations["A"].allocated == capacity - left <= capacity


@given(
    quantity=quantities,
    writers=st.integers(2, 5),
    schedule=st.lists(st.integers(0, 99), max_size=20),
)
def test_p31_a_line_that_two_writers_reserve_is_reserved_once(quantity, writers, schedule):
    log = [received(100)]
    rivals = [Writer(demand("web:1/1", quantity)) for _ in range(writers)]
    interleave(log, rivals, schedule)
    assert [event.quantity for event in log[1:]] == [quantity]


def units_of(state, line):
    """Return what a line has been given and not taken away, and what it waits for."""
    entries = (state.reservations.get(line), state.backorders.get(line))
    return sum(entry.quantity for entry in entries if entry)


@given(
    history=histories,
    cart=st.sampled_from(CARTS),
    line=st.sampled_from(LINES),
    units=st.tuples(quantities, quantities, quantities),
    shortfall=st.sampled_from(events.Shortfall),
)
def test_p31_a_line_that_waits_already_is_given_no_more_than_it_asks_for(
    history, cart, line, units, shortfall
):
    """Its cart holds some units, it waits for others, and it asks for more of them."""
    first, held, more = units
    channel = line.partition(":")[0]
    wants = commands.ReserveStock(
        MUG, channel, (commands.Demand(line, first + more),), shortfall, cart_id=cart
    )
    history = ask(
        history,
        commands.SoftReserveStock(MUG, cart, cart.partition(":")[0], "", held, 9, 60),
        demand(line, first, events.Shortfall.BACKORDER),
    )
    before, once = stock.fold(history), ask(history, wants)
    allowed = max(units_of(before, line), first + more)
    assert units_of(stock.fold(once), line) in (units_of(before, line), allowed)
    if shortfall is events.Shortfall.BACKORDER:
        assert units_of(stock.fold(once), line) == allowed
    assert stock.fold(ask(once, wants)) == stock.fold(once)


# P2: the same item on several lines


@given(
    capacity=st.integers(0, 20),
    fence=st.integers(0, 5),
    parts=st.lists(quantities, min_size=1, max_size=6),
    shortfall=st.sampled_from(events.Shortfall),
)
def test_p2_splitting_a_line_never_changes_what_is_granted(capacity, fence, parts, shortfall):
    fenced = commands.SetRingFence(MUG, "web", min(fence, capacity))
    history = ask([received(capacity)] if capacity else [], fenced)

    def outcome(*demands):
        wish = commands.ReserveStock(MUG, "web", demands, shortfall)
        happened = ask(history, wish)[len(history) :]
        total: Counter[str] = Counter()
        for event in happened:
            match event:
                case events.StockReserved():
                    total["granted"] += event.quantity
                    total["out of the fence"] += event.fenced
                case events.StockBackordered():
                    total["awaited"] += event.quantity
                case events.ReservationDeclined():
                    total["declined"] += event.requested
        return total

    split = (commands.Demand(f"web:1/{n}", part) for n, part in enumerate(parts, start=1))
    assert outcome(*split) == outcome(commands.Demand("web:1/1", sum(parts)))


# P3: every figure is the sum of its movements


@given(histories)
def test_p3_every_figure_is_the_signed_sum_of_its_movements(history):
    assert displayed(stock.fold(history)) == sums(history)


@given(histories)
def test_every_total_is_what_its_parts_add_up_to(history):
    state = stock.fold(history)
    locations, held = state.locations.values(), state.reservations.values()
    assert state.pool == sum(location.sellable for location in locations)
    assert state.reserved == sum(reservation.quantity for reservation in held)
    assert state.allocated == sum(tied.quantity for tied in state.allocations.values())
    assert state.allocated == sum(location.allocated for location in locations)
    assert state.fenced == sum(state.fences.values())
    on_the_way = sum(transfer.quantity for transfer in state.transfers.values())
    assert state.units == on_the_way + sum(location.on_hand for location in locations)


@given(histories)
def test_no_count_of_anything_is_negative(history):
    state = stock.fold(history)
    for location in state.locations.values():
        assert 0 <= location.quarantined <= location.on_hand
        assert location.allocated >= 0
    for entries in (state.reservations, state.allocations, state.backorders, state.transfers):
        assert all(entry.quantity > 0 for entry in entries.values())
    for entries in (state.reservations, state.allocations):
        assert all(0 <= entry.fenced <= entry.quantity for entry in entries.values())
    assert all(fence > 0 for fence in state.fences.values())
    assert min(state.reserved, state.units, state.value_minor, state.available()) >= 0


@given(histories)
def test_nobody_waits_while_there_is_something_to_give(history):
    state = stock.fold(history)
    assert not any(state.available(waiting.channel) for waiting in state.backorders.values())


# P16: planned, given up, and planned again


@given(
    history=histories,
    line=st.sampled_from(LINES),
    quantity=quantities,
    location=st.sampled_from(["A", "B"]),
    times=st.integers(1, 4),
)
def test_p16_tying_and_untying_any_number_of_times_loses_and_doubles_nothing(
    history, line, quantity, location, times
):
    tie = commands.AllocateStock(MUG, line, "F9", location, quantity)
    untie = commands.DeallocateStock(MUG, line, "F9")
    history = ask(history, commands.AdjustStock(MUG, "A9", location, 9, "found"), demand(line, 6))
    start = stock.fold(history)
    tied = stock.fold(ask(history, tie))
    assume(tied.allocated == start.allocated + quantity)
    assert tied.reserved + tied.allocated == start.reserved + start.allocated
    assert tied.available() == start.available()
    assert stock.fold(ask(history, *(tie, untie) * times)) == start
    assert stock.fold(ask(history, *(tie, untie) * times, tie)) == tied


# P18: every promise ends exactly once

ENDS = {
    events.ReservationReleased: "reserved",
    events.ReservationExpired: "reserved",
    events.StockAllocated: "reserved",
    events.StockShipped: "allocated",
    events.StockShorted: "allocated",
    events.StockDeallocated: "allocated",
}


@given(histories)
def test_p18_every_unit_that_was_promised_has_one_end_or_is_still_promised(history):
    begun: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    for event in history:
        if isinstance(event, events.StockReserved | events.StockDeallocated):
            begun["reserved"] += event.quantity
        if isinstance(event, events.StockAllocated):
            begun["allocated"] += event.quantity
        if type(event) in ENDS:
            ended[ENDS[type(event)]] += event.quantity
    state = stock.fold(history)
    assert begun["reserved"] == ended["reserved"] + state.reserved
    assert begun["allocated"] == ended["allocated"] + state.allocated


@given(histories)
def test_p18_no_reservation_outlives_its_term_once_the_alarm_has_rung(history):
    rung = ask(history, *(commands.ExpireReservation(MUG, line, 6) for line in LINES))
    state = stock.fold(rung)
    for entries in (state.reservations, state.backorders):
        assert all(entry.expires_at == 0 for entry in entries.values())


@given(histories)
def test_p18_when_everybody_gives_up_nothing_is_promised_any_more(history):
    untie = (commands.DeallocateStock(MUG, line, f) for line in LINES for f in ("F1", "F2"))
    stop = [commands.CancelBackorder(MUG, line, 999) for line in LINES]
    give = [commands.ReleaseReservation(MUG, line, 999) for line in LINES]
    state = stock.fold(ask(history, *untie, *stop, *give))
    assert (state.reserved, state.allocated, len(state.reservations)) == (0, 0, 0)


# S17: what is kept for one channel


@given(histories)
def test_s17_the_channels_together_are_promised_no_more_than_there_is(history):
    state = stock.fold(history)
    common = state.available()
    fenced = sum(state.available(channel) - common for channel in ("web", "till"))
    assert common + fenced <= max(0, state.pool - state.threshold - state.reserved)


@given(histories, st.integers(1, 30))
def test_s17_no_channel_can_make_another_one_poorer_than_its_fence(history, quantity):
    before = stock.fold(history)
    wish = demand("till:9/1", quantity, events.Shortfall.BACKORDER)
    after = stock.fold(ask(history, wish))
    kept = before.available("web") - before.available()
    assert after.fences.get("web", 0) == before.fences.get("web", 0)
    assert after.available("web") >= min(kept, before.available("web"))


# P30: the code an item is sold under


@given(stories(), st.integers(0, 20), st.text(min_size=1, max_size=5))
def test_p30_a_new_sku_leaves_every_quantity_where_it_is(asked, when, sku):
    register, rename = RegisterProduct(MUG, "OLD", "Mug"), ChangeSku(MUG, sku)
    streams: dict[str, list[Event]] = {f"stock:{MUG}": [], f"product:{MUG}": []}
    for wish in (register, *asked[:when], rename, *asked[when:]):
        decider = product if wish in (register, rename) else stock
        log = streams[f"{decider.category}:{decider.identify(wish)}"]
        try:
            log.extend(tuple(decider.decide(wish, decider.fold(log))))
        except Rejected:
            continue
    assert product.fold(streams[f"product:{MUG}"]).sku == sku
    assert tuple(streams[f"stock:{MUG}"]) == ask((), *asked)
    assert not any("sku" in field for wish in asked for field in type(wish).__struct_fields__)


# P27, and value


@given(histories, st.sampled_from(["A", "B"]), st.sampled_from(LINES))
def test_p27_no_place_takes_away_from_what_another_can_give(history, place, line):
    """All that a line has is tied to one place, and then lost there."""
    history = ask(history, commands.AdjustStock(MUG, "X1", place, 9, "found"), demand(line, 3))
    tie = commands.AllocateStock(MUG, line, "F9", place, 3)
    state = stock.fold(ask(history, tie, commands.CountStock(MUG, "X2", place, 0)))
    left = {
        name: place.on_hand - place.quarantined - place.allocated - place.safety
        for name, place in state.locations.items()
        if place.selling
    }
    assert state.pool == sum(units for units in left.values() if units > 0)
    assert [(place.location_id, place.quantity) for place in state.sources] == sorted(
        (name, units) for name, units in left.items() if units > 0
    )


def promised_and_missing(state):
    """Count, place by place, the units that are tied or reserved and not there."""
    short = free = 0
    for location in state.locations.values():
        good = location.on_hand - location.quarantined
        short += max(location.allocated - good, 0)
        free += max(good - location.allocated, 0)
    return short + max(state.reserved - free, 0)


@given(stories())
def test_p27_whenever_more_is_missing_than_before_somebody_is_told_how_much(asked):
    log: tuple[Event, ...] = ()
    for wish in asked:
        before, start = promised_and_missing(stock.fold(log)), len(log)
        log = ask(log, wish)
        after = promised_and_missing(stock.fold(log))
        told = [e.shortfall for e in log[start:] if isinstance(e, events.StockOversold)]
        assert told == ([after] if after > before else [])


@given(histories)
def test_what_came_in_less_what_went_out_is_what_the_goods_are_worth(history):
    value = sum(
        change for event in history for account, change in postings(event) if account[0] == "value"
    )
    state = stock.fold(history)
    assert state.value_minor == value
    assert state.units or not state.value_minor


@given(
    receipts=st.lists(st.tuples(quantities, st.integers(0, 1_000)), min_size=1, max_size=5),
    data=st.data(),
)
def test_when_the_last_unit_has_left_all_of_the_cost_has_left(receipts, data):
    log = ask(
        (),
        *(
            commands.ReceiveStock(MUG, f"R{n}", "A", quantity, cost, "EUR")
            for n, (quantity, cost) in enumerate(receipts)
        ),
    )
    units = left = sum(quantity for quantity, _ in receipts)
    total = sum(cost for _, cost in receipts)
    while left:
        parcel, line = data.draw(st.integers(1, left)), f"web:{left}/1"
        log = ask(
            log,
            demand(line, parcel),
            commands.AllocateStock(MUG, line, "F1", "A", parcel),
            commands.ShipStock(MUG, line, "F1", data.draw(st.integers(0, parcel))),
        )
        left -= parcel
    gone = [e for e in log if isinstance(e, events.StockShipped | events.StockShorted)]
    assert sum(event.cost_minor for event in gone) == total
    assert all(abs(event.cost_minor - event.quantity * total / units) <= units for event in gone)
    assert (stock.fold(log).units, stock.fold(log).value_minor) == (0, 0)


@pytest.mark.parametrize("remembered", [1_001, 1_500])
def test_stock_remembers_no_more_papers_than_it_must(remembered):
    log = ask((), *(commands.CountStock(MUG, f"C{n}", "A", n) for n in range(remembered)))
    state = stock.fold(log)
    assert len(state.documents.ids) == len(list(state.documents.order)) == 1_000
    assert "C0" not in state.documents
    assert f"C{remembered - 1}" in state.documents
