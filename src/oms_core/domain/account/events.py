"""What can have happened to an account. Amounts are minor units of the account's currency."""

from __future__ import annotations

from enum import StrEnum

from oms_core.kernel import Event


class DeclineReason(StrEnum):
    """Why an order must wait: nobody agreed to trust, too much is owed, or it is owed too long."""

    NO_ACCOUNT = "no_account"
    LIMIT = "limit"
    OVERDUE = "overdue"


class AccountOpened(Event, frozen=True):
    """The customer may order on account, up to a limit."""

    account_id: str
    customer_id: str
    currency: str
    limit_minor: int


class LimitChanged(Event, frozen=True):
    """This much may be owed from now on."""

    account_id: str
    limit_minor: int
    reason: str


class CreditGranted(Event, frozen=True):
    """The order may go out unpaid. `waited` says that it had been declined before."""

    account_id: str
    order_id: str
    payment_id: str
    amount_minor: int
    waited: bool


class CreditDeclined(Event, frozen=True):
    """The order must wait until enough is paid, or the limit raised."""

    account_id: str
    order_id: str
    payment_id: str
    amount_minor: int
    reason: DeclineReason
    exposure_minor: int
    limit_minor: int


class CreditReleased(Event, frozen=True):
    """A part of an order will not be delivered, and so will not be owed."""

    account_id: str
    order_id: str
    amount_minor: int


class InvoiceCharged(Event, frozen=True):
    """What was ordered is now to be invoiced. `drawn_minor` of it had been granted to the order."""

    account_id: str
    invoice_id: str
    order_id: str
    amount_minor: int
    drawn_minor: int


class InvoiceDated(Event, frozen=True):
    """The invoice is out, and due on this day."""

    account_id: str
    invoice_id: str
    due_on: str


class InvoiceReduced(Event, frozen=True):
    """So much less is owed on the invoice."""

    account_id: str
    invoice_id: str
    amount_minor: int


class InvoiceWithdrawn(Event, frozen=True):
    """The invoice was void: what it asked for is again to be invoiced."""

    account_id: str
    invoice_id: str
    order_id: str
    amount_minor: int


class AccountBlocked(Event, frozen=True):
    """An invoice is overdue for too long: these orders, and any others, must wait.

    `block` counts the blocks of the account from 1.
    """

    account_id: str
    block: int
    invoice_id: str
    orders: tuple[str, ...]


class AccountUnblocked(Event, frozen=True):
    """Nothing is overdue for too long any more: these orders need not wait for that."""

    account_id: str
    block: int
    orders: tuple[str, ...]


class PaymentReceived(Event, frozen=True):
    """The customer's money is here. `received_on` is the day that the bank says."""

    account_id: str
    receipt_id: str
    amount_minor: int
    currency: str
    received_on: str


class CreditDeposited(Event, frozen=True):
    """A credit note is at the customer's disposal."""

    account_id: str
    note_id: str
    order_id: str
    amount_minor: int
    currency: str


class CreditApplied(Event, frozen=True):
    """A part of what is at the customer's disposal goes to an invoice."""

    account_id: str
    application_id: str
    invoice_id: str
    amount_minor: int
    currency: str


class CreditReturned(Event, frozen=True):
    """The invoice did not need it: it is at the customer's disposal again."""

    account_id: str
    application_id: str
    amount_minor: int


AccountEvent = (
    AccountOpened
    | LimitChanged
    | CreditGranted
    | CreditDeclined
    | CreditReleased
    | InvoiceCharged
    | InvoiceDated
    | InvoiceReduced
    | InvoiceWithdrawn
    | AccountBlocked
    | AccountUnblocked
    | PaymentReceived
    | CreditDeposited
    | CreditApplied
    | CreditReturned
)
