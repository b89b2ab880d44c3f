"""From what a channel says to what we ask of the domain: pure, and the only place that makes ids.

An order is known by its channel and the channel's reference, a line by its number in the order, a
payment by its place in the order, a stock document by the channel that speaks of it.
"""

from __future__ import annotations

from typing import assert_never

from adapters.intake import inbound
from oms_core.domain.order.commands import CancelLine, CancelOrder, PlaceOrder
from oms_core.domain.order.events import Destination, OrderLine, Tender
from oms_core.domain.payment.commands import Outcome, ReportChargeback
from oms_core.domain.stock.commands import CountStock, ReceiveStock
from oms_core.effects.payments import KEY, Answer, report
from oms_core.effects.ports import ActionRequired, Failed, Succeeded
from oms_core.kernel import Command


def command_of(message: inbound.Inbound, channel: str) -> Command:  # noqa: PLR0911  (a table)
    """Return what a message asks for.

    :raises ValueError: if a payment notice answers no request of ours.
    """
    match message:
        case inbound.PlaceOrder():
            return _place_order(message, channel)
        case inbound.CancelOrder(external_ref, reason):
            return CancelOrder(order_id(channel, external_ref), reason)
        case inbound.CancelLine(external_ref, change_ref, number, quantity, reason):
            order = order_id(channel, external_ref)
            return CancelLine(order, line_id(order, number), quantity, reason, change_ref)
        case inbound.PaymentNotice(request_key):
            return report(request_key, _answer(message))
        case inbound.ChargebackNotice(payment_id, chargeback_ref, amount_minor, reason):
            return ReportChargeback(payment_id, chargeback_ref, amount_minor, reason)
        case inbound.StockReceipt(document_ref, item_id, location_id, quantity, cost, currency):
            document_id = f"{channel}:{document_ref}"
            return ReceiveStock(item_id, document_id, location_id, quantity, cost, currency)
        case inbound.StockCount(document_ref, item_id, location_id, counted):
            return CountStock(item_id, f"{channel}:{document_ref}", location_id, counted)
        case _:
            assert_never(message)


def key_of(message: inbound.Inbound) -> str:
    """Return the key that a message must have: what it is about, so that its order is kept."""
    match message:
        case inbound.PlaceOrder() | inbound.CancelOrder() | inbound.CancelLine():
            return message.external_ref
        case inbound.PaymentNotice(request_key):
            return payment_of(request_key)
        case inbound.ChargebackNotice(payment_id):
            return payment_id
        case inbound.StockReceipt() | inbound.StockCount():
            return message.item_id
        case _:
            assert_never(message)


def order_id(channel: str, external_ref: str) -> str:
    """Return the id of an order: `web:1001`."""
    return f"{channel}:{external_ref}"


def line_id(order: str, number: int) -> str:
    """Return the id of a line of an order: `web:1001/2`."""
    return f"{order}/{number}"


def payment_id(order: str, place: int) -> str:
    """Return the id of a payment of an order, counted from 1: `web:1001/p1`."""
    return f"{order}/p{place}"


def payment_of(request_key: str) -> str:
    """Return the payment that a request was about; the whole key if it is none of ours."""
    matched = KEY.fullmatch(request_key)
    return matched[1] if matched else request_key


def _place_order(message: inbound.PlaceOrder, channel: str) -> PlaceOrder:
    order = order_id(channel, message.external_ref)
    return PlaceOrder(
        order,
        channel,
        message.external_ref,
        message.customer_id,
        message.currency,
        tuple(_line(order, line) for line in message.lines),
        tuple(
            Tender(payment_id(order, place), part.method, part.amount_minor, part.token, part.terms)
            for place, part in enumerate(message.payments, 1)
        ),
        _destination(message.ship_to),
        message.on_shortage,
        message.placed_at,
        message.purpose,
        _replaced(message, channel),
        message.ship_by,
        message.pay_by,
        message.priority,
        bill_to=_destination(message.bill_to),
        coupons=message.coupons,
        sold_at=message.sold_at,
    )


def _destination(address: inbound.Address) -> Destination:
    return Destination(address.country, address.postal_code, address.sealed)


def _replaced(message: inbound.PlaceOrder, channel: str) -> str:
    if not message.replaces:
        return ""
    return order_id(message.replaces_channel or channel, message.replaces)


def _line(order: str, line: inbound.Line) -> OrderLine:
    return OrderLine(
        line_id(order, line.number),
        line.item_id,
        line.sku or line.item_id,
        line.quantity,
        line.unit_price,
        line.net_minor,
        line.tax_minor,
        line.discount_minor,
        line.kind,
    )


def _answer(notice: inbound.PaymentNotice) -> Answer:
    match notice.outcome:
        case Outcome.SUCCEEDED:
            return Succeeded(notice.provider_ref, notice.expires_at)
        case Outcome.FAILED:
            return Failed(notice.detail)
        case Outcome.ACTION_REQUIRED:
            return ActionRequired(notice.detail)
        case Outcome.UNKNOWN:
            return None
        case _:
            assert_never(notice.outcome)
