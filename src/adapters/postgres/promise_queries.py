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
        CASE WHEN o.state = 'completed' AND p.shipped_at > p.ship_by
                THEN 'left after the promised day'
            WHEN o.state IN ('completed', 'cancelled') THEN 'cancelled after the promised day'
            WHEN o.units_unreserved + o.units_backordered + o.units_reserved > 0
                AND held.kinds IS NOT NULL THEN 'held for ' || held.kinds
            WHEN jsonb_array_length(o.awaiting) > 0 THEN 'not paid'
            WHEN o.units_backordered > 0 THEN o.units_backordered || ' units wait for supply'
            WHEN o.units_unreserved > 0 THEN o.units_unreserved || ' units without stock'
            WHEN o.units_released > 0 THEN o.units_released || ' units are with a warehouse'
            ELSE 'nothing stands in the way' END AS cause
    FROM {schema}.promises p LEFT JOIN {schema}.orders o USING (order_id)
        LEFT JOIN LATERAL (
            SELECT string_agg(hold->>'kind', ', ') AS kinds
            FROM {schema}.holds h CROSS JOIN jsonb_array_elements(h.holds) AS hold
            WHERE h.key = p.key AND hold->'blocks' @> '"release"') AS held ON true
    WHERE p.standing = 'broken'
       OR (p.standing = 'open' AND (p.ship_by IS NULL OR p.jeopardy_at <= %(now)s))
) AS judged
WHERE %(standing)s::text IS NULL OR standing = %(standing)s
ORDER BY cause IN ('left after the promised day', 'cancelled after the promised day'),
    ship_by NULLS LAST, order_id
LIMIT %(limit)s
"""


def jeopardy(
    models: ReadModels, limit: int, now: datetime, *, standing: str | None = None
) -> Found:
    """Return promises that are in jeopardy, broken or without a date, with what is in the way.

    Holds are in the way of what is not released yet, if they block that. Of an order that is over
    it is said whether its goods left too late, or the last of them did not leave at all.
    """
    return counted(models.ask(JEOPARDY, limit=limit, now=now, standing=standing))
