"""Figures of different views that must tie, in a shop that has lived through everything."""

from __future__ import annotations

from collections import Counter

import pytest

from oms_core.domain.order.decider import order
from oms_core.domain.order.events import OrderEvent
from projections.catalog import VIEWS
from tests.projections.histories import shop_history

SHOP = shop_history(60)
SHOWN = {name: view.fold(SHOP) for name, view in VIEWS.items()}


def balances():
    """Return the balance of each account in euro."""
    return {b.account: b.balance_minor for b in SHOWN["trial_balance"].values()}


def test_the_ledger_sums_to_zero():
    assert sum(balances().values()) == 0
    assert {b.currency for b in SHOWN["trial_balance"].values()} == {"EUR"}


def test_goods_issued_is_empty_when_stock_and_orders_have_both_booked():
    assert balances()["goods_issued"] == 0


def test_the_inventory_account_is_what_the_stock_is_worth():
    worth = sum(level.value_minor for level in SHOWN["inventory_network"].values())
    assert balances()["inventory"] == worth


def test_cash_is_what_payments_have_taken_and_not_given_back():
    taken = sum(p.captured_minor - p.refunded_minor for p in SHOWN["payments"].values())
    assert balances()["cash_clearing"] == taken


def test_revenue_is_what_the_customers_have_brought():
    value = SHOWN["customer_value"].values()
    assert -balances()["revenue"] == sum(customer.net_minor for customer in value)
    assert balances()["refunds"] == sum(customer.returned_net_minor for customer in value)


def test_the_list_of_orders_and_the_customers_count_the_same_money():
    orders, customers = SHOWN["orders"].values(), SHOWN["customer_value"].values()
    assert sum(o.shipped_minor for o in orders) == sum(c.spend_minor for c in customers)
    assert sum(o.total_minor for o in orders) == sum(c.ordered_minor for c in customers)
    assert sum(o.captured_minor for o in orders) == sum(
        payment.captured_minor for payment in SHOWN["payments"].values()
    )


@pytest.mark.parametrize("field", ["on_hand", "allocated", "quarantined", "safety"])
def test_the_network_is_the_sum_of_its_locations(field):
    sums = Counter()
    for level in SHOWN["inventory"].values():
        sums[level.item_id] += getattr(level, field)
    network = {item: getattr(level, field) for item, level in SHOWN["inventory_network"].items()}
    assert network == dict(sums)


def test_every_unit_of_an_order_is_in_one_bucket_and_the_decider_agrees():
    streams = {}
    for record in SHOP:
        if isinstance(record.event, OrderEvent):
            streams.setdefault(record.event.order_id, []).append(record.event)
    for order_id, shown in SHOWN["orders"].items():
        state = order.fold(streams[order_id])
        lines = state.lines.values()
        assert shown.units_ordered == (
            shown.units_unreserved
            + shown.units_backordered
            + shown.units_reserved
            + shown.units_released
            + shown.units_service
            + shown.units_shipped
            + shown.units_cancelled
        )
        assert (
            shown.units_unreserved,
            shown.units_backordered,
            shown.units_reserved,
            shown.units_released + shown.units_service,
            shown.units_shipped,
            shown.units_cancelled,
            shown.units_delivered,
            shown.units_returned,
        ) == (
            sum(line.unreserved for line in lines),
            sum(line.backordered for line in lines),
            sum(line.reserved for line in lines),
            sum(line.released + line.allocated for line in lines),
            sum(line.shipped for line in lines),
            sum(line.cancelled for line in lines),
            sum(line.delivered for line in lines),
            sum(line.returned for line in lines),
        )
        assert shown.shipped_minor == state.shipped_minor
        assert {flag.kind: flag.code for flag in shown.flags} == dict(state.flags.items())
        assert len(shown.holds) == sum(1 for blocked in state.holds.values() if blocked)
        assert set(shown.awaiting) == state.awaiting


def test_the_timeline_has_every_event_of_an_order_once_and_in_order():
    ours = [m.position for m in SHOWN["timeline"].values() if m.order_id == "web:3"]
    assert ours == sorted(
        record.position for record in SHOP if getattr(record.event, "order_id", "") == "web:3"
    )
