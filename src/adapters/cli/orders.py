"""`oms show orders`: the order list."""

from __future__ import annotations

from typing import Literal

from adapters.cli.amounts import moment, priced, whole
from adapters.cli.following import reading
from adapters.cli.listing import Columns, show_list, state
from adapters.cli.output import PLAIN, Common
from adapters.cli.parsing import positive
from adapters.postgres.queries import Row

State = Literal[
    "placed",
    "held",
    "awaiting_payment",
    "backordered",
    "released",
    "partially_shipped",
    "completed",
    "cancelled",
    "rejected",
]


def notes(row: Row) -> str:
    """Say what is special about an order: holds, flags, reasons against it."""
    holds = [f"hold: {hold['kind']}" for hold in row["holds"]] if row["state"] == "held" else []
    flags = [flag["kind"] for flag in row["flags"]]
    reasons = [reason["code"] for reason in row["rejections"]]
    return ", ".join(dict.fromkeys((*holds, *flags, *reasons)))


COLUMNS: Columns = {
    "order": lambda row: row["order_id"],
    "state": lambda row: state(row["state"]),
    "customer": lambda row: row["customer_id"],
    "to": lambda row: row["country"],
    ">units": lambda row: whole(row["units_ordered"]),
    ">shipped": lambda row: whole(row["units_shipped"]),
    ">total": lambda row: priced(row["total_minor"], row["currency"]),
    "placed (UTC)": lambda row: moment(row["placed_at"])[:16],
    "notes": notes,
}


def orders(
    *,
    state: State | None = None,
    channel: str | None = None,
    customer: str | None = None,
    country: str | None = None,
    currency: str | None = None,
    sort: Literal["placed", "id", "state", "total", "ship-by"] = "placed",
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List orders, the latest first.

    **Examples**

        oms show orders --state held
        oms show orders --channel web --sort total --limit 5
        oms show orders --customer C1 --json

    **Next:** `oms show order ID` shows one in full, `oms why order ID` explains it.

    Parameters
    ----------
    state
        Only orders that are in this state.
    channel
        Only orders of this channel.
    customer
        Only orders of this customer.
    country
        Only orders that go to this country (two letters).
    currency
        Only orders in this currency (three letters).
    sort
        By when they were placed (latest first), id, state, total (highest first) or promised date.
    limit
        How many to show.
    """
    with reading(options) as models:
        found = models.orders(
            sort,
            positive("--limit", limit),
            state=state,
            channel=channel,
            customer=customer,
            country=country,
            currency=currency,
        )
    hint = "Next: `oms show order ID` shows one in full, `oms why order ID` explains it."
    show_list(options, "orders", found, COLUMNS, hint=hint)
