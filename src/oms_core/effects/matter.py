"""What a notice is about, as the log knows it at the moment when the notice is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from oms_core.domain.fulfilment.events import FulfilmentShipped
from oms_core.domain.invoice import events as invoice
from oms_core.domain.notice.events import Kind, NoticeRequested, Why
from oms_core.domain.order import events as order
from oms_core.domain.order.events import LineKind
from oms_core.domain.payment.events import RefundSucceeded
from oms_core.effects.baskets import basket
from oms_core.effects.items import Item, Matter
from oms_core.kernel import Event, Instant
from oms_core.kernel.calendar import date_of
from oms_core.processes.promising import PromiseMoved

Told = Matter | Why
"""What there is to say, or why there is nothing to be said any more."""


def streams_of(request: NoticeRequested) -> tuple[str, ...]:
    """Return the streams that tell what a notice is about."""
    subject_id = request.subject_id
    match request.kind:
        case Kind.CART_ABANDONED | Kind.CART_LEFT:
            return (f"cart:{subject_id.rpartition('|')[0]}",)
        case Kind.INVOICE_ISSUED:
            return (f"invoice:{subject_id}",)
        case Kind.PAYMENT_REMINDER:
            return (f"invoice:{subject_id.rpartition('|')[0]}",)
    beside = {
        Kind.ORDER_SHIPPED: f"fulfilment:{subject_id}",
        Kind.REFUNDED: f"payment:{subject_id.partition('|')[0]}",
        Kind.PROMISE_BROKEN: f"promising:{request.order_id}",
    }
    found = beside.get(request.kind)
    return (f"order:{request.order_id}", *([found] if found else ()))


def matter(request: NoticeRequested, history: Sequence[Event]) -> Told:
    """Return what a notice is to say, from the events of its streams, in their order."""
    return TOLD[request.kind](request, history)


def _agreed(history: Iterable[Event]) -> tuple[Matter, Mapping[str, order.OrderLine]]:
    """Return the order as it was agreed last, without its lines, and those by their id."""
    agreed = Matter()
    lines: dict[str, order.OrderLine] = {}
    for event in history:
        if isinstance(event, order.ChangeConfirmed):
            lines.update({line.line_id: line for line in event.added})
            if event.ship_to.country:
                country, sealed = event.ship_to.country, event.ship_to.sealed
                agreed = replace(agreed, country=country, sealed=sealed)
        if isinstance(event, order.OrderPlaced):
            lines = {line.line_id: line for line in event.lines}
            agreed = replace(
                agreed,
                order_id=event.order_id,
                reference=event.external_ref,
                customer_id=event.customer_id,
                currency=event.currency,
                at=event.placed_at,
                country=event.ship_to.country,
                sealed=event.ship_to.sealed,
            )
    return agreed, lines


def _ended(history: Iterable[Event]) -> bool:
    return any(isinstance(event, order.OrderCancelled) for event in history)


def _items(lines: Mapping[str, order.OrderLine], units: Mapping[str, int]) -> tuple[Item, ...]:
    """Return so many units of some lines, in the order of the order's lines."""
    return tuple(
        Item(line.item_id, line.sku, units[line_id])
        for line_id, line in lines.items()
        if units.get(line_id, 0) > 0
    )


def placed(_: NoticeRequested, history: Sequence[Event]) -> Told:
    """Say what was ordered, unless the order is over before it could be said."""
    agreed, lines = _agreed(history)
    if _ended(history):
        return Why.OUTDATED
    items = tuple(
        Item(line.item_id, line.sku, line.quantity, line.net_minor) for line in lines.values()
    )
    return replace(
        agreed,
        items=items,
        net_minor=sum(line.net_minor for line in lines.values()),
        tax_minor=sum(line.tax_minor for line in lines.values()),
    )


def shipped(request: NoticeRequested, history: Sequence[Event]) -> Told:
    """Say what is in the parcel, who carries it, and whether more is to come."""
    agreed, lines = _agreed(history)
    for event in history:
        if isinstance(event, FulfilmentShipped) and event.fulfilment_id == request.subject_id:
            units = Counter({line.line_id: line.quantity for line in event.lines})
            agreed = replace(
                agreed,
                items=_items(lines, units),
                carrier=event.carrier,
                tracking=event.tracking,
            )
    return agreed


def delayed(_: NoticeRequested, history: Sequence[Event]) -> Told:
    """Say what waits for supply now, all lines together; nothing, if nothing waits any more."""
    agreed, lines = _agreed(history)
    waits: Counter[str] = Counter()
    for event in history:
        match event:
            case order.LineBackordered(line_id=line_id, quantity=quantity):
                waits[line_id] += quantity
            case order.LineReserved(line_id=line_id, quantity=quantity):
                waits[line_id] -= min(quantity, waits[line_id])
            case order.LineCancelled(line_id=line_id, backordered=backordered):
                waits[line_id] -= backordered
    if _ended(history) or not waits.total():
        return Why.OUTDATED
    return replace(agreed, items=_items(lines, waits), tells=f"delayed|{agreed.order_id}")


