"""`oms show coupons`: how often each code may be used, and has been."""

from __future__ import annotations

from typing import Literal

from rich.text import Text

from adapters.cli.amounts import moment, whole
from adapters.cli.following import reading
from adapters.cli.listing import Columns, show_list
from adapters.cli.output import PLAIN, Common
from adapters.cli.parsing import positive
from adapters.postgres.price_queries import coupons as ask_coupons

STATES = {"issued": "green", "withdrawn": "dim", "unknown": "red"}

COLUMNS: Columns = {
    "coupon": lambda row: row["code"],
    "state": lambda row: Text(row["state"], STATES.get(row["state"], "")),
    ">used": lambda row: whole(row["used"]),
    ">of": lambda row: whole(row["uses_max"]) if row["uses_max"] else "",
    ">each": lambda row: whole(row["customer_uses_max"]) if row["customer_uses_max"] else "",
    ">open": lambda row: whole(row["open"]),
    ">given back": lambda row: whole(row["returned"]),
    ">declined": lambda row: whole(row["declined"]),
    "valid until": lambda row: moment(row["valid_until"])[:10],
    "last used": lambda row: moment(row["last_used_at"]),
}


def coupons(
    *,
    state: Literal["issued", "withdrawn", "unknown"] | None = None,
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List coupons, those that were used last first.

    `open` uses come back if their order comes to nothing; `unknown` codes were only asked for.

    **Examples**

        oms show coupons
        oms show coupons --state issued --json

    **Next:** `oms price ITEM --coupon CODE` shows what a code takes off.

    Parameters
    ----------
    state
        Only coupons that are in this state.
    limit
        How many to show.
    """
    with reading(options) as models:
        found = ask_coupons(models, positive("--limit", limit), state=state)
    hint = "Next: `oms price ITEM --coupon CODE` shows what a code takes off."
    show_list(options, "coupons", found, COLUMNS, hint=hint)
