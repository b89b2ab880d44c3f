"""Renewing: before what is set aside for an order lapses, what is left of it is set aside anew.

Both are set aside until the new one is certain; then the old one is let go of. If it is declined,
the order says so, and a person has until the old one lapses.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from oms_core.domain.order import commands as order
from oms_core.domain.order.events import TenderRenewalRequested, TenderRenewed
from oms_core.domain.payment import commands as payment
from oms_core.domain.payment import events as paid
from oms_core.kernel import Command, Event, Process


def react(event: Event, memory: None) -> Iterator[Command | Event]:
    """Say what `event` calls for."""
    del memory
    match event:
        case paid.AuthorizationLapseAnnounced(payment_id, order_id, expires_at=expires_at):
            yield order.RenewTender(order_id, payment_id, expires_at)
        case TenderRenewalRequested(order_id, _, tender, currency, pay_by):
            yield payment.RequestAuthorization(
                tender.payment_id,
                order_id,
                paid.Method(tender.method.value),
                tender.amount_minor,
                currency,
                tender.token,
                pay_by,
            )
        case TenderRenewed(payment_id=payment_id, dropped=dropped):
            for given_up in (payment_id, *dropped):
                yield payment.ClosePayment(given_up)


renewing: Process[None] = Process(
    "renewing",
    dict.fromkeys(
        (paid.AuthorizationLapseAnnounced, TenderRenewalRequested, TenderRenewed),
        attrgetter("order_id"),
    ),
    react,
    None,
)
