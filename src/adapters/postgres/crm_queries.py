"""What a CRM wants to know of customers, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow, dict_row
from psycopg.sql import SQL, Identifier

from adapters.postgres.queries import Row

PAGE = 500

CUSTOMERS: LiteralString = """
WITH ids AS (
    SELECT c.*, coalesce(nullif(c.survivor_id, ''), c.customer_id) AS person_id
    FROM {schema}.customers c),
refs AS (
    SELECT i.person_id, jsonb_agg(DISTINCT r.ref ORDER BY r.ref) AS external_refs
    FROM ids i, jsonb_array_elements_text(i.external_refs) AS r(ref) GROUP BY 1),
worth AS (
    SELECT coalesce(i.person_id, v.customer_id) AS person_id, v.currency,
        sum(v.orders)::bigint AS orders, sum(v.ordered_minor)::bigint AS ordered_minor,
        sum(v.spend_minor)::bigint AS spend_minor,
        sum(v.returned_net_minor + v.returned_tax_minor)::bigint AS returned_minor
    FROM {schema}.customer_value v LEFT JOIN ids i USING (customer_id) GROUP BY 1, 2),
amounts AS (
    SELECT w.person_id, jsonb_agg(to_jsonb(w) - 'person_id' ORDER BY w.currency) AS value
    FROM worth w GROUP BY 1),
persons AS (
    SELECT i.person_id, jsonb_agg(i.customer_id ORDER BY i.customer_id) AS customer_ids,
        sum(i.orders_placed)::bigint AS orders_placed,
        sum(i.orders_cancelled)::bigint AS orders_cancelled,
        sum(i.orders_completed)::bigint AS orders_completed, sum(i.returns)::bigint AS returns,
        sum(i.units_shipped)::bigint AS units_shipped,
        sum(i.units_returned)::bigint AS units_returned,
        min(i.first_order_at) AS first_order_at, max(i.last_order_at) AS last_order_at
    FROM ids i GROUP BY 1)
SELECT c.customer_id, p.customer_ids, coalesce(r.external_refs, '[]') AS external_refs, c.segments,
    c.tier, c.country, c.registered, c.erased, p.orders_placed, p.orders_cancelled,
    p.orders_completed, p.returns, p.units_shipped, p.units_returned, p.first_order_at,
    p.last_order_at, coalesce(a.value, '[]') AS value
FROM persons p JOIN ids c ON c.customer_id = p.person_id
LEFT JOIN refs r ON r.person_id = p.person_id LEFT JOIN amounts a ON a.person_id = p.person_id
ORDER BY c.customer_id
"""
"""Each person once, under the id that goes on; what was done under a duplicate's is theirs."""


def customers(connection: Connection[TupleRow], views: str) -> Iterator[Row]:
    """Yield what is known of each person, with what they brought in each currency."""
    query = SQL(CUSTOMERS).format(schema=Identifier(views))
    with connection.transaction(), connection.cursor("crm", row_factory=dict_row) as cursor:
        cursor.itersize = PAGE
        yield from cursor.execute(query)
