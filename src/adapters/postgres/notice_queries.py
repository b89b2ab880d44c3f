"""What people ask of notices."""

from __future__ import annotations

from typing import LiteralString

from adapters.postgres.queries import Found, ReadModels, counted

NOTICES: LiteralString = """
SELECT notice_id, kind, state, subject_id, order_id, customer_id, language, attempts, reason,
    requested_at, due_at, ended_at, count(*) OVER () AS found
FROM {schema}.notices
WHERE (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(order)s::text IS NULL OR order_id = %(order)s)
  AND (%(customer)s::text[] IS NULL OR customer_id = ANY(%(customer)s))
ORDER BY requested_at DESC, notice_id LIMIT %(limit)s
"""


def notices(
    models: ReadModels,
    limit: int,
    *,
    state: str | None = None,
    kind: str | None = None,
    order: str | None = None,
    customer: str | None = None,
) -> Found:
    """Return notices that pass every filter, the latest first."""
    rows = models.ask(
        NOTICES, limit=limit, state=state, kind=kind, order=order, customer=models.ids_of(customer)
    )
    return counted(rows)
