"""`oms why order`: an order's lines, its routing or its total, explained by its events."""

from __future__ import annotations

from typing import Any, Literal

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.bootstrap import Shop
from adapters.cli.amounts import money, priced, when, whole
from adapters.cli.faults import Fault, Refused
from adapters.cli.following import follow
from adapters.cli.listing import Columns, listing
from adapters.cli.opening import opened
from adapters.cli.order import LINES, lines_of, timeline, unknown_order
from adapters.cli.output import PLAIN, Common, emit, table, titled
from adapters.cli.tracing import causes
from adapters.cli.why_event import chain_tree, tell
from adapters.postgres.event_queries import Events
from adapters.postgres.queries import ReadModels, Row
from oms_core.domain.order.events import ChangeConfirmed, OrderPlaced
from oms_core.kernel import Recorded
from oms_core.processes.routing import LocationBarred, RoutingDecided, RoutingFailed

Topic = Literal["line", "routing", "total"]
Rows = list[dict[str, Any]]

ADDENDS: Columns = {
    "line": lambda row: row["line_id"],
    ">units": lambda row: whole(row["quantity"]),
    ">price": lambda row: row["unit_price"],
    ">discount": lambda row: money(row["discount_minor"], row["currency"]),
    ">net": lambda row: money(row["net_minor"], row["currency"]),
    ">tax": lambda row: money(row["tax_minor"], row["currency"]),
    ">total": lambda row: money(row["net_minor"] + row["tax_minor"], row["currency"]),
}


def order(
    order_id: str, topic: Topic = "line", line: int | None = None, *, options: Common = PLAIN
) -> None:
    """Explain an order: where each unit is, why it was routed so, or what its total is the sum of.

    **Examples**

        oms why order web:1001
        oms why order web:1001 line 2
        oms why order web:1001 routing
        oms why order web:1001 total

    **Next:** `oms why event NAME` walks from one of the events to what led to it.

    Parameters
    ----------
    order_id
        The channel, a colon, and the channel's own reference.
    topic
        The lines and where their units are, the choice of warehouses, or the total.
    line
        With `line`: only the line of this number.
    """
    with opened(options) as shop:
        follow(shop)
        with shop.connection() as connection, shop.log() as log:
            models = ReadModels(connection, shop.settings.views_schema)
            row = models.order(order_id)
            history = log.stream(f"order:{order_id}")
            if row is None or not history:
                raise unknown_order(order_id, models)
            if topic == "routing":
                data = _routing(shop, order_id, log.stream(f"routing:{order_id}"))
            elif topic == "total":
                data = _total(row, history)
            else:
                data = _lines(order_id, history, line)
    render = {"routing": _render_routing, "total": _render_total, "line": _render_lines}[topic]
    emit(options, {"order_id": order_id, **data}, render)


def _placed(history: list[Recorded], order_id: str) -> OrderPlaced:
    for recorded in reversed(history):
        if isinstance(recorded.event, OrderPlaced):
            return recorded.event
    rule = "The order was rejected when it was placed: it has no lines."
    remedy = f"See `oms show order {order_id}` for the reasons."
    raise Refused(Fault("order_id", order_id, rule, remedy))


def _lines(order_id: str, history: list[Recorded], number: int | None) -> dict[str, Any]:
    _placed(history, order_id)
    found = [
        row
        for row in lines_of(history)
        if number is None or row["line_id"] == f"{order_id}/{number}"
    ]
    if not found:
        numbers = ", ".join(row["line_id"].rpartition("/")[2] for row in lines_of(history))
        rule = "The order has no line of this number."
        raise Refused(Fault("line", str(number), rule, f"Use one of {numbers}."))
    for row in found:
        row["events"] = [_told(r) for r in history if _concerns(r, row["line_id"])]
    return {"lines": found}


def _concerns(recorded: Recorded, line_id: str) -> bool:
    event: Any = recorded.event
    if hasattr(event, "line_id"):
        return bool(event.line_id == line_id)
    return any(part.line_id == line_id for part in getattr(event, "lines", ()))


def _told(recorded: Recorded) -> dict[str, Any]:
    return {
        "event_id": recorded.id,
        "event": type(recorded.event).__name__,
        "occurred_at": when(recorded.occurred_at),
        "summary": tell(recorded),
        "actor": recorded.actor,
        "causation_id": recorded.causation_id,
    }


def _render_lines(data: dict[str, Any]) -> RenderableType:
    parts: list[RenderableType] = [listing(f"Lines of {data['order_id']}", data["lines"], LINES)]
    parts += (
        listing(f"How line {row['line_id']} got there", row["events"], timeline(data["order_id"]))
        for row in data["lines"]
    )
    hint = "\nNext: `oms why event NAME` walks back to what led to one of these."
    return Group(*parts, Text(hint, style="dim"))


