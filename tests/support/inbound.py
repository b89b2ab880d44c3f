"""Commands as a channel would say them: the way back from `adapters.intake.translation`."""

from __future__ import annotations

from adapters.intake import inbound
from oms_core.domain.order.commands import CancelLine, CancelOrder, PlaceOrder
from oms_core.kernel import Command


def message_of(command: Command) -> inbound.Inbound | None:
    """Return what a channel says to have an order placed or changed; None for other commands."""
    match command:
        case PlaceOrder():
            return _placing(command)
        case CancelOrder(order_id, reason):
            return inbound.CancelOrder(_reference(order_id), reason)
        case CancelLine(order_id, line_id, quantity, reason, cancellation_id):
            number = int(line_id.rpartition("/")[2])
            reference = _reference(order_id)
            return inbound.CancelLine(reference, cancellation_id, number, quantity, reason)
    return None


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
        tuple(inbound.Payment(t.method, t.amount_minor, t.token) for t in command.tenders),
        inbound.Address(
            command.ship_to.country, command.ship_to.postal_code, command.ship_to.sealed
        ),
        command.placed_at,
        command.on_shortage,
        command.purpose,
        replaces,
        "" if replaced_in == command.channel else replaced_in,
        command.ship_by,
        command.pay_by,
        command.priority,
    )
