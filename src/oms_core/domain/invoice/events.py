"""What can have happened to an invoice. Amounts are minor units of its currency."""

from __future__ import annotations

from enum import StrEnum

from oms_core.kernel import Event, Instant, State


class DocumentKind(StrEnum):
    """What the document says: pay for this, this came back, or this was charged wrongly."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    CORRECTION = "correction"


class InvoiceLine(State, frozen=True):
    """Units of an order's line, with their own shares of its price and tax."""

    line_id: str
    item_id: str
    sku: str
    quantity: int
    unit_price: str
    net_minor: int
    tax_minor: int


class Content(State, frozen=True):
    """All that the document says but its number and dates.

    `series` is the beginning of the name of the series that numbers it, `refers_to` the document or
    return that a credit note is for. `dunning_days` are the days after the due date on which the
    customer is reminded.
    """

    kind: DocumentKind
    account_id: str
    customer_id: str
    order_id: str
    currency: str
    terms: str
    series: str
    lines: tuple[InvoiceLine, ...]
    dunning_days: tuple[int, ...] = ()
    refers_to: str = ""

    @property
    def net_minor(self) -> int:
        """The sum of the lines before tax."""
        return sum(line.net_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """The sum of the lines' taxes."""
        return sum(line.tax_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What the document asks for, or gives back."""
        return self.net_minor + self.tax_minor


class InvoiceDrafted(Event, frozen=True):
    """There is something to be invoiced or credited. It has no number yet."""

    invoice_id: str
    content: Content


class NumberRequested(Event, frozen=True):
    """The document is to go out on this day, with the next number of this series."""

    invoice_id: str
    series_id: str
    issued_on: str


class InvoiceIssued(Event, frozen=True):
    """The document is out. `number` is legal, and nothing on the document changes any more.

    `dun_at` is when the customer is reminded for the first time, if nothing is paid.
    """

    invoice_id: str
    kind: DocumentKind
    account_id: str
    order_id: str
    number: str
    issued_on: str
    due_on: str
    net_minor: int
    tax_minor: int
    currency: str
    dun_at: Instant = Instant(0)


class PaymentApplied(Event, frozen=True):
    """A part was paid or credited. `open_minor` is still asked for."""

    invoice_id: str
    account_id: str
    application_id: str
    amount_minor: int
    open_minor: int
    currency: str


class PaymentReturned(Event, frozen=True):
    """More was applied than the invoice asks for: this much goes back to the account."""

    invoice_id: str
    account_id: str
    application_id: str
    amount_minor: int
    currency: str


class InvoiceSettled(Event, frozen=True):
    """Nothing is asked for any more."""

    invoice_id: str
    account_id: str
    order_id: str


class DunningRaised(Event, frozen=True):
    """The customer is late, and is reminded: for the `level`-th time, again at `dun_at`."""

    invoice_id: str
    account_id: str
    order_id: str
    level: int
    open_minor: int
    currency: str
    dun_at: Instant = Instant(0)


class InvoiceCorrected(Event, frozen=True):
    """The invoice charged too much by this: a credit note will say so.

    It says no more than what the order has left to give back.
    """

    invoice_id: str
    correction_id: str
    reason: str
    content: Content


class InvoiceWrittenOff(Event, frozen=True):
    """Nobody expects the rest to be paid."""

    invoice_id: str
    account_id: str
    order_id: str
    amount_minor: int
    currency: str
    reason: str


class InvoiceVoided(Event, frozen=True):
    """The document was wrong and counts for nothing; its number, if it had one, stays used.

    `amount_minor` is what it had asked for; `content` is to be invoiced by another.
    """

    invoice_id: str
    account_id: str
    order_id: str
    number: str
    amount_minor: int
    currency: str
    reason: str
    content: Content


InvoiceEvent = (
    InvoiceDrafted
    | NumberRequested
    | InvoiceIssued
    | PaymentApplied
    | PaymentReturned
    | InvoiceSettled
    | DunningRaised
    | InvoiceCorrected
    | InvoiceWrittenOff
    | InvoiceVoided
)
