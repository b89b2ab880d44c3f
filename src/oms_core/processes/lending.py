"""Lending: an order on terms needs credit, and the account hears what becomes of its debts.

Where credit is declined the order is held; it goes on by itself once there is room, because
something was paid or the limit raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from oms_core.domain.account import commands as account
from oms_core.domain.account import events as trusted
from oms_core.domain.invoice import events as invoiced
from oms_core.domain.invoice.events import DocumentKind
from oms_core.domain.order import commands as order
from oms_core.domain.order.events import Blocked, HoldKind, LineCancelled, OrderPlaced
from oms_core.kernel import Command, Event, Process
from oms_core.kernel.identity import account_of

CREDIT = "credit"
"""The name of the hold of an order that was declined."""


def react(event: Event, memory: None) -> Iterator[Command | Event]:
    """Say what `event` calls for."""
    del memory
    match event:
        case OrderPlaced(order_id=order_id, customer_id=customer_id, currency=currency):
            for tender in event.tenders:
                yield account.RequestCredit(
                    account_of(customer_id, currency),
                    order_id,
                    tender.payment_id,
                    tender.amount_minor,
                )
        case LineCancelled(order_id, customer_id, credit_minor=amount_minor):
            account_id = account_of(customer_id, event.currency)
            yield account.ReleaseCredit(account_id, order_id, amount_minor)
        case trusted.CreditGranted(_, order_id, payment_id, amount_minor, waited):
            if waited:
                yield order.ResolveHold(order_id, CREDIT, "credit granted")
            yield order.RecordAuthorization(order_id, payment_id, amount_minor)
        case trusted.CreditDeclined(order_id=order_id):
            yield _hold(order_id, CREDIT, _why(event))
        case trusted.AccountBlocked(_, block, invoice_id, orders):
            for order_id in orders:
                yield _hold(order_id, _named(block), f"invoice {invoice_id} is overdue")
        case trusted.AccountUnblocked(_, block, orders):
            for order_id in orders:
                yield order.ResolveHold(order_id, _named(block), "nothing is overdue")
        case _:
            yield from _tell_debts(event)


def _tell_debts(event: Event) -> Iterator[Command]:
    match event:
        case invoiced.InvoiceDrafted(invoice_id, document):
            yield account.RecordInvoice(
                document.account_id, invoice_id, document.order_id, document.total_minor
            )
        case invoiced.InvoiceIssued(invoice_id, _, account_id, due_on=due_on):
            yield account.RecordDueDate(account_id, invoice_id, due_on)
        case invoiced.PaymentApplied(invoice_id, account_id, open_minor=open_minor):
            yield account.RecordOpenAmount(account_id, invoice_id, open_minor)
        case invoiced.InvoiceVoided(invoice_id, account_id):
            yield account.RecordVoid(account_id, invoice_id)


def _hold(order_id: str, hold_id: str, reason: str) -> Command:
    return order.HoldOrder(order_id, hold_id, HoldKind.CREDIT, (Blocked.RELEASE,), reason)


def _named(block: int) -> str:
    return f"{CREDIT}:{block}"


def _why(event: trusted.CreditDeclined) -> str:
    match event.reason:
        case trusted.DeclineReason.NO_ACCOUNT:
            return f"account {event.account_id} is not open"
        case trusted.DeclineReason.OVERDUE:
            return f"account {event.account_id} has invoices that are overdue for too long"
        case trusted.DeclineReason.LIMIT:
            return (
                f"{event.amount_minor} minor beside {event.exposure_minor} are more than the limit "
                f"of {event.limit_minor} of account {event.account_id}"
            )


def _on_terms(event: OrderPlaced) -> str | None:
    return event.order_id if any(tender.terms for tender in event.tenders) else None


def _owed(event: LineCancelled) -> str | None:
    return event.order_id if event.credit_minor else None


def _asked_for(event: invoiced.InvoiceDrafted) -> str | None:
    is_invoice = event.content.kind is DocumentKind.INVOICE
    return event.content.order_id if is_invoice else None


def _out(event: invoiced.InvoiceIssued) -> str | None:
    return event.order_id if event.kind is DocumentKind.INVOICE else None


_by_account: Callable[[Any], str] = attrgetter("account_id")

lending: Process[None] = Process(
    "lending",
    {
        OrderPlaced: _on_terms,
        LineCancelled: _owed,
        trusted.CreditGranted: _by_account,
        trusted.CreditDeclined: _by_account,
        trusted.AccountBlocked: _by_account,
        trusted.AccountUnblocked: _by_account,
        invoiced.InvoiceDrafted: _asked_for,
        invoiced.InvoiceIssued: _out,
        invoiced.PaymentApplied: _by_account,
        invoiced.InvoiceVoided: _by_account,
    },
    react,
    None,
)
