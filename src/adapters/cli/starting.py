"""`oms init`: the database laid out, and nothing in it."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from adapters.cli.following import follow
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel, styled


def init(*, options: Common = PLAIN) -> None:
    """Lay out the database: the log and the read models. What is there already stays.

    **Examples**

        oms init
        oms init --dsn postgresql://user@host/shop

    **Next:** `oms demo` simulates a shop, `oms import FILE --mapping MAPPING` brings in your own.
    """
    with opened(options) as shop:
        follow(shop)
        with shop.log() as log:
            data = {
                "database": shop.settings.dsn or str(shop.settings.home / "postgres"),
                "embedded": not shop.settings.dsn,
                "log_schema": shop.settings.log_schema,
                "views_schema": shop.settings.views_schema,
                "events": log.head(),
            }
    emit(options, data, _render)


def _render(data: dict[str, Any]) -> RenderableType:
    kind = "embedded PostgreSQL in" if data["embedded"] else "PostgreSQL at"
    return panel(
        "Ready",
        [
            Text.assemble(f"{kind} ", (data["database"], "bold")),
            f"log in schema {data['log_schema']} ({data['events']:,} events)",
            f"read models in schema {data['views_schema']}",
            "",
            styled("Next: [cyan]oms demo[/cyan] simulates a shop;"),
            styled("[cyan]oms simulate --orders 1000[/cyan] adds orders;"),
            styled("[cyan]oms import FILE --mapping MAPPING[/cyan] brings in your own;"),
            styled("[cyan]oms boards[/cyan] shows how it stands."),
        ],
        style="green",
    )
