"""What is asked of carts: who shops for what, who left, and how many became orders."""

from __future__ import annotations

from typing import Any, LiteralString

from adapters.postgres.queries import Found, ReadModels, Row, counted

CARTS: LiteralString = """
SELECT cart_id, channel, customer_id, currency, standing, lines, units, units_reserved,
    units_declined, value_minor, episode, opened_at, active_at, idle_at, expires_at, abandoned_at,
    order_id, count(*) OVER () AS found
FROM {schema}.carts
WHERE (%(standing)s::text IS NULL OR standing = %(standing)s)
  AND (%(channel)s::text IS NULL OR channel = %(channel)s)
  AND (%(customer)s::text[] IS NULL OR customer_id = ANY(%(customer)s))
"""

SORTS: dict[str, LiteralString] = {
    "active": "active_at DESC NULLS LAST, cart_id",
    "units": "units DESC, cart_id",
    "value": "currency, value_minor DESC, cart_id",
}

BY_STANDING: LiteralString = """
SELECT standing, count(*) AS carts, coalesce(sum(units), 0)::bigint AS units,
    coalesce(sum(units_reserved), 0)::bigint AS units_reserved,
    coalesce(sum(units_declined), 0)::bigint AS units_declined
FROM {schema}.carts GROUP BY 1
"""


def carts(models: ReadModels, sort: str = "active", limit: int = 20, **filters: Any) -> Found:
    """Return carts that pass every filter (standing, channel, customer), in an order of `SORTS`."""
    wanted = {"standing": None, "channel": None, "customer": None, **filters}
    wanted["customer"] = models.ids_of(wanted["customer"])
    query: LiteralString = CARTS + "ORDER BY " + SORTS[sort] + " LIMIT %(limit)s"
    return counted(models.ask(query, limit=limit, **wanted))


def by_standing(models: ReadModels) -> dict[str, Row]:
    """Count carts and what is in them, by where they stand."""
    return {row["standing"]: row for row in models.ask(BY_STANDING)}
