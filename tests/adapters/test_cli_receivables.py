"""Receivables on the command line: what is owed, by whom, since when, and why."""

from __future__ import annotations

import json
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.support.terminal import Printed, faults, oms, receipt

ACCOUNT, FIRST = "C1|EUR", "b2b:Q1/f1.1"
BUYER = {"customer_id": "C1", "channel": "b2b", "currency": "EUR", "country": "FR"}
OFFER = {
    "item_id": "MUG",
    "sku": "MUG",
    "tiers": [{"from_quantity": 1, "unit_price": "10.00"}],
    "tax_bp": 2_000,
}


def quote(number: str, units: int) -> list[dict[str, object]]:
    """Return a quote for mugs that is asked for and offered."""
    return [
        {
            "command": "RequestQuote",
            "quote_id": number,
            "buyer": BUYER,
            "wishes": [{"item_id": "MUG", "quantity": units}],
        },
        {
            "command": "IssueQuote",
            "quote_id": number,
            "version": 1,
            "offers": [OFFER],
            "terms": "NET30",
            "valid_until": "2030-01-01T00:00:00Z",
            "exponent": 2,
        },
    ]


def accepted(number: str) -> dict[str, object]:
    return {
        "command": "AcceptQuote",
        "quote_id": number,
        "version": 1,
        "accepted_at": "2026-01-30T00:00:00Z",
    }


STORY = [
    receipt("MUG", 10),
    {
        "command": "OpenAccount",
        "account_id": ACCOUNT,
        "customer_id": "C1",
        "currency": "EUR",
        "limit_minor": 20_000,
    },
    *quote("Q1", 10),
    accepted("Q1"),
    {"command": "ShipFulfilment", "fulfilment_id": FIRST},
    {"command": "IssueInvoice", "invoice_id": FIRST, "issued_on": "2026-01-31"},
    {
        "command": "ReceivePayment",
        "account_id": ACCOUNT,
        "receipt_id": "bank-1",
        "amount_minor": 2_000,
        "currency": "EUR",
        "received_on": "2026-02-10",
    },
    *quote("Q2", 100),
    accepted("Q2"),
    *quote("Q3", 1),
]


@pytest.fixture(scope="module", autouse=True)
def shop(postgres: str):
    """A shop with three quotes: one was delivered and paid in part, one waits, one is new."""
    name = f"test_cli_{uuid4().hex[:8]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMS_DSN", postgres)
        patch.setenv("OMS_LOG_SCHEMA", f"{name}_log")
        patch.setenv("OMS_VIEWS_SCHEMA", f"{name}_views")
        sent = oms("send", "--json", typed=json.dumps(STORY))
        assert [answer["verdict"] for answer in sent.data["answers"]] == ["done"] * len(STORY)
        yield
    with psycopg.connect(postgres, autocommit=True) as connection:
        for schema in (f"{name}_log", f"{name}_views"):
            drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema))
            connection.execute(drop)


def shown(*tokens: str) -> Printed:
    printed = oms(*tokens, "--json")
    assert printed.code == 0, printed
    return printed


def test_invoices_are_listed_with_their_ageing():
    data = shown("show", "invoices", "--as-of", "2026-03-15").data
    assert [(row["number"], row["open_minor"], row["due_on"]) for row in data["invoices"]] == [
        ("OMS-FR-INV-2026-000001", 10_000, "2026-03-02")
    ]
    assert data["ageing"] == [
        {
            "currency": "EUR",
            "open_minor": 10_000,
            "buckets": {
                "not due": 0,
                "1-30 days": 10_000,
                "31-60 days": 0,
                "61-90 days": 0,
                "over 90 days": 0,
            },
        }
    ]
    assert shown("show", "invoices", "--overdue", "--as-of", "2026-03-02").data["found"] == 0


def test_the_table_of_invoices_is_for_people():
    printed = oms("show", "invoices", "--as-of", "2026-03-15")
    assert "OMS-FR-INV-2026-000001" in printed.out
    assert "Open on 2026-03-15, by days overdue" in printed.out
    assert "100.00" in printed.out


def test_a_day_that_is_none_is_refused():
    printed = oms("show", "invoices", "--as-of", "2026-02-30", "--json")
    assert printed.code == 2
    assert faults(printed)[0][:2] == ("--as-of", "2026-02-30")


def test_quotes_are_listed_with_their_orders():
    rows = shown("show", "quotes").data["quotes"]
    assert {(row["quote_id"], row["state"], row["order_id"]) for row in rows} == {
        ("Q1", "accepted", "b2b:Q1"),
        ("Q2", "accepted", "b2b:Q2"),
        ("Q3", "issued", ""),
    }
    assert "accepted" in oms("show", "quotes", "--customer", "C1").out
    assert shown("show", "quotes", "--state", "declined").data["found"] == 0


def test_credit_accounts_are_listed_with_what_waits():
    (row,) = shown("show", "credit", "--waiting").data["credit accounts"]
    assert (row["account_id"], row["invoiced_minor"], row["free_minor"], row["orders_waiting"]) == (
        ACCOUNT,
        10_000,
        10_000,
        1,
    )
    assert "waited for" in oms("show", "credit", "C1").out


def test_an_amount_of_an_invoice_is_the_sum_of_its_events():
    data = shown("why", "invoice", FIRST).data
    assert (data["shown"], data["sum_of_events"]) == (10_000, 10_000)
    printed = oms("why", "invoice", "nothing", "--json")
    assert (printed.code, faults(printed)[0][:2]) == (2, ("invoice", "nothing"))


def test_the_ledger_owes_what_invoices_ask_for_and_the_books_tie():
    rows = shown("show", "ledger", "--currency", "EUR").data["balances"]
    balances = {row["account"]: row["balance_minor"] for row in rows}
    assert (balances["trade_receivables"], balances["unapplied_cash"]) == (10_000, 0)
    assert oms("audit", "books").code == 0


@pytest.mark.parametrize("view", ["invoices", "quotes", "credit"])
def test_receivables_are_shown_as_they_were(view):
    assert shown("replay", "--as-of", "now", "--view", view).data["report"]["found"] > 0


def test_the_order_tells_of_its_invoice():
    told = [moment["summary"] for moment in shown("show", "order", "b2b:Q1").data["timeline"]]
    assert "C1|EUR trusted with 12000 minor" in told
    assert "invoice OMS-FR-INV-2026-000001 of 2026-01-31: 12000 EUR minor due on 2026-03-02" in told