def cancelled(request: NoticeRequested, history: Sequence[Event]) -> Told:
    """Say what will not be sent: the units of one cancellation, or the whole order if it ended."""
    agreed, lines = _agreed(history)
    whole = _ended(history)
    group = request.subject_id[len(request.order_id) + 1 :]
    units: Counter[str] = Counter()
    for event in history:
        if isinstance(event, order.LineCancelled) and (
            whole or event.cancellation_id in (group, f"{group}:{event.line_id}")
        ):
            units[event.line_id] += event.quantity
    tells = f"cancelled|{agreed.order_id}" if whole else ""
    return replace(agreed, items=_items(lines, units), whole=whole, tells=tells)


def refunded(request: NoticeRequested, history: Sequence[Event]) -> Told:
    """Say how much comes back."""
    agreed, _ = _agreed(history)
    refund_id = request.subject_id.partition("|")[2]
    for event in history:
        if isinstance(event, RefundSucceeded) and event.refund_id == refund_id:
            agreed = replace(agreed, amount_minor=event.amount_minor, currency=event.currency)
    return agreed


def reviewed(_: NoticeRequested, history: Sequence[Event]) -> Told:
    """Say what has arrived; nothing, if the customer has given something back."""
    agreed, lines = _agreed(history)
    units: Counter[str] = Counter()
    for event in history:
        if isinstance(event, order.ReturnAccepted | order.OrderCancelled):
            return Why.OUTDATED
        if isinstance(event, order.ParcelDelivered):
            units.update({line.line_id: line.quantity for line in event.lines})
    return replace(agreed, items=_items(lines, units))


def overdue(request: NoticeRequested, history: Sequence[Event]) -> Told:
    """Say what has not left as promised; nothing, once it has, or if something else is promised."""
    agreed, lines = _agreed(history)
    left = Counter({x.line_id: x.quantity for x in lines.values() if x.kind is LineKind.GOODS})
    ship_by = promised = Instant(int(request.subject_id.rpartition("|")[2]))
    for event in history:
        match event:
            case order.LineShipped(line_id=line_id) | order.LineCancelled(line_id=line_id):
                left[line_id] -= event.quantity
            case PromiseMoved():
                promised = event.ship_by
    items = _items(lines, left)
    if _ended(history) or not items or promised != ship_by:
        return Why.OUTDATED
    last_day = date_of(Instant(ship_by - 1))
    return replace(agreed, items=items, due_on=last_day, tells=f"delayed|{agreed.order_id}")


def issued(_: NoticeRequested, history: Sequence[Event]) -> Told:
    """Say what a document asks for or gives back; nothing, if it is void."""
    document, said = Matter(), 0
    for event in history:
        match event:
            case invoice.InvoiceDrafted(content=content):
                document = replace(
                    document,
                    order_id=content.order_id,
                    customer_id=content.customer_id,
                    currency=content.currency,
                    credit=content.kind is not invoice.DocumentKind.INVOICE,
                    items=tuple(
                        Item(line.item_id, line.sku, line.quantity, line.net_minor)
                        for line in content.lines
                    ),
                    net_minor=content.net_minor,
                    tax_minor=content.tax_minor,
                )
            case invoice.InvoiceIssued(number=number, issued_on=issued_on, due_on=due_on):
                said = event.net_minor + event.tax_minor
                document = replace(document, number=number, issued_on=issued_on, due_on=due_on)
                document = replace(document, amount_minor=said)
            case invoice.PaymentApplied(open_minor=open_minor):
                document = replace(document, amount_minor=open_minor)
            case invoice.InvoiceVoided():
                return Why.OUTDATED
    return document


def reminded(request: NoticeRequested, history: Sequence[Event]) -> Told:
    """Say what is still to be paid; nothing, if it is paid or a later reminder says it."""
    level = int(request.subject_id.rpartition("|")[2])
    for event in history:
        match event:
            case invoice.InvoiceSettled() | invoice.InvoiceWrittenOff():
                return Why.OUTDATED
            case invoice.DunningRaised(level=later) if later > level:
                return Why.OUTDATED
    told = issued(request, history)
    return replace(told, level=level) if isinstance(told, Matter) else told


TOLD: Mapping[Kind, Callable[[NoticeRequested, Sequence[Event]], Told]] = {
    Kind.ORDER_PLACED: placed,
    Kind.ORDER_SHIPPED: shipped,
    Kind.ORDER_DELAYED: delayed,
    Kind.ORDER_CANCELLED: cancelled,
    Kind.REFUNDED: refunded,
    Kind.INVOICE_ISSUED: issued,
    Kind.PAYMENT_REMINDER: reminded,
    Kind.CART_ABANDONED: basket,
    Kind.CART_LEFT: basket,
    Kind.REVIEW_REQUEST: reviewed,
    Kind.PROMISE_BROKEN: overdue,
}
