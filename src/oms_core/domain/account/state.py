"""What an account's events add up to: nothing in it outlives the work that is open."""

from __future__ import annotations

from rpds import HashTrieMap

from oms_core.kernel import State
from oms_core.kernel.recent import Recent


class OpenInvoice(State, frozen=True):
    """What an invoice still asks for; `due_on` is empty until it is out."""

    order_id: str
    open_minor: int
    due_on: str = ""
    overdue: bool = False


class Waiting(State, frozen=True):
    """An order that was declined."""

    order_id: str
    payment_id: str
    amount_minor: int


class Account(State, frozen=True):
    """How far we trust, and the sums that the decisions need, kept rather than counted.

    `orders` says what of each granted order is not invoiced yet; together with what is open on
    `invoices` it makes up `exposure_minor`. `unapplied_minor` is at the customer's disposal.
    `overdue` counts the invoices that block the account, `held` names the orders that the present
    block holds; `waiting` orders stand in the order of their arrival.
    """

    opened: bool = False
    currency: str = ""
    limit_minor: int = 0
    exposure_minor: int = 0
    unapplied_minor: int = 0
    orders: HashTrieMap[str, int] = HashTrieMap()
    invoices: HashTrieMap[str, OpenInvoice] = HashTrieMap()
    waiting: tuple[Waiting, ...] = ()
    overdue: int = 0
    blocks: int = 0
    held: tuple[str, ...] = ()
    documents: Recent = Recent()

    def allows(self, amount_minor: int) -> bool:
        """Say whether so much more may be owed."""
        return (
            self.opened
            and not self.overdue
            and self.exposure_minor + amount_minor <= self.limit_minor
        )

    def request(self, order_id: str) -> Waiting | None:
        """Return what a declined order waits for."""
        return next((w for w in self.waiting if w.order_id == order_id), None)

    def payable(self, order_id: str = "") -> tuple[tuple[str, OpenInvoice], ...]:
        """Return the invoices that are out, of one order if it is named, the first due first."""
        return tuple(
            sorted(
                (
                    (invoice_id, invoice)
                    for invoice_id, invoice in self.invoices.items()
                    if invoice.due_on and order_id in ("", invoice.order_id)
                ),
                key=lambda entry: (entry[1].due_on, entry[0]),
            )
        )
