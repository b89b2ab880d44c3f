"""Rules of cash: what the customer has paid or was credited, and which invoices it goes to."""

from __future__ import annotations

from oms_core.domain.account import commands, events
from oms_core.domain.account.checks import require_open, require_positive
from oms_core.domain.account.state import Account, OpenInvoice
from oms_core.domain.account.trust import Events
from oms_core.kernel import Rejected
from oms_core.kernel.calendar import read_date

Debts = tuple[tuple[str, OpenInvoice], ...]


class OtherCurrency(Rejected):
    """The money is not in the account's currency."""

    code = "account.other_currency"
    remedy = "Book it on the customer's account in its own currency."


class NotPayable(Rejected):
    """The invoice is not out, or asks for less."""

    code = "account.not_payable"
    remedy = "Name an invoice that is out, and no more than it still asks for."


class NotAtDisposal(Rejected):
    """The customer has not paid so much in advance."""

    code = "account.not_at_disposal"
    remedy = "Apply no more than what is unapplied on the account."


def receive_payment(command: commands.ReceivePayment, account: Account) -> Events:
    """Book money, once for each receipt, and let it pay what it was meant for.

    It is ours, whatever the customer says that it is for: if there is no such invoice, it stays at
    the customer's disposal.
    """
    require_open(account)
    require_positive(command.amount_minor)
    _require_currency(command.currency, account)
    read_date(command.received_on, "received_on")
    if f"receipt:{command.receipt_id}" in account.documents:
        return
    yield events.PaymentReceived(
        command.account_id,
        command.receipt_id,
        command.amount_minor,
        command.currency,
        command.received_on,
    )
    debts = account.payable()
    if command.invoice_id:
        debts = tuple(debt for debt in debts if debt[0] == command.invoice_id)
    yield from _apply(command, command.receipt_id, debts)


def deposit_credit(command: commands.DepositCredit, account: Account) -> Events:
    """Book a credit note, once, and let it reduce the invoices of its order."""
    require_positive(command.amount_minor)
    if f"note:{command.note_id}" in account.documents:
        return
    yield events.CreditDeposited(
        command.account_id,
        command.note_id,
        command.order_id,
        command.amount_minor,
        command.currency,
    )
    yield from _apply(command, command.note_id, account.payable(command.order_id))


def _require_currency(currency: str, account: Account) -> None:
    if currency != account.currency:
        raise OtherCurrency(f"currency is {currency!r} and the account's is {account.currency!r}.")


def _apply(
    command: commands.ReceivePayment | commands.DepositCredit, source: str, debts: Debts
) -> Events:
    """Let an amount pay debts one after the other, as far as it goes."""
    left = command.amount_minor
    for invoice_id, invoice in debts:
        if part := min(left, invoice.open_minor):
            yield events.CreditApplied(
                command.account_id, f"{source}|{invoice_id}", invoice_id, part, command.currency
            )
            left -= part


def apply_credit(command: commands.ApplyCredit, account: Account) -> Events:
    """Use what is at the customer's disposal, once for each application."""
    require_open(account)
    require_positive(command.amount_minor)
    if f"application:{command.application_id}" in account.documents:
        return
    amount, invoice = command.amount_minor, account.invoices.get(command.invoice_id)
    most = invoice.open_minor if invoice and invoice.due_on else 0
    if amount > most:
        raise NotPayable(f"amount_minor {amount} is more than the {most} that is asked for.")
    if amount > account.unapplied_minor:
        raise NotAtDisposal(
            f"amount_minor {amount} is more than the {account.unapplied_minor} at disposal."
        )
    yield events.CreditApplied(
        command.account_id, command.application_id, command.invoice_id, amount, account.currency
    )


def return_credit(command: commands.ReturnCredit, account: Account) -> Events:
    """Take back what an invoice did not need, once for each application."""
    require_positive(command.amount_minor)
    if f"return:{command.application_id}" not in account.documents:
        yield events.CreditReturned(
            command.account_id, command.application_id, command.amount_minor
        )
