"""Rules of debts: what invoices ask for, as they tell it."""

from __future__ import annotations

from oms_core.domain.account import commands, events
from oms_core.domain.account.checks import require_positive
from oms_core.domain.account.state import Account
from oms_core.domain.account.trust import Events, after, relax


def record_invoice(command: commands.RecordInvoice, account: Account) -> Events:
    """Count as invoiced what was granted to the order."""
    require_positive(command.amount_minor)
    if command.invoice_id not in account.invoices:
        amount = command.amount_minor
        yield events.InvoiceCharged(
            command.account_id,
            command.invoice_id,
            command.order_id,
            amount,
            min(amount, account.orders.get(command.order_id, 0)),
        )


def record_due_date(command: commands.RecordDueDate, account: Account) -> Events:
    """Know when an invoice is due; from now on it can be paid."""
    invoice = account.invoices.get(command.invoice_id)
    if invoice is not None and command.due_on != invoice.due_on:
        yield events.InvoiceDated(command.account_id, command.invoice_id, command.due_on)


def record_open_amount(command: commands.RecordOpenAmount, account: Account) -> Events:
    """Count less as owed. An invoice never asks for more than it did."""
    invoice = account.invoices.get(command.invoice_id)
    if invoice is None or not 0 <= command.open_minor < invoice.open_minor:
        return
    reduced = events.InvoiceReduced(
        command.account_id, command.invoice_id, invoice.open_minor - command.open_minor
    )
    left = yield from after(account, reduced)
    yield from relax(command.account_id, account, left)


def record_void(command: commands.RecordVoid, account: Account) -> Events:
    """Count as ordered again what was counted as invoiced: another invoice will follow."""
    invoice = account.invoices.get(command.invoice_id)
    if invoice is None:
        return
    withdrawn = events.InvoiceWithdrawn(
        command.account_id, command.invoice_id, invoice.order_id, invoice.open_minor
    )
    left = yield from after(account, withdrawn)
    yield from relax(command.account_id, account, left)
