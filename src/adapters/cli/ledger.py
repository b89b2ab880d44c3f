"""`oms show ledger`: the trial balance, and the entries behind a line of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.amounts import moment, money
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import reading
from adapters.cli.listing import Columns, show_list
from adapters.cli.output import PLAIN, Common, emit, table, titled
from adapters.cli.parsing import positive
from adapters.postgres.queries import Row
from projections.posting import Account

ENTRIES: Columns = {
    "event": lambda row: row["event_id"],
    "occurred (UTC)": lambda row: moment(row["occurred_at"]),
    "what": lambda row: row["description"],
    ">debit": lambda row: amount(row["debit_minor"], row["currency"]),
    ">credit": lambda row: amount(row["credit_minor"], row["currency"]),
    "currency": lambda row: row["currency"],
}


def amount(minor: int, currency: str) -> Text:
    """Write an amount; none is left out."""
    return Text(money(minor, currency) if minor else "", "red" if minor < 0 else "")


def account_name(text: str) -> Account:
    """Find an account by its name.

    :raises Refused: if there is none.
    """
    try:
        return Account(text.replace("-", "_").replace(" ", "_").lower())
    except ValueError:
        raise Refused(
            Fault(
                "account",
                text,
                "There is no such account in the chart of accounts.",
                f"Use one of {', '.join(account.value for account in Account)}.",
            )
        ) from None


def ledger(
    account: str | None = None,
    *,
    currency: str | None = None,
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """Show the trial balance by currency, or with an ACCOUNT its latest entries.

    Every event moves as much on the left as on the right: each currency adds up to zero.

    **Examples**

        oms show ledger
        oms show ledger receivables --currency EUR
        oms show ledger --currency GBP --json

    **Next:** `oms why ledger receivables EUR` adds an account up from its events.

    Parameters
    ----------
    account
        The entries of this account, such as receivables, revenue or inventory.
    currency
        Only this currency (three letters).
    limit
        With an account: how many entries to show.
    """
    if account is not None:
        name = account_name(account).value
        with reading(options) as models:
            found = models.entries(name, currency, positive("--limit", limit))
        hint = f"Next: `oms why ledger {name} {currency or 'EUR'}` adds the account up."
        show_list(options, "entries", found, ENTRIES, hint=hint)
        return
    with reading(options) as models:
        rows = models.balances(currency)
    sums = totals(rows)
    emit(options, {"balances": rows, "sums": sums}, lambda _: trial_balances(rows))


def totals(rows: Sequence[Row]) -> dict[str, int]:
    """Return the sum of all balances by currency: all zero, or something is very wrong."""
    return {
        currency: sum(row["balance_minor"] for row in group)
        for currency, group in groupby(rows, key=lambda row: row["currency"])
    }


def trial_balances(rows: Sequence[Row]) -> RenderableType:
    """Show one trial balance for each currency."""
    if not rows:
        return Text("Nothing has been booked yet. `oms demo` makes a shop to look at.", "dim")
    groups = groupby(rows, key=lambda row: row["currency"])
    tables = [trial_balance(currency, list(group)) for currency, group in groups]
    hint = "\nNext: `oms why ledger ACCOUNT CURRENCY` adds an account up from its events."
    return Group(*tables, Text(hint, style="dim"))


def trial_balance(currency: str, rows: Sequence[Row]) -> RenderableType:
    """Show the trial balance of one currency with its sums."""
    made = table("account", ">debit", ">credit")
    made.show_footer = True
    for row in rows:
        balance = row["balance_minor"]
        made.add_row(
            row["account"].replace("_", " "),
            amount(max(0, balance), currency),
            amount(max(0, -balance), currency),
        )
    debit = sum(max(0, row["balance_minor"]) for row in rows)
    credit = sum(max(0, -row["balance_minor"]) for row in rows)
    style = "bold green" if debit == credit else "bold red"
    difference = money(debit - credit, currency)
    made.columns[0].footer = Text(f"sum (difference {difference})", style)
    made.columns[1].footer = Text(money(debit, currency), style)
    made.columns[2].footer = Text(money(credit, currency), style)
    return titled(f"Trial balance {currency}", made)
