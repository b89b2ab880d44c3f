"""`oms show jeopardy`: which promises will not be kept if nobody looks, and which were not."""

from __future__ import annotations

from typing import Literal

from rich.text import Text

from adapters.cli.amounts import moment, when, whole
from adapters.cli.following import reading
from adapters.cli.listing import Columns, show_list
from adapters.cli.output import PLAIN, Common
from adapters.cli.parsing import instant, positive
from adapters.clock import system_clock
from adapters.postgres.promise_queries import jeopardy as ask_jeopardy

STYLES = {"broken": "bold red", "jeopardy": "yellow", "no date": "magenta"}

COLUMNS: Columns = {
    "order": lambda row: row["order_id"],
    "standing": lambda row: Text(row["standing"], STYLES[row["standing"]]),
    "to leave by": lambda row: moment(row["ship_by"])[:16] or "no date",
    ">moved": lambda row: whole(row["moved"]) if row["moved"] else "",
    "customer": lambda row: row["customer_id"] or "",
    "in the way": lambda row: row["cause"],
    "promised because": lambda row: Text(row["reasons"][0], "dim"),
}


def jeopardy(
    *,
    standing: Literal["jeopardy", "broken", "no date"] | None = None,
    at: str = "now",
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List promises that are in jeopardy or broken, the most urgent first, and what is in the way.

    A promise is for the end of a day in UTC. Orders for which nobody can say a date are here, too.

    **Examples**

        oms show jeopardy
        oms show jeopardy --standing broken
        oms show jeopardy --at 2026-12-23 --json

    **Next:** `oms show order ID` shows what has happened, `oms show holds` who has to look.

    Parameters
    ----------
    standing
        Only promises that stand like this.
    at
        The time that promises are judged at: a date (its end) or a date and time.
    limit
        How many to show.
    """
    now = when(instant("--at", at, system_clock()))
    assert now is not None
    with reading(options) as models:
        found = ask_jeopardy(models, positive("--limit", limit), now, standing=standing)
    hint = "Next: `oms show order ID` shows what has happened, `oms show holds` who has to look."
    show_list(options, "promises in jeopardy", found, COLUMNS, hint=hint)
