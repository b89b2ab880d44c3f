"""What a marketplace is told of stock: how much of each item it may sell, and in which order.

Each change of an item has a sequence number that is greater than any before in the same channel,
because offers are worked out one after the other. So whoever keeps, for each item, the greatest
number that it has seen may get them late, twice or in any order: an older one changes nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import TupleRow, class_row
from psycopg.sql import SQL, Composed, Identifier

TABLE = """
CREATE TABLE IF NOT EXISTS {offers} (
    channel text NOT NULL,
    item_id text NOT NULL,
    sku text NOT NULL,
    quantity bigint NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (channel, item_id)
)
"""

LOCK = 7_201_906
"""The advisory lock under which offers are worked out: who is later has read what is newer."""

REFRESH = """
WITH now AS (
    SELECT level.item_id, coalesce(nullif(product.sku, ''), level.item_id) AS sku,
        CASE WHEN coalesce(product.discontinued, false) THEN 0 ELSE greatest(0,
            pool - threshold - reserved - soft_reserved - fenced
            + coalesce((fences ->> %(channel)s)::bigint, 0)) END AS quantity
    FROM {levels} level LEFT JOIN {products} product USING (item_id)
)
INSERT INTO {offers} (channel, item_id, sku, quantity, sequence)
SELECT %(channel)s, now.item_id, now.sku, now.quantity,
    (SELECT coalesce(max(sequence), 0) + 1 FROM {offers} WHERE channel = %(channel)s)
FROM now LEFT JOIN {offers} told ON told.channel = %(channel)s AND told.item_id = now.item_id
WHERE (told.sku, told.quantity) IS DISTINCT FROM (now.sku, now.quantity)
ON CONFLICT (channel, item_id) DO UPDATE
SET sku = excluded.sku, quantity = excluded.quantity, sequence = excluded.sequence
"""


SINCE = """
SELECT channel, item_id, sku, quantity, sequence FROM (
    SELECT * FROM {offers} WHERE channel = %(channel)s AND sequence > %(sequence)s
    ORDER BY sequence FETCH FIRST %(limit)s ROWS WITH TIES
) page ORDER BY sequence, item_id
"""


class Offer(NamedTuple):
    """How many units of an item a channel may sell: its own ring-fence included, others' not."""

    channel: str
    item_id: str
    sku: str
    quantity: int
    sequence: int


class Offers:
    """What each channel was offered last."""

    def __init__(self, connection: Connection[TupleRow], schema: str, views: str) -> None:
        """Keep offers in `schema`, worked out from the read models in `views`."""
        self._connection = connection
        self._names = {
            "offers": Identifier(schema, "offers"),
            "levels": Identifier(views, "inventory_network"),
            "products": Identifier(views, "products"),
        }
        with connection.transaction():
            self._lock()
            connection.execute(self._sql(TABLE))

    def refresh(self, channel: str) -> int:
        """Give what has changed for a channel a new number; return how many items that are."""
        with self._connection.transaction():
            self._lock()
            return self._connection.execute(self._sql(REFRESH), {"channel": channel}).rowcount

    def since(self, channel: str, sequence: int, limit: int) -> list[Offer]:
        """Return what a channel has not seen yet, oldest first.

        Items with one number stay together, so more than `limit` may come: the last number that
        was returned is always where to go on.
        """
        query = self._sql(SINCE)
        given = {"channel": channel, "sequence": sequence, "limit": limit}
        with self._connection.cursor(row_factory=class_row(Offer)) as cursor:
            return cursor.execute(query, given).fetchall()

    def _lock(self) -> None:
        self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))

    def _sql(self, text: str) -> Composed:
        return SQL(text).format(**self._names)
