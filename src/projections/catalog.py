"""Every view, by the name that its table and its state topic have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oms_core.kernel import View
from projections.carts import carts
from projections.coupons import coupons
from projections.credit_accounts import credit_accounts
from projections.customers import customer_value, customers
from projections.deadlines import deadlines
from projections.flagged import flagged
from projections.gift_cards import gift_cards
from projections.holds import holds
from projections.inventory import inventory
from projections.invoices import invoices
from projections.ledger import journal, trial_balance
from projections.network import inventory_network
from projections.notices import notices
from projections.orders import orders
from projections.payments import payments
from projections.products import products, skus
from projections.promises import promises
from projections.quotes import quotes
from projections.refusals import refusals
from projections.settlements import payouts, settlements
from projections.timeline import timeline
from projections.webhooks import webhooks

VIEWS: Mapping[str, View[Any]] = {
    view.name: view
    for view in (
        inventory,
        inventory_network,
        customers,
        customer_value,
        journal,
        trial_balance,
        orders,
        timeline,
        flagged,
        payments,
        deadlines,
        products,
        skus,
        refusals,
        carts,
        invoices,
        credit_accounts,
        quotes,
        holds,
        promises,
        notices,
        coupons,
        gift_cards,
        settlements,
        payouts,
        webhooks,
    )
}

WRITTEN_ONCE = frozenset({"journal", "timeline", "refusals"})
"""Views whose documents each come from one event: they are added, and never looked at again."""

STREAM_CLOSED = frozenset(
    {
        "inventory",
        "inventory_network",
        "flagged",
        "payments",
        "deadlines",
        "products",
        "journal",
        "timeline",
        "refusals",
        "invoices",
        "credit_accounts",
        "quotes",
        "holds",
        "notices",
        "coupons",
        "gift_cards",
        "settlements",
        "payouts",
        "webhooks",
    }
)
"""Views each of whose documents is touched by the events of one stream only.

They can be kept up to date from parts of the log, if each part holds streams as a whole.
"""
