"""What people ask of the read models, as plain SQL over their tables.

Each answer is a list of rows by column name. A filter that is not given passes everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString, NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow, dict_row
from psycopg.sql import SQL, Identifier

from adapters.postgres.persons import IDS, PERSONS, WORTH

Row = dict[str, Any]

ORDER_SORTS: Mapping[str, LiteralString] = {
    "placed": "placed_at DESC, order_id DESC",
    "id": "order_id",
    "state": "state, order_id",
    "total": "total_minor DESC, order_id",
    "ship-by": "ship_by NULLS LAST, order_id",
}
INVENTORY_SORTS: Mapping[str, LiteralString] = {
    "item": "item_id",
    "available": "available_to_promise, item_id",
    "backordered": "backordered DESC, item_id",
    "sold": "sold DESC, item_id",
    "value": "value_minor DESC, item_id",
}
CUSTOMER_SORTS: Mapping[str, LiteralString] = {
    "margin": "margin_minor DESC, customer_id",
    "spend": "spend_minor DESC, customer_id",
    "orders": "orders DESC, customer_id",
    "returns": "returned_net_minor DESC, customer_id",
    "id": "customer_id",
}

ORDERS: LiteralString = """
SELECT order_id, state, channel, customer_id, country, currency, lines, units_ordered,
    units_backordered, units_reserved, units_released, units_shipped, units_cancelled,
    units_returned, total_minor, captured_minor, refunded_minor, placed_at, ship_by,
    holds, flags, rejections, count(*) OVER () AS found
FROM {schema}.orders
WHERE (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(channel)s::text IS NULL OR channel = %(channel)s)
  AND (%(customer)s::text[] IS NULL OR customer_id = ANY(%(customer)s))
  AND (%(country)s::text IS NULL OR country = %(country)s)
  AND (%(currency)s::text IS NULL OR currency = %(currency)s)
"""

INVENTORY: LiteralString = """
SELECT item_id, on_hand, reserved, soft_reserved, allocated, backordered, incoming, quarantined,
    safety, threshold, fenced, available_to_promise, oversold, declined, sold, value_minor,
    currency, count(*) OVER () AS found
FROM {schema}.inventory_network
WHERE (%(item)s::text IS NULL OR item_id = %(item)s)
  AND (NOT %(risky)s OR oversold > 0 OR backordered > 0 OR on_hand < 0
       OR available_to_promise <= %(low)s)
"""

LEVELS: LiteralString = """
SELECT item_id, location_id, on_hand, allocated, quarantined, safety, selling, incoming, available
FROM {schema}.inventory WHERE item_id = %(item)s ORDER BY location_id
"""

CUSTOMERS: LiteralString = (
    "WITH persons AS ("
    + PERSONS
    + "), worth AS ("
    + WORTH
    + """)
SELECT person_id AS customer_id, p.tier, p.country, w.currency, w.orders, p.orders_cancelled,
    p.returns, w.spend_minor, w.returned_net_minor + w.returned_tax_minor AS returned_minor,
    w.returned_net_minor, w.cost_minor, w.margin_minor, p.first_order_at, p.last_order_at, p.erased,
    count(*) OVER () AS found
FROM worth w LEFT JOIN persons p USING (person_id)
WHERE (%(customer)s::text[] IS NULL OR person_id = ANY(%(customer)s))
  AND (%(currency)s::text IS NULL OR w.currency = %(currency)s)
  AND (%(country)s::text IS NULL OR p.country = %(country)s)
  AND (%(tier)s::text IS NULL OR p.tier = %(tier)s)
"""
)

BALANCES: LiteralString = """
SELECT account, currency, debit_minor, credit_minor, balance_minor FROM {schema}.trial_balance
WHERE (%(currency)s::text IS NULL OR currency = %(currency)s)
  AND (%(account)s::text IS NULL OR account = %(account)s)
ORDER BY currency, account
"""

ENTRIES: LiteralString = """
SELECT j.event_id, j.position, j.recorded_at, j.occurred_at, j.currency, j.description,
    (l.line->>'debit_minor')::bigint AS debit_minor,
    (l.line->>'credit_minor')::bigint AS credit_minor, count(*) OVER () AS found
FROM {schema}.journal j, jsonb_array_elements(j.lines) AS l(line)
WHERE l.line->>'account' = %(account)s
  AND (%(currency)s::text IS NULL OR j.currency = %(currency)s)
ORDER BY j.position DESC LIMIT %(limit)s
"""

FLAGGED: LiteralString = """
SELECT order_id, kind, code, coalesce(nullif(c.survivor_id, ''), f.customer_id) AS customer_id,
    channel, state, ship_by, shipped_at, late, f.units_ordered, f.units_shipped, units_cancelled,
    f.units_returned, flagged_at, count(*) OVER () AS found
FROM {schema}.flagged f LEFT JOIN {schema}.customers c USING (customer_id)
WHERE flagged AND (%(kind)s::text IS NULL OR kind LIKE '%%' || %(kind)s || '%%')
  AND (NOT %(late)s OR late)
