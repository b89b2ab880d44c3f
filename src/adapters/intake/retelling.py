"""Commands as a channel would say them: the way back from `adapters.intake.translation`.

For publishing what a simulation or a file holds as if channels and partners had said it.
"""

from __future__ import annotations

from adapters.intake import inbound
from oms_core.domain.order.commands import CancelLine, CancelOrder, PlaceOrder
from oms_core.domain.order.events import Destination
from oms_core.domain.payment import commands as payment
from oms_core.domain.stock.commands import CountStock, ReceiveStock
from oms_core.engine.unit import root_stream
from oms_core.kernel import Command

SUPPLY = "edi"
"""The channel by which warehouses speak: what they say of stock belongs to no shop window."""

Reported = (
    payment.ReportAuthorization | payment.ReportCapture | payment.ReportVoid | payment.ReportRefund
)


def channel_of(command: Command) -> str:
    """Return the channel that a command would come by: the order's, or the supply's for stock."""
    category, _, name = root_stream(command).partition(":")
    return SUPPLY if category == "stock" else name.partition(":")[0]


def message_of(command: Command) -> inbound.Inbound | None:  # noqa: PLR0911  (a table)
    """Return what a channel or partner says to have this done; None if none of them can."""
    match command:
        case PlaceOrder():
            return _placing(command)
        case CancelOrder(order_id, reason):
            return inbound.CancelOrder(_reference(order_id), reason)
        case CancelLine(order_id, line_id, quantity, reason, cancellation_id):
            number = int(line_id.rpartition("/")[2])
            reference = _reference(order_id)
            return inbound.CancelLine(reference, cancellation_id, number, quantity, reason)
        case ReceiveStock(item_id, document_id, location_id, quantity, cost_minor, currency):
            ref = document_id.removeprefix(f"{SUPPLY}:")
            return inbound.StockReceipt(ref, item_id, location_id, quantity, cost_minor, currency)
        case CountStock(item_id, document_id, location_id, counted):
            ref = document_id.removeprefix(f"{SUPPLY}:")
            return inbound.StockCount(ref, item_id, location_id, counted)
        case payment.ReportChargeback(payment_id, chargeback_id, amount_minor, reason):
            return inbound.ChargebackNotice(payment_id, chargeback_id, amount_minor, reason)
        case (
            payment.ReportAuthorization()
            | payment.ReportCapture()
            | payment.ReportVoid()
            | payment.ReportRefund()
        ):
            return _notice(command)
    return None


def _notice(report: Reported) -> inbound.PaymentNotice:
    match report:
        case payment.ReportAuthorization(payment_id, outcome, provider_ref, detail, expires_at):
            key = f"{payment_id}:authorize:1"
            return inbound.PaymentNotice(key, outcome, provider_ref, detail, expires_at)
        case payment.ReportCapture(payment_id, intent, outcome, detail):
            operation = "capture"
        case payment.ReportVoid(payment_id, intent, outcome, detail):
            operation = "void"
        case payment.ReportRefund(payment_id, intent, outcome, detail):
            operation = "refund"
    return inbound.PaymentNotice(f"{payment_id}:{operation}:{intent}", outcome, detail=detail)


def _reference(order_id: str) -> str:
    return order_id.partition(":")[2]


def _placing(command: PlaceOrder) -> inbound.PlaceOrder:
    replaced_in, _, replaces = command.replaces.partition(":")
    return inbound.PlaceOrder(
        command.external_ref,
        command.customer_id,
        command.currency,
        tuple(
            inbound.Line(
                int(line.line_id.rpartition("/")[2]),
                line.item_id,
                line.quantity,
                line.net_minor,
                line.tax_minor,
                line.discount_minor,
                line.unit_price,
                line.sku,
                line.kind,
            )
            for line in command.lines
        ),
        tuple(inbound.Payment(t.method, t.amount_minor, t.token, t.terms) for t in command.tenders),
        _address(command.ship_to),
        command.placed_at,
        command.on_shortage,
        command.purpose,
        replaces,
        "" if replaced_in == command.channel else replaced_in,
        command.ship_by,
        command.pay_by,
        command.priority,
        _address(command.bill_to),
        command.coupons,
        command.sold_at,
    )


def _address(place: Destination) -> inbound.Address:
    return inbound.Address(place.country, place.postal_code, place.sealed)
