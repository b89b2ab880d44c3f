"""The auditor's sums agree with the views, and notice a log that cannot be right."""

from msgspec.structs import replace

from oms_core.domain.order import events as order
from oms_core.domain.payment import events as payment
from oms_core.domain.stock import events as stock
from oms_core.kernel import Instant, Recorded
from projections.books import Books
from projections.ledger import trial_balance
from projections.network import inventory_network
from tests.projections.histories import shop_history

RECEIVED = stock.StockReceived("MUG", "R1", "LYON", 5, 500, "EUR")
RESERVED = stock.StockReserved("MUG", "web:1/1", "web", 2, 0, Instant(0), ())
RELEASED = stock.ReservationReleased("MUG", "web:1/1", 2, 0)
CLOSED = order.OrderCancelled("web:1", "C1", order.CancellationReason.CUSTOMER, ())
SET_ASIDE = payment.AuthorizationSucceeded("web:1/p1", "web:1", 500, "EUR", "ref")
TAKEN = payment.CaptureSucceeded("web:1/p1", "web:1", "c1", 500, "EUR", payment.Method.CARD)


def audited(*events):
    books = Books()
    for version, event in enumerate(events, 1):
        books.add(Recorded("s:1", version, event, Instant(1), Instant(1), "a", "c", "c"))
    books.close()
    return books


def rules(*events):
    return [finding.rule for finding in audited(*events).findings]


def test_a_true_history_has_no_findings_and_the_same_figures_as_the_views():
    log = shop_history(300)
    books = Books()
    for recorded in log:
        books.add(recorded)
    books.close()
    assert books.findings == []
    levels = inventory_network.fold(log)
    assert {item_id: tuple(totals) for item_id, totals in books.items() if any(totals)} == {
        key: (level.on_hand, level.reserved, level.allocated, level.soft_reserved)
        for key, level in levels.items()
        if level.on_hand or level.reserved or level.allocated
    }
    balances = {key: row.balance_minor for key, row in trial_balance.fold(log).items()}
    assert balances == {f"{a}|{currency}": n for (a, currency), n in books.balances.items()}


def test_a_unit_that_ends_twice_is_found():
    assert rules(RECEIVED, RESERVED, RELEASED) == []
    assert "a promised unit ends once" in rules(RECEIVED, RESERVED, RELEASED, RELEASED)


def test_units_that_a_cart_holds_end_once():
    held = stock.StockSoftReserved("MUG", "web:c1", "web", "C1", 2, 0, Instant(9))
    expired = stock.SoftReservationExpired("MUG", "web:c1", 2, 0)
    converted = stock.SoftReservationConverted("MUG", "web:c1", 2, 0, 1)
    assert rules(RECEIVED, held) == []
    assert audited(RECEIVED, held).units_open == 2
    assert rules(RECEIVED, held, expired) == []
    assert rules(RECEIVED, held, converted) == []
    assert rules(RECEIVED, held, expired, converted) == ["a promised unit ends once"]


def test_units_that_a_closed_order_keeps_are_found():
    assert rules(RECEIVED, RESERVED, CLOSED) == ["a closed order keeps nothing"]


def test_less_than_nothing_on_hand_is_found():
    adjusted = stock.StockAdjusted("MUG", "A1", "LYON", -6, 0, "EUR", stock.AdjustmentReason.LOST)
    assert rules(RECEIVED, adjusted) == ["on hand is never negative"]


def test_money_that_was_never_set_aside_or_taken_is_found():
    given_back = payment.RefundSucceeded("web:1/p1", "web:1", "r1", 501, "EUR", payment.Method.CARD)
    rule = "given back is at most captured is at most authorized"
    assert rules(SET_ASIDE, TAKEN) == []
    assert rules(TAKEN) == [rule]
    assert rules(SET_ASIDE, replace(TAKEN, amount_minor=501)) == [rule]
    assert rules(SET_ASIDE, TAKEN, given_back) == [rule]
