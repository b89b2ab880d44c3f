"""The auditor's own sums of receivables: no number is left out, and debts add up to the ledger.

Everything is added up from movements, so that it can be compared with what the ledger has posted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from oms_core.domain.account import events as account
from oms_core.domain.invoice import events as invoice
from oms_core.domain.series.events import NumberAssigned
from oms_core.kernel import Event
from projections.posting import Account

DISPOSAL: Mapping[type[Event], int] = {
    account.PaymentReceived: 1,
    account.CreditDeposited: 1,
    account.CreditApplied: -1,
}
"""How movements change what is at the customers' disposal."""


class Dues:
    """Adds up what invoices ask for and what customers have at their disposal."""

    def __init__(self) -> None:
        """Begin with an empty log."""
        self.numbers: Counter[str] = Counter()
        self.open: dict[str, tuple[str, int]] = {}
        self.disposal: Counter[str] = Counter()

    def add(self, event: Event) -> Iterator[str]:
        """Take one more event into account, and say what does not hold of it."""
        match event:
            case NumberAssigned(series_id, number):
                self.numbers[series_id] += 1
                if number != self.numbers[series_id]:
                    yield f"{series_id}: {number} follows {self.numbers[series_id] - 1}"
            case invoice.InvoiceIssued(invoice_id, invoice.DocumentKind.INVOICE):
                total = event.net_minor + event.tax_minor
                self.open[invoice_id] = (event.currency, total)
            case (
                invoice.PaymentApplied(invoice_id)
                | invoice.InvoiceWrittenOff(invoice_id)
                | invoice.InvoiceVoided(invoice_id)
            ):
                currency, asked = self.open.get(invoice_id, (event.currency, 0))
                if event.amount_minor > asked:
                    yield f"{invoice_id}: {event.amount_minor} of {asked}"
                self.open[invoice_id] = (currency, asked - event.amount_minor)
            case invoice.PaymentReturned():
                self.disposal[event.currency] += event.amount_minor
            case _ if sign := DISPOSAL.get(type(event)):
                moved: Any = event
                self.disposal[moved.currency] += sign * moved.amount_minor

    def close(self, balances: Mapping[tuple[str, str], int]) -> Iterator[str]:
        """Compare the sums with what the ledger has posted."""
        owed: Counter[str] = Counter()
        for currency, amount in self.open.values():
            owed[currency] += amount
        for name, sums, sign in (
            (Account.TRADE_RECEIVABLES, owed, 1),
            (Account.UNAPPLIED_CASH, self.disposal, -1),
        ):
            for currency, amount in sums.items():
                posted = sign * balances.get((name.value, currency), 0)
                if posted != amount:
                    yield f"{name} in {currency}: {posted} posted, {amount} in movements"
