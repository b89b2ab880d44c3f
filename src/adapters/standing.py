"""How the relay and the projectors stand: what PostgreSQL and the broker say of them together."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.bootstrap import Shop
from adapters.kafka.standing import Unread, published, unread
from adapters.postgres.lane_queries import LaneRow, lane_rows, lease_holder, reader_names

SECOND = 1_000_000
RELAY = "relay"


def kafka_standing(
    shop: Shop, connection: Connection[TupleRow], data: dict[str, Any]
) -> dict[str, Any]:
    """Return how relay and projectors stand, and correct what `data` says of their views.

    :raises Interrupted: if the broker does not answer.
    """
    settings, log = shop.settings, data["log"]
    lanes = defaultdict[str, list[LaneRow]](list)
    for row in lane_rows(connection, settings.views_schema):
        lanes[row.view].append(row)
    starts = {
        view: {(row.topic, row.partition): row.next_offset for row in rows}
        for view, rows in lanes.items()
    }
    behind = unread(settings, starts)
    for row in data["views"]:
        rows = lanes.get(row["view"])
        if rows:
            _correct(row, rows, behind[row["view"]], log["recorded_at"])
        row["partitions"] = len(rows or ())
        row["owners"] = Counter(lane.owner for lane in rows or ())
    return {
        "relay": _relay(shop, connection, log),
        "projectors": {
            name: lease_holder(connection, settings.log_schema, f"projector:{name}")
            for name in reader_names(connection, settings.views_schema)
        },
    }


def _correct(row: dict[str, Any], lanes: list[LaneRow], behind: Unread, last: int) -> None:
    """Say of a view that is kept by partition what its partitions say."""
    row["position"] = max(lane.position for lane in lanes)
    row["epoch"] = max(lane.epoch for lane in lanes)
    row["behind"] = behind.messages
    row["lag_seconds"] = max(0, last - behind.since) / SECOND if behind.since else 0.0


def _relay(shop: Shop, connection: Connection[TupleRow], log: dict[str, Any]) -> dict[str, Any]:
    checkpoint = published(shop.settings)
    behind = max(0, log["position"] - checkpoint.position)
    seconds = 0.0
    if behind:
        with shop.log() as reader:
            first = reader.read(checkpoint.position, 1)
        seconds = (log["recorded_at"] - first[0].recorded_at) / SECOND if first else 0.0
    return {
        "position": checkpoint.position,
        "behind": behind,
        "lag_seconds": seconds,
        "owner": lease_holder(connection, shop.settings.log_schema, RELAY),
    }
