"""What every open order waits for, as the read models have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import LiteralString

from adapters.postgres.queries import ReadModels, Row
from oms_core.kernel import Instant
from projections.steps import Situation, StandingHold

OPEN: LiteralString = """
SELECT o.order_id, o.customer_id, o.state, jsonb_array_length(o.awaiting) AS awaiting,
    o.units_unreserved, o.units_backordered, o.units_released,
    (extract(epoch FROM o.changed_at) * 1000000)::bigint AS changed_at,
    (extract(epoch FROM d.due_at) * 1000000)::bigint AS lapses_at,
    coalesce(h.holds, '[]'::jsonb) AS holds
FROM {schema}.orders o LEFT JOIN {schema}.holds h USING (order_id)
    LEFT JOIN (SELECT order_id, min(due_at) AS due_at FROM {schema}.deadlines
        WHERE kind = 'authorization' GROUP BY order_id) d USING (order_id)
WHERE o.state NOT IN ('completed', 'cancelled', 'rejected')
ORDER BY o.order_id
"""


def open_orders(models: ReadModels) -> Iterator[tuple[Row, Situation]]:
    """Yield the row of every open order, and what it waits for."""
    for row in models.ask(OPEN):
        holds = tuple(
            StandingHold(hold["kind"], hold["owner"], Instant(hold["raised_at"]))
            for hold in row["holds"]
        )
        yield (
            row,
            Situation(
                row["order_id"],
                Instant(row["changed_at"] or 0),
                holds,
                row["awaiting"],
                row["units_unreserved"],
                row["units_backordered"],
                row["units_released"],
                Instant(row["lapses_at"] or 0),
            ),
        )
