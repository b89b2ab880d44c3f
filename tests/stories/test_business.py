"""A business customer: quote, order, parcels, invoices, late payment, reminders, and release."""

from __future__ import annotations

import pytest

from oms_core.domain.account.commands import ChangeLimit, OpenAccount, ReceivePayment
from oms_core.domain.fulfilment.commands import ShipFulfilment, ShippedLine
from oms_core.domain.invoice.commands import (
    CorrectInvoice,
    IssueInvoice,
    RaiseDunning,
    VoidInvoice,
    WriteOffInvoice,
)
from oms_core.domain.order.commands import CancelOrder, RecordReturn, ReturnLine
from oms_core.domain.order.events import (
    CancellationReason,
    Disposition,
    OrderReleased,
)
from oms_core.domain.quote.commands import AcceptQuote, IssueQuote, RequestQuote
from oms_core.domain.quote.events import Buyer, Offer, Tier, Wish
from oms_core.engine.cause import Verdict
from oms_core.kernel import CommandRefused, Instant
from projections.books import Books
from projections.catalog import VIEWS
from projections.invoices import bucket
from tests.stories.conftest import read
from tests.support.shop import ask, must, names, receipt

ACCOUNT, ORDER = "C1|EUR", "b2b:Q1"
BUYER = Buyer("C1", "b2b", "EUR", "FR", "69001")
MUGS = Offer("MUG", "MUG", (Tier(1, "10.00"), Tier(50, "9.125")), 2_000)
FIRST, SECOND = f"{ORDER}/f1.1", f"{ORDER}/f2.1"


def shown(engine, view, key):
    """Return a document of a read model, as it is now."""
    return VIEWS[view].fold(read(engine)).get(key)


def balances(engine):
    """Return the trial balance, but for what the goods cost."""
    rows = VIEWS["trial_balance"].fold(read(engine)).values()
    cost = {"inventory", "goods_issued", "goods_received_not_invoiced", "cost_of_goods_sold"}
    return {r.account: r.balance_minor for r in rows if r.balance_minor and r.account not in cost}


@pytest.fixture
def sold(engine):
    """A quote for a hundred mugs was accepted; sixty are on the shelf and leave at once."""
    must(engine, receipt("MUG", 60), OpenAccount(ACCOUNT, "C1", "EUR", 150_000))
    must(
        engine,
        RequestQuote("Q1", BUYER, (Wish("MUG", 100),)),
        IssueQuote("Q1", 1, (MUGS,), "NET30", Instant(10**18), 2),
        AcceptQuote("Q1", 1, Instant(1)),
    )
    must(engine, ShipFulfilment(FIRST))
    must(engine, IssueInvoice(FIRST, "2026-01-31"))
    return engine


@pytest.fixture
def late(sold):
    """The rest has left too; the first invoice was not paid and its customer was reminded twice."""
    must(sold, RaiseDunning(FIRST, "2026-03-09"), RaiseDunning(FIRST, "2026-03-23"))
    must(sold, receipt("MUG", 140, document="R2"))
    return sold


def test_a_quote_becomes_an_order_whose_parcels_are_invoiced_one_by_one(sold):
    order = shown(sold, "orders", ORDER)
    assert (order.state, order.total_minor) == ("partially_shipped", 91_250 + 18_250)
    first = shown(sold, "invoices", FIRST)
    assert (first.state, first.number, first.issued_on, first.due_on) == (
        "open",
        "OMS-FR-INV-2026-000001",
        "2026-01-31",
        "2026-03-02",
    )
    assert (first.net_minor, first.tax_minor) == (54_750, 10_950)
    must(sold, receipt("MUG", 40, document="R2"))
    must(sold, ShipFulfilment(SECOND), IssueInvoice(SECOND, "2026-02-10"))
    second = shown(sold, "invoices", SECOND)
    assert second.number == "OMS-FR-INV-2026-000002"
    assert first.total_minor + second.total_minor == order.total_minor
    assert shown(sold, "orders", ORDER).state == "completed"
    account = shown(sold, "credit_accounts", ACCOUNT)
    assert (account.ordered_minor, account.invoiced_minor) == (0, order.total_minor)
    assert balances(sold) == {
        "trade_receivables": 109_500,
        "revenue": -91_250,
        "tax_payable": -18_250,
    }


