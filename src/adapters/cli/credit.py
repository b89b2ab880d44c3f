"""`oms show credit`: how far customers are trusted, and who has to wait."""

from __future__ import annotations

from rich.text import Text

from adapters.cli.amounts import money
from adapters.cli.following import reading
from adapters.cli.listing import Columns, show_list
from adapters.cli.output import PLAIN, Common
from adapters.cli.parsing import positive
from adapters.postgres.queries import Row
from adapters.postgres.receivable_queries import credit as ask_credit


def standing(row: Row) -> Text:
    """Say how the account stands."""
    if not row["opened"]:
        return Text("not open", "dim")
    if row["blocked"]:
        return Text("blocked", "bold red")
    return Text("waited for", "yellow") if row["orders_waiting"] else Text("good", "green")


COLUMNS: Columns = {
    "account": lambda row: row["account_id"],
    "standing": standing,
    ">limit": lambda row: money(row["limit_minor"], row["currency"]),
    ">ordered": lambda row: money(row["ordered_minor"], row["currency"]),
    ">invoiced": lambda row: money(row["invoiced_minor"], row["currency"]),
    ">free": lambda row: money(row["free_minor"], row["currency"]),
    ">unapplied": lambda row: money(row["unapplied_minor"], row["currency"]),
    ">waiting": lambda row: str(row["orders_waiting"] or ""),
}


def credit(
    customer: str | None = None,
    *,
    currency: str | None = None,
    waiting: bool = False,
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List credit accounts, those that keep orders waiting first.

    What is ordered on terms and what is invoiced and open counts against the limit. Unapplied is
    what the customer has paid or was credited, and no invoice has asked for yet.

    **Examples**

        oms show credit
        oms show credit --waiting
        oms show credit C1 --json

    **Next:** `oms show invoices --customer C1` lists what a customer owes.

    Parameters
    ----------
    customer
        Only accounts of this customer.
    currency
        Only accounts in this currency (three letters).
    waiting
        Only accounts that are blocked or keep an order waiting.
    limit
        How many to show.
    """
    with reading(options) as models:
        found = ask_credit(
            models,
            positive("--limit", limit),
            customer=customer,
            currency=currency,
            waiting=waiting,
        )
    hint = "Next: `oms show invoices --customer ID` lists what a customer owes."
    show_list(options, "credit accounts", found, COLUMNS, hint=hint)
