"""An order is changed while it is under way: goods and money follow, and everything adds up."""

from __future__ import annotations

from collections import Counter

import pytest
from msgspec.structs import replace

from adapters.deadlines import Timekeeper, expiry
from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.order.commands import (
    ConfirmChange,
    DeclineChange,
    ProposeChange,
    RetryReservation,
)
from oms_core.domain.order.events import (
    ChangeDeclined,
    Destination,
    OnShortage,
    OrderLine,
    Reduction,
    Tender,
    TenderMethod,
)
from oms_core.domain.payment.commands import Outcome, ReportAuthorization, ReportCapture
from oms_core.domain.payment.events import CaptureSucceeded
from oms_core.engine.cause import Verdict
from oms_core.kernel import CommandRefused, Instant
from projections.books import Books
from projections.catalog import VIEWS
from tests.stories.conftest import START, read
from tests.support.shop import ask, must, names, placement, receipt

ORDER, CARD, EXTRA = "web:1", "web:1/p1", "web:1/p2"
PLATES = OrderLine("web:1/3", "PLATE", "PLATE", 1, "25.00", 2_500)
TOMORROW = Instant(START + 86_400_000_000)


def propose(*parts, added=(), name="G1", ship_to=Destination("")):  # noqa: B008
    reductions = tuple(Reduction(line_id, units) for line_id, units in parts)
    return ProposeChange(ORDER, name, reductions, added, Instant(START), TOMORROW, ship_to)


def confirm(amount=0, name="G1"):
    tenders = (Tender(EXTRA, TenderMethod.CARD, amount, "tok"),) if amount else ()
    return ConfirmChange(ORDER, name, Instant(START + 1), tenders)


def paid(payment_id):
    return ReportAuthorization(payment_id, Outcome.SUCCEEDED, "ref")


def shown(engine, view, key):
    return VIEWS[view].fold(read(engine)).get(key)


def stock(engine):
    """Return what is reserved and allocated of each item, as the network shows it."""
    rows = VIEWS["inventory_network"].fold(read(engine))
    return {item: (row.reserved, row.allocated) for item, row in rows.items()}


@pytest.fixture
def under_way(engine):
    """Two mugs and three cups at 10.00: the mugs have left and are paid, the cups are awaited."""
    must(engine, receipt("MUG", 9), receipt("PLATE", 5))
    wish = placement(1, ("MUG", 2), ("CUP", 3), on_shortage=OnShortage.SPLIT)
    must(engine, wish, paid(CARD), ShipFulfilment("web:1/f1.1"))
    must(engine, ReportCapture(CARD, "web:1/f1.1", Outcome.SUCCEEDED))
    return engine


def test_change_order_after_partial_capture(under_way):
    """Two cups fewer and a plate more: five euro are authorized, and each parcel is captured."""
    engine = under_way
    (event,) = must(engine, propose(("web:1/2", 2), added=(PLATES,)))
    seen = event.preview
    assert (seen.net_minor, seen.authorize_minor, seen.release_minor) == (500, 500, 0)
    assert [(p.line_id, p.quantity, p.net_minor) for p in seen.reduced] == [("web:1/2", 2, 2_000)]
    before = stock(engine)
    waiting = must(engine, confirm(500))
    assert names(waiting) == ["ChangePaymentRequested", "AuthorizationRequested"]
    assert stock(engine) == before

    happened = names(must(engine, paid(EXTRA)))
    assert happened[1:3] == ["ChangeConfirmed", "LineCancelled"]
    assert "BackorderCancelled" in happened
    assert stock(engine)["PLATE"] == (0, 1)
    row = shown(engine, "orders", ORDER)
    assert (row.total_minor, row.cancelled_minor, row.units_ordered, row.units_cancelled) == (
        7_500,
        2_000,
        6,
        2,
    )
    must(engine, receipt("CUP", 1))
    must(engine, ShipFulfilment("web:1/f2.1"), ShipFulfilment("web:1/f3.1"))
    for recorded in list(read(engine)):
        event = recorded.event
        if type(event).__name__ == "CaptureRequested" and event.capture_id != "web:1/f1.1":
            ask(engine, ReportCapture(event.payment_id, event.capture_id, Outcome.SUCCEEDED))
    taken = Counter()
    for recorded in read(engine):
        if isinstance(recorded.event, CaptureSucceeded):
            taken[recorded.event.payment_id] += recorded.event.amount_minor
    assert taken == {CARD: 5_000, EXTRA: 500}
    row = shown(engine, "orders", ORDER)
    assert (row.state, row.shipped_minor, row.captured_minor) == ("completed", 5_500, 5_500)


