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
    emit(options, data, _render)


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
    if not data["views"]:
        hint = "\nThere are no read models yet: `oms init` lays them out."
        return Group(panel("Status", lines), Text(hint, "dim"))
    return Group(panel("Status", lines), listing("Read models", data["views"], VIEWS))
