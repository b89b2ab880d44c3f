"""The books for hledger (`hledger check --file FILE`): it compares balances to the last digit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.accounting.book import (
    Amount,
    Book,
    Kind,
    Transaction,
    account_name,
    decimal,
    in_one_line,
)
from adapters.money import exponent

TYPES = {
    Kind.ASSETS: "A",
    Kind.LIABILITIES: "L",
    Kind.EQUITY: "E",
    Kind.INCOME: "R",
    Kind.EXPENSES: "X",
}

ENDS_A_TAG = re.compile(r"[%,]")
"""A comma ends the value of a tag; it is written as in addresses of the web, `%2C`."""


def hledger(book: Book) -> Iterator[str]:
    """Yield the lines of the file."""
    yield f"; {in_one_line(book.origin)}"
    yield "decimal-mark ."
    for currency in book.currencies:
        yield f"commodity 1000.{'0' * exponent(currency)} {currency}"
    for account in book.accounts:
        name = account_name(account)
        yield f"account {name}  ; type: {TYPES[Kind(name.partition(':')[0])]}"
    for transaction in book.transactions:
        yield from _transaction(transaction)
    yield ""
    yield f"{book.span.last} * Closing balances"
    for amount in book.closing:
        nothing = _amount(amount._replace(amount_minor=0))
        yield f"    {account_name(amount.account)}  {nothing} = {_amount(amount)}"


def _transaction(transaction: Transaction) -> Iterator[str]:
    title = in_one_line(transaction.title).replace(";", ",")
    yield ""
    yield f"{transaction.occurred_at.date()} * {title}"
    yield f"    ; position: {transaction.position}"
    for name, value in transaction.notes:
        yield f"    ; {name}: {ENDS_A_TAG.sub(_as_in_addresses, in_one_line(value))}"
    for amount in transaction.postings:
        yield f"    {account_name(amount.account)}  {_amount(amount)}"


def _amount(amount: Amount) -> str:
    return f"{decimal(amount)} {amount.currency}"


def _as_in_addresses(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"