def test_fewer_units_after_partial_capture_are_never_captured(under_way):
    engine = under_way
    (event,) = must(engine, propose(("web:1/2", 3)))
    assert (event.preview.release_minor, event.preview.authorize_minor) == (3_000, 0)
    happened = names(must(engine, confirm()))
    assert happened[:3] == ["ChangeConfirmed", "LineCancelled", "OrderCompleted"]
    assert "VoidRequested" in happened
    row = shown(engine, "orders", ORDER)
    assert (row.state, row.captured_minor) == ("completed", 2_000)


def test_what_is_declined_or_lapses_leaves_goods_and_money_as_they_were(under_way):
    engine = under_way
    before, row = stock(engine), shown(engine, "orders", ORDER)
    must(engine, propose(("web:1/2", 1)), DeclineChange(ORDER, "G1", "no"))
    must(engine, propose(("web:1/2", 1), name="G2"))
    keeper = Timekeeper()
    keeper.hear(read(engine))
    assert keeper.due(Instant(TOMORROW - 1)) == ()
    (due,) = keeper.due(TOMORROW)
    (event,) = must(engine, expiry(due, TOMORROW))
    assert (event.change_id, event.end) == ("G2", "expired")
    keeper.hear(read(engine))
    assert keeper.due(Instant(2 * TOMORROW)) == ()
    assert stock(engine) == before
    assert shown(engine, "orders", ORDER) == row


def test_a_change_that_cannot_be_paid_does_not_happen_and_the_order_goes_on(under_way):
    engine = under_way
    before = stock(engine)
    must(engine, propose(("web:1/2", 2), added=(PLATES,)), confirm(500))
    happened = must(engine, ReportAuthorization(EXTRA, Outcome.FAILED, detail="no funds"))
    (dropped,) = (event for event in happened if isinstance(event, ChangeDeclined))
    assert (dropped.end, dropped.detail) == ("payment", "declined")
    assert stock(engine) == before
    assert shown(engine, "orders", ORDER).state == "partially_shipped"


def test_of_two_who_change_an_order_one_wins_and_the_other_is_told_what_is_different(under_way):
    must(under_way, propose(("web:1/2", 2)), propose(("web:1/2", 3), name="G2"), confirm())
    (answer,) = ask(under_way, confirm(name="G2"))
    assert (answer.verdict, answer.code) == (Verdict.REJECTED, "order.change_outdated")
    assert "quantity 3 is not 1 to 1" in answer.detail


def test_an_addition_that_no_shelf_has_waits_as_the_order_does(under_way):
    cups = replace(PLATES, item_id="CUP")
    must(under_way, propose(added=(cups,)), confirm(2_500), paid(EXTRA))
    assert shown(under_way, "orders", ORDER).units_backordered == 4
    ask(under_way, RetryReservation(ORDER))
    assert shown(under_way, "orders", ORDER).units_backordered == 4


def test_nothing_is_refused_to_our_own_processes_and_the_books_balance(under_way):
    engine = under_way
    must(engine, propose(("web:1/2", 2), added=(PLATES,)), confirm(500), paid(EXTRA))
    must(engine, ShipFulfilment("web:1/f2.1"), receipt("CUP", 9, document="R2"))
    books = Books()
    for recorded in read(engine):
        assert not isinstance(recorded.event, CommandRefused), recorded
        books.add(recorded)
    books.close()
    assert books.findings == []
