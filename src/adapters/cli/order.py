"""`oms show order`: one order, with its lines, its money, and all that happened to it."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.amounts import moment, priced, told, whole
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.listing import Columns, listing, state
from adapters.cli.opening import opened
from adapters.cli.orders import notes
from adapters.cli.output import PLAIN, Common, emit, panel
from adapters.postgres.queries import ReadModels, Row
from oms_core.engine.catalog import BY_CATEGORY
from oms_core.kernel import Recorded

BUCKETS = (
    "unreserved",
    "backordered",
    "reserved",
    "released",
    "allocated",
    "shipped",
    "cancelled",
    "delivered",
    "returned",
)


def buckets(row: Row) -> str:
    """Name the buckets that have units in them."""
    return ", ".join(f"{whole(row[name])} {name}" for name in BUCKETS if row[name]) or "none"


LINES: Columns = {
    "line": lambda row: row["line_id"].rpartition("/")[2],
    "item": lambda row: row["item_id"],
    ">ordered": lambda row: whole(row["ordered"]),
    "where the units are": buckets,
    ">net": lambda row: priced(row["net_minor"], row["currency"]),
    ">tax": lambda row: priced(row["tax_minor"], row["currency"]),
}

PAYMENTS: Columns = {
    "payment": lambda row: row["payment_id"],
    "method": lambda row: row["method"],
    "standing": lambda row: row["standing"].replace("_", " "),
    ">authorized": lambda row: priced(row["authorized_minor"], row["currency"]),
    ">captured": lambda row: priced(row["captured_minor"], row["currency"]),
    ">refunded": lambda row: priced(row["refunded_minor"], row["currency"]),
    "reason": lambda row: row["reason"],
}


def shortened(text: str, order_id: str) -> str:
    """Leave out the order's own id, where everything is about that order."""
    text = text.replace(f"of {order_id}/", "of line ").replace(f":{order_id}/", ":")
    return text.replace(f":{order_id}", "").replace(f"{order_id}/", "")


def timeline(order_id: str) -> Columns:
    """Return the columns of an order's timeline."""

    def short(row: Row, name: str) -> str:
        return shortened(row[name], order_id)

    return {
        "when (UTC)": lambda row: moment(row["occurred_at"])[5:],
        "event": lambda row: short(row, "event_id"),
        "what": lambda row: told(short(row, "summary")),
        "who": lambda row: row["actor"],
        "because of": lambda row: Text(short(row, "causation_id"), "dim"),
    }


def unknown_order(order_id: str, models: ReadModels) -> Refused:
    """Say that there is no such order, and name some that there are."""
    some = [row["order_id"] for row in models.orders(limit=3).rows]
    remedy = f"Try one of {', '.join(some)}; " * bool(some) + "`oms show orders` lists them all."
    rule = "There is no such order; an id is the channel, a colon, and the channel's reference."
    return Refused(Fault("order_id", order_id, rule, remedy))


def lines_of(history: list[Recorded]) -> list[Row]:
    """Return the lines of an order with the bucket that each unit is in, from its own events."""
    folded = BY_CATEGORY["order"].fold(recorded.event for recorded in history)
    if folded.placed is None:
        return []
    return [
        {
            "line_id": line_id,
            "item_id": line.terms.item_id,
            "kind": line.terms.kind.value,
            "ordered": line.terms.quantity,
            **{name: getattr(line, name) for name in BUCKETS},
            "unit_price": line.terms.unit_price,
            "net_minor": line.terms.net_minor,
            "tax_minor": line.terms.tax_minor,
            "discount_minor": line.terms.discount_minor,
            "currency": folded.placed.currency,
        }
        for line_id, line in sorted(folded.lines.items())
    ]


def order(order_id: str, *, options: Common = PLAIN) -> None:
    """Show one order: its lines, its money, and all that happened to it.

    The last column of the timeline names what each event followed from.

    **Examples**

        oms show order web:1001
        oms show order web:1001 --json

    **Next:** `oms why order web:1001 routing` explains a decision, `oms why event
    order:web:1001#1` an event.

    Parameters
    ----------
    order_id
        The channel, a colon, and the channel's own reference.
    """
    with opened(options) as shop:
        follow(shop)
        with shop.connection() as connection, shop.log() as log:
            models = ReadModels(connection, shop.settings.views_schema)
            row = models.order(order_id)
            if row is None:
                raise unknown_order(order_id, models)
            data = {
                "order": row,
                "lines": lines_of(log.stream(f"order:{order_id}")),
                "payments": models.payments_of(order_id),
                "timeline": models.timeline(order_id),
            }
    emit(options, data, _render)


def _render(data: dict[str, Any]) -> RenderableType:
    row = data["order"]
    facts = Text.assemble(
        state(row["state"]),
        f"   customer {row['customer_id']}   to {row['country']}   placed ",
        moment(row["placed_at"]),
        f"   promised {moment(row['ship_by'])}" if row["ship_by"] else "",
    )
    money = (
        f"total {priced(row['total_minor'], row['currency'])}   "
        f"captured {priced(row['captured_minor'], row['currency'])}   "
        f"refunded {priced(row['refunded_minor'], row['currency'])}"
    )
    special = notes(row)
    body = [facts, Text(money), *([Text(special, "yellow")] if special else [])]
    body += [Text(f"{r['code']}: {r['detail']}", "red") for r in row["rejections"]]
    body += [Text(f"held for {h['kind']}: {h['reason']}", "yellow") for h in row["holds"]]
    order_id = row["order_id"]
    hint = f"\nNext: `oms why order {order_id} line|routing|total` explains it."
    return Group(
        panel(f"Order {order_id}", body),
        listing("Lines", data["lines"], LINES),
        listing("Payments", data["payments"], PAYMENTS),
        listing(
            "What happened",
            data["timeline"],
            timeline(order_id),
            f"Here order#1 is short for order:{order_id}#1, payment:p1#1 for "
            f"payment:{order_id}/p1#1, and so on.",
        ),
        Text(hint, style="dim"),
    )
