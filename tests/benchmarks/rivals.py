"""What the rivals share: their tables, as lean as a shop without history can have them.

There is no log, no time of change, no idempotent answer and no wait for missing stock: an order
that cannot be met is rolled back. Items are integers, and a page of stock has room for updates in
place. The server, and with it the durability of a commit, is the one that our own engine writes to.
"""

from __future__ import annotations

from tests.benchmarks.stage import Stage
from tests.benchmarks.workload import ITEMS, PLENTY

SCHEMA = "bench_rival"

LAYOUT = f"""
CREATE SCHEMA {SCHEMA};
SET search_path = {SCHEMA};
CREATE TABLE stock (
    item int PRIMARY KEY, available int NOT NULL CHECK (available >= 0)
) WITH (fillfactor = 50);
CREATE TABLE orders (
    order_id text PRIMARY KEY, channel text NOT NULL, reference text NOT NULL,
    customer text NOT NULL, currency text NOT NULL, total_minor bigint NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE lines (
    order_id text, line int, item int NOT NULL, quantity int NOT NULL,
    net_minor bigint NOT NULL, tax_minor bigint NOT NULL, PRIMARY KEY (order_id, line)
);
CREATE TABLE payments (
    payment_id text PRIMARY KEY, order_id text NOT NULL, method text NOT NULL,
    amount_minor bigint NOT NULL, status text NOT NULL
);
INSERT INTO stock SELECT item, {PLENTY} FROM generate_series(1, {ITEMS}) AS item;
ANALYZE stock;
"""


def lay_out(stage: Stage) -> None:
    """Give the rivals fresh tables with full shelves."""
    stage.drop(SCHEMA)
    with stage.connect() as connection:
        connection.execute(LAYOUT)
    stage.settle()


def clear(stage: Stage, sold: int) -> None:
    """Check that each order took its three times two units, and clear the tables away."""
    with stage.connect() as connection:
        row = connection.execute(
            f"SELECT (SELECT count(*) FROM {SCHEMA}.orders),"
            f" (SELECT sum({PLENTY} - available)::bigint FROM {SCHEMA}.stock)"
        ).fetchone()
    assert row == (sold, sold * 6), row
    stage.drop(SCHEMA)
