"""What the boards show: a shopkeeper's questions, each one statement over the read models."""

from __future__ import annotations

from typing import Any, LiteralString

from adapters.postgres.cart_queries import by_standing
from adapters.postgres.persons import PERSONS, WORTH
from adapters.postgres.queries import ReadModels, Row

RISKS_LOW = 3
"""An item that sells is at risk when so few units or less are left to promise."""

BY_STATE_AND_CHANNEL: LiteralString = """
SELECT state, channel, count(*) AS orders FROM {schema}.orders GROUP BY 1, 2 ORDER BY 1, 2
"""

TURNOVER: LiteralString = """
SELECT currency, count(*) AS orders, sum(total_minor)::bigint AS ordered_minor,
    sum(shipped_minor)::bigint AS shipped_minor, sum(captured_minor)::bigint AS captured_minor,
    sum(refunded_minor)::bigint AS refunded_minor
FROM {schema}.orders WHERE state <> 'rejected' GROUP BY 1 ORDER BY 2 DESC, 1
"""

STOCK_RISKS: LiteralString = """
SELECT item_id, on_hand, reserved, backordered, incoming, available_to_promise, oversold, declined,
    sold
FROM {schema}.inventory_network
WHERE on_hand < 0 OR oversold > 0 OR backordered > 0 OR available_to_promise <= %(low)s
ORDER BY on_hand < 0 DESC, oversold DESC, backordered DESC, declined DESC, sold DESC, item_id
LIMIT %(limit)s
"""

STOCK_SUMMARY: LiteralString = """
SELECT count(*) AS items, coalesce(sum(on_hand), 0)::bigint AS on_hand,
    coalesce(sum(reserved), 0)::bigint AS reserved,
    coalesce(sum(soft_reserved), 0)::bigint AS soft_reserved,
    count(*) FILTER (WHERE on_hand < 0) AS negative,
    count(*) FILTER (WHERE oversold > 0) AS oversold,
    count(*) FILTER (WHERE backordered > 0) AS backordered,
    count(*) FILTER (WHERE available_to_promise <= %(low)s) AS low
FROM {schema}.inventory_network
"""

TOP_CUSTOMERS: LiteralString = (
    "WITH persons AS ("
    + PERSONS
    + "), worth AS ("
    + WORTH
    + """)
SELECT person_id AS customer_id, p.tier, p.country, w.currency, w.orders, w.spend_minor,
    w.margin_minor
FROM worth w LEFT JOIN persons p USING (person_id)
WHERE w.currency = %(currency)s ORDER BY w.margin_minor DESC, person_id LIMIT %(limit)s
"""
)

PAYMENTS_TO_SETTLE: LiteralString = """
SELECT payment_id, order_id, method, currency, standing, authorized_minor, uncollected_minor,
    unrefunded_minor, charged_back_minor, reason, count(*) OVER () AS found,
    CASE WHEN uncollected_minor > 0 THEN 'goods are out and unpaid'
         WHEN unrefunded_minor > 0 THEN 'refund did not go through'
         WHEN charged_back_minor > 0 THEN 'charged back by the bank'
         WHEN standing = 'unknown' THEN 'no answer from the provider'
         ELSE 'the customer must confirm' END AS problem
FROM {schema}.payments
WHERE uncollected_minor > 0 OR unrefunded_minor > 0 OR charged_back_minor > 0
   OR (standing IN ('unknown', 'action_required') AND NOT closed)
ORDER BY uncollected_minor > 0 DESC, unrefunded_minor > 0 DESC, charged_back_minor > 0 DESC,
    payment_id
LIMIT %(limit)s
"""

HOLDS: LiteralString = """
SELECT h.hold->>'kind' AS kind, count(*) AS orders, min(o.order_id) AS example
FROM {schema}.orders o, jsonb_array_elements(o.holds) AS h(hold)
WHERE o.state = 'held' GROUP BY 1 ORDER BY 2 DESC, 1
"""

FLAG_SUMMARY: LiteralString = """
SELECT kind, count(*) AS orders, count(*) FILTER (WHERE late) AS late FROM {schema}.flagged
WHERE flagged GROUP BY 1 ORDER BY 1
"""

SPLIT_ORDER: LiteralString = """
SELECT order_id FROM {schema}.timeline WHERE event = 'FulfilmentPlanned'
GROUP BY order_id ORDER BY count(*) DESC, order_id LIMIT 1
"""

MIDDLE: LiteralString = """
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY placed_at) AS at FROM {schema}.orders
"""


def boards(models: ReadModels, limit: int) -> dict[str, Any]:
    """Return what every board shows, with `limit` rows for the lists."""
    turnover = models.ask(TURNOVER)
    currency = turnover[0]["currency"] if turnover else ""
    payments = models.ask(PAYMENTS_TO_SETTLE, limit=limit)
    unsettled = payments[0]["found"] if payments else 0
    return {
        "orders": models.ask(BY_STATE_AND_CHANNEL),
        "turnover": turnover,
        "stock": models.ask(STOCK_SUMMARY, low=RISKS_LOW)[0],
        "stock_risks": models.ask(STOCK_RISKS, low=RISKS_LOW, limit=limit),
        "carts": by_standing(models),
        "balances": models.balances(),
        "top_customers": models.ask(TOP_CUSTOMERS, currency=currency, limit=limit),
        "flags": models.ask(FLAG_SUMMARY),
        "flagged": models.flagged(limit=limit).rows,
        "holds": models.ask(HOLDS),
        "payments": [{k: v for k, v in row.items() if k != "found"} for row in payments],
        "payments_unsettled": unsettled,
    }


def examples(models: ReadModels, data: dict[str, Any]) -> dict[str, str]:
    """Return real ids that are worth a look, for those that there are."""
    middle: Row = models.ask(MIDDLE)[0]
    split = models.ask(SPLIT_ORDER)
    found = {
        "order": split[0]["order_id"] if split else "",
        "held": data["holds"][0]["example"] if data["holds"] else "",
        "item": data["stock_risks"][0]["item_id"] if data["stock_risks"] else "",
        "flagged": data["flagged"][0]["order_id"] if data["flagged"] else "",
        "payment": data["payments"][0]["payment_id"] if data["payments"] else "",
        "currency": data["turnover"][0]["currency"] if data["turnover"] else "",
        "customer": data["top_customers"][0]["customer_id"] if data["top_customers"] else "",
        "time": middle["at"].strftime("%Y-%m-%dT%H:%M") if middle["at"] else "",
    }
    return {name: value for name, value in found.items() if value}
