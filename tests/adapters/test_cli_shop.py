"""The command line on a small shop: what it shows, why, and what it says if something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from adapters.bootstrap import open_shop
from adapters.settings import Settings
from oms_core.domain.order.commands import CancelOrder
from oms_core.domain.order.events import CancellationReason
from oms_core.engine.cause import Cause, Parked
from tests.support.terminal import Printed, faults, oms, order, receipt

SHIPPED = [
    {"command": "ReportAuthorization", "payment_id": "web:1/p1", "outcome": "succeeded"},
    {"command": "ShipFulfilment", "fulfilment_id": "web:1/f1.1"},
    {
        "command": "ReportCapture",
        "payment_id": "web:1/p1",
        "capture_id": "web:1/f1.1",
        "outcome": "succeeded",
    },
]
STORY = [
    receipt("MUG", 10),
    receipt("CUP", 3, "LEEDS"),
    order("1", ("MUG", 2)),
    *SHIPPED,
    order("2", ("CUP", 5), on_shortage="hold"),
    order("3", ("MUG", 1), customer_id=""),
    {
        "command": "OpenCart",
        "cart_id": "web:c1",
        "channel": "web",
        "external_ref": "c1",
        "currency": "EUR",
        "opened_at": "2026-01-05T10:00:00Z",
        "customer_id": "C1",
    },
    {
        "command": "AddToCart",
        "cart_id": "web:c1",
        "line_id": "a",
        "item_id": "MUG",
        "sku": "mug",
        "quantity": 20,
        "at": "2026-01-05T10:01:00Z",
        "price": {"unit_price": "10.00", "net_minor": 20000},
    },
]


@pytest.fixture(scope="module")
def schema_of_story(postgres: str):
    """The schemas of a shop in which one order was shipped, one is held and one was rejected."""
    name = f"test_cli_{uuid4().hex[:8]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMS_DSN", postgres)
        patch.setenv("OMS_LOG_SCHEMA", f"{name}_log")
        patch.setenv("OMS_VIEWS_SCHEMA", f"{name}_views")
        sent = oms("send", "--json", typed=json.dumps(STORY))
        assert sent.code == 2, sent.err
        assert [answer["verdict"] for answer in sent.data["answers"]] == ["done"] * 10
        yield name
    with psycopg.connect(postgres, autocommit=True) as connection:
        for schema in (f"{name}_log", f"{name}_views"):
            drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema))
            connection.execute(drop)


@pytest.fixture(autouse=True)
def shop(schema_of_story: str) -> Settings:
    """The settings that lead to that shop."""
    del schema_of_story
    return Settings()


def shown(*tokens: str) -> Printed:
    printed = oms(*tokens, "--json")
    assert printed.code == 0, printed
    return printed


def test_a_rejected_order_is_answered_with_every_reason():
    wrong = order("9", ("MUG", 1), customer_id="", currency="euro")
    answer = oms("send", "--json", typed=json.dumps(wrong)).data["answers"][0]
    assert [(reason["field"], reason["value"]) for reason in answer["reasons"]] == [
        ("customer_id", '""'),
        ("currency", '"euro"'),
    ]


def test_a_refused_command_is_answered_with_its_rule_and_remedy():
    printed = oms(
        "send",
        "--json",
        typed=json.dumps({"command": "CancelOrder", "order_id": "web:77", "reason": "customer"}),
    )
    (reason,) = printed.data["answers"][0]["reasons"]
    assert (printed.code, reason["rule"]) == (2, "the order is unknown. (order.not_open)")
    assert reason["remedy"].startswith("Look the order up")


def test_orders_are_listed_and_filtered():
    listed = shown("show", "orders", "--sort", "id").data
    assert [(row["order_id"], row["state"]) for row in listed["orders"][:3]] == [
        ("web:1", "completed"),
        ("web:2", "held"),
        ("web:3", "rejected"),
    ]
    held = shown("show", "orders", "--state", "held").data
    assert [row["order_id"] for row in held["orders"]] == ["web:2"]
    assert (held["shown"], held["found"]) == (1, 1)
    assert shown("show", "orders", "--limit", "1").data["shown"] == 1


def test_one_order_is_shown_with_lines_payments_and_what_happened():
    data = shown("show", "order", "web:1").data
    assert (data["order"]["total_minor"], data["order"]["captured_minor"]) == (2_000, 2_000)
    assert [(line["item_id"], line["ordered"], line["shipped"]) for line in data["lines"]] == [
        ("MUG", 2, 2)
    ]
    assert [payment["captured_minor"] for payment in data["payments"]] == [2_000]
    assert data["timeline"][0]["event"] == "OrderPlaced"


def test_stock_is_listed_by_item_and_by_location():
    listed = {row["item_id"]: row for row in shown("show", "inventory").data["items"]}
    mugs = listed["MUG"]
    assert (mugs["on_hand"], mugs["soft_reserved"], mugs["available_to_promise"]) == (8, 8, 0)
    mug = shown("show", "inventory", "MUG").data
    assert [(row["location_id"], row["on_hand"]) for row in mug["locations"]] == [("LYON", 8)]


def test_customers_are_listed_with_their_worth():
    (row,) = shown("show", "customers", "C1").data["customers"]
    assert (row["currency"], row["spend_minor"], row["margin_minor"]) == ("EUR", 2_000, 1_200)


def test_the_trial_balance_adds_up_to_nothing():
    data = shown("show", "ledger").data
    balances = {row["account"]: row["balance_minor"] for row in data["balances"]}
    assert (balances["revenue"], balances["inventory"]) == (-2_000, 4_400)
    assert data["sums"] == {"EUR": 0}
    entries = shown("show", "ledger", "receivables").data["entries"]
    assert [(row["debit_minor"], row["credit_minor"]) for row in entries] == [
        (0, 2_000),
        (2_000, 0),
    ]


@pytest.mark.parametrize("field", ["on_hand", "reserved", "sold", "value_minor"])
def test_a_number_of_stock_is_the_sum_of_its_events(field):
    row = shown("show", "inventory", "MUG").data
    data = shown("why", "stock", "MUG", "--field", field).data
    assert data["shown"] == data["sum_of_events"] == row[field]
    assert sum(part["change"] for part in data["subtotals"]) == row[field]
    assert data["latest"][-1]["after"] == row[field]


def test_a_number_at_a_location_is_explained_too():
    data = shown("why", "stock", "MUG", "LYON", "--field", "allocated").data
    assert [(step["event"], step["change"]) for step in data["latest"]] == [
        ("StockAllocated", 2),
        ("StockShipped", -2),
    ]


def test_a_balance_is_the_sum_of_its_events():
    data = shown("why", "ledger", "inventory", "EUR").data
    assert (data["shown"], data["sum_of_events"]) == (4_400, 4_400)
    assert [(part["event"], part["times"], part["change"]) for part in data["subtotals"]] == [
        ("StockReceived", 2, 5_200),
        ("StockShipped", 1, -800),
    ]


def test_an_event_is_walked_back_to_the_message_it_came_from():
    data = shown("why", "event", "stock:MUG#4").data
    assert [link.get("event") for link in data["causes"][:-1]] == ["FulfilmentShipped"]
    assert data["causes"][-1]["message"].startswith("cli:")
    assert [effect["event"] for effect in data["effects"]] == [
        "LineShipped",
        "ShipmentCharged",
        "OrderCompleted",
    ]


def test_a_routing_is_explained_by_its_candidates():
    (decision,) = shown("why", "order", "web:1", "routing").data["decisions"]
    assert decision["decision"]["shipments"][0]["location_id"] == "LYON"
    assert [candidate["unsent"] for candidate in decision["decision"]["candidates"]] == [0]


def test_a_total_is_the_sum_of_lines_and_of_tenders():
    data = shown("why", "order", "web:1", "total").data
    sums = (data["shown_minor"], data["sum_of_lines_minor"], data["sum_of_tenders_minor"])
    assert (sums, data["equal"]) == ((2_000, 2_000, 2_000), True)


def test_a_line_is_explained_by_what_happened_to_it():
    (line,) = shown("why", "order", "web:1", "line", "1").data["lines"]
    assert [event["event"] for event in line["events"]][:2] == ["OrderPlaced", "LineReserved"]
    assert line["shipped"] == 2


def test_a_cart_is_shown_with_what_it_holds_and_what_it_could_not_have():
    (cart,) = shown("show", "carts", "--standing", "open", "--customer", "C1").data["carts"]
    assert (cart["cart_id"], cart["standing"], cart["lines"]) == ("web:c1", "open", 1)
    assert (cart["units"], cart["units_reserved"], cart["units_declined"]) == (8, 8, 12)
    assert cart["value_minor"] == 8_000
    assert shown("show", "carts", "--standing", "abandoned").data["carts"] == []
    assert shown("replay", "--as-of", "now", "--view", "carts").data["report"]["found"] == 1
    assert "Carts: 1 open; 12 units" in oms("boards").out


def test_before_anything_happened_a_report_is_empty():
    data = shown("replay", "--as-of", "2020-01-01", "--view", "orders").data
    assert data["report"] == {"orders": [], "found": 0}


@pytest.mark.parametrize("axis", ["recorded", "occurred"])
def test_as_of_now_a_report_is_what_is_live(axis):
    live = shown("show", "ledger").data
    data = shown("replay", "--as-of", "now", "--axis", axis, "--view", "ledger").data
    assert data["report"] == live


def test_a_replay_leaves_nothing_behind(dsn):
    shown("replay", "--as-of", "now")
    with psycopg.connect(dsn) as connection:
        left = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'oms_as_of_%'")
        assert left.fetchall() == []


def test_the_boards_name_real_things_to_try():
    data = shown("boards").data
    assert data["examples"]["held"] == "web:2"
    assert sum(row["orders"] for row in data["orders"]) >= 3
    assert "web:2" in oms("boards").out


def test_read_models_are_rebuilt_and_compared():
    before = shown("show", "orders").data
    assert shown("rebuild", "--check").data["differences"] == 0
    assert shown("rebuild", "orders", "trial_balance").data["replaced"]
    assert shown("show", "orders").data == before


def test_a_row_that_the_log_does_not_say_is_named_and_mended(dsn, shop):
    table = sql.Identifier(shop.views_schema, "inventory_network")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("UPDATE {} SET on_hand = 99 WHERE key = 'MUG'").format(table))
    checked = oms("rebuild", "--check", "--json")
    assert (checked.code, faults(checked)) == (1, [("inventory_network", "MUG")])
    asked = oms("why", "stock", "MUG", "--json")
    assert (asked.code, faults(asked)) == (1, [("on_hand of MUG in the network", "99")])
    audited = oms("audit", "books", "--json")
    assert (audited.code, faults(audited)) == (1, [("stock equals its movements", "")])
    shown("rebuild", "inventory_network")
    assert shown("why", "stock", "MUG").data["shown"] == 8


def test_every_figure_is_added_up_again_and_money_adds_up_to_nothing():
    report = shown("audit", "books").data
    assert report["ok"]
    assert report["units_promised"] == sum(report["units_ended"].values()) + report["units_open"]
    assert set(report["balance_by_currency"].values()) == {0}


def test_the_log_is_verified_and_its_hash_compared():
    report = shown("audit", "verify").data
    assert report["ok"]
    shown("audit", "verify", "--expect", report["hash"][:12])
    other = oms("audit", "verify", "--expect", "0000", "--json")
    assert (other.code, faults(other)) == (1, [("--expect", "0000")])


def test_a_flipped_byte_in_the_log_is_found_by_the_name_of_its_event(dsn, shop):
    table = sql.Identifier(shop.log_schema, "oms_events")
    flip = sql.SQL(
        "UPDATE {} SET state = set_byte(state, 20, get_byte(state, 20) # 1)"
        " WHERE originator_id = 'stock:MUG' AND originator_version = 2"
    ).format(table)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(flip)
        found = oms("audit", "verify", "--json")
        connection.execute(flip)
    assert (found.code, faults(found)) == (1, [("log", "stock:MUG#2")])
    shown("audit", "verify")


def test_an_event_that_cannot_be_read_is_a_failure_and_no_traceback(dsn, shop):
    table = sql.Identifier(shop.log_schema, "oms_events")
    rename = sql.SQL("UPDATE {} SET topic = %s WHERE topic = %s").format(table)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(rename, ("StockMelted", "StockShipped"))
        found = oms("why", "stock", "MUG", "--json")
        connection.execute(rename, ("StockShipped", "StockMelted"))
    assert (found.code, faults(found)) == (1, [("log", shop.log_schema)])


def test_status_says_how_far_each_read_model_is():
    data = shown("status").data
    assert {row["behind"] for row in data["views"]} == {0}
    assert (data["running"], data["parked"]) == (False, 0)


def test_commands_are_handed_to_the_engine_that_runs(shop):
    with open_shop(shop) as opened, opened.engine():
        assert shown("status").data["running"]
        sent = oms("send", "--json", typed=json.dumps(receipt("JUG", 1)))
        assert (sent.code, sent.data) == (0, {"handed_in": 1})
        busy = oms("simulate", "--orders", "1", "--json")
        assert (busy.code, faults(busy)) == (1, [("engine", "")])


def test_parked_messages_are_shown_and_handed_in_again(shop):
    cause = Cause(CancelOrder("web:2", CancellationReason.STAFF), "m1", "user:ann")
    with open_shop(shop) as opened, opened.engine() as engine:
        poison = Parked(cause, "order:web:2", "ValueError: a bug that was mended")
        engine.store.append((), epoch=engine.epoch, parked=[poison])
    (row,) = shown("parked", "list").data["parked"]
    assert (row["stream"], row["command"], row["actor"]) == (
        "order:web:2",
        "CancelOrder",
        "user:ann",
    )
    place = str(row["place"])
    assert shown("parked", "show", place).data["fields"]["reason"] == "staff"
    other = oms("parked", "redrive", "--stream", "order:web:1", "--json")
    assert (other.code, faults(other)) == (2, [("--stream", "order:web:1")])
    data = shown("parked", "redrive").data
    assert [(done["cause_id"], done["verdict"]) for done in data["redriven"]] == [("m1", "done")]
    assert shown("parked", "list").data == {"parked": [], "found": 0}


def test_a_customer_is_erased_only_by_who_means_it():
    oms(
        "send",
        typed=json.dumps({"command": "RegisterCustomer", "customer_id": "C7", "country": "FR"}),
    )
    refused = oms("erase-customer", "C7", "--json")
    assert (refused.code, faults(refused)) == (2, [("--yes", "")])
    assert shown("erase-customer", "C7", "--yes").data["verdict"] == "done"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("show order web:none", ("order_id", "web:none")),
        ("show orders --state gone", ("--state", "gone")),
        ("show orders --limit many", ("--limit", "many")),
        ("show orders --limit 0", ("--limit", "0")),
        ("show orders --colour red", ("option", "--colour")),
        ("show inventory KETTLE", ("item", "KETTLE")),
        ("show ledger petty-cash", ("account", "petty-cash")),
        ("show ordrs", ("command", "ordrs")),
        ("why stock KETTLE", ("item", "KETTLE")),
        ("why stock MUG --field colour", ("--field", "colour")),
        ("why order web:none", ("order_id", "web:none")),
        ("why order web:1 line 7", ("line", "7")),
        ("why order web:2 routing", ("order_id", "web:2")),
        ("why order web:3 total", ("order_id", "web:3")),
        ("why ledger revenue XTS", ("currency", "XTS")),
        ("why event order:web:1", ("name", "order:web:1")),
        ("why event order:web:1#999", ("name", "order:web:1#999")),
        ("replay --as-of teatime", ("--as-of", "teatime")),
        ("rebuild prices", ("view", "prices")),
        ("parked show 999999", ("place", "999999")),
        ("simulate --orders 0", ("--orders", "0")),
        ("import none.csv --mapping none.toml", ("--mapping", "none.toml")),
        ("brew", ("command", "brew")),
    ],
)
def test_what_is_asked_wrongly_is_refused_with_field_value_rule_and_remedy(typed, wanted):
    printed = oms(*typed.split(), "--json")
    assert (printed.code, faults(printed)) == (2, [wanted])
    panel = oms(*typed.split())
    assert (panel.code, panel.out) == (2, "")
    assert all(part in panel.err for part in ("field", "value", "rule", "remedy"))
    assert "Traceback" not in panel.err


def test_a_database_that_is_not_there_is_a_failure_and_no_traceback():
    printed = oms("status", "--dsn", "host=/nowhere", "--json")
    assert (printed.code, faults(printed)) == (1, [("dsn", "host=/nowhere")])


@pytest.mark.parametrize("command", ["show orders", "status", "boards", "why stock MUG"])
def test_the_program_prints_one_json_document_and_nothing_else(command):
    program = Path(sys.executable).parent / "oms"
    done = subprocess.run(
        [program, *command.split(), "--json"], env=os.environ, capture_output=True, check=True
    )
    assert json.loads(done.stdout)
    assert done.stderr == b""


def test_square_brackets_in_data_are_data():
    oms("send", typed=json.dumps(order("[red]4[/blue]", ("MUG", 1))))
    assert "web:[red]4[/blue]" in oms("show", "orders").out


MAPPING = str(Path(__file__).parents[2] / "deploy" / "mappings" / "online-retail-ii.toml")
HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"
ROWS = (
    "489434,85048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom",
    "489434,POST,POSTAGE,1,2009-12-01 07:45:00,18.00,13085,United Kingdom",
    "C489449,85048,GLASS BALL,-2,2009-12-02 10:33:00,6.95,13085,United Kingdom",
    "489450,22041,RECORD FRAME,a dozen,2009-12-02 10:40:00,2.10,13085,United Kingdom",
)


def test_a_file_is_imported_reconciled_and_imported_again_without_change(tmp_path):
    file = tmp_path / "lines.csv"
    file.write_text("\n".join((HEADER, *ROWS)), encoding="utf-8")
    first = shown("import", str(file), "--mapping", MAPPING, "--report", str(tmp_path / "r.json"))
    assert first.data["outcomes"] == {"placed": 1, "returned": 1, "rejected": 1}
    assert first.data["ties"]
    assert json.loads((tmp_path / "r.json").read_text()) == first.data
    events = shown("status").data["log"]["position"]
    assert shown("import", str(file), "--mapping", MAPPING).data == first.data
    assert shown("status").data["log"]["position"] == events
    assert shown("show", "order", "retail:489434").data["order"]["units_returned"] == 2


def test_a_file_without_a_column_that_the_mapping_names_is_refused(tmp_path):
    file = tmp_path / "lines.csv"
    file.write_text("Invoice,Price\n1,2.00\n", encoding="utf-8")
    printed = oms("import", str(file), "--mapping", MAPPING, "--json")
    assert (printed.code, faults(printed)) == (2, [("file", str(file))])


def test_every_wrong_key_of_a_mapping_is_named(tmp_path):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('channel = 3\n[stock]\nopening = "much"\n', encoding="utf-8")
    printed = oms("import", "lines.csv", "--mapping", str(mapping), "--json")
    fields = {field.removeprefix(f"{mapping}: ") for field, _ in faults(printed)}
    assert (printed.code, fields >= {"channel", "stock.opening"}) == (2, True)
