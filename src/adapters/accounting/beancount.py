"""The books for Beancount 3 (`bean-check FILE`).

Beancount lets a balance differ by two of its last digits unless it is told a tolerance; here every
balance is told `~ 0`. See "Precision & Tolerances" in its documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from adapters.accounting.book import (
    Amount,
    Book,
    Transaction,
    account_name,
    decimal,
    in_one_line,
)


def beancount(book: Book) -> Iterator[str]:
    """Yield the lines of the file."""
    yield f"; {in_one_line(book.origin)}"
    yield f'option "title" {_quoted(book.origin)}'
    yield ""
    for account, currencies in book.accounts.items():
        yield f"{book.span.first} open {account_name(account)} {','.join(currencies)}"
    for transaction in book.transactions:
        yield from _transaction(transaction)
    yield ""
    after = book.span.last + timedelta(days=1)
    for amount in book.closing:
        name = account_name(amount.account)
        yield f"{after} balance {name} {decimal(amount)} ~ 0 {amount.currency}"


def _transaction(transaction: Transaction) -> Iterator[str]:
    yield ""
    yield f"{transaction.occurred_at.date()} * {_quoted(transaction.title)}"
    yield f"  position: {transaction.position}"
    for name, value in transaction.notes:
        yield f"  {name}: {_quoted(value)}"
    yield from map(_posting, transaction.postings)


def _posting(amount: Amount) -> str:
    return f"  {account_name(amount.account)} {decimal(amount)} {amount.currency}"


def _quoted(text: str) -> str:
    escaped = in_one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