def _total(row: Row, history: list[Recorded]) -> dict[str, Any]:
    placed = _placed(history, row["order_id"])
    changes = [r.event for r in history if isinstance(r.event, ChangeConfirmed)]
    agreed = [*placed.lines, *(line for change in changes for line in change.added)]
    paying = [*placed.tenders, *(tender for change in changes for tender in change.tenders)]
    lines = [
        {
            "line_id": line.line_id,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "discount_minor": line.discount_minor,
            "net_minor": line.net_minor,
            "tax_minor": line.tax_minor,
            "currency": placed.currency,
        }
        for line in agreed
    ]
    total = sum(line.net_minor + line.tax_minor for line in agreed)
    tenders = sum(tender.amount_minor for tender in paying)
    # What a change gives up may pay for what it adds, so that no tender is needed for that.
    needed = total - row["cancelled_minor"] if changes else total
    return {
        "currency": placed.currency,
        "shown_minor": row["total_minor"],
        "sum_of_lines_minor": total,
        "sum_of_tenders_minor": tenders,
        "equal": row["total_minor"] == total and needed <= tenders <= total,
        "lines": lines,
        "tenders": paying,
        "shipped_minor": row["shipped_minor"],
        "cancelled_minor": row["cancelled_minor"],
        "captured_minor": row["captured_minor"],
        "refunded_minor": row["refunded_minor"],
    }


def _render_total(data: dict[str, Any]) -> RenderableType:
    currency = data["currency"]
    paid = table("payment", "method", ">amount")
    for tender in data["tenders"]:
        paid.add_row(tender.payment_id, tender.method.value, money(tender.amount_minor, currency))
    style = "bold green" if data["equal"] else "bold red"
    sums = (
        f"shown {priced(data['shown_minor'], currency)} = "
        f"lines {priced(data['sum_of_lines_minor'], currency)} = "
        f"tenders {priced(data['sum_of_tenders_minor'], currency)}"
    )
    since = ", ".join(
        f"{name} {priced(data[f'{name}_minor'], currency)}"
        for name in ("shipped", "cancelled", "captured", "refunded")
    )
    return Group(
        listing(
            f"Total of {data['order_id']}, as agreed when it was placed or changed",
            data["lines"],
            ADDENDS,
        ),
        titled("Paid by", paid),
        Text(f"\n{sums}", style),
        Text(f"since then: {since}", "dim"),
    )


def _routing(shop: Shop, order_id: str, history: list[Recorded]) -> dict[str, Any]:
    with shop.connection() as connection:
        find = Events(connection, shop.settings.log_schema).find
        decisions = [
            {**_told(recorded), "decision": recorded.event, "causes": causes(find, recorded)}
            for recorded in history
            if isinstance(recorded.event, RoutingDecided | RoutingFailed | LocationBarred)
        ]
    if not decisions:
        rule = "No warehouse was chosen yet: the order was not released."
        remedy = f"See `oms show order {order_id}` for what it waits for."
        raise Refused(Fault("order_id", order_id, rule, remedy))
    return {"decisions": decisions}


def _render_routing(data: dict[str, Any]) -> RenderableType:
    parts: list[RenderableType] = []
    for row in data["decisions"]:
        event, chain = row["decision"], row["causes"]
        head = f"{row['event_id']}  {row['summary']}"
        parts.append(
            titled(head, _weighed(event) if isinstance(event, RoutingDecided) else Text(""))
        )
        constraints = getattr(event, "constraints", ())
        bound = (
            "; ".join(constraints) or "none: every warehouse with the goods was free to send them"
        )
        parts.append(Text(f"binding constraints: {bound}", "yellow" if constraints else "dim"))
        parts.append(titled("What led to it", chain_tree(chain)))
    return Group(*parts)


def _weighed(event: RoutingDecided) -> RenderableType:
    chosen = tuple(sorted(shipment.location_id for shipment in event.shipments))
    made = table("warehouses", ">cost (points)", ">units unsent", "")
    for candidate in event.candidates:
        is_chosen = candidate.locations == chosen
        made.add_row(
            Text(" + ".join(candidate.locations), "bold green" if is_chosen else ""),
            whole(candidate.points),
            whole(candidate.unsent),
            Text("chosen", "bold green") if is_chosen else "",
        )
    caption = f"policy {event.policy_version}, attempt {event.attempt}"
    return titled("", made, f"{caption}; the least unsent, then the cheapest")
