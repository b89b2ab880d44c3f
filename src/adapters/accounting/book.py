"""What goes into an export of the books: transactions out of the journal, and how they must end.

The closing balances come from the trial balance, which adds the events up by itself: whoever reads
an export checks the two read models against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from adapters.money import major_units
from projections.posting import Account


class Kind(StrEnum):
    """The five kinds of account that every bookkeeping program knows."""

    ASSETS = "Assets"
    LIABILITIES = "Liabilities"
    EQUITY = "Equity"
    INCOME = "Income"
    EXPENSES = "Expenses"


KINDS: Mapping[Account, Kind] = {
    Account.RECEIVABLES: Kind.ASSETS,
    Account.TRADE_RECEIVABLES: Kind.ASSETS,
    Account.UNAPPLIED_CASH: Kind.LIABILITIES,
    Account.BAD_DEBT: Kind.EXPENSES,
    Account.REVENUE: Kind.INCOME,
    Account.REFUNDS: Kind.INCOME,
    Account.TAX_PAYABLE: Kind.LIABILITIES,
    Account.CASH_CLEARING: Kind.ASSETS,
    Account.GIFT_CARDS: Kind.LIABILITIES,
    Account.GIFT_CARD_BREAKAGE: Kind.INCOME,
    Account.PAYOUTS_IN_TRANSIT: Kind.ASSETS,
    Account.BANK: Kind.ASSETS,
    Account.PAYMENT_FEES: Kind.EXPENSES,
    Account.EXCHANGE: Kind.EQUITY,
    Account.INVENTORY: Kind.ASSETS,
    Account.GOODS_ISSUED: Kind.ASSETS,
    Account.GOODS_RECEIVED_NOT_INVOICED: Kind.LIABILITIES,
    Account.COST_OF_GOODS_SOLD: Kind.EXPENSES,
    Account.MARKETING_EXPENSE: Kind.EXPENSES,
    Account.WRITE_OFFS: Kind.EXPENSES,
}
"""What kind each account of the chart is of."""

PERSONAL = ("account:", "customer:")
"""Streams whose names hold a customer's id. It says who somebody is, so it stays here."""


class Amount(NamedTuple):
    """An amount on an account: a debit if it is positive, a credit if it is negative."""

    account: str
    currency: str
    amount_minor: int


class Transaction(NamedTuple):
    """What one event moved, in all its currencies, and where it stands in the log."""

    position: int
    event_id: str
    description: str
    order_id: str
    occurred_at: datetime
    recorded_at: datetime
    postings: tuple[Amount, ...]

    @property
    def notes(self) -> Iterator[tuple[str, str]]:
        """Yield what leads back to the log: names of tags and their values, but no customer."""
        if not self.event_id.startswith(PERSONAL):
            yield "event", self.event_id
        if self.order_id:
            yield "order", self.order_id
        yield "occurred", _utc(self.occurred_at)
        yield "recorded", _utc(self.recorded_at)

    @property
    def title(self) -> str:
        """What was booked, in a line; of an event of a customer's account only its type."""
        if self.event_id.startswith(PERSONAL):
            return self.description.partition(" ")[0]
        return self.description


class Span(NamedTuple):
    """The first and the last day on which anything was booked."""

    first: date
    last: date


class Book(NamedTuple):
    """All that is exported. `transactions` can be gone through once.

    `closing` is what must be on each account after the last of them. `origin` says in a line what
    part of which log this is.
    """

    origin: str
    span: Span
    transactions: Iterable[Transaction]
    closing: Sequence[Amount]

    @property
    def currencies(self) -> list[str]:
        """Return the currencies, in the order of their codes."""
        return sorted({amount.currency for amount in self.closing})

    @property
    def accounts(self) -> dict[str, list[str]]:
        """Return the currencies of each account."""
        found: dict[str, list[str]] = {}
        for account, currency, _ in sorted(self.closing):
            found.setdefault(account, []).append(currency)
        return found


def account_name(account: str) -> str:
    """Name an account as other programs do: `trade_receivables` is `Assets:Trade-Receivables`."""
    return f"{KINDS[Account(account)]}:{account.replace('_', '-').title()}"


def decimal(amount: Amount) -> str:
    """Write an amount with all decimals of its currency and no sign but a minus: `-1234.50`."""
    return f"{major_units(amount.amount_minor, amount.currency):f}"


def in_one_line(text: str) -> str:
    """Replace what would break a line, or cannot be written in UTF-8, by spaces."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _utc(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
