"""`oms boards`: how the shop stands, at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from adapters.cli.amounts import moment, money, priced, whole
from adapters.cli.carts import STYLES
from adapters.cli.flagged import kept
from adapters.cli.following import reading
from adapters.cli.inventory import available, number
from adapters.cli.ledger import amount
from adapters.cli.listing import STATES, Columns, rows_table, state
from adapters.cli.output import PLAIN, Common, bar, emit, panel, styled, table
from adapters.cli.parsing import positive
from adapters.postgres.board_queries import boards as ask_boards
from adapters.postgres.board_queries import examples

ORDER_OF_STATES = (
    "placed",
    "awaiting_payment",
    "backordered",
    "held",
    "released",
    "partially_shipped",
    "completed",
    "cancelled",
    "rejected",
)
BAR_CELLS = 30

RISKS: Columns = {
    "item": lambda row: row["item_id"],
    ">on hand": lambda row: number(row["on_hand"]),
    ">reserved": lambda row: number(row["reserved"]),
    ">waiting": lambda row: number(row["backordered"], "yellow"),
    ">incoming": lambda row: number(row["incoming"]),
    ">to sell": available,
    ">oversold": lambda row: number(row["oversold"], "bold red"),
    ">declined": lambda row: number(row["declined"]),
    ">sold": lambda row: number(row["sold"]),
}

FLAGGED: Columns = {
    "code": lambda row: row["code"],
    "kind": lambda row: row["kind"],
    "order": lambda row: row["order_id"],
    "customer": lambda row: row["customer_id"],
    "promised": lambda row: moment(row["ship_by"])[:16] or "no date",
    "shipped": lambda row: moment(row["shipped_at"])[:16],
    "promise": kept,
}

PAYMENTS: Columns = {
    "payment": lambda row: row["payment_id"],
    "problem": lambda row: Text(row["problem"], "red" if row["uncollected_minor"] else "yellow"),
    ">amount": lambda row: priced(
        row["uncollected_minor"]
        or row["unrefunded_minor"]
        or row["charged_back_minor"]
        or row["authorized_minor"],
        row["currency"],
    ),
    "reason": lambda row: row["reason"],
}


def boards(*, limit: int = 6, options: Common = PLAIN) -> None:
    """Show how the shop stands: orders, stock at risk, money, customers, what needs a person.

    **Examples**

        oms boards
        oms boards --limit 20
        oms boards --json

    **Next:** the last board names real orders and items to ask about.

    Parameters
    ----------
    limit
        How many rows the lists have.
    """
    with reading(options) as models:
        data = ask_boards(models, positive("--limit", limit))
        data["examples"] = examples(models, data)
    emit(options, data, show_boards)


def show_boards(data: Mapping[str, Any]) -> RenderableType:
    """Draw every board."""
    if not data["orders"]:
        return panel(
            "Nothing here yet",
            [
                styled("[cyan]oms demo[/cyan] simulates a shop and shows its boards;"),
                styled("[cyan]oms import FILE --mapping MAPPING[/cyan] brings in your own orders."),
            ],
        )
    currency = data["turnover"][0]["currency"] if data["turnover"] else ""
    parts = [
        headed("Orders", orders_board(data["orders"]), turnover_board(data)),
        headed("Stock at risk", stock_board(data), carts_board(data["carts"])),
        headed("Money: every column adds up to zero", balance_matrix(data["balances"])),
        headed(f"Top customers by margin, {currency}", customers_board(data)),
        headed("Needs a person", people_board(data)),
    ]
    if "examples" in data:
        parts.append(next_board(data["examples"]))
    return Group(*parts)


def headed(title: str, *parts: RenderableType) -> RenderableType:
    """Put a title over a board."""
    rule = Rule(Text(title, "bold cyan"), align="left", style="dim")
    return Group(rule, *(piece for part in parts for piece in (part, Text(""))))


def orders_board(rows: list[dict[str, Any]]) -> Table:
    """Count orders by state and channel, with a bar."""
    channels = sorted({row["channel"] for row in rows})
    counts = {(row["state"], row["channel"]): row["orders"] for row in rows}
    sums = {
        name: sum(counts.get((name, channel), 0) for channel in channels)
        for name in ORDER_OF_STATES
    }
    made = table("state", *(f">{channel}" for channel in channels), ">all", "")
    for name, total in sums.items():
        if total:
            cells = (number(counts.get((name, channel), 0)) for channel in channels)
            drawn = bar(total, max(sums.values()), BAR_CELLS, STATES.get(name) or "white")
            made.add_row(state(name), *cells, Text(whole(total), "bold"), drawn)
    made.add_section()
    columns = (sum(counts.get((name, channel), 0) for name in sums) for channel in channels)
    made.add_row("all", *(whole(total) for total in columns), whole(sum(sums.values())), "")
    return made


def turnover_board(data: Mapping[str, Any]) -> Table:
    """Show what was ordered, shipped, taken and given back, by currency."""
    return rows_table(
        data["turnover"],
        {
            "currency": lambda row: row["currency"],
            ">orders": lambda row: whole(row["orders"]),
            ">ordered": lambda row: money(row["ordered_minor"], row["currency"]),
            ">shipped": lambda row: money(row["shipped_minor"], row["currency"]),
            ">captured": lambda row: money(row["captured_minor"], row["currency"]),
            ">refunded": lambda row: money(row["refunded_minor"], row["currency"]),
        },
    )


def stock_board(data: Mapping[str, Any]) -> RenderableType:
    """Show the items that are oversold, waited for, negative or nearly gone."""
    stock = data["stock"]
    summary = Text.assemble(
        f"{whole(stock['items'])} items, {whole(stock['on_hand'])} units on hand, "
        f"{whole(stock['reserved'])} reserved, {whole(stock['soft_reserved'])} in carts: ",
        (f"{whole(stock['negative'])} negative", "bold red" if stock["negative"] else "green"),
        ", ",
        (f"{whole(stock['oversold'])} oversold", "bold red" if stock["oversold"] else "green"),
        ", ",
        (f"{whole(stock['backordered'])} waited for", "yellow" if stock["backordered"] else ""),
        f", {whole(stock['low'])} nearly gone",
    )
    return Group(summary, rows_table(data["stock_risks"], RISKS))


def carts_board(standings: Mapping[str, Mapping[str, Any]]) -> Text:
    """Say how many shop, how many left, and how many carts became orders."""
    if not standings:
        return Text("No carts yet.", "dim")
    counts = ", ".join(
        f"{whole(standings[name]['carts'])} {name}" for name in STYLES if name in standings
    )
    declined = sum(row["units_declined"] for row in standings.values())
    return Text(f"Carts: {counts}; {whole(declined)} units were wanted and not to be had")


def balance_matrix(rows: list[dict[str, Any]]) -> Table:
    """Show the trial balance of all currencies side by side; credits are negative."""
    currencies = sorted({row["currency"] for row in rows})
    balances = {(row["account"], row["currency"]): row["balance_minor"] for row in rows}
    made = table("account", *(f">{currency}" for currency in currencies))
    for account in sorted({row["account"] for row in rows}):
        cells = (
            money(balances.get((account, currency), 0), currency)
            if balances.get((account, currency))
            else Text("0", "dim")
            for currency in currencies
        )
        made.add_row(account.replace("_", " "), *cells)
    made.add_section()
    sums = {c: sum(r["balance_minor"] for r in rows if r["currency"] == c) for c in currencies}
    styles = {c: "bold red" if total else "bold green" for c, total in sums.items()}
    made.add_row("sum", *(Text(money(sums[c], c), styles[c]) for c in currencies))
    return made


def customers_board(data: Mapping[str, Any]) -> Table:
    """Show who brings the most, in the currency with the most orders."""
    rows = data["top_customers"]
    most = max((row["margin_minor"] for row in rows), default=0)
    return rows_table(
        rows,
        {
            "customer": lambda row: row["customer_id"],
            "tier": lambda row: Text(row["tier"] or "", "yellow" if row["tier"] == "vip" else ""),
            "from": lambda row: row["country"] or "",
            ">orders": lambda row: whole(row["orders"]),
            ">spend": lambda row: money(row["spend_minor"], row["currency"]),
            ">margin": lambda row: amount(row["margin_minor"], row["currency"]),
            "": lambda row: bar(row["margin_minor"], most, BAR_CELLS, "green"),
        },
    )


def people_board(data: Mapping[str, Any]) -> RenderableType:
    """Show what waits for somebody to decide: holds, payments, special orders."""
    parts: list[RenderableType] = []
    if data["holds"]:
        held = ", ".join(f"{whole(row['orders'])} for {row['kind']}" for row in data["holds"])
        parts.append(Text.assemble(("Orders held: ", "yellow"), held))
    if data["flags"]:
        flags = ", ".join(
            f"{whole(row['orders'])} {row['kind'].replace(', ', ' + ')} ({whole(row['late'])} late)"
            for row in data["flags"]
        )
        parts.append(Text.assemble(("Special orders: ", "yellow"), flags))
        parts.append(rows_table(data["flagged"], FLAGGED))
    if data["payments"]:
        count = whole(data["payments_unsettled"])
        parts.append(Text.assemble(("Payments to settle: ", "yellow"), count))
        parts.append(rows_table(data["payments"], PAYMENTS))
    return Group(*parts) if parts else Text("Nobody is waited for.", "green")


SUGGESTIONS = (
    ("order", "oms show order {order}", "an order that was sent in several parcels"),
    ("order", "oms why order {order} routing", "why those warehouses"),
    ("held", "oms show order {held}", "an order that a person must look at"),
    ("flagged", "oms show order {flagged}", "a special order, and what became of its promise"),
    ("item", "oms why stock {item} --field available_to_promise", "why so few are left"),
    ("currency", "oms why ledger receivables {currency}", "the events behind an account"),
    ("customer", "oms show orders --customer {customer}", "what the best customer bought"),
    ("time", "oms replay --as-of {time} --view boards", "all this, as it was half-way"),
    ("", "oms rebuild --check", "is all this what the log says?"),
    ("", "oms audit verify", "is the log what was written?"),
)


def next_board(ids: Mapping[str, str]) -> RenderableType:
    """Name what to try next, with ids out of the data."""
    grid = Table.grid(padding=(0, 2))
    for needed, command, why in SUGGESTIONS:
        if not needed or needed in ids:
            grid.add_row(Text(command.format(**ids), "cyan"), Text(why, "dim"))
    return headed("What to try next", grid)
