"""A sale at a till: one message places, charges and hands over; the shelf has less at once."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from adapters.intake import inbound
from adapters.intake.translation import command_of
from oms_core.domain.order.commands import PlaceOrder, RecordReturn, ReturnLine
from oms_core.domain.order.events import Disposition, OnShortage, TenderMethod
from oms_core.domain.payment.commands import Outcome, ReportAuthorization
from oms_core.engine.cause import Verdict
from oms_core.kernel import CommandRefused, Instant
from projections.books import Books
from projections.catalog import VIEWS
from tests.stories.conftest import read
from tests.support.shop import ask, must, names, placement, receipt

TILL, ORDER = "LYON", "till:1"


def sale(
    *wanted: tuple[str, int], number: int = 1, method: TenderMethod = TenderMethod.CASH
) -> PlaceOrder:
    """Return what the till says when somebody takes units along, at 10.00 each and 2.00 tax."""
    lines = tuple(
        inbound.Line(n, item_id, units, 1_000 * units, 200 * units, unit_price="10.00")
        for n, (item_id, units) in enumerate(wanted, 1)
    )
    total = sum(line.net_minor + line.tax_minor for line in lines)
    message = inbound.PlaceOrder(
        str(number),
        "C1",
        "EUR",
        lines,
        (inbound.Payment(method, total),),
        inbound.Address("FR"),
        Instant(1),
        OnShortage.CANCEL,
        sold_at=TILL,
    )
    command = command_of(message, "till")
    assert isinstance(command, PlaceOrder)
    return command


def shown(engine, view, key):
    """Return a document of a read model, as it is now."""
    return VIEWS[view].fold(read(engine)).get(key)


def stock(engine, item_id="MUG", location_id=TILL):
    """Return what is on the shelf, and what may still be promised in all shops."""
    level = shown(engine, "inventory", f"{item_id}@{location_id}")
    network = shown(engine, "inventory_network", item_id)
    return (level.on_hand if level else 0, network.available_to_promise)


def balances(engine):
    """Return the trial balance, but for what is zero."""
    rows = VIEWS["trial_balance"].fold(read(engine)).values()
    return {row.account: row.balance_minor for row in rows if row.balance_minor}


@pytest.fixture
def shop(engine):
    """Five mugs on the shelf, a cup in another town."""
    must(engine, receipt("MUG", 5), receipt("CUP", 1, "LEEDS"))
    return engine


def test_one_message_places_pays_and_hands_over(shop):
    must(shop, sale(("MUG", 2)))
    order, payment = shown(shop, "orders", ORDER), shown(shop, "payments", f"{ORDER}/p1")
    assert (order.state, order.units_shipped, order.units_delivered) == ("completed", 2, 2)
    assert (order.captured_minor, payment.captured_minor) == (2_400, 2_400)
    assert stock(shop) == (3, 3)
    assert balances(shop) == {
        "inventory": 1_600,
        "goods_received_not_invoiced": -2_400,
        "cost_of_goods_sold": 800,
        "cash_clearing": 2_400,
        "revenue": -2_000,
        "tax_payable": -400,
    }


def test_the_same_sale_again_sells_nothing_more(shop):
    must(shop, sale(("MUG", 2)))
    (again,) = ask(shop, sale(("MUG", 2)))
    assert again.verdict is Verdict.UNCHANGED
    assert stock(shop) == (3, 3)


def test_what_is_not_there_is_not_sold_and_everything_else_stays(shop):
    before = balances(shop)
    events = must(shop, sale(("MUG", 6)))
    order = shown(shop, "orders", ORDER)
    assert (order.state, order.units_shipped, order.holds) == ("cancelled", 0, ())
    assert names(events)[-1] != "CommandRefused"
    assert (stock(shop), balances(shop)) == ((5, 5), before)


def test_what_only_another_town_has_is_not_sold_over_this_counter(shop):
    before = balances(shop)
    must(shop, sale(("MUG", 1), ("CUP", 1)))
    assert shown(shop, "orders", ORDER).state == "cancelled"
    assert (stock(shop), stock(shop, "CUP", "LEEDS")) == ((5, 5), (1, 1))
    assert balances(shop) == before


def test_who_pays_by_card_takes_the_goods_when_the_terminal_has_answered(shop):
    must(shop, sale(("MUG", 2), method=TenderMethod.CARD))
    assert stock(shop) == (5, 3)
    must(shop, ReportAuthorization(f"{ORDER}/p1", Outcome.SUCCEEDED, "ref-1"))
    assert shown(shop, "orders", ORDER).units_delivered == 2
    assert stock(shop) == (3, 3)


def test_what_was_taken_along_can_be_brought_back(shop):
    must(shop, sale(("MUG", 2)))
    lines = (ReturnLine(f"{ORDER}/1", 1),)
    must(shop, RecordReturn(ORDER, "R-1", lines, Disposition.RESTOCK, TILL))
    order = shown(shop, "orders", ORDER)
    assert (order.units_returned, order.refunded_minor) == (1, 1_200)
    assert stock(shop) == (4, 4)


def test_a_sale_that_would_wait_is_refused(shop):
    events = must(shop, replace(sale(("MUG", 1)), on_shortage=OnShortage.SPLIT))
    assert names(events) == ["OrderRejected"]
    assert [reason.code for reason in events[0].reasons] == ["order.sold_at"]
    assert stock(shop) == (5, 5)


def test_a_till_and_a_web_shop_share_the_last_units(shop):
    must(shop, placement(9, ("MUG", 4), method=TenderMethod.CASH))
    must(shop, sale(("MUG", 2)), sale(("MUG", 1), number=2))
    assert shown(shop, "orders", ORDER).state == "cancelled"
    assert shown(shop, "orders", "till:2").state == "completed"
    assert stock(shop) == (4, 0)


def test_nothing_is_refused_to_our_own_processes_and_the_books_balance(shop):
    must(shop, sale(("MUG", 2)), sale(("MUG", 9), number=2), sale(("CUP", 1), number=3))
    books = Books()
    for recorded in read(shop):
        assert not isinstance(recorded.event, CommandRefused), recorded
        books.add(recorded)
    books.close()
    assert books.findings == []