def test_who_pays_late_is_reminded_and_then_held_until_the_money_is_here(late):
    order, account = shown(late, "orders", ORDER), shown(late, "credit_accounts", ACCOUNT)
    assert (order.state, [hold.kind for hold in order.holds]) == ("held", ["credit"])
    assert (account.blocked, shown(late, "invoices", FIRST).level) == (True, 2)
    assert bucket("2026-03-02", "2026-03-23") == "1-30 days"
    part = ReceivePayment(ACCOUNT, "bank-1", 65_000, "EUR", "2026-04-02", FIRST)
    assert "AccountUnblocked" not in names(must(late, part))
    rest = must(late, ReceivePayment(ACCOUNT, "bank-2", 800, "EUR", "2026-04-03", FIRST))
    assert names(rest)[:4] == [
        "PaymentReceived",
        "CreditApplied",
        "PaymentApplied",
        "InvoiceSettled",
    ]
    assert {"AccountUnblocked", "HoldResolved", "OrderReleased"} <= set(names(rest))
    account = shown(late, "credit_accounts", ACCOUNT)
    assert (account.blocked, account.invoiced_minor, account.unapplied_minor) == (False, 0, 100)
    assert shown(late, "orders", ORDER).holds == ()
    assert must(late, ShipFulfilment(SECOND))


def test_an_order_beyond_the_limit_waits_and_goes_on_when_the_limit_is_raised(sold):
    must(
        sold,
        receipt("MUG", 140, document="R2"),
        RequestQuote("Q2", BUYER, (Wish("MUG", 60),)),
        IssueQuote("Q2", 1, (MUGS,), "NET30", Instant(10**18), 2),
    )
    accepted = must(sold, AcceptQuote("Q2", 1, Instant(1)))
    assert "CreditDeclined" in names(accepted)
    held = shown(sold, "orders", "b2b:Q2")
    assert held.holds[0].reason == (
        "65700 minor beside 109500 are more than the limit of 150000 of account C1|EUR"
    )
    raised = must(sold, ChangeLimit(ACCOUNT, 175_200, "pays well"))
    assert [e.order_id for e in raised if isinstance(e, OrderReleased)] == ["b2b:Q2"]
    assert shown(sold, "credit_accounts", ACCOUNT).free_minor == 0


def test_what_is_given_up_on_makes_room_for_another(sold):
    must(
        sold,
        RequestQuote("Q2", BUYER, (Wish("MUG", 50),)),
        IssueQuote("Q2", 1, (MUGS,), "NET30", Instant(10**18), 2),
        AcceptQuote("Q2", 1, Instant(1)),
    )
    assert shown(sold, "credit_accounts", ACCOUNT).orders_waiting == 1
    must(sold, CancelOrder(ORDER, CancellationReason.CUSTOMER))
    account = shown(sold, "credit_accounts", ACCOUNT)
    assert (account.orders_waiting, account.exposure_minor) == (0, 65_700 + 54_750)


def test_what_comes_back_is_credited_and_reduces_what_is_open(sold):
    back = RecordReturn(
        ORDER, "RMA-1", (ReturnLine(f"{ORDER}/1", 10),), Disposition.RESTOCK, "LYON"
    )
    must(sold, back)
    note = f"{ORDER}/credit/RMA-1"
    must(sold, IssueInvoice(note, "2026-02-05"))
    credit, first = shown(sold, "invoices", note), shown(sold, "invoices", FIRST)
    assert (credit.number, credit.total_minor) == ("OMS-FR-CN-2026-000001", 10_950)
    assert (first.open_minor, first.paid_minor) == (65_700 - 10_950, 10_950)
    assert balances(sold) == {
        "trade_receivables": 54_750,
        "revenue": -54_750,
        "refunds": 9_125,
        "tax_payable": -9_125,
    }