ORDER BY late DESC, ship_by NULLS LAST, order_id LIMIT %(limit)s
"""

TIMELINE: LiteralString = """
SELECT event_id, position, recorded_at, occurred_at, actor, causation_id, event, summary
FROM {schema}.timeline WHERE order_id = %(order)s ORDER BY position
"""

PAYMENTS_OF: LiteralString = """
SELECT payment_id, method, currency, standing, authorized_minor, captured_minor, refunded_minor,
    charged_back_minor, uncollected_minor, unrefunded_minor, reason
FROM {schema}.payments WHERE order_id = %(order)s ORDER BY payment_id
"""


REACHED: LiteralString = "SELECT coalesce(min(position), 0) AS reached FROM {schema}._projections"


class Found(NamedTuple):
    """Some rows, and how many there are in all."""

    rows: list[Row]
    total: int


class ReadModels:
    """The tables of the read models of one schema, for those who ask."""

    def __init__(self, connection: Connection[TupleRow], schema: str = "projections") -> None:
        """Ask over `connection`."""
        self.schema = schema
        self._connection = connection

    def ask(self, query: LiteralString, **values: Any) -> list[Row]:
        """Return the rows that a query with named values gives; `{schema}` is the views' schema."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(
                SQL(query).format(schema=Identifier(self.schema)), values
            ).fetchall()

    def _sorted(
        self, query: LiteralString, order: LiteralString, limit: int, **values: Any
    ) -> Found:
        ordered: LiteralString = query + " ORDER BY " + order + " LIMIT %(limit)s"
        return counted(self.ask(ordered, limit=limit, **values))

    def reached(self) -> int:
        """Return the position that every view has reached."""
        return int(self.ask(REACHED)[0]["reached"])

    def number(self, view: str, key: str, field: str) -> tuple[int, int]:
        """Return a number of a document, zero if there is none, and the view's position."""
        query = SQL(
            "SELECT (SELECT {field} FROM {table} WHERE key = %s), position FROM {bookmarks} "
            "WHERE view = %s"
        ).format(
            field=Identifier(field),
            table=Identifier(self.schema, view),
            bookmarks=Identifier(self.schema, "_projections"),
        )
        row = self._connection.execute(query, (key, view)).fetchone()
        return (int(row[0] or 0), int(row[1])) if row else (0, 0)

    def orders(
        self,
        sort: str = "placed",
        limit: int = 20,
        *,
        state: str | None = None,
        channel: str | None = None,
        customer: str | None = None,
        country: str | None = None,
        currency: str | None = None,
    ) -> Found:
        """Return orders that pass every filter, in an order of `ORDER_SORTS`."""
        return self._sorted(
            ORDERS,
            ORDER_SORTS[sort],
            limit,
            state=state,
            channel=channel,
            customer=self.ids_of(customer),
            country=country,
            currency=currency,
        )

    def ids_of(self, customer: str | None) -> list[str] | None:
        """Return all ids of a person of whom one is given; nothing, if nobody is."""
        if customer is None:
            return None
        return [row["customer_id"] for row in self.ask(IDS, customer=customer)]

    def order(self, order_id: str) -> Row | None:
        """Return all that the order list knows of one order."""
        rows = self.ask("SELECT * FROM {schema}.orders WHERE order_id = %(order)s", order=order_id)
        return rows[0] if rows else None

    def timeline(self, order_id: str) -> list[Row]:
        """Return what happened to an order, in the order of the log."""
        return self.ask(TIMELINE, order=order_id)

    def payments_of(self, order_id: str) -> list[Row]:
        """Return the tenders of an order."""
        return self.ask(PAYMENTS_OF, order=order_id)

    def inventory(
        self,
        sort: str = "item",
        limit: int = 20,
        *,
        item: str | None = None,
        risky: bool = False,
        low: int = 0,
    ) -> Found:
        """Return items with what the network has of them; only risky ones, if so wanted.

        Risky is what is oversold, backordered, negative, or down to `low` units to promise.
        """
        return self._sorted(
            INVENTORY, INVENTORY_SORTS[sort], limit, item=item, risky=risky, low=low
        )

    def levels(self, item_id: str) -> list[Row]:
        """Return what each location has of an item."""
        return self.ask(LEVELS, item=item_id)

    def customers(
        self,
        sort: str = "margin",
        limit: int = 20,
        *,
        customer: str | None = None,
        currency: str | None = None,
        country: str | None = None,
        tier: str | None = None,
    ) -> Found:
        """Return customers with what they brought, one row for each currency."""
        return self._sorted(
            CUSTOMERS,
            CUSTOMER_SORTS[sort],
            limit,
            customer=self.ids_of(customer),
            currency=currency,
            country=country,
            tier=tier,
        )

    def balances(self, currency: str | None = None, account: str | None = None) -> list[Row]:
        """Return the trial balance."""
        return self.ask(BALANCES, currency=currency, account=account)

    def entries(self, account: str, currency: str | None = None, limit: int = 20) -> Found:
        """Return the latest entries on an account."""
        return counted(self.ask(ENTRIES, account=account, currency=currency, limit=limit))

    def flagged(self, kind: str | None = None, limit: int = 20, *, late: bool = False) -> Found:
        """Return special orders, broken promises first."""
        return counted(self.ask(FLAGGED, kind=kind, limit=limit, late=late))


def counted(rows: list[Row]) -> Found:
    """Take the number of all rows off each of them, and say it once."""
    total = rows[0]["found"] if rows else 0
    for row in rows:
        del row["found"]
    return Found(rows, total)
