"""How the machinery stands: the log and its writer, each read model and how far it is behind."""

from __future__ import annotations

from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow, dict_row
from psycopg.sql import SQL, Identifier

from oms_core.engine.mapper import from_row

HEAD: LiteralString = """
SELECT position, epoch, holder, acquired_at, pg_total_relation_size({events}::regclass) AS bytes,
    pg_database_size(current_database()) AS database_bytes,
    (SELECT count(*) FROM {parked}) AS parked,
    EXISTS (
        SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database,
            hashtextextended({lease}, 0) AS k
        WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()
          AND l.classid = ((k >> 32) & 4294967295)::oid AND l.objid = (k & 4294967295)::oid
    ) AS running
FROM {head}
"""

POSITIONS: LiteralString = """
SELECT p.view, p.position, p.epoch,
    (SELECT count(*) FROM {parked} e WHERE e.view = p.view) AS parked_streams,
    pg_total_relation_size(format('%%I.%%I', {schema}::text, p.view)::regclass) AS bytes
FROM {projections} p WHERE p.view NOT LIKE '%%\\_\\_next' ORDER BY p.view
"""

AT: LiteralString = """
SELECT originator_id, originator_version, topic, state, notification_id FROM {events}
WHERE notification_id = %s
"""


def machinery(
    connection: Connection[TupleRow], log: str, views: str, events: str = "oms_events"
) -> dict[str, Any]:
    """Return how the log in schema `log` stands, and the read models in schema `views`."""
    names = {
        "events": Identifier(log, events),
        "head": Identifier(log, f"{events}_head"),
        "parked": Identifier(log, f"{events}_parked"),
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        query = HEAD.replace("{events}::regclass", "to_regclass(%(events)s)")
        query = query.replace("{lease}", "%(lease)s")
        arguments = {"events": f'"{log}"."{events}"', "lease": f"{log}.{events}"}
        head = cursor.execute(SQL(query).format(**names), arguments).fetchone()
        assert head is not None
        total, parked, running = (head.pop(n) for n in ("database_bytes", "parked", "running"))
        head["recorded_at"] = _recorded_at(connection, names["events"], head["position"])
        rows = _views(connection, views, names["events"], head)
    return {"log": head, "running": running, "parked": parked, "bytes": total, "views": rows}


def _views(
    connection: Connection[TupleRow], views: str, events: Identifier, head: dict[str, Any]
) -> list[dict[str, Any]]:
    exists = connection.execute("SELECT to_regclass(%s)", [f'"{views}"._projections']).fetchone()
    if exists is None or exists[0] is None:
        return []
    names = {
        "projections": Identifier(views, "_projections"),
        "parked": Identifier(views, "_parked_events"),
    }
    query = SQL(POSITIONS.replace("{schema}", "%(schema)s")).format(**names)
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query, {"schema": views}).fetchall()
    for row in rows:
        table = Identifier(views, row["view"])
        counted = connection.execute(SQL("SELECT count(*) FROM {}").format(table)).fetchone()
        row["rows"] = counted[0] if counted else 0
        row["behind"] = head["position"] - row["position"]
        at = _recorded_at(connection, events, row["position"] + 1) if row["behind"] else 0
        row["lag_seconds"] = (head["recorded_at"] - at) / 1_000_000 if at else 0.0
    return rows


def _recorded_at(connection: Connection[TupleRow], events: Identifier, position: int) -> int:
    with connection.cursor(binary=True) as cursor:
        row = cursor.execute(SQL(AT).format(events=events), [position]).fetchone()
    return from_row(*row).recorded_at if row else 0
