"""`oms show quotes`: what customers asked the price of, and what became of it."""

from __future__ import annotations

from typing import Literal

from rich.text import Text

from adapters.cli.amounts import moment, priced, whole
from adapters.cli.following import reading
from adapters.cli.listing import Columns, show_list
from adapters.cli.output import PLAIN, Common
from adapters.cli.parsing import positive
from adapters.postgres.receivable_queries import quotes as ask_quotes

STATES = {"issued": "yellow", "accepted": "green", "declined": "red", "expired": "dim"}

COLUMNS: Columns = {
    "quote": lambda row: row["quote_id"],
    "state": lambda row: Text(row["state"], STATES.get(row["state"], "")),
    "customer": lambda row: row["customer_id"],
    ">version": lambda row: str(row["version"] or ""),
    "terms": lambda row: row["terms"],
    ">units": lambda row: whole(row["units"]),
    ">total": lambda row: priced(row["total_minor"], row["currency"]) if row["total_minor"] else "",
    "requested": lambda row: moment(row["requested_at"])[:10],
    "valid until": lambda row: moment(row["valid_until"])[:10],
    "order": lambda row: row["order_id"] or row["reason"],
}


def quotes(
    *,
    state: Literal["requested", "issued", "accepted", "declined", "expired"] | None = None,
    customer: str | None = None,
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List quotes, the latest first, with the order that an accepted one became.

    **Examples**

        oms show quotes
        oms show quotes --state issued
        oms show quotes --customer C1 --json

    **Next:** `oms show order ID` shows the order of an accepted quote.

    Parameters
    ----------
    state
        Only quotes that are in this state.
    customer
        Only quotes of this customer.
    limit
        How many to show.
    """
    with reading(options) as models:
        found = ask_quotes(models, positive("--limit", limit), state=state, customer=customer)
    hint = "Next: `oms show order ID` shows the order of an accepted quote."
    show_list(options, "quotes", found, COLUMNS, hint=hint)
