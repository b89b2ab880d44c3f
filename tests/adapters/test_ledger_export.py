"""Beancount and hledger accept the exported books, have our balances, and catch one cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql

from adapters.accounting.beancount import beancount
from adapters.accounting.book import KINDS, Amount, Book, Span, Transaction, account_name
from adapters.accounting.hledger import hledger
from adapters.bootstrap import open_shop
from adapters.postgres.privacy import vault_of
from oms_core.domain.customer.commands import RegisterCustomer
from oms_core.engine.cause import Cause
from projections.posting import Account
from tests.support.auditors import (
    POSTING,
    Auditor,
    balances_of,
    every_auditor,
    one_minor_unit_more,
    planted,
)
from tests.support.terminal import faults, oms

NAME = "Zoë Quatremère"
DIGITS = {"JPY": 0, "KRW": 0, "EUR": 2, "GBP": 2, "USD": 2, "KWD": 3}
WRITERS = {"beancount": beancount, "hledger": hledger}
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A simulated world of several countries, with invoices, and a customer with a name."""
    name = f"test_export_{uuid4().hex[:8]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMS_DSN", postgres)
        patch.setenv("OMS_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("OMS_LOG_SCHEMA", f"{name}_log")
        patch.setenv("OMS_VIEWS_SCHEMA", f"{name}_views")
        assert oms("simulate", "--orders", "200", "--seed", "3", "--json").code == 0
        with open_shop() as shop, shop.connection() as connection, shop.engine() as engine:
            vault = vault_of(shop.settings, connection)
            sealed = vault.seal("NAMED", NAME)
            engine.handle([Cause(RegisterCustomer("NAMED", "FR", sealed), "m1", "user:anna")])
        yield
    with psycopg.connect(postgres, autocommit=True) as connection:
        for schema in (f"{name}_log", f"{name}_views"):
            drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema))
            connection.execute(drop)


def exported(file: Path, program: str, *more: str) -> dict[str, Any]:
    printed = oms("ledger", "export", str(file), "--format", program, *more, "--json")
    assert printed.code == 0, printed
    return printed.data


def currencies_of(postings: list[str]) -> list[str]:
    found = sorted({line.split()[-1] for line in postings})
    assert {DIGITS[currency] for currency in found} == {0, 2, 3}
    return found


def trial_balance(*command: str) -> dict[tuple[str, str], int]:
    data = oms(*command, "--json").data
    rows = data.get("report", data)["balances"]
    return {
        (account_name(row["account"]), row["currency"]): row["balance_minor"]
        for row in rows
        if row["balance_minor"]
    }


@every_auditor
def test_the_books_of_a_simulated_world_are_accepted_and_have_our_balances(
    world, tmp_path, auditor: Auditor
):
    file = tmp_path / "books"
    data = exported(file, auditor.name)
    ours = trial_balance("show", "ledger")
    assert auditor.complaints(file) == []
    assert auditor.balances(file) == ours == balances_of(data["balances"])
    assert {DIGITS[currency] for _, currency in ours} == {0, 2, 3}
    assert len({account for account, _ in ours}) >= 10
    assert data["transactions"] > 500


@every_auditor
@pytest.mark.parametrize("axis", ["recorded", "occurred"])
def test_the_books_as_of_a_time_are_accepted_and_have_the_balances_of_then(
    world, tmp_path, auditor: Auditor, axis
):
    when = ("--as-of", "2026-01-09T12:00", "--axis", axis)
    file = tmp_path / "books"
    exported(file, auditor.name, *when)
    then = trial_balance("replay", "--view", "ledger", *when)
    assert auditor.complaints(file) == []
    assert auditor.balances(file) == then != trial_balance("show", "ledger")


