"""`oms show customers`: who buys, and what it is worth."""

from __future__ import annotations

from typing import Literal

from rich.text import Text

from adapters.cli.amounts import moment, money, whole
from adapters.cli.following import reading
from adapters.cli.listing import Columns, show_list
from adapters.cli.output import PLAIN, Common
from adapters.cli.parsing import positive

COLUMNS: Columns = {
    "customer": lambda row: row["customer_id"],
    "tier": lambda row: Text(row["tier"] or "", "bold yellow" if row["tier"] == "vip" else ""),
    "from": lambda row: row["country"] or "",
    ">orders": lambda row: whole(row["orders"]),
    ">returns": lambda row: whole(row["returns"] or 0),
    "currency": lambda row: row["currency"],
    ">spend": lambda row: money(row["spend_minor"], row["currency"]),
    ">returned": lambda row: money(row["returned_minor"], row["currency"]),
    ">margin": lambda row: money(row["margin_minor"], row["currency"]),
    "last order": lambda row: moment(row["last_order_at"])[:10],
}


def customers(
    customer: str | None = None,
    *,
    currency: str | None = None,
    country: str | None = None,
    tier: Literal["standard", "vip"] | None = None,
    sort: Literal["margin", "spend", "orders", "returns", "id"] = "margin",
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List customers with what they brought, one row for each currency.

    Spend is what was shipped, tax included. Margin is net revenue less the cost of the goods, less
    returns. Cost stands in the currency that the goods were bought in.

    **Examples**

        oms show customers --currency EUR --sort margin --limit 10
        oms show customers C1
        oms show customers --tier vip

    **Next:** `oms show orders --customer C1` lists what a customer ordered.

    Parameters
    ----------
    customer
        Only this customer.
    currency
        Only amounts in this currency (three letters).
    country
        Only customers of this country (two letters).
    tier
        Only customers of this tier.
    sort
        By margin, spend, number of orders, value of returns (highest first), or id.
    limit
        How many rows to show.
    """
    with reading(options) as models:
        found = models.customers(
            sort,
            positive("--limit", limit),
            customer=customer,
            currency=currency,
            country=country,
            tier=tier,
        )
    hint = "Next: `oms show orders --customer ID` lists what a customer ordered."
    show_list(options, "customers", found, COLUMNS, hint=hint)
