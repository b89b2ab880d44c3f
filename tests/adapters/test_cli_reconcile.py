"""`oms payments reconcile`: from a provider's file to a ledger whose clearing is at zero."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.bootstrap import Shop
from adapters.cli.app import run
from adapters.postgres.migration import migrate
from adapters.settings import Settings
from oms_core.domain.fulfilment.commands import ShipFulfilment
from oms_core.domain.order.commands import RecordReturn, ReturnLine
from oms_core.domain.order.events import Disposition
from oms_core.domain.payment.commands import (
    Outcome,
    ReportAuthorization,
    ReportCapture,
    ReportChargeback,
    ReportRefund,
)
from tests.support.shop import must, placement, receipt

MAPPING = str(Path(__file__).parents[2] / "deploy" / "mappings" / "stripe-payouts.toml")
HEAD = (
    "automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,created_utc,"
    "currency,gross,fee,net,reporting_category,payment_intent_id,customer_facing_amount,"
    "customer_facing_currency\n"
)
LATER = "2030-01-01 12:00:00"


def line(payout, name, gross, fee, category, intent="", at=LATER, paid=("", "")):
    net = f"{Decimal(gross) - Decimal(fee):.2f}"
    values = (payout, "2030-01-03", name, at, "eur", gross, fee, net, category, intent, *paid)
    return ",".join(values) + "\n"


GOOD = (
    line("po_1", "txn_1", "20.00", "0.55", "charge", "pi_1"),
    line("po_1", "txn_2", "10.00", "0.40", "charge", "pi_2"),
    line("po_1", "txn_3", "-10.00", "0.00", "refund", "pi_1"),
    line("po_1", "txn_4", "-2.00", "0.00", "fee"),
    line("po_2", "txn_5", "-10.00", "15.00", "dispute", "pi_2"),
)


@pytest.fixture
def shop(dsn, schema, monkeypatch) -> Shop:
    """Two orders that were paid with Stripe: a part of one was refunded, the other disputed."""
    for name, value in (
        ("DSN", dsn),
        ("LOG_SCHEMA", f"{schema}_log"),
        ("VIEWS_SCHEMA", f"{schema}_views"),
    ):
        monkeypatch.setenv(f"OMS_{name}", value)
    settings = Settings()
    migrate(dsn, settings.log_schema)
    made = Shop(dsn, settings)
    with made.engine() as engine:
        must(engine, receipt("MUG", 20))
        for number, units in ((1, 2), (2, 1)):
            order = f"web:{number}"
            must(engine, placement(number, ("MUG", units)))
            must(engine, ReportAuthorization(f"{order}/p1", Outcome.SUCCEEDED, f"pi_{number}"))
            must(engine, ShipFulfilment(f"{order}/f1.1"))
            must(engine, ReportCapture(f"{order}/p1", f"{order}/f1.1", Outcome.SUCCEEDED))
        back = RecordReturn(
            "web:1", "R-1", (ReturnLine("web:1/1", 1),), Disposition.RESTOCK, "LYON"
        )
        must(engine, back, ReportRefund("web:1/p1", "R-1", Outcome.SUCCEEDED))
        must(engine, ReportChargeback("web:2/p1", "dp_1", 1_000, "fraud"))
    return made


def written(tmp_path, *lines):
    path = tmp_path / "payouts.csv"
    path.write_text(HEAD + "".join(lines))
    return str(path)


def reconciled(capsys, *arguments, code=0, mapping=MAPPING):
    assert run(["payments", "reconcile", *arguments, "-m", mapping, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def balances(capsys):
    run(["show", "ledger", "--json"])
    rows = json.loads(capsys.readouterr().out)["balances"]
    return {r["account"]: r["balance_minor"] for r in rows if r["balance_minor"]}


def head(shop):
    with shop.log() as log:
        return log.head()


def test_a_file_that_agrees_is_booked_and_clearing_is_at_zero(shop, tmp_path, capsys):
    with shop.engine() as engine:
        must(engine, placement(3, ("MUG", 1)))
        must(engine, ReportAuthorization("web:3/p1", Outcome.SUCCEEDED, "other_3"))
        must(engine, ShipFulfilment("web:3/f1.1"))
        must(engine, ReportCapture("web:3/p1", "web:3/f1.1", Outcome.SUCCEEDED))
    assert balances(capsys)["cash_clearing"] == 2_000 + 1_000 - 1_000 - 1_000 + 1_000
    report = reconciled(capsys, written(tmp_path, *GOOD))
    assert (report["matched"], report["known"], report["events"]) == (4, 0, 6)
    assert report["differences"] == []
    assert [(p["reference"], p["net_minor"], p["fee_minor"]) for p in report["payouts"]] == [
        ("po_1", 1_705, 95),
        ("po_2", -2_500, 1_500),
    ]
    after = balances(capsys)
    assert "payouts_in_transit" not in after
    assert after["cash_clearing"] == 1_000, "what another provider has taken"
    assert after["bank"] == 1_705 - 2_500
    assert after["payment_fees"] == 55 + 40 + 200 + 1_500
    assert run(["audit", "books", "--json"]) == 0


def test_a_file_that_is_read_again_changes_nothing(shop, tmp_path, capsys):
    file = written(tmp_path, *GOOD)
    reconciled(capsys, file)
    before = head(shop)
    again = reconciled(capsys, file)
    assert (again["matched"], again["known"], again["events"]) == (0, 4, 0)
    assert again["differences"] == []
    assert head(shop) == before


def test_what_differs_is_listed_and_left_until_it_is_cleared_up(shop, tmp_path, capsys):
    wrong = (
        line("po_1", "txn_1", "19.99", "0.55", "charge", "pi_1"),
        line("po_1", "txn_2", "10.00", "0.40", "charge", "pi_2"),
        line("po_1", "txn_9", "7.00", "0.00", "charge", "pi_9"),
    )
    report = reconciled(capsys, written(tmp_path, *wrong), code=1)
    assert report["matched"] == 1
    assert report["counts"] == {
        "missing_at_provider": 2,
        "missing_in_ledger": 1,
        "amount_differs": 1,
        "currency": 0,
        "fee": 0,
    }
    after = balances(capsys)
    assert after["payouts_in_transit"] == -(1_999 - 55 + 700)
    again = reconciled(capsys, written(tmp_path, *wrong), code=1)
    assert again["events"] == 0
    assert again["counts"] == report["counts"]


def test_a_fee_that_breaks_the_contract_is_booked_as_it_was_kept_and_listed_each_time(
    shop, tmp_path, capsys
):
    mapping = tmp_path / "m.toml"
    agreed = "[fees]\npercent = 1.0\nfixed = 0.30\n"
    mapping.write_text(Path(MAPPING).read_text() + agreed)
    file = written(tmp_path, *GOOD)
    first, again = (reconciled(capsys, file, code=1, mapping=str(mapping)) for _ in range(2))
    assert (first["matched"], again["known"], again["events"]) == (4, 4, 0)
    assert first["differences"] == again["differences"]
    (wrong,) = again["differences"]
    assert (wrong["kind"], wrong["row"], wrong["theirs_minor"]) == ("fee", 2, 55)
    assert wrong["ours_minor"] == 50
    assert balances(capsys)["payment_fees"] == 55 + 40 + 200 + 1_500
    assert run(["payments", "reconcile", file, "-m", str(mapping)]) == 1
    assert "Fees are booked as they were kept" in " ".join(capsys.readouterr().out.split())


def test_a_payout_with_another_sum_than_before_is_refused(shop, tmp_path, capsys):
    reconciled(capsys, written(tmp_path, *GOOD))
    report = reconciled(capsys, written(tmp_path, *GOOD[:3]), code=1)
    (error,) = report["errors"]
    assert "payout.changed" in error["rule"]


def test_checking_books_nothing(shop, tmp_path, capsys):
    before = head(shop)
    report = reconciled(capsys, written(tmp_path, *GOOD), "--check")
    assert (report["matched"], report["events"]) == (4, 0)
    assert head(shop) == before


def test_what_is_paid_out_in_another_currency_goes_by_way_of_exchange(shop, tmp_path, capsys):
    lines = (
        line("po_1", "txn_1", "17.40", "0.50", "charge", "pi_1", paid=("20.00", "eur")),
        line("po_1", "txn_2", "8.70", "0.40", "charge", "pi_2", paid=("10.00", "usd")),
        line("po_1", "txn_3", "-8.60", "0.00", "refund", "pi_1", paid=("10.00", "eur")),
    )
    file = written(tmp_path, *(text.replace(",eur,", ",gbp,") for text in lines))
    report = reconciled(capsys, file, code=1)
    assert (report["matched"], report["counts"]["currency"]) == (2, 1)
    run(["show", "ledger", "--json"])
    ledger = json.loads(capsys.readouterr().out)
    found = {(r["account"], r["currency"]): r["balance_minor"] for r in ledger["balances"]}
    assert found["exchange", "EUR"] == 1_000
    assert found["exchange", "GBP"] == -880
    assert found["payment_fees", "GBP"] == 50
    assert found["bank", "GBP"] == 1_660
    assert found["payouts_in_transit", "GBP"] == 880 - 50 - 1_660
    assert set(ledger["sums"].values()) == {0}


def test_people_are_shown_what_differs(shop, tmp_path, capsys):
    file = written(tmp_path, *GOOD[:2], line("po_1", "txn_9", "7.00", "0", "charge", "pi_9"))
    assert run(["payments", "reconcile", file, "-m", MAPPING]) == 1
    text = capsys.readouterr().out
    assert "missing at provider" in text
    assert "missing in ledger" in text
    assert "2 entries agree" in text


@pytest.mark.parametrize(
    ("lines", "field", "rule"),
    [
        ((line("po_1", "", "1.00", "0", "charge"),), "row 2: transaction", "must not be empty"),
        ((GOOD[0].replace("20.00", "20.001"),), "row 2: gross", "at most 2 decimals"),
        ((GOOD[0].replace("eur", "eux"),), "row 2: currency", "ISO 4217"),
        ((GOOD[0].replace(LATER, "soon"),), "row 2: at", "ISO 8601"),
        ((GOOD[0], GOOD[0]), "row 3: transaction", "is in row 2, too"),
        ((GOOD[0], GOOD[1].replace("eur", "gbp")), "file", "has entries in ['EUR', 'GBP']"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_nothing_is_booked(
    tmp_path, capsys, lines, field, rule
):
    report = reconciled(capsys, written(tmp_path, *lines), code=2)
    assert report["errors"][0]["field"] == field
    assert rule in report["errors"][0]["rule"]


def test_a_mapping_that_is_wrong_is_refused_with_its_key(tmp_path, capsys):
    mapping = tmp_path / "m.toml"
    mapping.write_text(Path(MAPPING).read_text().replace('unit = "major"', 'unit = "cents"'))
    file = written(tmp_path, *GOOD)
    assert run(["payments", "reconcile", file, "-m", str(mapping), "--json"]) == 2
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert "values.unit" in error["rule"]
