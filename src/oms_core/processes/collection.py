"""Collection: money is set aside at placement, taken as parcels leave, given back for returns.

What is set aside and not needed is let go of.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from oms_core.domain.order import commands as order
from oms_core.domain.order.events import (
    CancellationReason,
    ChangeDeclined,
    ChangePaymentRequested,
    OrderCancelled,
    OrderCompleted,
    OrderPlaced,
    ReturnAccepted,
    ShipmentCharged,
    Tender,
    TenderMethod,
)
from oms_core.domain.payment import commands as payment
from oms_core.domain.payment import events as paid
from oms_core.kernel import Command, Event, Process


def _payable(tenders: tuple[Tender, ...]) -> Iterator[Tender]:
    """Leave out what is put on the customer's account: nobody is asked for it here."""
    return (tender for tender in tenders if tender.method is not TenderMethod.ACCOUNT)


def react(event: Event, memory: None) -> Iterator[Command | Event]:
    """Say what `event` calls for."""
    del memory
    match event:
        case (
            OrderPlaced(order_id=order_id, tenders=tenders, currency=currency)
            | ChangePaymentRequested(order_id=order_id, tenders=tenders, currency=currency)
        ):
            for tender in _payable(tenders):
                yield payment.RequestAuthorization(
                    tender.payment_id,
                    order_id,
                    paid.Method(tender.method.value),
                    tender.amount_minor,
                    currency,
                    tender.token,
                    event.pay_by,
                )
        case paid.AuthorizationSucceeded(payment_id, order_id, amount_minor):
            yield order.RecordAuthorization(order_id, payment_id, amount_minor)
        case paid.AuthorizationFailed(payment_id, order_id):
            yield order.RecordDecline(order_id, payment_id, CancellationReason.DECLINED)
        case paid.AuthorizationExpired(payment_id, order_id):
            yield order.RecordDecline(order_id, payment_id, CancellationReason.EXPIRED)
        case ShipmentCharged(fulfilment_id=fulfilment_id, tenders=tenders):
            for tender in _payable(tenders):
                yield payment.RequestCapture(tender.payment_id, fulfilment_id, tender.amount_minor)
        case ReturnAccepted(return_id=return_id, tenders=tenders):
            for tender in _payable(tenders):
                yield payment.RequestRefund(
                    tender.payment_id, return_id, tender.amount_minor, "return"
                )
        case (
            OrderCancelled(payments=payments)
            | OrderCompleted(payments=payments)
            | ChangeDeclined(payments=payments)
        ):
            for payment_id in payments:
                yield payment.ClosePayment(payment_id)


collection: Process[None] = Process(
    "collection",
    dict.fromkeys(
        (
            OrderPlaced,
            ChangePaymentRequested,
            ChangeDeclined,
            paid.AuthorizationSucceeded,
            paid.AuthorizationFailed,
            paid.AuthorizationExpired,
            ShipmentCharged,
            ReturnAccepted,
            OrderCancelled,
            OrderCompleted,
        ),
        attrgetter("order_id"),
    ),
    react,
    None,
)
