"""`oms show carts`: who shops for what, what is held for them, and who has left."""

from __future__ import annotations

from typing import Literal

from rich.text import Text

from adapters.cli.amounts import moment, priced, whole
from adapters.cli.following import reading
from adapters.cli.listing import Columns, show_list
from adapters.cli.output import PLAIN, Common
from adapters.cli.parsing import positive
from adapters.postgres import cart_queries
from adapters.postgres.queries import Row

Standing = Literal["open", "abandoned", "converted", "expired"]

STYLES = {"open": "cyan", "abandoned": "yellow", "converted": "green", "expired": "dim"}


def standing(row: Row) -> Text:
    """Write where a cart stands in its colour, and how often somebody came back to it."""
    again = f" ({row['episode']})" if row["episode"] > 1 else ""
    return Text(row["standing"] + again, STYLES[row["standing"]])


COLUMNS: Columns = {
    "cart": lambda row: row["cart_id"],
    "standing": standing,
    "customer": lambda row: row["customer_id"] or Text("not known yet", "dim"),
    ">lines": lambda row: whole(row["lines"]),
    ">units": lambda row: whole(row["units"]),
    ">held": lambda row: whole(row["units_reserved"]),
    ">not had": lambda row: whole(row["units_declined"]),
    ">value": lambda row: priced(row["value_minor"], row["currency"]),
    "last seen (UTC)": lambda row: moment(row["active_at"])[:16],
    "order": lambda row: row["order_id"],
}


def carts(
    *,
    standing: Standing | None = None,
    channel: str | None = None,
    customer: str | None = None,
    sort: Literal["active", "units", "value"] = "active",
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List carts: what is in them, what of it is held, and where they stand.

    A number behind the standing says in which episode a cart is that was left and come back to.

    **Examples**

        oms show carts
        oms show carts --standing abandoned --sort value
        oms show carts --customer C1 --json

    **Next:** `oms show order ID` shows the order that a cart became.

    Parameters
    ----------
    standing
        Only carts that stand like this.
    channel
        Only carts of this channel.
    customer
        Only carts of this customer.
    sort
        By when somebody was last there (latest first), units or value (highest first).
    limit
        How many to show.
    """
    with reading(options) as models:
        found = cart_queries.carts(
            models,
            sort,
            positive("--limit", limit),
            standing=standing,
            channel=channel,
            customer=customer,
        )
    hint = "Next: `oms show order ID` shows the order that a cart became."
    show_list(options, "carts", found, COLUMNS, hint=hint)
