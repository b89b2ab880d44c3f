"""The ceiling: the same rows, COPYed in the same batches into the same table by a bare loop."""

from __future__ import annotations

import time

from psycopg import Connection
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Composed, Identifier

from adapters.postgres.copying import body, copy_data
from oms_core.engine.mapper import Row
from tests.benchmarks.stage import Stage


def copy_again(stage: Stage, schema: str, after: int) -> float:
    """Copy the log past a position once more, beside itself, and return the events per second.

    The bytes are made beforehand. A batch is one transaction, as it was when it was appended.
    """
    with stage.connect() as connection:
        connection.execute(
            _sql("CREATE TABLE {schema}.ceiling (LIKE {schema}.oms_events INCLUDING ALL)", schema)
        )
        connection.execute(
            _sql(
                "INSERT INTO {schema}.ceiling SELECT * FROM {schema}.oms_events "
                "WHERE notification_id <= %s",
                schema,
            ),
            (after,),
        )
        bounds = connection.execute(
            _sql(
                "SELECT first, last FROM {schema}.oms_events_batches WHERE first > %s "
                "ORDER BY first",
                schema,
            ),
            (after,),
        ).fetchall()
        batches = [_bytes(connection, schema, first, last) for first, last in bounds]
        stage.settle()
        copy = _sql(
            "COPY {schema}.ceiling (originator_id, originator_version, topic, state, "
            "notification_id) FROM STDIN (FORMAT BINARY)",
            schema,
        )
        began = time.perf_counter()
        for data in batches:
            with connection.cursor() as cursor, cursor.copy(copy) as copying:
                copying.write(data)
        return float(bounds[-1][1] - after) / (time.perf_counter() - began)


def _bytes(connection: Connection[TupleRow], schema: str, first: int, last: int) -> bytes:
    with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        cursor.execute(
            _sql(
                "SELECT originator_id, originator_version, topic, state FROM {schema}.oms_events "
                "WHERE notification_id BETWEEN %s AND %s ORDER BY notification_id",
                schema,
            ),
            (first, last),
        )
        return b"".join(copy_data([body(Row._make(row)) for row in cursor.fetchall()], first))


def _sql(text: str, schema: str) -> Composed:
    return SQL(text).format(schema=Identifier(schema))
