"""The journal as transactions, one for each event, read in pages so that it need not fit in memory.

Everything is read in one snapshot, so that the transactions and the balances belong together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed, Identifier

from adapters.accounting.book import Amount, Book, Span, Transaction
from adapters.postgres.reach import reach_of

PAGE_ROWS = 5_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

JOURNAL: LiteralString = """
SELECT j.event_id, j.position, j.currency, j.description, j.lines,
    coalesce(t.order_id, '') AS order_id, j.recorded_at, j.occurred_at
FROM {schema}.journal j LEFT JOIN {schema}.timeline t USING (event_id)
ORDER BY j.position, j.currency
"""

DAYS: LiteralString = """
SELECT min(coalesce(occurred_at, to_timestamp(0)) AT TIME ZONE 'UTC')::date AS first,
    max(coalesce(occurred_at, to_timestamp(0)) AT TIME ZONE 'UTC')::date AS last
FROM {schema}.journal
"""

CLOSING: LiteralString = """
SELECT account, currency, balance_minor FROM {schema}.trial_balance ORDER BY currency, account
"""


class Apart(Exception):
    """The journal and the trial balance have not read equally far."""


@contextmanager
def reading_book(connection: Connection[Any], schema: str, origin: str) -> Iterator[Book]:
    """Read the books in one snapshot; the transactions can be gone through inside only.

    :raises Apart: if the read models have not read equally far.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reached = [reach_of(connection, schema, view).top for view in ("journal", "trial_balance")]
        if reached[0] != reached[1]:
            raise Apart(
                f"The journal has read the log up to {reached[0]}, and the trial balance up to "
                f"{reached[1]}."
            )
        closing = connection.execute(_sql(CLOSING, schema)).fetchall()
        days = connection.execute(_sql(DAYS, schema)).fetchone()
        first, last = (day or date(1970, 1, 1) for day in days or (None, None))
        with connection.cursor(name="journal", row_factory=dict_row) as cursor:
            cursor.itersize = PAGE_ROWS
            cursor.execute(_sql(JOURNAL, schema))
            transactions = (
                _transaction(list(rows)) for _, rows in groupby(cursor, itemgetter("position"))
            )
            yield Book(
                f"{origin}, up to position {reached[0]}",
                Span(first, last),
                transactions,
                [Amount(*row) for row in closing],
            )


def _sql(query: LiteralString, schema: str) -> Composed:
    return SQL(query).format(schema=Identifier(schema))


def _transaction(rows: list[dict[str, Any]]) -> Transaction:
    """Put the rows of one event together: there is one for each currency."""
    row = rows[0]
    return Transaction(
        row["position"],
        row["event_id"],
        row["description"],
        row["order_id"],
        _utc(row["occurred_at"]),
        _utc(row["recorded_at"]),
        tuple(
            Amount(line["account"], row["currency"], line["debit_minor"] - line["credit_minor"])
            for row in rows
            for line in row["lines"]
        ),
    )


def _utc(at: datetime | None) -> datetime:
    return at.astimezone(UTC) if at else EPOCH
