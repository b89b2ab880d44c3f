"""A file goes through the engine once, whatever happens on the way, and the totals tie to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from adapters.bootstrap import Shop, open_shop
from adapters.intake.importing import run
from adapters.intake.mapping import load
from adapters.intake.report import ImportReport
from adapters.settings import Settings
from oms_core.domain.customer.events import CustomerRegistered
from oms_core.domain.order.commands import HoldOrder
from oms_core.domain.order.events import (
    Blocked,
    HoldKind,
    LineCancelled,
    LineReturned,
    OrderCompleted,
    OrderPlaced,
    ParcelDelivered,
    ShipmentCharged,
)
from oms_core.domain.stock.commands import ReceiveStock
from oms_core.domain.stock.events import StockReceived, StockReturned
from oms_core.engine.application import Engine
from oms_core.engine.cause import Cause
from oms_core.kernel import CommandRefused, Event, Recorded
from tests.support.orderlines import TERMS, mapping, row, write
from tests.support.real import needs_real_file, part_of_real_file

MAPPINGS = Path(__file__).parents[2] / "deploy" / "mappings"
LATER = "2010-02-01T09:00:00"

BUSY = (
    row("1", units=10, price="1.50"),
    row("2", code="CUP", units=3, price="0.335", customer="", country="EIRE"),
    row("1", code="POST", units=1, price="4.00"),
    row("C3", units=-4, price="1.60", date=LATER),
    row("3", units="many"),
    row("4", code="FEE"),
    row("C5", units=-9, date=LATER),
    row("6", code="POST", units=1, price="2", date=LATER),
    row(""),
)


@pytest.fixture
def shop(dsn, schema):
    with open_shop(Settings(dsn=dsn, log_schema=schema, views_schema=f"{schema}_views")) as shop:
        yield shop


def lines(tmp_path: Path, *rows: dict, name: str = "lines.csv") -> Path:
    return write(tmp_path / name, rows)


def whole_log(shop: Shop) -> list[Recorded]:
    with shop.log() as log:
        return [recorded for page in log.pages() for recorded in page]


def streams(shop: Shop) -> dict[str, list[tuple]]:
    """Return every stream with all that is told of its events but when we learned of them."""
    found: dict[str, list[tuple]] = {}
    for r in whole_log(shop):
        told = (r.version, r.event, r.occurred_at, r.actor, r.causation_id, r.correlation_id)
        found.setdefault(r.stream, []).append(told)
    return found


def happened(shop: Shop, *kinds: type[Event]) -> list[Event]:
    return [r.event for r in whole_log(shop) if isinstance(r.event, kinds)]


def ends(report: ImportReport) -> dict[str, str]:
    """Return the documents with their outcomes, and codes where there are any."""
    return {e.document: f"{e.outcome.value} {e.code}".strip() for e in report.endings}


def test_every_document_ends_once_and_the_totals_tie(shop, tmp_path):
    report = run(shop, lines(tmp_path, *BUSY), mapping())
    assert ends(report) == {
        "1": "placed",
        "2": "placed",
        "C3": "returned",
        "3": "rejected row.not_a_number",
        "4": "rejected document.not_an_order",
        "C5": "rejected return.no_earlier_sale",
        "6": "placed",
        "(row 10)": "rejected row.missing",
    }
    assert report.ties
    (total,) = report.to_dict()["totals"]
    assert total == {
        "currency": "GBP",
        "source": {"lines": 9, "quantity": 6, "value": "8.105"},
        "placed": {"lines": 4, "quantity": 15, "value": "22.01"},
        "returned": {"lines": 1, "quantity": -4, "value": "-6.00"},
        "rejected": {"lines": 4, "quantity": -5, "value": "-7.5"},
        "rounding": "-0.005",
        "repriced": "-0.4",
        "ties": True,
    }


def test_the_report_is_counted_by_month_country_and_currency(shop, tmp_path):
    cells = run(shop, lines(tmp_path, *BUSY), mapping()).to_dict()["cells"]
    assert [
        (c["month"], c["country"], c["source"]["lines"], c["source"]["value"], c["ties"])
        for c in cells
    ] == [
        ("2010-01", "GB", 5, "25.0", True),
        ("2010-01", "IE", 1, "1.005", True),
        ("2010-02", "GB", 3, "-17.9", True),
    ]


def test_orders_are_sent_and_delivered_at_their_own_date(shop, tmp_path):
    run(shop, lines(tmp_path, row("1", units=10)), mapping())
    told = whole_log(shop)
    assert {r.occurred_at for r in told} == {1_262_599_200_000_000}
    assert {r.correlation_id for r in told} == {"shop:1"}
    assert happened(shop, CommandRefused) == []
    assert [e.amount_minor for e in happened(shop, ShipmentCharged)] == [1500]
    assert len(happened(shop, OrderCompleted)) == len(happened(shop, ParcelDelivered)) == 1


def test_the_first_order_introduces_its_items_and_its_customer(shop, tmp_path):
    rows = (row("1", units=10), row("2", units=5), row("3", code="POST", customer=""))
    run(shop, lines(tmp_path, *rows), mapping())
    (received,) = happened(shop, StockReceived)
    assert (received.item_id, received.location_id, received.quantity, received.cost_minor) == (
        "sku:MUG",
        "LEEDS",
        15,
        1125,
    )
    assert happened(shop, CustomerRegistered) == [CustomerRegistered("crm:123", "GB")]


def test_what_came_back_is_on_the_shelf_again_and_owed_at_the_price_it_was_sold_at(shop, tmp_path):
    rows = (row("1", units=10), row("C2", units=-4, price="1.60", date=LATER))
    run(shop, lines(tmp_path, *rows), mapping())
    (returned,) = happened(shop, LineReturned)
    assert (returned.return_id, returned.order_id, returned.quantity, returned.net_minor) == (
        "C2",
        "shop:1",
        4,
        600,
    )
    (shelved,) = happened(shop, StockReturned)
    assert (shelved.location_id, shelved.quantity, shelved.cost_minor) == ("LEEDS", 4, 300)


def test_a_second_run_changes_nothing_and_reports_the_same(shop, tmp_path):
    path = lines(tmp_path, *BUSY)
    first = run(shop, path, mapping()).to_json()
    before = whole_log(shop)
    assert run(shop, path, mapping()).to_json() == first
    assert whole_log(shop) == before


def test_the_same_content_under_another_name_is_the_same_file(shop, tmp_path):
    first = run(shop, lines(tmp_path, *BUSY), mapping()).to_json()
    before = whole_log(shop)
    assert run(shop, lines(tmp_path, *BUSY, name="copy.csv"), mapping()).to_json() == first
    assert whole_log(shop) == before


class Killed(Exception):
    """The run ends here."""


@pytest.mark.parametrize("calls", range(1, 9))
def test_a_run_that_ends_between_any_two_steps_is_finished_by_the_next(
    shop, dsn, schema, tmp_path, calls, monkeypatch
):
    path = lines(tmp_path, *BUSY)
    whole = Settings(dsn=dsn, log_schema=f"{schema}_whole", views_schema=f"{schema}_views")
    with open_shop(whole) as other:
        expected = run(other, path, mapping(), batch_documents=2).to_json(), streams(other)
    left = [calls]
    handle = Engine.handle

    def until_killed(engine, *arguments):
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return handle(engine, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Engine, "handle", until_killed)
        if calls < 8:
            with pytest.raises(Killed):
                run(shop, path, mapping(), batch_documents=2)
    assert (run(shop, path, mapping(), batch_documents=3).to_json(), streams(shop)) == expected


KILLED_BY_ITSELF = """
import os, signal, sys
from pathlib import Path
from adapters.bootstrap import open_shop
from adapters.intake.importing import run
from adapters.intake.mapping import Mapping
from adapters.settings import Settings

