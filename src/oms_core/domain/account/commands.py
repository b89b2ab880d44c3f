"""What may be asked of an account. Its id is the customer and the currency: `C1|EUR`."""

from __future__ import annotations

from oms_core.kernel import Command


class OpenAccount(Command, frozen=True):
    """Let a customer order on account."""

    account_id: str
    customer_id: str
    currency: str
    limit_minor: int


class ChangeLimit(Command, frozen=True):
    """Trust the customer more, or less."""

    account_id: str
    limit_minor: int
    reason: str = ""


class RequestCredit(Command, frozen=True):
    """Ask whether an order may go out unpaid."""

    account_id: str
    order_id: str
    payment_id: str
    amount_minor: int


class ApproveCredit(Command, frozen=True):
    """Let a waiting order go out all the same: a person takes the risk."""

    account_id: str
    order_id: str


class ReleaseCredit(Command, frozen=True):
    """Note that a part of an order will not be delivered."""

    account_id: str
    order_id: str
    amount_minor: int


class RecordInvoice(Command, frozen=True):
    """Note that goods of an order have left and are to be invoiced."""

    account_id: str
    invoice_id: str
    order_id: str
    amount_minor: int


class RecordDueDate(Command, frozen=True):
    """Note that an invoice is out."""

    account_id: str
    invoice_id: str
    due_on: str


class RecordOpenAmount(Command, frozen=True):
    """Note what an invoice still asks for."""

    account_id: str
    invoice_id: str
    open_minor: int


class RecordVoid(Command, frozen=True):
    """Note that an invoice was void."""

    account_id: str
    invoice_id: str


class RecordOverdue(Command, frozen=True):
    """Note that an invoice is overdue for longer than we put up with."""

    account_id: str
    invoice_id: str


class ReceivePayment(Command, frozen=True):
    """Book money that came in, for one invoice or, without a name, for the oldest ones due.

    What an invoice does not ask for stays at the customer's disposal.
    """

    account_id: str
    receipt_id: str
    amount_minor: int
    currency: str
    received_on: str
    invoice_id: str = ""


class DepositCredit(Command, frozen=True):
    """Book a credit note; the invoices of its order are the first to be reduced by it."""

    account_id: str
    note_id: str
    order_id: str
    amount_minor: int
    currency: str


class ApplyCredit(Command, frozen=True):
    """Use what is at the customer's disposal for an invoice."""

    account_id: str
    application_id: str
    invoice_id: str
    amount_minor: int


class ReturnCredit(Command, frozen=True):
    """Note that an invoice did not need what was applied to it."""

    account_id: str
    application_id: str
    amount_minor: int


AccountCommand = (
    OpenAccount
    | ChangeLimit
    | RequestCredit
    | ApproveCredit
    | ReleaseCredit
    | RecordInvoice
    | RecordDueDate
    | RecordOpenAmount
    | RecordVoid
    | RecordOverdue
    | ReceivePayment
    | DepositCredit
    | ApplyCredit
    | ReturnCredit
)
