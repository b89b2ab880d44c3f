"""`oms show invoices`: what customers owe, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.amounts import money, priced
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import reading
from adapters.cli.listing import Columns, listing, rows_table
from adapters.cli.output import PLAIN, Common, emit, titled
from adapters.cli.parsing import positive
from adapters.clock import system_clock
from adapters.postgres.queries import Row
from adapters.postgres.receivable_queries import ageing
from adapters.postgres.receivable_queries import invoices as ask_invoices
from oms_core.kernel.calendar import NotADate, date_of, read_date
from projections.invoices import BUCKETS

STATES = {
    "open": "yellow",
    "settled": "green",
    "credited": "cyan",
    "written_off": "red",
    "void": "dim",
}
HINT = "Next: `oms why invoice ID` adds up what is open, `oms show order ID` shows the order."


def open_amount(row: Row) -> Text:
    """Write what is still asked for; nothing is left out."""
    amount = money(row["open_minor"], row["currency"]) if row["open_minor"] else ""
    return Text(amount, "bold" if amount else "")


def standing(row: Row) -> Text:
    """Say how an invoice stands; a credit note that is out is just that."""
    name = row["kind"] if row["state"] == "credited" else row["state"]
    return Text(name.replace("_", " "), STATES.get(row["state"], ""))


COLUMNS: Columns = {
    "number": lambda row: row["number"] or "(draft)",
    "state": standing,
    "customer": lambda row: row["customer_id"],
    "due": lambda row: row["due_on"],
    ">level": lambda row: str(row["level"] or ""),
    ">total": lambda row: priced(row["total_minor"], row["currency"]),
    ">open": open_amount,
    "invoice": lambda row: row["invoice_id"],
}


def day(text: str | None) -> str:
    """Return a day as people give it; without one, the day that it is in UTC.

    :raises Refused: if it is no day of the calendar.
    """
    if text is None:
        return date_of(system_clock())
    try:
        return read_date(text, "--as-of").isoformat()
    except NotADate as refusal:
        rule = "This is no day of the calendar."
        raise Refused(Fault("--as-of", text, rule, refusal.remedy)) from None


def invoices(
    *,
    state: Literal["draft", "open", "settled", "credited", "written_off", "void"] | None = None,
    kind: Literal["invoice", "credit_note", "correction"] | None = None,
    customer: str | None = None,
    currency: str | None = None,
    order: str | None = None,
    overdue: bool = False,
    as_of: str | None = None,
    sort: Literal["due", "issued", "open", "number"] = "due",
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List invoices and credit notes, with what is open by how long it is overdue.

    The sums are over all open invoices of the customer or currency, whatever else is filtered.
    They are what the account `trade_receivables` shows.

    **Examples**

        oms show invoices --state open
        oms show invoices --overdue --as-of 2026-03-31
        oms show invoices --customer C1 --sort issued

    **Next:** `oms why invoice ID` adds up what is open, `oms show order ID` shows the order.

    Parameters
    ----------
    state
        Only documents that are in this state.
    kind
        Only invoices, credit notes for returns, or corrections.
    customer
        Only documents of this customer.
    currency
        Only documents in this currency (three letters).
    order
        Only documents of this order.
    overdue
        Only invoices that are open after their due date.
    as_of
        The day that ageing counts to (YYYY-MM-DD); today without it.
    sort
        By due date (earliest first), date of issue (latest first), open amount, or number.
    limit
        How many to show.
    """
    as_of = day(as_of)
    with reading(options) as models:
        found = ask_invoices(
            models,
            sort,
            positive("--limit", limit),
            as_of=as_of,
            overdue=overdue,
            state=state,
            kind=kind,
            customer=customer,
            currency=currency,
            order=order,
        )
        sums = ageing(models, as_of, customer, currency)
    data = {
        "invoices": found.rows,
        "shown": len(found.rows),
        "found": found.total,
        "as_of": as_of,
        "ageing": sums,
    }
    emit(options, data, render)


def render(data: Mapping[str, Any]) -> RenderableType:
    """Draw the list, and under it the sums."""
    if not data["found"]:
        return Text("No invoices pass these filters.", "dim")
    caption = f"{data['shown']} of {data['found']:,}"
    parts = [listing("Invoices", data["invoices"], COLUMNS, caption)]
    if data["ageing"]:
        table = rows_table(data["ageing"], _sums())
        parts.append(titled(f"Open on {data['as_of']}, by days overdue", table))
    return Group(*parts, Text(f"\n{HINT}", "dim"))


def _sums() -> Columns:
    return {
        "currency": lambda row: row["currency"],
        **{f">{name}": partial(_bucket, name) for name in BUCKETS},
        ">open": lambda row: Text(money(row["open_minor"], row["currency"]), "bold"),
    }


def _bucket(name: str, row: Row) -> str:
    return money(row["buckets"][name], row["currency"])
