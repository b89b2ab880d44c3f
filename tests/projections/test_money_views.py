"""The ledger, payments and what customers are worth, by example."""

from __future__ import annotations

from msgspec.structs import replace

from oms_core.domain.customer import events as customer
from oms_core.domain.order import events as order
from oms_core.domain.payment import events as payment
from oms_core.domain.stock import events as stock
from oms_core.kernel import Instant
from projections.customers import Customer, CustomerValue, customer_value, customers
from projections.ledger import Balance, Entry, EntryLine, journal, trial_balance
from projections.payments import Payment, payments
from projections.posting import postings
from tests.projections.records import NOON, SECOND, recorded

SHIPPED = order.LineShipped(
    "web:1", "C1", "web:1/1", "MUG", 2, 2_000, 400, 800, "EUR", "web:1/f1", cost_currency="EUR"
)
LEFT = stock.StockShipped("MUG", "web:1/1", "web:1/f1", "LYON", 2, 0, 800, "EUR")
RETURNED = order.LineReturned(
    "web:1",
    "C1",
    "r1",
    "web:1/1",
    "MUG",
    1,
    1_000,
    200,
    400,
    "EUR",
    order.Disposition.RESTOCK,
    "LYON",
    cost_currency="EUR",
)
BACK = stock.StockReturned("MUG", "r1|web:1/1", "web:1/1", "LYON", 1, 0, 400, "EUR")
TAKEN = payment.CaptureSucceeded("P", "web:1", "c1", 2_400, "EUR", payment.Method.CARD)
GIVEN_BACK = payment.RefundSucceeded("P", "web:1", "r1", 1_200, "EUR", payment.Method.CARD)


def moved(event):
    """Return what an event moves: account, currency and amount."""
    return [(p.account.value, p.currency, p.amount_minor) for p in postings(event)]


def test_a_shipment_is_revenue_tax_and_the_cost_of_goods():
    assert moved(SHIPPED) == [
        ("receivables", "EUR", 2_400),
        ("revenue", "EUR", -2_000),
        ("tax_payable", "EUR", -400),
        ("cost_of_goods_sold", "EUR", 800),
        ("goods_issued", "EUR", -800),
    ]
    assert moved(LEFT) == [("goods_issued", "EUR", 800), ("inventory", "EUR", -800)]


def test_a_gift_earns_nothing_and_is_advertising():
    gift = replace(SHIPPED, net_minor=0, tax_minor=0, purpose=order.Purpose.GIFT)
    assert moved(gift) == [("marketing_expense", "EUR", 800), ("goods_issued", "EUR", -800)]


def test_a_replacement_earns_nothing_and_costs_what_a_sale_costs():
    again = replace(SHIPPED, net_minor=0, tax_minor=0, purpose=order.Purpose.REPLACEMENT)
    assert moved(again) == [("cost_of_goods_sold", "EUR", 800), ("goods_issued", "EUR", -800)]


def test_a_return_takes_the_sale_back_and_the_shelf_the_cost():
    assert moved(RETURNED) == [
        ("receivables", "EUR", -1_200),
        ("refunds", "EUR", 1_000),
        ("tax_payable", "EUR", 200),
        ("goods_issued", "EUR", 400),
        ("cost_of_goods_sold", "EUR", -400),
    ]
    assert moved(BACK) == [("inventory", "EUR", 400), ("goods_issued", "EUR", -400)]


def test_a_gift_that_comes_back_was_no_advertising_after_all():
    gift = replace(RETURNED, net_minor=0, tax_minor=0, purpose=order.Purpose.GIFT)
    assert moved(gift) == [("goods_issued", "EUR", 400), ("marketing_expense", "EUR", -400)]


def test_returned_goods_that_are_lost_are_written_off():
    lost = replace(RETURNED, disposition=order.Disposition.WRITE_OFF, tax_minor=0)
    assert moved(lost) == [
        ("receivables", "EUR", -1_000),
        ("refunds", "EUR", 1_000),
        ("write_offs", "EUR", 400),
        ("cost_of_goods_sold", "EUR", -400),
    ]