dsn, schema, file, mapping, deadly = sys.argv[1:]

def progress(done, total):
    if done >= int(deadly):
        os.kill(os.getpid(), signal.SIGKILL)

with open_shop(Settings(dsn=dsn, log_schema=schema, views_schema=schema + "_views")) as shop:
    mapping = Mapping.model_validate_json(mapping)
    run(shop, Path(file), mapping, progress=progress, batch_documents=2)
"""


def test_a_process_that_is_killed_is_finished_by_the_next(shop, dsn, schema, tmp_path):
    path = lines(tmp_path, *BUSY)
    for deadly in ("0", "2", "4"):
        arguments = (dsn, schema, str(path), json.dumps(TERMS), deadly)
        killed = subprocess.run(
            [sys.executable, "-c", KILLED_BY_ITSELF, *arguments],
            check=False,
            env=os.environ,
            timeout=120,
        )
        assert killed.returncode == -signal.SIGKILL
    report = run(shop, path, mapping(), batch_documents=2)
    assert report.ties
    assert {e.external_ref for e in happened(shop, OrderPlaced)} == {"1", "2", "6"}
    assert len(happened(shop, OrderPlaced)) == len(happened(shop, OrderCompleted)) == 3


def test_an_order_of_an_earlier_file_is_ignored_and_one_with_other_terms_is_refused(shop, tmp_path):
    credit = row("C3", units=-1, date=LATER)
    run(shop, lines(tmp_path, row("1", units=10), row("2"), credit), mapping())
    before = len(whole_log(shop))
    second = lines(
        tmp_path,
        row("1", units=10),
        row("2", units=99),
        credit,
        name="second.csv",
    )
    report = run(shop, second, mapping())
    assert ends(report) == {
        "1": "duplicate order.known",
        "2": "rejected order.reference_reused",
        "C3": "duplicate return.known",
    }
    assert report.ties
    assert report.endings[1].detail == (
        "Order shop:2 was placed before with other lines, tenders. "
        "Give this one a reference of its own, or change the order that has it."
    )
    assert len(whole_log(shop)) == before


def test_a_credit_takes_back_a_sale_of_an_earlier_file(shop, tmp_path):
    run(shop, lines(tmp_path, row("1", units=10), row("C2", units=-4, date=LATER)), mapping())
    second = [row("C3", units=-6, date=LATER), row("C4", units=-1, date=LATER)]
    report = run(shop, lines(tmp_path, *second, name="second.csv"), mapping())
    assert ends(report) == {"C3": "returned", "C4": "rejected return.no_earlier_sale"}
    assert report.endings[0].orders == ("shop:1",)
    assert report.ties


def test_orders_may_be_left_to_people_and_a_credit_then_cancels(shop, tmp_path):
    credit = row("C2", units=-4, date=LATER), row("C2", code="CUP", units=-2, date=LATER)
    rows = (row("1", units=10), row("1", code="CUP"), *credit)
    terms = mapping(fulfilment={"drive": "leave"})
    report = run(shop, lines(tmp_path, *rows), terms)
    assert ends(report) == {"1": "placed", "C2": "returned"}
    assert report.ties
    cancelled = happened(shop, LineCancelled)
    assert [(e.cancellation_id, e.line_id, e.quantity) for e in cancelled] == [
        ("C2", "shop:1/1", 4),
        ("C2#2", "shop:1/2", 2),
    ]
    assert happened(shop, ShipmentCharged) == []
    again = run(shop, lines(tmp_path, *credit, name="second.csv"), terms)
    assert ends(again) == {"C2": "duplicate return.known"}
    assert happened(shop, LineCancelled) == cancelled


def test_what_an_order_refuses_to_take_back_is_rejected(shop, tmp_path):
    first = lines(tmp_path, row("1", units=10))
    run(shop, first, mapping())
    with shop.engine() as engine:
        hold = HoldOrder("shop:1", "H1", HoldKind.FRAUD, (Blocked.RETURN,), "looks odd")
        engine.handle([Cause(hold, "h", "me")])
    credit = lines(tmp_path, row("C2", units=-4, date=LATER), name="second.csv")
    report = run(shop, credit, mapping())
    assert ends(report) == {"C2": "rejected return.refused"}
    assert "Orders shop:1 did not take 4 units back: they are not shipped" in (
        report.endings[0].detail
    )
    assert report.ties
    assert happened(shop, LineReturned) == []


def test_an_order_that_the_engine_rejects_is_reported_with_its_reason(shop, tmp_path):
    rows = [row("1", units=1, price="0.01") for _ in range(2_001)]
    report = run(shop, lines(tmp_path, *rows), mapping())
    assert ends(report) == {"1": "rejected order.too_many_lines"}
    assert report.endings[0].detail == "2001 lines are more than 2000."
    assert report.ties


def test_stock_that_is_there_already_is_used_and_parcels_from_two_places_are_both_sent(
    shop, tmp_path
):
    terms = {"opening": "none"}
    with shop.engine() as engine:
        engine.handle(
            [
                Cause(ReceiveStock("sku:MUG", "R1", "LEEDS", 2, 200, "GBP"), "r1", "me"),
                Cause(ReceiveStock("sku:CUP", "R1", "LYON", 2, 200, "GBP"), "r2", "me"),
            ]
        )
    report = run(shop, lines(tmp_path, row(), row(code="CUP")), mapping(stock=terms))
    assert ends(report) == {"1": "placed"}
    assert len(happened(shop, ParcelDelivered)) == 2
    assert len(happened(shop, OrderCompleted)) == 1


def test_progress_is_told_in_documents(shop, tmp_path):
    told: list[tuple[int, int]] = []
    path = lines(tmp_path, *(row(str(n)) for n in range(5)))
    run(shop, path, mapping(), progress=lambda *done: told.append(done), batch_documents=2)
    assert told == [(0, 5), (2, 5), (4, 5), (5, 5)]


@needs_real_file
def test_the_first_month_of_the_real_file_ties_and_stays_as_it_is(shop, tmp_path):
    month = part_of_real_file(tmp_path, "2009-12")
    terms = load(MAPPINGS / "online-retail-ii.toml")
    report = run(shop, month, terms)
    assert (report.rows, report.ties) == (45_228, True)
    assert report.to_dict()["totals"][0]["source"]["value"] == "799847.11"
    before = msgspec.msgpack.encode([r.id for r in whole_log(shop)])
    assert run(shop, month, terms).to_json() == report.to_json()
    assert msgspec.msgpack.encode([r.id for r in whole_log(shop)]) == before
