"""`oms status`: how the shop's machinery stands."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.amounts import ago, moment, size, whole
from adapters.cli.listing import Columns, listing
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel
from adapters.postgres.state_queries import machinery

VIEWS: Columns = {
    "read model": lambda row: row["view"],
    ">rows": lambda row: whole(row["rows"]),
    ">position": lambda row: whole(row["position"]),
    ">behind": lambda row: Text(whole(row["behind"]), "yellow" if row["behind"] else "green"),
    ">lag": lambda row: ago(row["lag_seconds"]) if row["behind"] else "",
    ">parked streams": lambda row: Text(
        whole(row["parked_streams"]), "red" if row["parked_streams"] else "dim"
    ),
    ">size": lambda row: size(row["bytes"]),
}


def status(*, options: Common = PLAIN) -> None:
    """Say how the machinery stands: the log, its writer, the read models, what is parked.

    Where Kafka is configured it also says how far the relay and each projector are behind, which
    process does the work, and with which epoch it is fenced.

    Nothing is brought up to date by asking: `behind` is how it is.

    **Examples**

        oms status
        oms status --json

    **Next:** `oms boards` brings the read models up to date and shows them.
    """
    with opened(options) as shop, shop.connection() as connection:
        settings = shop.settings
        data = machinery(connection, settings.log_schema, settings.views_schema)
        data["database"] = settings.dsn or str(settings.home / "postgres")
        if settings.kafka_bootstrap:
            from adapters.cli.status_kafka import kafka  # noqa: PLC0415  (there may be no client)

            data["kafka"] = kafka(shop, connection, data)
    emit(options, data, _render)


def _owners(row: dict[str, Any]) -> str:
    return ", ".join(f"{owner} ({count})" for owner, count in sorted(row["owners"].items()))


PROJECTORS: Columns = {
    "read model": lambda row: row["view"],
    ">partitions": lambda row: whole(row["partitions"]) if row["partitions"] else "merged",
    ">epoch": lambda row: whole(row["epoch"]),
    "kept by": _owners,
}


def _following(kafka: dict[str, Any]) -> list[str | Text]:
    """Tell of the relay, and of who reads the topics in the order of the log."""
    relay = kafka["relay"]
    late = f", {ago(relay['lag_seconds'])}" if relay["behind"] else ""
    lines: list[str | Text] = [
        Text.assemble(
            f"relay         {relay['owner'] or 'none is running'}; published to "
            f"{whole(relay['position'])}, ",
            (f"{whole(relay['behind'])} behind{late}", "yellow" if relay["behind"] else "green"),
        )
    ]
    for name, owner in kafka["projectors"].items():
        lines.append(f"projector     {name}: merged log kept by {owner or 'nobody now'}")
    return lines


def _render(data: dict[str, Any]) -> RenderableType:
    log = data["log"]
    holder = f"{log['holder'] or 'nobody yet'}, epoch {log['epoch']}"
    since = f", since {moment(log['acquired_at'])} UTC" if log["acquired_at"] else ""
    running = ("an engine is running", "green") if data["running"] else "no engine is running"
    parked = data["parked"]
    recorded = moment(log["recorded_at"]) or "never"
    lines: list[str | Text] = [
        f"database      {data['database']}, {size(data['bytes'])}",
        f"log           {whole(log['position'])} events, {size(log['bytes'])}; last {recorded} UTC",
        Text.assemble(f"last writer   {holder}{since}; ", running),
        Text.assemble(
            "parked        ",
            (f"{whole(parked)} messages: see `oms parked list`", "red") if parked else "nothing",
        ),
    ]
    if kafka := data.get("kafka"):
        lines += _following(kafka)
    if not data["views"]:
        hint = "\nThere are no read models yet: `oms init` lays them out."
        return Group(panel("Status", lines), Text(hint, "dim"))
    parts = [panel("Status", lines), listing("Read models", data["views"], VIEWS)]
    if kafka:
        parts.append(listing("Kept from Kafka", data["views"], PROJECTORS))
    return Group(*parts)
