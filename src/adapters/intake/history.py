"""What the log already knows of a channel: what was placed, refused and taken back, and by whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec
from psycopg.sql import SQL, Identifier

from adapters.bootstrap import Shop
from oms_core.domain.order.events import (
    LineCancelled,
    LineReturned,
    OrderPlaced,
    OrderRejected,
    Refusal,
    ReturnAccepted,
)
from oms_core.kernel import Event, Recorded

READ: frozenset[type[Event]] = frozenset(
    {OrderPlaced, OrderRejected, LineReturned, ReturnAccepted, LineCancelled}
)

NUMBER = re.compile(r"#[0-9]+$")
"""What a credit note's name ends in for the second order that it takes back, and later ones."""


class Placed(msgspec.Struct, frozen=True, gc=False):
    """What the log says an order of ours came to."""

    lines: int
    quantity: int
    net_minor: int


class TakenBack(msgspec.Struct):
    """What the log says was given back or given up under one document, and of which orders."""

    orders: list[str] = msgspec.field(default_factory=list)
    quantity: int = 0
    amount_minor: int = 0


class History(msgspec.Struct):
    """The log of one channel as one import sees it: what it did itself, and what others did.

    `placed`, `returned` and `parked` are by the document that our causes name. `others` are orders
    that did not come from this import, with the units of their lines that are gone already;
    `others_returned` are documents that others took goods back under.
    """

    placed: dict[str, Placed] = msgspec.field(default_factory=dict)
    returned: dict[str, TakenBack] = msgspec.field(default_factory=dict)
    refused: dict[str, tuple[Refusal, ...]] = msgspec.field(default_factory=dict)
    parked: dict[str, str] = msgspec.field(default_factory=dict)
    others: dict[str, OrderPlaced] = msgspec.field(default_factory=dict)
    others_gone: dict[str, int] = msgspec.field(default_factory=dict)
    others_returned: set[str] = msgspec.field(default_factory=set)


def cause_id(source: str, document: str, step: str) -> str:
    """Return the name of the message that asks for one step of a document."""
    return f"{source}|{step}|{document}"


def read_history(shop: Shop, source: str, channel: str) -> History:
    """Read what the log knows of a channel, as the import named `source` sees it."""
    history = History(parked=dict(_parked(shop, source)))
    with shop.log() as log:
        for page in log.pages(0, READ):
            for recorded in page:
                if recorded.stream.startswith(f"order:{channel}:"):
                    _take(history, recorded, f"{source}|")
    return history


def _take(history: History, recorded: Recorded, ours: str) -> None:
    event, own = recorded.event, recorded.causation_id.startswith(ours)
    document = recorded.causation_id.split("|", 2)[-1]
    match event:
        case OrderPlaced(external_ref=reference, lines=lines) if own:
            units, net = sum(line.quantity for line in lines), sum(line.net_minor for line in lines)
            history.placed[reference] = Placed(len(lines), units, net)
        case OrderPlaced(external_ref=reference):
            history.others[reference] = event
        case OrderRejected(external_ref=reference, reasons=reasons):
            history.refused[reference] = reasons
        case LineReturned(order_id, quantity=quantity) if own:
            _back(history, document, order_id).quantity += quantity
        case ReturnAccepted(amount_minor=amount) if own:
            history.returned[document].amount_minor += amount
        case LineCancelled(order_id, quantity=quantity) if own:
            back = _back(history, document, order_id)
            back.quantity += quantity
            back.amount_minor += event.net_minor + event.tax_minor
        case LineReturned(line_id=line_id, quantity=quantity, return_id=other):
            _gone(history, line_id, quantity, other)
        case LineCancelled(line_id=line_id, quantity=quantity, cancellation_id=other):
            _gone(history, line_id, quantity, other)


def _back(history: History, document: str, order_id: str) -> TakenBack:
    back = history.returned.setdefault(document, TakenBack())
    if order_id not in back.orders:
        back.orders.append(order_id)
    return back


def _gone(history: History, line_id: str, quantity: int, document_id: str) -> None:
    history.others_gone[line_id] = history.others_gone.get(line_id, 0) + quantity
    history.others_returned |= {document_id, NUMBER.sub("", document_id)}


def _parked(shop: Shop, source: str) -> Iterator[tuple[str, str]]:
    table = Identifier(shop.settings.log_schema, "oms_events_parked")
    query = SQL("SELECT cause_id, error FROM {} WHERE starts_with(cause_id, %s)").format(table)
    with shop.connection() as connection:
        for name, error in connection.execute(query, (f"{source}|",)).fetchall():
            yield name.split("|", 2)[-1], error


def differing(event: OrderPlaced, wanted: Mapping[str, object]) -> list[str]:
    """Return which terms of a placed order are not as wanted."""
    return [term for term, value in wanted.items() if getattr(event, term) != value]
