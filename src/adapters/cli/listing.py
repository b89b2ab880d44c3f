"""Rows of a read model as a table, with what every list has: a count, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from adapters.cli.output import Options, emit, table, titled
from adapters.postgres.queries import Found, Row

Cell = str | Text
Columns = dict[str, Callable[[Row], Cell]]

STATES = {
    "completed": "green",
    "cancelled": "dim",
    "rejected": "red",
    "held": "yellow",
    "awaiting_payment": "magenta",
    "backordered": "yellow",
    "partially_shipped": "cyan",
    "released": "cyan",
}


def state(name: str) -> Text:
    """Write the state of an order in its colour."""
    return Text(name.replace("_", " "), STATES.get(name, ""))


def rows_table(rows: Sequence[Row], columns: Columns) -> Table:
    """Return rows as a table; a column whose title begins with `>` is of numbers."""
    made = table(*columns)
    for row in rows:
        made.add_row(*(cell(row) for cell in columns.values()))
    return made


def listing(title: str, rows: Sequence[Row], columns: Columns, caption: str = "") -> RenderableType:
    """Return rows as a table under a title."""
    return titled(title, rows_table(rows, columns), caption)


def show_list(
    options: Options, name: str, found: Found, columns: Columns, *, hint: str = ""
) -> None:
    """Print a list: as JSON with how many there are in all, or as a table that says so."""
    data = {name: found.rows, "shown": len(found.rows), "found": found.total}

    def render(_: Any) -> RenderableType:
        if not found.rows:
            return Text(f"No {name} pass these filters. {hint}", style="dim")
        rest = found.total > len(found.rows)
        caption = f"{len(found.rows)} of {found.total:,}" + "; --limit shows more" * rest
        parts: list[RenderableType] = [listing(name.capitalize(), found.rows, columns, caption)]
        if hint:
            parts.append(Text(f"\n{hint}", style="dim"))
        return Group(*parts)

    emit(options, data, render)
