"""How each event changes an account. Events are facts: nothing here refuses one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from rpds import HashTrieMap

from oms_core.domain.account import events
from oms_core.domain.account.state import Account, OpenInvoice, Waiting
from oms_core.kernel import evolving


def _less(amounts: HashTrieMap[str, int], name: str, amount: int) -> HashTrieMap[str, int]:
    left = amounts.get(name, 0) - amount
    return amounts.insert(name, left) if left else amounts.discard(name)


def _others(account: Account, order_id: str) -> tuple[Waiting, ...]:
    return tuple(waiting for waiting in account.waiting if waiting.order_id != order_id)


def opened(account: Account, event: events.AccountOpened) -> Account:
    """Begin to trust."""
    return replace(account, opened=True, currency=event.currency, limit_minor=event.limit_minor)


def limit_changed(account: Account, event: events.LimitChanged) -> Account:
    """Trust more or less."""
    return replace(account, limit_minor=event.limit_minor)


def granted(account: Account, event: events.CreditGranted) -> Account:
    """Count the order as owed."""
    amount = event.amount_minor
    return replace(
        account,
        exposure_minor=account.exposure_minor + amount,
        orders=_less(account.orders, event.order_id, -amount),
        waiting=_others(account, event.order_id) if event.waited else account.waiting,
    )


def declined(account: Account, event: events.CreditDeclined) -> Account:
    """Let the order wait."""
    waiting = Waiting(event.order_id, event.payment_id, event.amount_minor)
    return replace(account, waiting=(*account.waiting, waiting))


def released(account: Account, event: events.CreditReleased) -> Account:
    """Count less as owed, or let the order wait for less."""
    order_id, amount = event.order_id, event.amount_minor
    waiting = account.request(order_id)
    if waiting is None:
        return replace(
            account,
            exposure_minor=account.exposure_minor - amount,
            orders=_less(account.orders, order_id, amount),
        )
    left = replace(waiting, amount_minor=waiting.amount_minor - amount)
    kept = (left if other is waiting else other for other in account.waiting)
    return replace(account, waiting=tuple(w for w in kept if w.amount_minor))


def invoice_charged(account: Account, event: events.InvoiceCharged) -> Account:
    """Count as invoiced what was counted as ordered."""
    return replace(
        account,
        exposure_minor=account.exposure_minor + event.amount_minor - event.drawn_minor,
        orders=_less(account.orders, event.order_id, event.drawn_minor),
        invoices=account.invoices.insert(
            event.invoice_id, OpenInvoice(event.order_id, event.amount_minor)
        ),
    )


def invoice_dated(account: Account, event: events.InvoiceDated) -> Account:
    """Know when the invoice is due."""
    invoice = replace(account.invoices[event.invoice_id], due_on=event.due_on)
    return replace(account, invoices=account.invoices.insert(event.invoice_id, invoice))


def invoice_reduced(account: Account, event: events.InvoiceReduced) -> Account:
    """Count less as owed, and forget an invoice that asks for nothing."""
    invoice = account.invoices[event.invoice_id]
    left = replace(invoice, open_minor=invoice.open_minor - event.amount_minor)
    return _without(account, event, left)


def _without(
    account: Account,
    event: events.InvoiceReduced | events.InvoiceWithdrawn,
    left: OpenInvoice,
) -> Account:
    invoices = account.invoices
    gone = not left.open_minor
    return replace(
        account,
        exposure_minor=account.exposure_minor - event.amount_minor,
        invoices=invoices.discard(event.invoice_id)
        if gone
        else invoices.insert(event.invoice_id, left),
        overdue=account.overdue - (gone and left.overdue),
    )


def invoice_withdrawn(account: Account, event: events.InvoiceWithdrawn) -> Account:
    """Count as ordered what was counted as invoiced."""
    left = replace(account.invoices[event.invoice_id], open_minor=0)
    account = _without(account, event, left)
    return replace(
        account,
        exposure_minor=account.exposure_minor + event.amount_minor,
        orders=_less(account.orders, event.order_id, -event.amount_minor),
    )


def blocked(account: Account, event: events.AccountBlocked) -> Account:
    """Let nothing more go out."""
    invoice = replace(account.invoices[event.invoice_id], overdue=True)
    return replace(
        account,
        blocks=event.block,
        overdue=account.overdue + 1,
        held=(*account.held, *event.orders),
        invoices=account.invoices.insert(event.invoice_id, invoice),
    )


def unblocked(account: Account, event: events.AccountUnblocked) -> Account:
    """Hold nothing back any more."""
    del event
    return replace(account, held=())


def paid(account: Account, event: events.PaymentReceived) -> Account:
    """Count the money as at the customer's disposal."""
    return _deposit(account, f"receipt:{event.receipt_id}", event.amount_minor)


def deposited(account: Account, event: events.CreditDeposited) -> Account:
    """Count the credit note as at the customer's disposal."""
    return _deposit(account, f"note:{event.note_id}", event.amount_minor)


def applied(account: Account, event: events.CreditApplied) -> Account:
    """Count the amount as used."""
    return _deposit(account, f"application:{event.application_id}", -event.amount_minor)


def returned(account: Account, event: events.CreditReturned) -> Account:
    """Count the amount as not used after all."""
    return _deposit(account, f"return:{event.application_id}", event.amount_minor)


def _deposit(account: Account, document_id: str, amount_minor: int) -> Account:
    return replace(
        account,
        unapplied_minor=account.unapplied_minor + amount_minor,
        documents=account.documents.add(document_id),
    )


evolve: Callable[[Account, Any], Account] = evolving(
    {
        events.AccountOpened: opened,
        events.LimitChanged: limit_changed,
        events.CreditGranted: granted,
        events.CreditDeclined: declined,
        events.CreditReleased: released,
        events.InvoiceCharged: invoice_charged,
        events.InvoiceDated: invoice_dated,
        events.InvoiceReduced: invoice_reduced,
        events.InvoiceWithdrawn: invoice_withdrawn,
        events.AccountBlocked: blocked,
        events.AccountUnblocked: unblocked,
        events.PaymentReceived: paid,
        events.CreditDeposited: deposited,
        events.CreditApplied: applied,
        events.CreditReturned: returned,
    }
)
