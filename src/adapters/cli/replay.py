"""`oms replay`: a report as it was known, or as it was so, at any time."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Literal

from psycopg.sql import SQL, Identifier
from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli import (
    carts,
    credit,
    customers,
    flagged,
    inventory,
    invoices,
    notices,
    orders,
    quotes,
)
from adapters.cli.amounts import moment, when
from adapters.cli.boards import show_boards
from adapters.cli.ledger import totals, trial_balances
from adapters.cli.listing import Columns, listing
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit
from adapters.cli.parsing import instant, positive
from adapters.clock import system_clock
from adapters.postgres import cart_queries, notice_queries
from adapters.postgres import receivable_queries as receivables
from adapters.postgres.board_queries import boards
from adapters.postgres.queries import Found, ReadModels
from adapters.postgres.rebuild import project_as_of
from projections.catalog import VIEWS
from projections.log import Axis

Report = Literal[
    "boards",
    "orders",
    "inventory",
    "customers",
    "ledger",
    "flagged",
    "invoices",
    "quotes",
    "credit",
    "carts",
    "notices",
]

NEEDS: dict[str, tuple[str, ...]] = {
    "boards": (
        "orders",
        "inventory_network",
        "customers",
        "customer_value",
        "trial_balance",
        "flagged",
        "payments",
        "carts",
    ),
    "orders": ("orders",),
    "inventory": ("inventory_network",),
    "customers": ("customers", "customer_value"),
    "ledger": ("trial_balance",),
    "flagged": ("flagged", "customers"),
    "invoices": ("invoices",),
    "quotes": ("quotes",),
    "credit": ("credit_accounts", "customers"),
    "carts": ("carts",),
    "notices": ("notices",),
}

LISTS: dict[str, tuple[Callable[[ReadModels, int], Found], Columns]] = {
    "orders": (lambda models, limit: models.orders(limit=limit), orders.COLUMNS),
    "inventory": (lambda models, limit: models.inventory(limit=limit), inventory.COLUMNS),
    "customers": (lambda models, limit: models.customers(limit=limit), customers.COLUMNS),
    "flagged": (lambda models, limit: models.flagged(limit=limit), flagged.COLUMNS),
    "invoices": (receivables.latest_invoices, invoices.COLUMNS),
    "quotes": (receivables.quotes, quotes.COLUMNS),
    "credit": (receivables.credit, credit.COLUMNS),
    "carts": (lambda models, limit: cart_queries.carts(models, limit=limit), carts.COLUMNS),
    "notices": (notice_queries.notices, notices.COLUMNS),
}


def replay(
    *,
    as_of: str,
    axis: Literal["recorded", "occurred"] = "recorded",
    view: Report = "boards",
    limit: int = 10,
    options: Common = PLAIN,
) -> None:
    """Show a report as of a time, worked out from the log up to it.

    There are two questions. `--axis recorded`: what did we know then? It is the report that was
    live at that time. `--axis occurred`: what do we know now of what had happened by then? It
    also counts what was only recorded later.

    **Examples**

        oms replay --as-of 2026-03-31 --view ledger
        oms replay --as-of 2026-03-31T18:00 --axis occurred --view inventory
        oms replay --as-of now --view orders --json

    **Next:** compare both axes: the difference is what was recorded late.

    Parameters
    ----------
    as_of
        A date (its end) or a date and time, ISO 8601; UTC unless it has an offset.
    axis
        By when things were recorded, or by when they occurred.
    view
        Which report.
    limit
        How many rows the lists have.
    """
    until = instant("--as-of", as_of, system_clock())
    limit = positive("--limit", limit)
    schema = f"oms_as_of_{os.getpid()}"
    with opened(options) as shop, shop.log() as log, shop.connection() as connection:
        try:
            views = [VIEWS[name] for name in NEEDS[view]]
            project_as_of(connection, log, until, Axis(axis), views, schema=schema)
            report = _ask(view, ReadModels(connection, schema), limit)
        finally:
            connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(schema)))
    data = {"as_of": when(until), "axis": axis, "view": view, "report": report}
    emit(options, data, _render)


def _ask(view: str, models: ReadModels, limit: int) -> Any:
    if view == "boards":
        return boards(models, limit)
    if view == "ledger":
        rows = models.balances()
        return {"balances": rows, "sums": totals(rows)}
    found = LISTS[view][0](models, limit)
    return {view: found.rows, "found": found.total}


def _render(data: dict[str, Any]) -> RenderableType:
    view, report, at = data["view"], data["report"], moment(data["as_of"])
    known = "as it was known" if data["axis"] == "recorded" else "as is known now of what was"
    title = Text(f"{view.capitalize()} {known} at {at} UTC\n", "bold yellow")
    if view == "boards":
        return Group(title, show_boards(report))
    if view == "ledger":
        return Group(title, trial_balances(report["balances"]))
    caption = f"{len(report[view])} of {report['found']:,}"
    return Group(title, listing("", report[view], LISTS[view][1], caption))
