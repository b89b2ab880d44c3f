"""What people ask of holds: the queue, the oldest first."""

from __future__ import annotations

from typing import LiteralString

from adapters.postgres.queries import Found, ReadModels, counted

HOLDS: LiteralString = """
SELECT h.order_id, o.customer_id, o.channel, o.total_minor, o.currency,
    hold->>'hold_id' AS hold_id, hold->>'kind' AS kind, hold->'blocks' AS blocks,
    hold->>'reason' AS reason, hold->>'owner' AS owner,
    (hold->>'raised_at')::bigint AS raised_at, hold->>'raised_by' AS raised_by,
    (hold->>'kept_at')::bigint AS kept_at, hold->>'note' AS note, count(*) OVER () AS found
FROM {schema}.holds h CROSS JOIN jsonb_array_elements(h.holds) AS hold
    LEFT JOIN {schema}.orders o USING (order_id)
WHERE (%(order)s::text IS NULL OR h.order_id = %(order)s)
  AND (%(kind)s::text IS NULL OR hold->>'kind' = %(kind)s)
  AND (%(owner)s::text IS NULL OR hold->>'owner' = %(owner)s)
ORDER BY raised_at, h.order_id, hold_id LIMIT %(limit)s
"""


def holds(
    models: ReadModels,
    limit: int,
    *,
    order: str | None = None,
    kind: str | None = None,
    owner: str | None = None,
) -> Found:
    """Return holds that stand, the oldest first; times are microseconds since 1970."""
    return counted(models.ask(HOLDS, limit=limit, order=order, kind=kind, owner=owner))