def test_a_wrong_price_is_credited_too_and_what_was_paid_by_then_is_at_disposal(sold):
    must(sold, ReceivePayment(ACCOUNT, "bank-1", 65_700, "EUR", "2026-02-20"))
    must(sold, CorrectInvoice(FIRST, "K1", 1_000, "agreed on 9.00"))
    must(sold, IssueInvoice(f"{FIRST}/credit/K1", "2026-02-21"))
    assert shown(sold, "credit_accounts", ACCOUNT).unapplied_minor == 1_200
    assert balances(sold) == {
        "cash_clearing": 65_700,
        "unapplied_cash": -1_200,
        "revenue": -54_750,
        "refunds": 1_000,
        "tax_payable": -10_750,
    }


def test_a_wrong_price_and_what_comes_back_are_together_no_more_than_was_charged(sold):
    must(sold, CorrectInvoice(FIRST, "K1", 4_750, "agreed on 8.33"))
    everything = (ReturnLine(f"{ORDER}/1", 60),)
    must(sold, RecordReturn(ORDER, "RMA-1", everything, Disposition.RESTOCK, "LYON"))
    notes = f"{FIRST}/credit/K1", f"{ORDER}/credit/RMA-1"
    for note in notes:
        must(sold, IssueInvoice(note, "2026-02-21"))
    credited = [shown(sold, "invoices", note).total_minor for note in notes]
    assert credited == [5_700, 60_000]
    first = shown(sold, "invoices", FIRST)
    assert (first.total_minor, first.open_minor, first.state) == (65_700, 0, "settled")
    assert shown(sold, "credit_accounts", ACCOUNT).unapplied_minor == 0
    again = must(sold, CorrectInvoice(FIRST, "K2", 1_000, "once more"))
    assert names(again) == ["InvoiceCorrected", "CorrectionDeclined"]
    balance = balances(sold)
    assert balance["revenue"] + balance["refunds"] == 0
    assert not {"trade_receivables", "receivables", "unapplied_cash", "tax_payable"} & set(balance)


def test_a_void_invoice_keeps_its_number_and_another_takes_its_place(sold):
    must(sold, VoidInvoice(FIRST, "wrong address"), IssueInvoice(f"{FIRST}~2", "2026-02-01"))
    void, again = shown(sold, "invoices", FIRST), shown(sold, "invoices", f"{FIRST}~2")
    assert (void.state, void.number) == ("void", "OMS-FR-INV-2026-000001")
    assert (again.state, again.number) == ("open", "OMS-FR-INV-2026-000002")
    assert shown(sold, "credit_accounts", ACCOUNT).exposure_minor == 109_500
    assert balances(sold)["trade_receivables"] == 65_700


def test_who_never_pays_is_a_bad_debt_and_gets_no_more_credit(late):
    must(late, WriteOffInvoice(FIRST, "insolvent"))
    account = shown(late, "credit_accounts", ACCOUNT)
    assert (account.limit_minor, account.invoiced_minor, account.blocked) == (0, 0, False)
    assert balances(late) == {
        "bad_debt": 65_700,
        "revenue": -54_750,
        "tax_payable": -10_950,
    }


def test_nothing_is_refused_to_our_own_processes_and_the_books_balance(late):
    must(late, ReceivePayment(ACCOUNT, "bank-1", 70_000, "EUR", "2026-04-02"))
    books = Books()
    for recorded in read(late):
        assert not isinstance(recorded.event, CommandRefused)
        books.add(recorded)
    books.close()
    assert books.findings == []


def test_asking_again_changes_nothing(late):
    before = len(read(late))
    again = (
        IssueInvoice(FIRST, "2026-02-28"),
        RaiseDunning(FIRST, "2026-03-23"),
        AcceptQuote("Q1", 1, Instant(1)),
        ShipFulfilment(FIRST, lines=(ShippedLine(f"{ORDER}/1", 60),)),
    )
    assert {answer.verdict for answer in ask(late, *again)} <= {Verdict.UNCHANGED, Verdict.REJECTED}
    assert len(read(late)) == before
