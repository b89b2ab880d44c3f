"""Each document asks for an order, takes earlier sales back, or is refused: by the file alone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from adapters.intake.document import read_source
from adapters.intake.history import History
from adapters.intake.plan import Plan, make_plan, place_order
from oms_core.domain.order.commands import PlaceOrder
from oms_core.domain.order.events import (
    Destination,
    LineKind,
    OnShortage,
    OrderLine,
    Tender,
    TenderMethod,
)
from tests.adapters.test_import_rows import JANUARY
from tests.support.orderlines import mapping, row, write


def plan(tmp_path: Path, *rows: dict) -> Plan:
    source = read_source(write(tmp_path / "lines.csv", rows), mapping())
    return make_plan(source, mapping(), History())


def refused(tmp_path: Path, *rows: dict) -> dict[str, str]:
    """Return the refused documents with their codes."""
    entries = plan(tmp_path, *rows).entries
    return {e.document.reference: e.refusal.code for e in entries if e.refusal}


def sold(doc: str, units: int = 10, price: str = "1.50", day: int = 4, **more: str) -> dict:
    return row(doc, units=units, price=price, date=f"2010-01-{day:02}T10:00:00", **more)


def credited(units: int, price: str = "1.50", **more: str) -> dict:
    return sold("C9", -units, price, 20, **more)


def taken_back(tmp_path: Path, *rows: dict) -> list[tuple[str, int, int]]:
    """Return lines, units and amounts that the document C9 takes back."""
    (entry,) = [e for e in plan(tmp_path, *rows).entries if e.document.reference == "C9"]
    return [(part.line_id, part.quantity, part.amount_minor) for part in entry.takes_back]


def test_a_document_becomes_an_order_on_account_with_each_line_rounded_once(tmp_path):
    (entry,) = plan(
        tmp_path,
        row("7", code="Mug", units=3, price="0.335"),
        row("7", code="POST", units=1, price="4"),
    ).entries
    assert place_order(entry.document, mapping()) == PlaceOrder(
        "shop:7",
        "shop",
        "7",
        "crm:123",
        "GBP",
        (
            OrderLine("shop:7/1", "sku:MUG", "Mug", 3, "0.335", 101),
            OrderLine("shop:7/2", "sku:POST", "POST", 1, "4", 400, kind=LineKind.SERVICE),
        ),
        (Tender("shop:7/p1", TenderMethod.ACCOUNT, 501),),
        Destination("GB"),
        OnShortage.HOLD,
        JANUARY,
    )


def test_an_order_that_costs_nothing_has_no_tender(tmp_path):
    (entry,) = plan(tmp_path, row(price="0")).entries
    assert entry.is_order
    assert place_order(entry.document, mapping()).tenders == ()


def test_the_opening_balance_covers_what_the_file_sells_at_a_share_of_its_price(tmp_path):
    openings = plan(
        tmp_path,
        sold("1", 10, "1.50"),
        sold("2", 5, "1.21", code="mug", text="Mug, other"),
        row("3", code="POST"),
        row("4", code="CUP", customer=None, price="0"),
    ).openings
    (mug, post) = openings.values()
    assert (mug.sku, mug.name, mug.quantity, mug.value) == ("MUG", "A mug", 15, Decimal("21.05"))
    assert mug.cost_minor(Decimal("0.5")) == 1053
    assert (post.sku, post.is_goods) == ("POST", False)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([{"price": "-1"}], "line.negative_price"),
        ([{"price": "0", "customer": ""}], "document.stock_adjustment"),
        ([{"price": "0", "units": -3}], "document.stock_adjustment"),
        ([{"price": "0"}], None),
        ([{"price": "0", "customer": ""}, {"customer": "", "code": "CUP"}], None),
        ([{"units": -3}], "line.quantity"),
        ([{"units": 0}], "line.quantity"),
        ([{"code": "FEE"}], "document.not_an_order"),
        ([{"code": "fee", "doc": "C1", "units": -1}], "document.not_an_order"),
        ([{"code": "FEE"}, {}], None),
        ([{"code": "POST"}], None),
        ([{"doc": "C1", "units": 1}], "return.quantity"),
        ([{"doc": "C1", "units": 0}], "return.quantity"),
        ([{"doc": "C1", "units": -1, "price": "-1"}], "line.negative_price"),
        ([{"doc": "C1", "units": -1, "customer": ""}], "return.no_customer"),
        ([{"doc": "C1", "units": -1}], "return.no_earlier_sale"),
    ],
)
def test_what_is_no_order_is_refused_for_its_own_reason(tmp_path, changes, code):
    found = refused(tmp_path, *(row(**change) for change in changes))
    assert list(found.values()) == ([code] if code else [])


def test_a_credit_takes_the_newest_sale_at_its_price_first(tmp_path):
    assert taken_back(
        tmp_path,
        sold("1", 10, "1.50", day=1),
        sold("2", 10, "1.50", day=2),
        sold("3", 10, "1.60", day=3),
        credited(24),
    ) == [("shop:2/1", 10, 1500), ("shop:1/1", 10, 1500), ("shop:3/1", 4, 640)]


def test_a_credit_takes_no_units_that_are_back_already(tmp_path):
    rows = (sold("1", 10, day=1), sold("2", 10, day=2), sold("C8", -15, day=3))
    assert taken_back(tmp_path, *rows, credited(5)) == [("shop:1/1", 5, 750)]
    assert refused(tmp_path, *rows, credited(6)) == {"C9": "return.no_earlier_sale"}


def test_the_last_units_take_what_the_first_left_of_an_odd_amount(tmp_path):
    rows = (sold("1", 3, "0.335"), sold("C8", -2, "0.335", day=5))
    assert taken_back(tmp_path, *rows, credited(1, "0.335")) == [("shop:1/1", 1, 34)]


@pytest.mark.parametrize(
    "sale",
    [
        sold("1", customer="124"),
        sold("1", customer=""),
        sold("1", code="CUP"),
        sold("1", day=21),
        sold("1", units=4),
        sold("1", price="1.19"),
        sold("1", price="0"),
    ],
)
def test_a_credit_takes_nothing_of_others_or_later_or_at_quite_another_price(tmp_path, sale):
    assert refused(tmp_path, sale, credited(5)) == {"C9": "return.no_earlier_sale"}


def test_a_charge_is_taken_back_only_at_its_own_price(tmp_path):
    charge = sold("1", 1, "5.00", code="POST")
    assert taken_back(tmp_path, charge, credited(1, "5", code="POST")) == [("shop:1/1", 1, 500)]
    assert refused(tmp_path, charge, credited(1, "4.99", code="POST")) == {
        "C9": "return.no_earlier_sale"
    }


def test_a_credit_is_taken_whole_or_not_at_all(tmp_path):
    rows = (sold("1", 10), credited(10), credited(1, code="CUP", price="2"))
    (entry,) = [e for e in plan(tmp_path, *rows).entries if e.document.reference == "C9"]
    assert entry.takes_back == ()
    assert str(entry.refusal) == (
        "lines 1 of CUP at 2 (row 4) were not sold to this customer before at such a price, or "
        "are back already. Book them as a credit by hand, or import the earlier sales first."
    )
    later = sold("C99", -10, day=21)
    found = refused(tmp_path, *rows, later)
    assert found == {"C9": "return.no_earlier_sale"}


def test_a_refused_credit_says_at_what_price_the_item_was_sold(tmp_path):
    (_, entry) = plan(tmp_path, sold("1", 10, "1.69"), credited(10, "0.03")).entries
    assert "10 of MUG at 0.03 (row 3) (sold at 1.69) were not sold" in str(entry.refusal)


def test_a_document_with_a_bad_row_sells_nothing_that_could_come_back(tmp_path):
    found = refused(tmp_path, sold("1", 10), row("1", units="x"), credited(1))
    assert found == {"1": "row.not_a_number", "C9": "return.no_earlier_sale"}
