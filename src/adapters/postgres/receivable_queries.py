"""What people ask of receivables: invoices with their ageing, quotes, and credit accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, LiteralString

from adapters.postgres.queries import Found, ReadModels, counted
from projections.invoices import BUCKETS, bucket

INVOICE_SORTS: Mapping[str, LiteralString] = {
    "due": "due_on = '', due_on, invoice_id",
    "issued": "issued_on DESC, number DESC, invoice_id",
    "open": "open_minor DESC, invoice_id",
    "number": "number, invoice_id",
}

INVOICES: LiteralString = """
SELECT invoice_id, kind, state, number, customer_id, order_id, refers_to, currency, terms,
    net_minor, tax_minor, total_minor, paid_minor, open_minor, written_off_minor, issued_on, due_on,
    level, dun_at, count(*) OVER () AS found
FROM {schema}.invoices
WHERE (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(customer)s::text[] IS NULL OR customer_id = ANY(%(customer)s))
  AND (%(currency)s::text IS NULL OR currency = %(currency)s)
  AND (%(order)s::text IS NULL OR order_id = %(order)s)
  AND (NOT %(overdue)s OR (state = 'open' AND due_on < %(as_of)s))
"""

NUMBERED: LiteralString = """
SELECT invoice_id, order_id FROM {schema}.invoices
WHERE kind = 'invoice' AND number <> '' AND state <> 'void' AND order_id = ANY(%(orders)s)
ORDER BY number
"""

OPEN_BY_DAY: LiteralString = """
SELECT currency, due_on, count(*) AS invoices, sum(open_minor)::bigint AS open_minor
FROM {schema}.invoices
WHERE state = 'open' AND (%(customer)s::text[] IS NULL OR customer_id = ANY(%(customer)s))
  AND (%(currency)s::text IS NULL OR currency = %(currency)s)
GROUP BY 1, 2 ORDER BY 1, 2
"""

QUOTES: LiteralString = """
SELECT quote_id, state, customer_id, channel, country, currency, version, terms, items, units,
    total_minor, order_id, reason, requested_at, issued_at, valid_until, closed_at,
    count(*) OVER () AS found
FROM {schema}.quotes
WHERE (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(customer)s::text[] IS NULL OR customer_id = ANY(%(customer)s))
ORDER BY requested_at DESC, quote_id LIMIT %(limit)s
"""

CREDIT: LiteralString = """
SELECT account_id, coalesce(nullif(c.survivor_id, ''), a.customer_id) AS customer_id, currency,
    opened, blocked, limit_minor, ordered_minor, invoiced_minor, exposure_minor, free_minor,
    unapplied_minor, received_minor, orders_waiting, orders_granted, orders_declined,
    count(*) OVER () AS found
FROM {schema}.credit_accounts a LEFT JOIN {schema}.customers c USING (customer_id)
WHERE (%(customer)s::text[] IS NULL OR customer_id = ANY(%(customer)s))
  AND (%(currency)s::text IS NULL OR currency = %(currency)s)
  AND (NOT %(waiting)s OR blocked OR orders_waiting > 0)
ORDER BY blocked DESC, orders_waiting DESC, exposure_minor DESC, account_id LIMIT %(limit)s
"""


def invoices(
    models: ReadModels,
    sort: str,
    limit: int,
    *,
    as_of: str = "",
    overdue: bool = False,
    state: str | None = None,
    kind: str | None = None,
    customer: str | None = None,
    currency: str | None = None,
    order: str | None = None,
) -> Found:
    """Return invoices that pass every filter, in an order of `INVOICE_SORTS`."""
    query: LiteralString = INVOICES + " ORDER BY " + INVOICE_SORTS[sort] + " LIMIT %(limit)s"
    rows = models.ask(
        query,
        limit=limit,
        as_of=as_of,
        overdue=overdue,
        state=state,
        kind=kind,
        customer=models.ids_of(customer),
        currency=currency,
        order=order,
    )
    return counted(rows)


def numbered_invoices(models: ReadModels, orders: Collection[str]) -> list[tuple[str, str]]:
    """Return the invoices of some orders that are out and not void, in the order of numbers."""
    rows = models.ask(NUMBERED, orders=list(orders))
    return [(row["invoice_id"], row["order_id"]) for row in rows]


def latest_invoices(models: ReadModels, limit: int) -> Found:
    """Return the invoices and credit notes that went out last."""
    return invoices(models, "issued", limit)


def ageing(
    models: ReadModels, as_of: str, customer: str | None = None, currency: str | None = None
) -> list[dict[str, Any]]:
    """Return what is open by currency, in all and by how long it is overdue on a day."""
    sums: dict[str, Counter[str]] = {}
    for row in models.ask(OPEN_BY_DAY, customer=models.ids_of(customer), currency=currency):
        parts = sums.setdefault(row["currency"], Counter(dict.fromkeys(BUCKETS, 0)))
        parts[bucket(row["due_on"], as_of)] += row["open_minor"]
    return [
        {"currency": name, "open_minor": parts.total(), "buckets": dict(parts)}
        for name, parts in sums.items()
    ]


def quotes(
    models: ReadModels, limit: int, *, state: str | None = None, customer: str | None = None
) -> Found:
    """Return quotes, the latest first."""
    return counted(models.ask(QUOTES, limit=limit, state=state, customer=models.ids_of(customer)))


def credit(
    models: ReadModels,
    limit: int,
    *,
    customer: str | None = None,
    currency: str | None = None,
    waiting: bool = False,
) -> Found:
    """Return credit accounts; only those that keep an order waiting, if so wanted."""
    rows = models.ask(
        CREDIT, limit=limit, customer=models.ids_of(customer), currency=currency, waiting=waiting
    )
    return counted(rows)
