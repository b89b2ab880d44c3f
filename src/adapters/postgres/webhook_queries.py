"""What people ask of webhooks: how far each was told, what waits for it, what stands in the way."""

from __future__ import annotations

from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow, dict_row
from psycopg.sql import SQL, Identifier

from adapters.postgres.queries import Row

WEBHOOKS: LiteralString = """
SELECT w.webhook_id, w.url, w.types, w.state, w.why, w.position, w.delivered, w.abandoned,
    w.replays, w.attempts, w.last_success_at, w.failing_since, w.failing_event, w.last_error,
    w.retry_at, w.last_abandoned, w.subscribed_at,
    (SELECT count(*) FROM {events} e WHERE e.notification_id > w.position
      AND e.topic IN (SELECT jsonb_array_elements_text(w.types))) AS pending
FROM {webhooks} w
WHERE (%(webhook)s::text IS NULL OR w.webhook_id = %(webhook)s)
ORDER BY w.webhook_id
"""


def webhooks(
    connection: Connection[TupleRow], log: str, views: str, webhook_id: str | None = None
) -> list[Row]:
    """Return every webhook, or one, with the number of events in the log that wait for it."""
    query = SQL(WEBHOOKS).format(
        events=Identifier(log, "oms_events"), webhooks=Identifier(views, "webhooks")
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, {"webhook": webhook_id}).fetchall()