@every_auditor
def test_a_minor_unit_planted_in_one_posting_is_caught(world, tmp_path, auditor: Auditor):
    file = tmp_path / "books"
    exported(file, auditor.name)
    text = file.read_text(encoding="utf-8")
    postings = [line for line in text.splitlines() if POSTING.match(line)]
    for currency in currencies_of(postings):
        places = [place for place, line in enumerate(postings) if line.endswith(currency)]
        file.write_text(planted(text, places[len(places) // 2]), encoding="utf-8")
        assert auditor.complaints(file), currency


@every_auditor
def test_a_minor_unit_moved_between_two_accounts_is_caught_by_the_closing_balances(
    world, tmp_path, auditor: Auditor
):
    """Such a transaction balances; only the balances that it ends with tell."""
    file = tmp_path / "books"
    exported(file, auditor.name)
    text = file.read_text(encoding="utf-8")
    postings = [line for line in text.splitlines() if POSTING.match(line)]
    for currency in currencies_of(postings):
        place = next(
            number
            for number, (one, two) in enumerate(pairwise(postings))
            if one.endswith(currency)
            and two.endswith(currency)
            and one.split()[1].lstrip("-") == two.split()[1].lstrip("-")
        )
        changed = planted(text, place, place + 1, signs=(1, -1))
        file.write_text(changed, encoding="utf-8")
        assert auditor.complaints(file), currency


@every_auditor
def test_a_closing_balance_that_is_a_minor_unit_off_is_caught(tmp_path, auditor: Auditor):
    for amount in (Amount("revenue", "EUR", -1_000), Amount("revenue", "KWD", -1)):
        file = tmp_path / "books"
        moved = (amount, amount._replace(account="receivables", amount_minor=-amount.amount_minor))
        write(file, auditor, book(transaction(1, *moved)))
        assert auditor.complaints(file) == []
        wrong = amount._replace(amount_minor=amount.amount_minor + 1)
        write(file, auditor, book(transaction(1, *moved))._replace(closing=[wrong, moved[1]]))
        assert auditor.complaints(file)


@pytest.mark.parametrize("program", WRITERS)
def test_each_transaction_leads_back_to_its_event_and_its_order_and_to_no_customer(
    world, tmp_path, program
):
    file = tmp_path / "books"
    exported(file, program)
    text = file.read_text(encoding="utf-8")
    assert NAME not in text
    customers = oms("show", "customers", "--limit", "1000", "--json").data["customers"]
    ids = {row["customer_id"] for row in customers}
    assert len(ids) > 50
    words = set(text.replace('"', " ").replace("|", " ").replace(":", " ").split())
    assert ids & words == set()
    transactions = [told for told in text.split("\n\n")[:-1] if " * " in told]
    assert all(" position: " in told for told in transactions)
    shipped = [told for told in transactions if "LineShipped" in told]
    assert shipped
    assert all(" event: " in told and " order: " in told for told in shipped)


def test_an_export_that_cannot_be_written_says_so_and_leaves_nothing(world, tmp_path):
    file = tmp_path / "missing" / "books"
    printed = oms("ledger", "export", str(file), "--format", "hledger", "--json")
    assert (printed.code, faults(printed)) == (1, [("file", str(file))])
    assert list(tmp_path.iterdir()) == []


def test_every_account_is_of_a_kind():
    assert set(KINDS) == set(Account)
    assert len({account_name(account) for account in Account}) == len(Account)


def test_read_models_that_have_not_read_equally_far_are_not_exported(world, tmp_path):
    with open_shop() as shop, shop.connection() as connection:
        table = sql.Identifier(shop.settings.views_schema, "_projections")
        move = sql.SQL("UPDATE {} SET position = position + %s WHERE view = 'journal'")
        connection.execute(move.format(table), [1])
        try:
            file = tmp_path / "books"
            printed = oms("ledger", "export", str(file), "--format", "hledger", "--json")
        finally:
            connection.execute(move.format(table), [-1])
    assert (printed.code, faults(printed)) == (1, [("view", "trial_balance")])
    assert not file.exists()


texts = st.text(max_size=30) | st.sampled_from(
    [
        'a "quoted" \\ name',
        "x; y",
        "ends in \\",
        "date:2026-99-99",
        "[2026-99-99]",
        "a,b",
        "(",
        "*",
        "| x",
        "%2C",
    ]
)
moves = st.tuples(
    st.sampled_from(sorted(Account)),
    st.sampled_from(sorted(Account)),
    st.sampled_from(sorted(DIGITS)),
    st.integers(1, 10**15),
).filter(lambda move: move[0] != move[1])


def transaction(position: int, *postings: Amount, text: str = "x") -> Transaction:
    return Transaction(position, f"order:{text}#1", f"Moved {text}", text, NOON, NOON, postings)


def book(*transactions: Transaction) -> Book:
    sums: dict[tuple[str, str], int] = {}
    for _, currency, account, amount in (
        (told.position, posting.currency, posting.account, posting.amount_minor)
        for told in transactions
        for posting in told.postings
    ):
        sums[account, currency] = sums.get((account, currency), 0) + amount
    day = date(2026, 3, 31)
    closing = [Amount(*key, minor) for key, minor in sums.items()]
    return Book('A "book"\nof two lines', Span(day, day), transactions, closing)


def write(file: Path, auditor: Auditor, wanted: Book) -> None:
    file.write_text("\n".join([*WRITERS[auditor.name](wanted), ""]), encoding="utf-8")


@every_auditor
@settings(max_examples=12)
@given(moved=st.lists(st.tuples(st.lists(moves, min_size=1, max_size=3), texts), min_size=1))
def test_whatever_is_booked_and_however_it_is_called_both_programs_add_it_up_alike(
    tmp_path_factory, auditor: Auditor, moved
):
    file = tmp_path_factory.mktemp("any") / "books"
    wanted = book(
        *(
            transaction(
                number,
                *(
                    Amount(str(account), currency, amount)
                    for debit, credit, currency, minor in parts
                    for account, amount in ((debit, minor), (credit, -minor))
                ),
                text=text,
            )
            for number, (parts, text) in enumerate(moved, 1)
        )
    )
    write(file, auditor, wanted)
    assert auditor.complaints(file) == []
    assert auditor.balances(file) == {
        (account_name(amount.account), amount.currency): amount.amount_minor
        for amount in wanted.closing
        if amount.amount_minor
    }


def test_what_a_program_would_take_for_a_sign_of_its_own_is_written_otherwise():
    told = "\n".join(hledger(book(transaction(1, text="a; b, c % d"))))
    assert "2026-03-31 * Moved a, b, c % d\n" in told
    assert "    ; order: a; b%2C c %25 d\n" in told
    assert '"Moved \\"a\\" \\\\ b"' in "\n".join(beancount(book(transaction(1, text='"a" \\ b'))))


@pytest.mark.parametrize(
    ("amount", "more"),
    [("1.00", "1.01"), ("-0.01", "0.00"), ("-1500", "-1499"), ("0.999", "1.000"), ("0", "1")],
)
def test_one_more_of_the_last_digit(amount, more):
    assert one_minor_unit_more(amount) == more
