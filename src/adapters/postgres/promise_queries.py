"""What people ask of promises: which are in jeopardy, which are broken, and what is in the way."""

from __future__ import annotations

from datetime import datetime
from typing import LiteralString

from adapters.postgres.queries import Found, ReadModels, counted

JEOPARDY: LiteralString = """
SELECT *, count(*) OVER () AS found FROM (
    SELECT p.order_id, o.customer_id, o.channel, p.ship_by, p.deliver_by, p.first_ship_by, p.moved,
        p.reasons, p.shipped_at, p.endangered_at, p.broken_at, p.obstacles,
        CASE WHEN p.standing <> 'open' THEN p.standing
            WHEN p.ship_by IS NULL THEN 'no date'
            WHEN p.ship_by <= %(now)s THEN 'broken'
            WHEN p.jeopardy_at <= %(now)s THEN 'jeopardy' ELSE 'open' END AS standing,
        CASE WHEN o.state IN ('completed', 'cancelled') THEN 'left after the promised day'
            WHEN jsonb_array_length(o.holds) > 0 THEN 'held for ' || (
                SELECT string_agg(hold->>'kind', ', ') FROM jsonb_array_elements(o.holds) AS hold)
            WHEN jsonb_array_length(o.awaiting) > 0 THEN 'not paid'
            WHEN o.units_backordered > 0 THEN o.units_backordered || ' units wait for supply'
            WHEN o.units_unreserved > 0 THEN o.units_unreserved || ' units without stock'
            WHEN o.units_released > 0 THEN o.units_released || ' units are with a warehouse'
            ELSE 'nothing stands in the way' END AS cause
    FROM {schema}.promises p LEFT JOIN {schema}.orders o USING (order_id)
    WHERE p.standing = 'broken'
       OR (p.standing = 'open' AND (p.ship_by IS NULL OR p.jeopardy_at <= %(now)s))
) AS judged
WHERE %(standing)s::text IS NULL OR standing = %(standing)s
ORDER BY cause = 'left after the promised day', ship_by NULLS LAST, order_id
LIMIT %(limit)s
"""


def jeopardy(
    models: ReadModels, limit: int, now: datetime, *, standing: str | None = None
) -> Found:
    """Return promises that are in jeopardy, broken or without a date, with what is in the way."""
    return counted(models.ask(JEOPARDY, limit=limit, now=now, standing=standing))
