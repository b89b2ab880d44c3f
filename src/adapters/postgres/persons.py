"""One person behind several ids: what was done under a duplicate's id is the survivor's.

Rows keep the id that something was done under. Who asks for a customer asks for all ids of the
person, and sums are made for each person.
"""

from __future__ import annotations

from typing import LiteralString

IDS: LiteralString = """
WITH person AS (
    SELECT coalesce((SELECT nullif(survivor_id, '') FROM {schema}.customers
                     WHERE key = %(customer)s), %(customer)s) AS customer_id)
SELECT customer_id FROM person
UNION SELECT c.customer_id FROM {schema}.customers c, person p WHERE c.survivor_id = p.customer_id
ORDER BY 1
"""
"""All ids of a person, of whom one is given."""

PERSONS: LiteralString = """
SELECT coalesce(nullif(survivor_id, ''), customer_id) AS person_id,
    max(tier) FILTER (WHERE survivor_id = '') AS tier,
    max(country) FILTER (WHERE survivor_id = '') AS country,
    bool_or(erased) FILTER (WHERE survivor_id = '') AS erased,
    sum(orders_cancelled)::bigint AS orders_cancelled, sum(returns)::bigint AS returns,
    min(first_order_at) AS first_order_at, max(last_order_at) AS last_order_at
FROM {schema}.customers GROUP BY 1
"""
"""Customers, each person once."""

WORTH: LiteralString = """
SELECT coalesce(nullif(c.survivor_id, ''), v.customer_id) AS person_id, v.currency,
    sum(v.orders)::bigint AS orders, sum(v.spend_minor)::bigint AS spend_minor,
    sum(v.returned_net_minor)::bigint AS returned_net_minor,
    sum(v.returned_tax_minor)::bigint AS returned_tax_minor,
    sum(v.cost_minor)::bigint AS cost_minor, sum(v.margin_minor)::bigint AS margin_minor
FROM {schema}.customer_value v LEFT JOIN {schema}.customers c USING (customer_id) GROUP BY 1, 2
"""
"""What customers have brought, each person once in each currency."""