def test_money_that_moves_is_booked_against_what_is_owed():
    assert moved(TAKEN) == [("cash_clearing", "EUR", 2_400), ("receivables", "EUR", -2_400)]
    assert moved(GIVEN_BACK) == [("receivables", "EUR", 1_200), ("cash_clearing", "EUR", -1_200)]
    assert moved(payment.PaymentChargedBack("P", "web:1", "b1", 500, "EUR", "fraud")) == [
        ("receivables", "EUR", 500),
        ("cash_clearing", "EUR", -500),
    ]


def test_goods_that_come_are_lost_or_are_found_move_the_inventory():
    assert moved(stock.StockReceived("MUG", "R1", "LYON", 10, 4_000, "EUR")) == [
        ("inventory", "EUR", 4_000),
        ("goods_received_not_invoiced", "EUR", -4_000),
    ]
    stolen = stock.AdjustmentReason.STOLEN
    assert moved(stock.StockAdjusted("MUG", "A", "LYON", -2, -800, "EUR", stolen)) == [
        ("inventory", "EUR", -800),
        ("write_offs", "EUR", 800),
    ]
    assert moved(stock.StockCounted("MUG", "N", "LYON", 9, 1, 400, "EUR")) == [
        ("inventory", "EUR", 400),
        ("write_offs", "EUR", -400),
    ]
    lost = [("write_offs", "EUR", 400), ("inventory", "EUR", -400)]
    assert moved(stock.StockShorted("MUG", "web:1/1", "F", "LYON", 1, 0, 400, "EUR")) == lost
    assert moved(stock.TransferReceived("MUG", "T", "LEEDS", 3, 1, 400, "EUR")) == lost


def test_what_is_worth_nothing_posts_nothing():
    assert moved(stock.StockReceived("MUG", "R1", "LYON", 10, 0, "EUR")) == []
    free = replace(SHIPPED, net_minor=0, tax_minor=0, cost_minor=0, cost_currency="")
    assert moved(free) == []
    assert moved(payment.CaptureFailed("P", "web:1", "c1", 2_400, "EUR", "no")) == []


