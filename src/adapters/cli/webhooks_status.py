"""`oms webhooks status`: how far others have been told, and what stands in the way."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.amounts import moment, whole
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.listing import Columns, listing
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit
from adapters.postgres.webhook_queries import webhooks

STATES = {"enabled": "green", "failing": "yellow", "disabled": "red"}

COLUMNS: Columns = {
    "webhook": lambda row: row["webhook_id"],
    "state": lambda row: Text(" ".join((row["state"], row["why"])), STATES[row["state"]]),
    ">told up to": lambda row: whole(row["position"]),
    ">pending": lambda row: whole(row["pending"] + row["replays"]),
    ">delivered": lambda row: whole(row["delivered"]),
    ">left out": lambda row: Text(whole(row["abandoned"]), "red" if row["abandoned"] else "dim"),
    "last taken (UTC)": lambda row: moment(row["last_success_at"]),
    "failing since": lambda row: moment(row["failing_since"]),
    "again at": lambda row: moment(row["retry_at"]),
    "last error": lambda row: row["last_error"],
}


def status(webhook_id: str | None = None, *, options: Common = PLAIN) -> None:
    """Show how far webhooks have been told, what waits for them, and what stands in the way.

    A webhook that fails is tried again, later and later; one that is gone, or has failed for five
    days, is disabled. Nothing is lost meanwhile: it goes on where it was.

    **Examples**

        oms webhooks status
        oms webhooks status crm --json

    **Next:** `oms webhooks enable ID` lets one go on; `oms webhooks replay ID --event NAME` tells
    once more of an event that was left out.

    Parameters
    ----------
    webhook_id
        Only this one.
    """
    with opened(options) as shop:
        follow(shop)
        with shop.connection() as connection:
            settings = shop.settings
            rows = webhooks(connection, settings.log_schema, settings.views_schema, webhook_id)
    if webhook_id is not None and not rows:
        remedy = "`oms webhooks status` without a name shows all."
        raise Refused(Fault("webhook_id", webhook_id, "Nobody has subscribed by it.", remedy))
    emit(options, {"webhooks": rows}, _statuses)


def _statuses(data: dict[str, Any]) -> RenderableType:
    if not data["webhooks"]:
        return Text("Nobody is told. Next: `oms webhooks subscribe --help`.", "dim")
    hint = "\nNext: `oms webhooks replay ID` tells once more, `oms webhooks enable ID` goes on."
    return Group(listing("Webhooks", data["webhooks"], COLUMNS), Text(hint, "dim"))
