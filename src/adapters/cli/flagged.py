"""`oms show flagged`: special orders, and whether their promise was kept."""

from __future__ import annotations

from typing import Literal

from rich.text import Text

from adapters.cli.amounts import moment, whole
from adapters.cli.following import reading
from adapters.cli.listing import Columns, show_list
from adapters.cli.output import PLAIN, Common
from adapters.cli.parsing import positive
from adapters.postgres.queries import Row


def kept(row: Row) -> Text:
    """Say what came of the promise."""
    if row["late"]:
        return Text("late", "bold red")
    if row["state"] == "cancelled":
        return Text("cancelled", "dim")
    return Text("kept", "green") if row["shipped_at"] else Text("open", "yellow")


COLUMNS: Columns = {
    "code": lambda row: row["code"] or "(to come)",
    "kind": lambda row: row["kind"],
    "order": lambda row: row["order_id"],
    "customer": lambda row: row["customer_id"],
    "promised": lambda row: moment(row["ship_by"])[:16] or "no date",
    "shipped": lambda row: moment(row["shipped_at"])[:16],
    ">units": lambda row: f"{whole(row['units_shipped'])}/{whole(row['units_ordered'])}",
    "promise": kept,
}


def flagged(
    *,
    kind: Literal["vip", "replacement", "gift"] | None = None,
    late: bool = False,
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List special orders: of VIPs, replacements and thank-you gifts, broken promises first.

    Each has a code of its own, which is never used again and shows when it is mistyped.

    **Examples**

        oms show flagged
        oms show flagged --late
        oms show flagged --kind vip --limit 5

    **Next:** `oms show order ID` shows what happened to one.

    Parameters
    ----------
    kind
        Only orders that are special for this reason.
    late
        Only orders that were shipped after the promised date.
    limit
        How many to show.
    """
    with reading(options) as models:
        found = models.flagged(kind, positive("--limit", limit), late=late)
    hint = "Next: `oms show order ID` shows what happened to one."
    show_list(options, "flagged orders", found, COLUMNS, hint=hint)
