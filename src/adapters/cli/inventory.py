"""`oms show inventory`: what there is of each item, what is promised, and what can still be."""

from __future__ import annotations

from typing import Literal

from rich.console import Group
from rich.text import Text

from adapters.cli.amounts import priced, whole
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import reading
from adapters.cli.listing import Columns, listing, show_list
from adapters.cli.output import PLAIN, Common, Options, emit
from adapters.cli.parsing import positive
from adapters.postgres.queries import Row


def number(units: int, style: str = "") -> Text:
    """Write a count; none is dim, less than none is red."""
    return Text(whole(units), "bold red" if units < 0 else style if units else "dim")


def available(row: Row) -> Text:
    """Write what can be promised: nothing left is red."""
    units = row["available_to_promise"]
    return Text(whole(units), "green" if units else "red")


COLUMNS: Columns = {
    "item": lambda row: row["item_id"],
    ">on hand": lambda row: number(row["on_hand"]),
    ">reserved": lambda row: number(row["reserved"]),
    ">in carts": lambda row: number(row["soft_reserved"]),
    ">allocated": lambda row: number(row["allocated"]),
    ">waiting": lambda row: number(row["backordered"], "yellow"),
    ">incoming": lambda row: number(row["incoming"]),
    ">aside": lambda row: number(row["quarantined"]),
    ">to sell": available,
    ">oversold": lambda row: number(row["oversold"], "bold red"),
    ">sold": lambda row: number(row["sold"]),
    ">value": lambda row: priced(row["value_minor"], row["currency"]),
}

LEVELS: Columns = {
    "location": lambda row: row["location_id"],
    ">on hand": lambda row: number(row["on_hand"]),
    ">allocated": lambda row: number(row["allocated"]),
    ">aside": lambda row: number(row["quarantined"]),
    ">safety": lambda row: number(row["safety"]),
    ">incoming": lambda row: number(row["incoming"]),
    ">available": lambda row: number(row["available"]),
    "sells": lambda row: "yes" if row["selling"] else "no",
}


def inventory(
    item: str | None = None,
    *,
    risky: bool = False,
    low: int = 0,
    sort: Literal["item", "available", "backordered", "sold", "value"] = "item",
    limit: int = 20,
    options: Common = PLAIN,
) -> None:
    """List stock: what there is, is promised, and can be promised. With an ITEM, by location.

    **Examples**

        oms show inventory --risky
        oms show inventory MUG
        oms show inventory --sort sold --limit 10

    **Next:** `oms why stock MUG --field reserved` lists the events that a number is the sum of.

    Parameters
    ----------
    item
        Only this item, with its locations.
    risky
        Only items that are oversold, back-ordered, negative, or have nothing left to promise.
    low
        With `--risky`: also items with up to so many units left to promise.
    sort
        By item, units left to promise (fewest first), units back-ordered, units sold, or value.
    limit
        How many to show.
    """
    with reading(options) as models:
        limit = positive("--limit", limit)
        found = models.inventory(sort, limit, item=item, risky=risky, low=low)
        levels = models.levels(item) if item is not None else []
    hint = "Next: `oms why stock ITEM --field reserved` lists the events behind a number."
    if item is None:
        show_list(options, "items", found, COLUMNS, hint=hint)
    elif found.rows:
        _one(options, found.rows[0], levels, hint)
    else:
        raise unknown_item(item)


def unknown_item(item: str) -> Refused:
    """Say that nothing is known of an item."""
    remedy = "See `oms show inventory` for the items; ids are written as they are there."
    return Refused(Fault("item", item, "Nothing was ever received or asked for of it.", remedy))


def _one(options: Options, row: Row, levels: list[Row], hint: str) -> None:
    emit(
        options,
        {**row, "locations": levels},
        lambda _: Group(
            listing(f"Item {row['item_id']}", [row], COLUMNS),
            listing("By location", levels, LEVELS),
            Text(f"\n{hint}", style="dim"),
        ),
    )
