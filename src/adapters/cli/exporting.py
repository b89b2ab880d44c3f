"""`oms ledger export`: the books as a file that an auditor's own program reads and checks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from psycopg.sql import SQL, Identifier
from rich.console import RenderableType

from adapters.accounting.beancount import beancount
from adapters.accounting.book import Book, account_name
from adapters.accounting.hledger import hledger
from adapters.bootstrap import Shop
from adapters.cli.amounts import moment, when, whole
from adapters.cli.faults import Failed, Fault
from adapters.cli.following import follow
from adapters.cli.opening import opened
from adapters.cli.output import PLAIN, Common, emit, panel, progress
from adapters.cli.parsing import instant
from adapters.clock import system_clock
from adapters.postgres.journal_queries import Apart, reading_book
from adapters.postgres.rebuild import project_as_of
from oms_core.kernel import Instant
from projections.catalog import VIEWS
from projections.log import Axis

NEEDED = ("journal", "trial_balance", "timeline")
FORMATS: dict[str, tuple[Callable[[Book], Iterator[str]], str]] = {
    "beancount": (beancount, "bean-check"),
    "hledger": (hledger, "hledger check --file"),
}


def export(
    file: Path,
    *,
    format: Literal["beancount", "hledger"],  # noqa: A002  (the name of the option)
    as_of: str | None = None,
    axis: Literal["recorded", "occurred"] = "recorded",
    options: Common = PLAIN,
) -> None:
    """Write the books to a file that Beancount or hledger reads, so that they check our figures.

    Each event that moves money or goods is a transaction in all its currencies, with its position
    in the log, its name and its order. The file ends with what the trial balance has on each
    account, to the last minor unit: the program refuses it if its own sum is another. No customer
    is in it, neither by name nor by id.

    **Examples**

        oms ledger export books.beancount --format beancount
        oms ledger export books.journal --format hledger --as-of 2026-03-31

    **Next:** `bean-check books.beancount`, or `hledger check --file books.journal`.

    Parameters
    ----------
    file
        The file to write; what was in it is replaced.
    format
        The program that is to read it.
    as_of
        The books at a time: a date (its end) or a date and time, ISO 8601; `now` works them out
        from the log as it is.
    axis
        With a time: what was recorded by then, or what had occurred by then as is known now.
    """
    until = None if as_of is None else instant("--as-of", as_of, system_clock())
    write, program = FORMATS[format]
    with opened(options) as shop:
        try:
            with _book(shop, until, Axis(axis)) as book:
                transactions = _written(file, write, book)
        except Apart as error:
            remedy = "Try again in a moment, or say `--as-of now` to work the books out anew."
            raise Failed(Fault("view", "trial_balance", str(error), remedy)) from None
    data = {
        "file": file,
        "format": format,
        "check_with": f"{program} {file}",
        "as_of": when(until) if until is not None else None,
        "axis": axis,
        "origin": book.origin,
        "transactions": transactions,
        "balances": [
            {"name": account_name(amount.account), **amount._asdict()} for amount in book.closing
        ],
    }
    emit(options, data, _render)


@contextmanager
def _book(shop: Shop, until: Instant | None, axis: Axis) -> Iterator[Book]:
    """Read the live books, or work them out as of a time in tables that are dropped after it."""
    origin = f"The books of {shop.settings.log_schema}"
    if until is None:
        follow(shop)
        with shop.connection() as connection:
            schema = shop.settings.views_schema
            with reading_book(connection, schema, origin) as book:
                yield book
        return
    schema = f"oms_as_of_{os.getpid()}"
    with shop.log() as log, shop.connection() as connection:
        try:
            views = [VIEWS[name] for name in NEEDED]
            project_as_of(connection, log, until, axis, views, schema=schema)
            as_known = "as recorded" if axis is Axis.RECORDED else "as occurred"
            dated = f"{origin} {as_known} by {moment(until)} UTC"
            with reading_book(connection, schema, dated) as book:
                yield book
        finally:
            connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(schema)))


def _written(file: Path, write: Callable[[Book], Iterator[str]], book: Book) -> int:
    """Write a file as a whole or not at all; return how many transactions it has.

    :raises Failed: if it cannot be written.
    """
    unfinished = file.with_name(f"{file.name}.part")
    count = 0

    with progress() as bars:
        task = bars.add_task("Writing transactions", total=None)

        def counted() -> Iterator[Any]:
            nonlocal count
            for transaction in book.transactions:
                count += 1
                bars.update(task, completed=count)
                yield transaction

        try:
            with unfinished.open("w", encoding="utf-8", newline="\n") as out:
                out.writelines(f"{line}\n" for line in write(book._replace(transactions=counted())))
            unfinished.replace(file)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            rule = f"The file cannot be written: {error.strerror}."
            remedy = "Name a file in a folder that exists and that you may write to."
            raise Failed(Fault("file", str(file), rule, remedy)) from None
    return count


def _render(data: dict[str, Any]) -> RenderableType:
    return panel(
        "The books are written",
        [
            data["origin"],
            f"{whole(data['transactions'])} transactions, {whole(len(data['balances']))} balances",
            f"Next: {data['check_with']}",
        ],
        style="green",
    )
