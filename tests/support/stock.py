"""Stock in plain words: a few names that collide, and sums taken from the events alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from hypothesis import strategies as st

from oms_core.domain.stock import commands, events
from oms_core.domain.stock.decider import stock
from oms_core.domain.stock.state import Stock
from oms_core.kernel import Command, Event, Instant, Rejected

MUG = "MUG"
LINES = ("web:1/1", "web:1/2", "web:2/1", "till:1/1")
CARTS = ("web:c1", "web:c2", "till:c1")
Account = tuple[str, str]


def answer(state: Stock, wish: Command) -> tuple[Event, ...]:
    """Return what happens when `wish` meets `state`: nothing, if it is refused."""
    try:
        return tuple(stock.decide(wish, state))
    except Rejected:
        return ()


def ask(history: Iterable[Event], *wishes: Command) -> tuple[Event, ...]:
    """Let each wish be answered in turn; return the history with all that happened."""
    log = list(history)
    state = stock.fold(log)
    for wish in wishes:
        for event in answer(state, wish):
            log.append(event)
            state = stock.evolve(state, event)
    return tuple(log)


def _wishes_of_orders() -> list[st.SearchStrategy[Command]]:
    line, quantity = st.sampled_from(LINES), st.integers(1, 6)
    fulfilment, location = st.sampled_from(["F1", "F2"]), st.sampled_from(["A", "B"])
    cart, term = st.sampled_from(CARTS), st.sampled_from([4, 5, 6])
    demand = st.builds(commands.Demand, line, quantity)
    soft_reserve = st.builds(
        lambda cart, customer, units, term: commands.SoftReserveStock(
            MUG, cart, cart.partition(":")[0], customer, units, 7, term
        ),
        cart,
        st.sampled_from(["", "C1"]),
        st.integers(0, 9),
        term,
    )
    reserve = st.builds(
        lambda demands, shortfall, expires_at, cart: commands.ReserveStock(
            MUG, demands[0].line_id.partition(":")[0], demands, shortfall, expires_at, cart
        ),
        st.lists(demand, min_size=1, max_size=2, unique_by=lambda d: d.line_id).map(tuple),
        st.sampled_from(events.Shortfall),
        st.sampled_from([Instant(0), Instant(5)]),
        st.sampled_from(["", *CARTS]),
    )
    item = st.just(MUG)
    return [
        reserve,
        reserve,
        soft_reserve,
        soft_reserve,
        st.builds(commands.ExpireSoftReservation, item, cart, term),
        st.builds(commands.ReleaseReservation, item, line, quantity),
        st.builds(commands.CancelBackorder, item, line, quantity),
        st.builds(commands.ExpireReservation, item, line, st.sampled_from([4, 5, 6])),
        st.builds(commands.AllocateStock, item, line, fulfilment, location, quantity),
        st.builds(commands.AllocateStock, item, line, fulfilment, location, quantity),
        st.builds(commands.DeallocateStock, item, line, fulfilment),
        st.builds(commands.ShipStock, item, line, fulfilment, st.integers(0, 6)),
    ]


def _wishes_of_the_warehouse() -> list[st.SearchStrategy[Command]]:
    quantity, location = st.integers(1, 9), st.sampled_from(["A", "B"])
    document, item = st.integers(1, 99).map("D{}".format), st.just(MUG)
    cost, eur, few = st.integers(0, 99), st.just("EUR"), st.integers(0, 3)
    transfer, back = st.sampled_from(["T1", "T2"]), st.booleans()
    line, channel = st.sampled_from(LINES), st.sampled_from(["web", "till"])
    reason, signed = st.sampled_from(events.AdjustmentReason), st.integers(-5, 5)
    receive = st.builds(commands.ReceiveStock, item, document, location, quantity, cost, eur)
    return [
        receive,
        receive,
        st.builds(commands.ExpectSupply, item, document, location, quantity, few),
        st.builds(commands.ReturnStock, item, document, line, location, quantity, back, cost, eur),
        st.builds(commands.QuarantineStock, item, document, location, quantity, st.just("wet")),
        st.builds(commands.LiftQuarantine, item, document, location, quantity),
        st.builds(commands.AdjustStock, item, document, location, signed, reason),
        st.builds(commands.CountStock, item, document, location, few),
        st.builds(commands.DispatchTransfer, item, transfer, location, location, quantity),
        st.builds(commands.ReceiveTransfer, item, transfer, st.integers(0, 9)),
        st.builds(commands.ConfigureLocation, item, location, few, back),
        st.builds(commands.SetThreshold, item, few),
        st.builds(commands.SetRingFence, item, channel, few),
    ]


wishes: st.SearchStrategy[Command] = st.one_of(*_wishes_of_orders(), *_wishes_of_the_warehouse())
"""Anything that may be asked of the stock of mugs."""


def _wishes_that_fit(state: Stock, n: int, few: str, place: str) -> list[Command]:
    """Return wishes about what is there, so that stories get somewhere."""
    fitting: list[Command] = []
    for line, held in sorted(state.reservations.items()):
        some = 1 + n % held.quantity
        tie = commands.AllocateStock(MUG, line, few, place, some)
        fitting += [tie, tie, commands.ReleaseReservation(MUG, line, some)]
        fitting += [commands.ExpireReservation(MUG, line, Instant(5))]
    for key, tied in sorted(state.allocations.items()):
        names = MUG, tied.line_id, key.partition("|")[0]
        ship = commands.ShipStock(*names, n % (tied.quantity + 1))
        count = commands.CountStock(MUG, f"C{n}", tied.location_id, n // 2)
        fitting += [ship, ship, commands.DeallocateStock(*names), count]
    for line, waiting in sorted(state.backorders.items()):
        fitting += [commands.CancelBackorder(MUG, line, 1 + n % waiting.quantity)]
    for transfer_id, transfer in sorted(state.transfers.items()):
        fitting += [commands.ReceiveTransfer(MUG, transfer_id, n % (transfer.quantity + 1))]
    return fitting


_of_orders = st.one_of(*_wishes_of_orders())
_numbers = st.integers(0, 11)
_turns = st.sampled_from(["order", "fitting", "fitting", "any", "any"])


@st.composite
def stories(draw: st.DrawFn) -> tuple[Command, ...]:
    """Draw what is asked of the stock of mugs, one wish after the other."""
    asked: list[Command] = []
    state = stock.initial
    for place in "AB":
        some = 1 + draw(_numbers)
        asked.append(commands.ReceiveStock(MUG, f"R-{place}", place, some, 10 * some, "EUR"))
    for event in ask((), *asked):
        state = stock.evolve(state, event)
    for turn in draw(st.lists(_turns, min_size=8, max_size=30)):
        n = draw(_numbers)
        fitting = _wishes_that_fit(state, n // 2, "F1" if n % 3 else "F2", "AB"[n % 2])
        if turn == "fitting" and fitting:
            asked.append(fitting[draw(st.integers(0, len(fitting) - 1))])
        else:
            asked.append(draw(wishes if turn == "any" else _of_orders))
        for event in answer(state, asked[-1]):
            state = stock.evolve(state, event)
    return tuple(asked)


histories: st.SearchStrategy[tuple[Event, ...]] = stories().map(lambda asked: ask((), *asked))
"""What may have happened to the stock of mugs."""


def postings(event: Event) -> Iterator[tuple[Account, int]]:
    """Say which quantities `event` moves, and by how much: the drill-down of every figure."""
    match event:
        case events.StockReceived() | events.StockAdjusted() | events.StockReturned():
            yield ("on hand", event.location_id), event.quantity
            yield ("units", ""), event.quantity
            yield ("value", ""), event.cost_minor
        case events.StockCounted():
            yield ("on hand", event.location_id), event.difference
            yield ("units", ""), event.difference
            yield ("value", ""), event.cost_minor
        case events.TransferDispatched():
            yield ("on hand", event.origin_id), -event.quantity
        case events.TransferReceived():
            yield ("on hand", event.destination_id), event.quantity
            yield ("units", ""), -event.lost
            yield ("value", ""), -event.cost_minor
        case events.StockShipped() | events.StockShorted():
            yield ("on hand", event.location_id), -event.quantity
            yield ("allocated", event.location_id), -event.quantity
            yield ("units", ""), -event.quantity
            yield ("value", ""), -event.cost_minor
        case events.StockQuarantined():
            yield ("aside", event.location_id), event.quantity
        case events.QuarantineLifted():
            yield ("aside", event.location_id), -event.quantity
    match event:
        case events.StockReturned():
            yield ("aside", event.location_id), event.quarantined
        case events.StockReserved():
            yield ("reserved", event.line_id), event.quantity
        case events.ReservationReleased() | events.ReservationExpired():
            yield ("reserved", event.line_id), -event.quantity
        case events.StockAllocated():
            yield ("reserved", event.line_id), -event.quantity
            yield ("allocated", event.location_id), event.quantity
        case events.StockDeallocated():
            yield ("reserved", event.line_id), event.quantity
            yield ("allocated", event.location_id), -event.quantity


def postings_of_carts(event: Event) -> Iterator[tuple[Account, int]]:
    """Say how many units `event` puts into a cart or takes out of one."""
    match event:
        case events.StockSoftReserved():
            yield ("in a cart", event.cart_id), event.quantity
        case (
            events.SoftReservationReleased()
            | events.SoftReservationExpired()
            | events.SoftReservationConverted()
        ):
            yield ("in a cart", event.cart_id), -event.quantity


def sums(history: Iterable[Event]) -> dict[Account, int]:
    """Add up the postings of a history; what is zero is left out."""
    total: Counter[Account] = Counter()
    for event in history:
        for account, change in (*postings(event), *postings_of_carts(event)):
            total[account] += change
    return {account: quantity for account, quantity in total.items() if quantity}


def displayed(state: Stock) -> dict[Account, int]:
    """Return the same figures as the state shows them."""
    shown = {("units", ""): state.units, ("value", ""): state.value_minor}
    for location_id, location in state.locations.items():
        shown["on hand", location_id] = location.on_hand
        shown["allocated", location_id] = location.allocated
        shown["aside", location_id] = location.quarantined
    for line_id, reservation in state.reservations.items():
        shown["reserved", line_id] = reservation.quantity
    for cart_id, held in state.soft.items():
        shown["in a cart", cart_id] = held.quantity
    return {account: quantity for account, quantity in shown.items() if quantity}
