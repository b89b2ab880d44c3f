"""What holds of every order at every moment, however its steps interleave."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iso4217 import Currency
from msgspec.structs import replace

from oms_core.domain.order import commands, events
from oms_core.domain.order.decider import order
from oms_core.domain.order.events import Blocked, OnShortage, Tender, TenderMethod
from oms_core.domain.order.state import Order, Phase
from oms_core.kernel import Rejected
from oms_core.kernel.money import share
from tests.support.order import (
    CANCEL,
    CAP,
    CAPS,
    CASH,
    F1,
    F2,
    MUG,
    MUGS,
    ORDER,
    POST,
    POSTAGE,
    allocate,
    assert_books_balance,
    assert_money_is_shared_out,
    assert_units_balance,
    attempted,
    authorize,
    backorder,
    by_card,
    cancel_line,
    deliver,
    hold,
    packed,
    part,
    plan,
    reroute,
    reserve,
    send_back,
    sent,
    ship,
    short,
    told,
    wish,
)
from tests.support.wandering import answer, everywhere, ways

TENDERS = (Tender(CASH, TenderMethod.CASH, 900), by_card(1300))


def steps_of(line_id, quantity):
    """Return everything that may be said of so many units of a line."""
    n = quantity
    return (
        *(reserve(line_id, n), backorder(line_id, n), commands.RecordExpiry(ORDER, line_id, n)),
        commands.RecordShortage(ORDER, line_id, n, 0),
        *(cancel_line(line_id, n, name) for name in ("c1", "c2")),
        *(send_back(name, (line_id, n)) for name in ("R1", "R2", "R3")),
        *(step(line_id, n, name) for name in (F1, F2) for step in (allocate, reroute, short, ship)),
        *(plan(name, part(line_id, n)) for name in (F1, F2)),
        *(deliver(part(line_id, n), fulfilment_id=name) for name in (F1, F2)),
        commands.RecordRoutingFailure(ORDER, n, (part(line_id, n),), "none"),
    )


def always(on_shortage, *lines, tenders):
    """Return what may be said of an order with these lines at any time."""
    place = wish(*lines, on_shortage=on_shortage, tenders=tenders)
    return (
        wish(),
        place,
        commands.RetryReservation(ORDER),
        CANCEL,
        *(authorize(tender.amount_minor, tender.payment_id) for tender in tenders),
        *(hold(f"h-{step}", step) for step in Blocked),
        *(commands.ResolveHold(ORDER, f"h-{step}") for step in Blocked),
        *(commands.ResolveHold(ORDER, f"shortage:{line.line_id}") for line in lines),
        *(commands.ResolveHold(ORDER, f"routing:{n}") for n in (1, 2, 3)),
    )


def alphabet(on_shortage):
    """Return everything that may be said of an order of two goods and a service, well mixed."""
    lines = (MUGS, CAPS, POSTAGE)
    said = [
        *always(on_shortage, *lines, tenders=TENDERS),
        *(step for line in lines for n in range(1, 4) for step in steps_of(line.line_id, n)),
        *(plan(name, part(MUG, 2), part(CAP, 2)) for name in (F1, F2)),
    ]
    Random(1).shuffle(said)
    return tuple(said)


def histories(on_shortage):
    """Return a strategy for what can have happened to an order with these terms."""
    place = wish(MUGS, CAPS, POSTAGE, on_shortage=on_shortage, tenders=TENDERS)
    paid = (place, authorize(900, CASH), authorize(1300))
    released = (*paid, reserve(MUG, 3), reserve(CAP, 2))
    two_parcels = (
        *released, *packed(part(MUG, 2), part(CAP, 1)), plan(F2, part(MUG, 1), part(CAP, 1)),
    )  # fmt: skip
    starts = (
        (), paid, released, two_parcels, (*two_parcels, ship(MUG, 2)),
        (*released, *sent(part(MUG, 2))), (*released, *sent(part(MUG, 3), part(CAP, 2))),
    )  # fmt: skip
    return ways(order, starts, alphabet(on_shortage))


lives = st.sampled_from(OnShortage).flatmap(histories)


def prefixes(log):
    """Yield each event with the state that it led to."""
    state = order.initial
    for event in log:
        state = order.evolve(state, event)
        yield event, state


# Conservation


@settings(max_examples=4 * settings().max_examples)
@given(log=lives)
def test_every_unit_is_in_one_place_and_every_total_is_the_sum_of_its_lines(log):
    for _, state in prefixes(log):
        assert_units_balance(state)
    assert_books_balance(order.fold(log))
    assert_money_is_shared_out(log, order.fold(log))


@given(log=lives)
def test_p17_open_units_are_those_ordered_and_neither_shipped_nor_cancelled(log):
    ordered, ended = {}, {}
    for event, state in prefixes(log):
        match event:
            case events.OrderPlaced(lines=lines):
                ordered = {line.line_id: line.quantity for line in lines}
            case events.LineShipped() | events.LineCancelled():
                ended[event.line_id] = ended.get(event.line_id, 0) + event.quantity
        for line_id, line in state.lines.items():
            kept = line.unreserved + line.backordered + line.reserved
            kept += line.released + line.allocated
            assert kept == ordered[line_id] - ended.get(line_id, 0) >= 0


@given(log=lives, wish_=st.sampled_from(OnShortage).flatmap(lambda t: st.sampled_from(alphabet(t))))
def test_p17_a_refused_command_leaves_no_trace(log, wish_):
    before = order.fold(log)
    said = answer(order, wish_, before)  # Asserts that nothing came before the refusal.
    assert isinstance(said, Rejected | tuple)
    assert order.fold(log) == before


# Money


def unit_prices(line):
    """Return what each unit of a line costs with tax; an independent account of the shares."""
    n = line.quantity
    return [
        share(line.net_minor, i, i + 1, n) + share(line.tax_minor, i, i + 1, n) for i in range(n)
    ]


@given(log=lives)
def test_p15_what_is_owed_is_the_price_of_what_the_customer_keeps(log):
    owed = 0
    for event, state in prefixes(log):
        match event:
            case events.ShipmentCharged():
                owed += event.amount_minor
            case events.ReturnAccepted():
                owed -= event.amount_minor
        assert state.charged_minor - state.refunded_minor == owed >= 0
    state = order.fold(log)
    kept = sum(
        sum(unit_prices(line.terms)[line.returned : line.shipped]) for line in state.lines.values()
    )
    assert owed == kept - sum(parcel.charged_minor for parcel in state.parcels.values())


def test_p15_two_returns_of_equal_amount_count_twice_and_one_return_counts_once():
    even = replace(MUGS, net_minor=900, tax_minor=0)
    start = told(wish(even), reserve(MUG, 3), authorize(900), *sent(part(MUG, 3)))
    once = (*start, *attempted(start, send_back("R1", (MUG, 1))))
    twice = (*once, *attempted(once, send_back("R2", (MUG, 1))))
    assert [order.fold(log).refunded_minor for log in (once, twice)] == [300, 600]
    assert attempted(twice, send_back("R1", (MUG, 1))) == ()
    assert attempted(twice, send_back("R2", (MUG, 1))) == ()


@given(log=lives)
def test_p10_no_tender_gives_back_more_than_it_has_borne(log):
    borne: dict[str, int] = {}
    for event in log:
        match event:
            case events.ShipmentCharged(tenders=tenders):
                for tender in tenders:
                    borne[tender.payment_id] = borne.get(tender.payment_id, 0) + tender.amount_minor
            case events.ReturnAccepted(tenders=tenders):
                for tender in tenders:
                    borne[tender.payment_id] -= tender.amount_minor
        assert all(amount >= 0 for amount in borne.values())
    for tender in TENDERS:
        assert borne.get(tender.payment_id, 0) <= tender.amount_minor


@given(data=st.data())
def test_p9_returns_and_cancellations_owe_the_same_in_whatever_order_they_come(data):
    mugs, caps = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
    place = wish(MUGS, CAPS, POSTAGE, tenders=TENDERS)
    start = told(
        place, reserve(MUG, 3), reserve(CAP, 2), authorize(900, CASH), authorize(1300),
        *sent(part(MUG, mugs), part(CAP, caps)),
    )  # fmt: skip
    steps = [send_back(f"M{n}", (MUG, 1)) for n in range(data.draw(st.integers(0, 3)))]
    steps += [send_back(f"C{n}", (CAP, 1)) for n in range(data.draw(st.integers(0, 2)))]
    steps += data.draw(st.lists(st.sampled_from([send_back("P", (POST, 1)), CANCEL])))
    steps += [cancel_line(MUG, 3 - mugs, "cm")] * (mugs < 3)
    ends = []
    for way in (steps, data.draw(st.permutations(steps))):
        log = start
        for step in way:
            log = (*log, *attempted(log, step))
        ends.append(order.fold(log))
        for line_id, most in ((MUG, mugs), (CAP, caps), (POST, 1)):
            back = [e for e in log if isinstance(e, events.LineReturned) and e.line_id == line_id]
            assert sum(event.quantity for event in back) <= most
    assert ends[0].refunded_minor == ends[1].refunded_minor
    assert ends[0].charged_minor == ends[1].charged_minor
    for line_id in (MUG, CAP, POST):
        assert ends[0].lines[line_id].returned == ends[1].lines[line_id].returned
        assert ends[0].lines[line_id].returned <= ends[0].lines[line_id].shipped


@given(
    currency=st.sampled_from([currency.value for currency in Currency]),
    quantity=st.integers(1, 12),
    net=st.integers(0, 10**9),
    tax=st.integers(0, 10**9),
    split=st.integers(1, 12),
)
def test_p11_units_that_come_back_one_by_one_are_owed_exactly_their_line(
    currency, quantity, net, tax, split
):
    line = replace(MUGS, quantity=quantity, net_minor=net, tax_minor=tax)
    tenders = (by_card(net + tax),) if net + tax else ()
    log = told(
        wish(line, currency=currency, tenders=tenders),
        *(authorize(tender.amount_minor) for tender in tenders),
        reserve(MUG, quantity),
    )
    for start in range(0, quantity, split):
        n = min(split, quantity - start)
        for step in sent(part(MUG, n), fulfilment_id=f"{ORDER}/f{start}"):
            log = (*log, *attempted(log, step))
    assert order.fold(log).phase is Phase.COMPLETED
    for n in range(quantity):
        log = (*log, *attempted(log, send_back(f"R{n}", (MUG, 1))))
    back = [event for event in log if isinstance(event, events.LineReturned)]
    assert sum(event.net_minor for event in back) == net
    assert sum(event.tax_minor for event in back) == tax
    assert all(abs(event.net_minor * quantity - net) < quantity for event in back)
    assert sum(event.cost_minor for event in back) == 100 * quantity
    owed = [event for event in log if isinstance(event, events.ReturnAccepted)]
    assert [event.currency for event in owed] == [currency] * quantity
    assert sum(event.amount_minor for event in owed) == net + tax


# Nothing passes that is not allowed

WHILE_OPEN = {
    "RecordReservation", "RecordBackorder", "RecordShortage", "RecordExpiry", "RetryReservation",
    "RecordAuthorization", "HoldOrder", "ResolveHold", "PlanFulfilment", "RecordAllocation",
    "RerouteLine", "RecordRoutingFailure", "RecordShort", "RecordShipment", "RecordDelivery",
    "CancelLine", "CancelOrder", "RecordReturn",
}  # fmt: skip
ALLOWED = {
    Phase.UNKNOWN: {"PlaceOrder"},
    Phase.REJECTED: {"PlaceOrder"},
    Phase.PLACED: WHILE_OPEN,
    Phase.CANCELLED: {
        "RecordReservation", "RerouteLine", "ResolveHold",
    },
    Phase.COMPLETED: {
        "RecordReservation", "RerouteLine", "HoldOrder", "ResolveHold", "RecordDelivery",
        "RecordReturn",
    },
}  # fmt: skip
ONWARD = {
    Phase.UNKNOWN: {Phase.UNKNOWN, Phase.REJECTED, Phase.PLACED},
    Phase.REJECTED: {Phase.REJECTED, Phase.PLACED},
    Phase.PLACED: {Phase.PLACED, Phase.CANCELLED, Phase.COMPLETED},
    Phase.CANCELLED: {Phase.CANCELLED},
    Phase.COMPLETED: {Phase.COMPLETED},
}


def small_world(on_shortage):
    """Return all that may be said of an order of one mug and its postage, but for flags."""
    one = replace(MUGS, quantity=1)
    return (
        *always(on_shortage, one, POSTAGE, tenders=(by_card(1700),))[:5],
        *(hold("h", *Blocked), commands.ResolveHold(ORDER, "h")),
        commands.ResolveHold(ORDER, f"shortage:{MUG}"),
        commands.ResolveHold(ORDER, "routing:1"),
        *(step for step in steps_of(MUG, 1) if getattr(step, "return_id", "R1") == "R1"),
        *(send_back("R2", (POST, 1)), cancel_line(POST, 1, "c3")),
    )


@pytest.mark.parametrize("on_shortage", OnShortage)
def test_p35_every_command_at_every_reachable_state_is_refused_by_name_or_keeps_the_books(
    on_shortage,
):
    happened = {phase: set() for phase in Phase}
    for state, command, said, reached in everywhere(order, small_world(on_shortage)):
        assert reached.phase in ONWARD[state.phase]
        if isinstance(said, Rejected):
            assert type(said) is not Rejected
            assert said.code.startswith("order.")
            assert said.detail
        elif said:
            happened[state.phase].add(type(command).__name__)
            assert_books_balance(reached)
            again = answer(order, command, reached)
            if not isinstance(again, Rejected):
                assert _fold(reached, again) == reached, f"{command} counted twice"
    for phase, names in happened.items():
        assert names <= ALLOWED[phase]
    needs_two_units = {"RecordDelivery", "RecordReturn"}  # One gone, the other still open.
    assert ALLOWED[Phase.PLACED] - happened[Phase.PLACED] == needs_two_units


def _fold(state: Order, added) -> Order:
    for event in added:
        state = order.evolve(state, event)
    return state
