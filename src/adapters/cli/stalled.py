"""`oms show stalled`: which orders have waited for too long, for what, and for whom."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from adapters.cli.amounts import moment, when
from adapters.cli.following import follow
from adapters.cli.listing import Columns, show_list, state
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common
from adapters.cli.parsing import instant, positive
from adapters.clock import system_clock
from adapters.policies import read_policies
from adapters.postgres.queries import Found, ReadModels
from adapters.postgres.step_queries import open_orders
from projections.steps import next_step

COLUMNS: Columns = {
    "order": lambda row: row["order_id"],
    "state": lambda row: state(row["state"]),
    "next": lambda row: row["what"],
    "owner": lambda row: row["owner"],
    "due (UTC)": lambda row: Text(moment(row["due_at"])[:16], "red" if row["overdue"] else ""),
    "customer": lambda row: row["customer_id"],
}


def stalled(
    *,
    owner: str | None = None,
    every: Annotated[bool, Parameter(negative="")] = False,
    at: str = "now",
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List orders that have waited for too long, the most overdue first.

    Every open order has a next step, somebody who has to take it, and a time by which it is due.
    How long is too long can be set: `[patience]` in the file of `OMS_POLICIES`. An order that waits
    for the engine although nothing stands in its way is a fault of ours: tell us.

    **Examples**

        oms show stalled
        oms show stalled --owner warehouse
        oms show stalled --every --limit 100

    **Next:** `oms show order ID` shows what has happened, `oms show holds` who has to look.

    Parameters
    ----------
    owner
        Only orders that wait for this part of the shop, or this person.
    every
        Every open order, whether its step is overdue or not.
    at
        The time that steps are judged at: a date (its end) or a date and time.
    limit
        How many to show.
    """
    now = instant("--at", at, system_clock())
    limit = positive("--limit", limit)
    with opened(options) as shop:
        patience = read_policies(shop.settings.policies).patience
        follow(shop)
        with shop.connection() as connection:
            models = ReadModels(connection, shop.settings.views_schema)
            found = []
            for row, situation in open_orders(models):
                step = next_step(situation, patience)
                if (every or step.due_at <= now) and owner in (None, step.owner):
                    found.append((step.due_at, row, step))
    found.sort(key=lambda entry: (entry[0], entry[1]["order_id"]))
    rows = [
        {
            **{name: row[name] for name in ("order_id", "customer_id", "state")},
            "what": step.what,
            "owner": step.owner,
            "due_at": when(due_at),
            "overdue": due_at <= now,
        }
        for due_at, row, step in found[:limit]
    ]
    hint = "Next: `oms show order ID` shows what has happened, `oms show holds` who has to look."
    show_list(options, "stalled orders", Found(rows, len(found)), COLUMNS, hint=hint)
