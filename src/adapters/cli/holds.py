"""`oms show holds`: which orders wait for a person, why, since when, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.amounts import moment, priced
from adapters.cli.following import reading
from adapters.cli.listing import Columns, listing
from adapters.cli.output import PLAIN, Common, emit
from adapters.cli.parsing import positive
from adapters.clock import system_clock
from adapters.postgres.hold_queries import holds as ask_holds
from adapters.postgres.queries import Row

Kind = Literal["shortage", "fraud", "credit", "address", "price", "payment", "routing", "manual"]

HOUR_SECONDS, DAY_HOURS = 3_600, 24
HINT = (
    "Next: `oms hold release ORDER KIND --reason WHY` lets an order go on, `oms hold keep` lets "
    "the hold stand in your name."
)


def age(row: Row) -> str:
    """Write how long a hold has stood, in whole hours or days."""
    hours = row["age_seconds"] // HOUR_SECONDS
    return f"{hours} h" if hours < 2 * DAY_HOURS else f"{hours // DAY_HOURS} days"


def why(row: Row) -> Text:
    """Say why an order is held, and why the hold was let stand."""
    note = f"\nkept: {row['note']}" if row["kept_at"] else ""
    return Text.assemble(row["reason"], (note, "dim"))


COLUMNS: Columns = {
    "order": lambda row: row["order_id"],
    "kind": lambda row: Text(row["kind"], "yellow"),
    ">age": age,
    "blocks": lambda row: ", ".join(row["blocks"]),
    "owner": lambda row: row["owner"],
    ">total": lambda row: priced(row["total_minor"] or 0, row["currency"] or ""),
    "why": why,
}


def holds(
    *,
    kind: Kind | None = None,
    owner: str | None = None,
    order: str | None = None,
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List what holds stand in the way of orders, the oldest first.

    A hold says what it blocks and who has to look. Whoever looks and lets it stand answers for it
    from then on.

    **Examples**

        oms show holds
        oms show holds --kind fraud
        oms show holds --owner purchasing --limit 50

    **Next:** `oms hold release ORDER KIND --reason WHY` lets an order go on, `oms hold keep` lets
    the hold stand in your name.

    Parameters
    ----------
    kind
        Only holds of this kind.
    owner
        Only holds that this part of the shop, or this person (`user:anna`), answers for.
    order
        Only holds of this order.
    limit
        How many to show.
    """
    with reading(options) as models:
        found = ask_holds(models, positive("--limit", limit), order=order, kind=kind, owner=owner)
    now = system_clock()
    rows = [
        {**row, "age_seconds": max(0, now - row["raised_at"]) // 1_000_000} for row in found.rows
    ]
    rows = [
        {**row, "raised_at": moment(row["raised_at"]), "kept_at": moment(row["kept_at"])}
        for row in rows
    ]
    emit(options, {"holds": rows, "shown": len(rows), "found": found.total}, render)


def render(data: Mapping[str, Any]) -> RenderableType:
    """Draw the queue."""
    if not data["found"]:
        return Text("No holds pass these filters.", "dim")
    rest = data["found"] > data["shown"]
    caption = f"{data['shown']} of {data['found']:,}" + "; --limit shows more" * rest
    table = listing("Holds, the oldest first", data["holds"], COLUMNS, caption)
    return Group(table, Text(f"\n{HINT}", "dim"))