def test_an_entry_says_what_was_booked_when_and_why():
    (shown,) = journal.fold(recorded(TAKEN, stream="payment:P")).items()
    assert shown == (
        "payment:P#1|EUR",
        Entry(
            "payment:P#1",
            1,
            Instant(NOON + SECOND),
            Instant(NOON + SECOND // 2),
            "EUR",
            "CaptureSucceeded P",
            2_400,
            (EntryLine("cash_clearing", 2_400, 0), EntryLine("receivables", 0, 2_400)),
        ),
    )


def test_a_price_and_a_cost_in_two_currencies_are_two_entries():
    abroad = replace(SHIPPED, currency="GBP")
    entries = journal.fold(recorded(abroad, stream="order:web:1"))
    assert {key: entry.amount_minor for key, entry in entries.items()} == {
        "order:web:1#1|GBP": 2_400,
        "order:web:1#1|EUR": 800,
    }


def test_the_trial_balance_shows_both_sides_of_every_account():
    log = recorded(SHIPPED, LEFT, TAKEN, RETURNED, BACK, GIVEN_BACK)
    assert trial_balance.fold(log) == {
        f"{account}|EUR": Balance(account, "EUR", debit, credit, debit - credit)
        for account, debit, credit in (
            ("receivables", 3_600, 3_600),
            ("revenue", 0, 2_000),
            ("refunds", 1_000, 0),
            ("tax_payable", 200, 400),
            ("cost_of_goods_sold", 800, 400),
            ("goods_issued", 1_200, 1_200),
            ("inventory", 400, 800),
            ("cash_clearing", 2_400, 1_200),
        )
    }


def test_a_customer_is_worth_revenue_less_cost_and_less_what_came_back():
    log = recorded(SHIPPED, RETURNED)
    assert customer_value.fold(log) == {
        "C1|EUR": CustomerValue(
            "C1",
            "EUR",
            spend_minor=2_400,
            net_minor=2_000,
            tax_minor=400,
            returned_net_minor=1_000,
            returned_tax_minor=200,
            cost_minor=800,
            returned_cost_minor=400,
            margin_minor=600,
        )
    }


def test_returned_goods_that_are_lost_do_not_bring_their_cost_back():
    lost = replace(RETURNED, disposition=order.Disposition.WRITE_OFF)
    value = customer_value.fold(recorded(SHIPPED, lost))["C1|EUR"]
    assert (value.returned_cost_minor, value.margin_minor) == (0, 200)


def test_a_cost_in_another_currency_is_not_set_against_the_price():
    shown = customer_value.fold(recorded(replace(SHIPPED, currency="GBP")))
    assert {key: (v.net_minor, v.cost_minor, v.margin_minor) for key, v in shown.items()} == {
        "C1|GBP": (2_000, 0, 2_000),
        "C1|EUR": (0, 800, -800),
    }


def test_a_customer_has_a_history_and_keeps_it_when_erased():
    log = recorded(
        customer.CustomerRegistered("C1", "FR", b"sealed"),
        customer.CustomerPromoted("C1", customer.Tier.VIP),
        SHIPPED,
        RETURNED,
        order.OrderCompleted("web:1", "C1", 2_400, "EUR", ()),
        order.OrderCancelled("web:2", "C1", order.CancellationReason.CUSTOMER, ()),
        order.ReturnAccepted("web:1", "C1", "r1", 1_200, "EUR", ()),
    )
    known = Customer(
        "C1",
        "FR",
        "vip",
        registered=True,
        orders_cancelled=1,
        orders_completed=1,
        units_shipped=2,
        units_returned=1,
        returns=1,
    )
    assert customers.fold(log) == {"C1": known}
    erased = (*log, *recorded(customer.CustomerErased("C1")))
    assert customers.fold(erased) == {
        "C1": replace(known, country="", tier="standard", erased=True)
    }


def test_whoever_was_merged_shows_the_survivor_at_the_end_of_every_merge():
    def merged(who: str, survivor: str, *duplicates: str):
        return customer.CustomerMerged(
            who, survivor, "same", duplicates, (), customer.Tier.STANDARD
        )

    log = recorded(
        *(customer.CustomerRegistered(who, "FR", b"") for who in ("C1", "C2", "C3")),
        merged("C2", "C1"),
        merged("C1", "C3", "C2"),
    )
    shown = {who: document.survivor_id for who, document in customers.fold(log).items()}
    assert shown == {"C1": "C3", "C2": "C3", "C3": ""}


def test_a_payment_shows_what_is_sure_and_what_is_only_asked_for():
    log = recorded(
        payment.AuthorizationRequested(
            "P", "web:1", payment.Method.CARD, 2_400, "EUR", "tok", Instant(5)
        ),
        payment.AuthorizationSucceeded("P", "web:1", 2_400, "EUR", "ref", Instant(70)),
        payment.CaptureRequested("P", "web:1", payment.Method.CARD, "c1", 2_000, "EUR", "ref"),
        replace(TAKEN, amount_minor=2_000),
        payment.CaptureRequested("P", "web:1", payment.Method.CARD, "c2", 400, "EUR", "ref"),
        payment.RefundRequested(
            "P", "web:1", payment.Method.CARD, "r1", 1_200, "EUR", "ref", "return"
        ),
        payment.RefundDeferred("P", "web:1", "r2", 300, "return"),
    )
    assert payments.fold(log) == {
        "P": Payment(
            "P",
            "web:1",
            "card",
            "EUR",
            "authorized",
            authorized_minor=2_400,
            captured_minor=2_000,
            capturing_minor=400,
            refunding_minor=1_200,
            provider_ref="ref",
            expires_at=Instant(70),
            deferred=("r2",),
        )
    }


def test_what_could_not_be_taken_or_given_back_stays_for_a_person():
    log = recorded(
        payment.CaptureRequested("P", "web:1", payment.Method.CARD, "c1", 400, "EUR", "ref"),
        payment.RefundDeferred("P", "web:1", "r1", 300, "return"),
        payment.CaptureFailed("P", "web:1", "c1", 400, "EUR", "no funds"),
        payment.RefundFailed("P", "web:1", "r1", 300, "EUR", "the capture failed"),
    )
    shown = payments.fold(log)["P"]
    assert (shown.capturing_minor, shown.uncollected_minor) == (0, 400)
    assert (shown.refunding_minor, shown.unrefunded_minor, shown.deferred) == (0, 300, ())
    assert shown.reason == "the capture failed"
