"""`oms offers`: how much of each item a channel may sell, for a marketplace to follow."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from adapters.cli.amounts import whole
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.forms import shown
from adapters.cli.listing import Columns, listing
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit
from adapters.cli.parsing import positive
from adapters.postgres.offers import Offers

COLUMNS: Columns = {
    ">sequence": lambda row: str(row["sequence"]),
    "item": lambda row: row["item_id"],
    "sku": lambda row: row["sku"],
    ">may be sold": lambda row: whole(row["quantity"]),
}


def offers(channel: str, *, after: int = 0, limit: int = 1_000, options: Common = PLAIN) -> None:
    """Say how many units of each item a channel may sell: what has changed after a number.

    Ask again with the last `sequence` that you were told. An item's later numbers are greater, so
    whoever keeps the greatest one of each item may be told late, twice or in any order: an older
    one never takes the place of a newer one. Units that are fenced for the channel count; those
    fenced for others do not. Items that are discontinued are offered with none.

    **Examples**

        oms offers marketplace --json
        oms offers marketplace --after 17 --json

    **Next:** `oms show inventory` shows what there is in all.

    Parameters
    ----------
    channel
        The channel, as orders name it.
    after
        The last number that was told; 0 begins at the beginning.
    limit
        About how many to tell at once; items that changed together are told together.
    """
    if not channel:
        raise Refused(Fault("channel", "", "No channel is named.", "Name one: marketplace."))
    if after < 0:
        rule = "A sequence number is 0 or more."
        raise Refused(Fault("--after", shown(after), rule, "Give the last one that was told."))
    limit = positive("--limit", limit)
    with opened(options) as shop:
        follow(shop)
        with shop.connection() as connection:
            feed = Offers(connection, shop.settings.log_schema, shop.settings.views_schema)
            feed.refresh(channel)
            rows = [offer._asdict() for offer in feed.since(channel, after, limit)]
    last = rows[-1]["sequence"] if rows else after
    emit(options, {"offers": rows, "sequence": last}, _render)


def _render(data: dict[str, Any]) -> RenderableType:
    if not data["offers"]:
        return Text(f"Nothing has changed since {data['sequence']}.", "dim")
    return listing("Offers", data["offers"], COLUMNS, f"Next: --after {data['sequence']}")
