"""Read models fed by a log: once each, in order, by one writer, and never all at a halt."""

from __future__ import annotations

import psycopg
import pytest
from msgspec.structs import replace
from psycopg.sql import SQL, Identifier

from adapters.postgres import projections as paging
from adapters.postgres.bookmarks import Fenced, Outgrown
from adapters.postgres.documents import Documents
from adapters.postgres.environment import environment
from adapters.postgres.log import PostgresLog
from adapters.postgres.migration import migrate
from adapters.postgres.projections import Projector, install
from adapters.postgres.rebuild import Difference, Rebuild, compare, project_as_of, rebuild
from adapters.postgres.tables import table_of
from oms_core.domain.order.events import HoldKind, OrderHeld
from oms_core.domain.payment.events import CaptureSucceeded, Method
from oms_core.domain.stock.events import StockReceived, StockReserved
from oms_core.engine.application import Engine
from oms_core.kernel import CommandRefused, Instant, View
from oms_core.policies.config import EUROPE_AND_ASIA
from projections.catalog import VIEWS
from projections.inventory import inventory
from projections.log import Axis, Unreadable, documents_as_of, history
from projections.network import inventory_network
from projections.orders import orders
from projections.payments import payments
from projections.refusals import refusals
from tests.projections.histories import shop_history
from tests.projections.records import NOON, SECOND, ListLog, recorded
from tests.support.shop import must, placement, receipt

SHOP = shop_history(40)
EVERY = tuple(VIEWS.values())


@pytest.fixture
def connection(dsn, schema):
    """A connection that commits by itself, and a schema with every view's table."""
    with psycopg.connect(dsn, autocommit=True) as opened:
        install(opened, (), schema)
        yield opened


def kept(connection, schema, view):
    """Return the documents that the view's table holds."""
    return Documents(connection, table_of(view, schema)).all()


def put(item_id, quantity):
    """Receive goods that cost 4.00 each."""
    return StockReceived(item_id, "R1", "LYON", quantity, 400 * quantity, "EUR")


def test_every_table_holds_what_the_view_folds_to(connection, schema):
    Projector(connection, ListLog(SHOP), (), schema).catch_up()
    for view in EVERY:
        assert kept(connection, schema, view) == view.fold(SHOP), view.name


def test_the_log_in_postgresql_feeds_the_views(connection, dsn, schema):
    migrate(dsn, schema)
    with Engine(environment(dsn, schema), clock=lambda: NOON, policies=EUROPE_AND_ASIA) as engine:
        must(engine, receipt("MUG", 10), placement(1, ("MUG", 2)))
    log = PostgresLog(connection, schema)
    read = log.read(0)
    assert Projector(connection, log, (), schema).catch_up() == len(read) == log.head()
    for view in EVERY:
        assert kept(connection, schema, view) == view.fold(read), view.name
    assert kept(connection, schema, inventory_network)["MUG"].available_to_promise == 8


def test_pages_make_no_difference(connection, schema, monkeypatch):
    monkeypatch.setattr(paging, "PAGE_EVENTS", 97)
    seen = []
    Projector(connection, ListLog(SHOP), (), schema).catch_up(seen.append)
    assert seen[:3] == [0, 97, 194]
    assert seen[-1] == len(SHOP)
    for view in EVERY:
        assert kept(connection, schema, view) == view.fold(SHOP), view.name


def test_a_restart_goes_on_from_the_stored_position(connection, schema, monkeypatch):
    monkeypatch.setattr(paging, "PAGE_EVENTS", 50)
    first = Projector(connection, ListLog(SHOP), (), schema)
    assert first.step() == 50
    second = Projector(connection, ListLog(SHOP), (), schema)
    assert second.position == 50
    assert second.catch_up() == len(SHOP)
    for view in EVERY:
        assert kept(connection, schema, view) == view.fold(SHOP), view.name


def test_a_view_that_is_behind_takes_only_what_is_new_to_it(connection, schema, monkeypatch):
    monkeypatch.setattr(paging, "PAGE_EVENTS", 40)
    Projector(connection, ListLog(SHOP), [orders], schema).step()
    assert Projector(connection, ListLog(SHOP), [orders, payments], schema).position == 0
    Projector(connection, ListLog(SHOP), [orders, payments], schema).catch_up()
    assert kept(connection, schema, orders) == orders.fold(SHOP)
    assert kept(connection, schema, payments) == payments.fold(SHOP)


def test_a_projector_that_another_has_followed_writes_nothing(connection, schema):
    log = ListLog(recorded(put("MUG", 5), stream="stock:MUG"))
    zombie = Projector(connection, log, [inventory], schema)
    successor = Projector(connection, log, [inventory], schema)
    with pytest.raises(Fenced, match="inventory has another writer: epoch 2"):
        zombie.catch_up()
    assert kept(connection, schema, inventory) == {}
    assert successor.catch_up() == 1
    with pytest.raises(Fenced):
        zombie.catch_up()
    assert kept(connection, schema, inventory) == inventory.fold(log.records)


def failing(view, item_id):
    """Return the view with a bug: it cannot take goods of one item once it holds some."""

    def evolve(key, before, record):
        if before is not None and getattr(record.event, "item_id", "") == item_id:
            raise ZeroDivisionError("no mugs")
        return view.evolve(key, before, record)

    return View(view.name, view.document, view.keys, evolve)


def two_streams():
    """Return a log in which goods of two items arrive three times each."""
    happened = [put(item_id, n) for n in (1, 2, 3) for item_id in ("MUG", "CAP")]
    return [
        replace(record, stream=f"stock:{record.event.item_id}", version=(record.version + 1) // 2)
        for record in recorded(*happened)
    ]


def parked(connection, schema):
    """Return what is parked."""
    query = SQL("SELECT view, stream, version, position, error FROM {} ORDER BY view, stream")
    return connection.execute(query.format(Identifier(schema, "_parked_events"))).fetchall()


def test_a_bug_stops_one_stream_of_one_view(connection, schema):
    log = ListLog(two_streams())
    Projector(connection, log, [failing(inventory, "MUG"), inventory_network], schema).catch_up()
    assert {key: level.on_hand for key, level in kept(connection, schema, inventory).items()} == {
        "MUG@LYON": 1,
        "CAP@LYON": 6,
    }
    assert kept(connection, schema, inventory_network) == inventory_network.fold(log.records)
    assert parked(connection, schema) == [
        ("inventory", "stock:MUG", 2, 3, "ZeroDivisionError: no mugs")
    ]


@pytest.mark.parametrize("page", [1, 2, 5])
def test_a_stream_that_is_parked_stays_so_after_a_restart(connection, schema, monkeypatch, page):
    monkeypatch.setattr(paging, "PAGE_EVENTS", page)
    log = ListLog(two_streams())
    while Projector(connection, log, [failing(inventory, "MUG")], schema).step() < len(log.records):
        pass
    shown = {key: level.on_hand for key, level in kept(connection, schema, inventory).items()}
    assert shown == {"MUG@LYON": 1, "CAP@LYON": 6}
    assert [row[:4] for row in parked(connection, schema)] == [("inventory", "stock:MUG", 2, 3)]


def test_an_event_that_cannot_be_read_stops_its_stream_in_the_views_that_mind_it(
    connection, schema
):
    log = ListLog(two_streams())
    lost = Unreadable("StockReceived", "body.truncated: The value ends within the record.")
    log.records[2] = replace(log.records[2], event=lost)
    Projector(connection, log, [inventory, payments], schema).catch_up()
    assert {key: level.on_hand for key, level in kept(connection, schema, inventory).items()} == {
        "MUG@LYON": 1,
        "CAP@LYON": 6,
    }
    assert parked(connection, schema) == [("inventory", "stock:MUG", 2, 3, lost.error)]


@pytest.mark.parametrize("detail", ["a\0b", "\ud800"])
def test_what_cannot_be_stored_is_parked_and_the_rest_is_not(connection, schema, detail):
    good, bad = (CommandRefused("C", "c", text, "t") for text in ("fine", detail))
    log = ListLog(
        replace(record, stream=f"p:{record.position % 2}", version=(record.version + 1) // 2)
        for record in recorded(good, good, good, bad, good, good)
    )
    Projector(connection, log, [refusals, payments], schema).catch_up()
    assert sorted(kept(connection, schema, refusals)) == ["p:0#1", "p:1#1", "p:1#2", "p:1#3"]
    assert [row[:4] for row in parked(connection, schema)] == [("refusals", "p:0", 2, 4)]


def test_a_number_too_large_is_parked(connection, schema):
    taken = [CaptureSucceeded("P", "O", f"c{n}", 2**62, "EUR", Method.CARD) for n in range(3)]
    log = ListLog(recorded(*taken, stream="payment:P"))
    Projector(connection, log, [payments], schema).catch_up()
    assert kept(connection, schema, payments)["P"].captured_minor == 2**62
    assert [row[:4] for row in parked(connection, schema)] == [("payments", "payment:P", 2, 2)]


def test_a_rebuild_is_the_live_view_byte_for_byte(connection, schema, monkeypatch):
    monkeypatch.setattr(paging, "PAGE_EVENTS", 31)
    log = ListLog(SHOP)
    Projector(connection, log, (), schema).catch_up()
    assert compare(connection, log, (), schema) == []
    rebuild(connection, log, (), schema)
    for view in EVERY:
        assert kept(connection, schema, view) == view.fold(SHOP), view.name


def test_views_that_are_behind_the_log_are_compared_where_they_stand(
    connection, schema, monkeypatch
):
    monkeypatch.setattr(paging, "PAGE_EVENTS", 700)
    log = ListLog(SHOP)
    Projector(connection, log, [orders, payments], schema).step()
    Projector(connection, log, [payments], schema).step()
    assert compare(connection, log, [orders, payments, inventory], schema) == []


def test_a_row_that_was_changed_by_hand_is_found_and_a_rebuild_mends_it(connection, schema):
    log = ListLog(SHOP)
    Projector(connection, log, (), schema).catch_up()
    table = Identifier(schema, "inventory")
    key = min(kept(connection, schema, inventory))
    connection.execute(SQL("UPDATE {} SET on_hand = -1 WHERE key = %s").format(table), [key])
    connection.execute(SQL("INSERT INTO {} (key) VALUES ('zzz')").format(table))
    assert compare(connection, log, (), schema) == [Difference("inventory", (key, "zzz"))]
    rebuild(connection, log, [inventory], schema)
    assert compare(connection, log, (), schema) == []


def test_a_live_projector_goes_on_with_the_rebuilt_table(connection, schema):
    log = ListLog(SHOP[:100])
    live = Projector(connection, log, (), schema)
    live.catch_up()
    connection.execute(SQL("DELETE FROM {}").format(Identifier(schema, "orders")))
    rebuild(connection, log, [orders], schema)
    log.records = list(SHOP)
    assert live.catch_up() == len(SHOP)
    assert kept(connection, schema, orders) == orders.fold(SHOP)


def test_a_rebuild_leaves_nothing_behind(connection, schema):
    log = ListLog(SHOP)
    before = tables(connection, schema)
    Rebuild(connection, log, [orders], schema).fill()  # It is given up before it is put in place.
    rebuild(connection, log, (), schema)
    compare(connection, log, (), schema)
    assert tables(connection, schema) == before


def tables(connection, schema):
    """Return the names of all tables and the number of their indexes."""
    query = "SELECT tablename, count(*) FROM pg_indexes WHERE schemaname = %s GROUP BY 1 ORDER BY 1"
    schemas = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)"
    bookmarks = SQL("SELECT view FROM {} ORDER BY view").format(Identifier(schema, "_projections"))
    return [
        *connection.execute(query, [schema]).fetchall(),
        *connection.execute(schemas, [schema]).fetchall(),
        *connection.execute(bookmarks).fetchall(),
    ]


def test_a_rebuild_takes_back_in_what_a_mended_view_had_parked(connection, schema):
    log = ListLog(two_streams())
    Projector(connection, log, [failing(inventory, "MUG")], schema).catch_up()
    assert compare(connection, log, [inventory], schema) == [Difference("inventory", ("MUG@LYON",))]
    rebuild(connection, log, [inventory], schema)
    assert parked(connection, schema) == []
    assert kept(connection, schema, inventory) == inventory.fold(log.records)


def test_a_view_with_other_fields_than_its_table_asks_for_a_rebuild(connection, schema):
    log = ListLog(two_streams())
    connection.execute(
        SQL("UPDATE {} SET shape = 'other' WHERE view = 'inventory'").format(
            Identifier(schema, "_projections")
        )
    )
    with pytest.raises(Outgrown, match="inventory has other fields than its table"):
        Projector(connection, log, [inventory], schema)
    rebuild(connection, log, [inventory], schema)
    assert Projector(connection, log, [inventory], schema).position == len(log.records)


def late_news():
    """Return a log with one event that was recorded a minute after it had occurred."""
    reserved = StockReserved("MUG", "web:1/1", "web", 2, 0, Instant(0), ())
    log = list(recorded(put("MUG", 5), put("MUG", 7), reserved, stream="stock:MUG"))
    log[1] = replace(log[1], recorded_at=Instant(NOON + 60 * SECOND))
    log[2] = replace(log[2], recorded_at=Instant(NOON + 61 * SECOND))
    return log


@pytest.mark.parametrize(
    ("axis", "at", "on_hand"),
    [
        (Axis.RECORDED, NOON, None),
        (Axis.RECORDED, NOON + 2 * SECOND, 5),
        (Axis.OCCURRED, NOON + 2 * SECOND, 12),
        (Axis.RECORDED, NOON + 60 * SECOND, 12),
    ],
)
def test_a_view_can_be_seen_as_it_stood_then_on_both_axes(connection, schema, axis, at, on_hand):
    log = ListLog(late_news())
    documents = documents_as_of(inventory, log, Instant(at), axis)
    level = documents.get("MUG@LYON")
    assert (level and level.on_hand) == on_hand
    for _ in range(2):
        project_as_of(connection, log, Instant(at), axis, [inventory], schema=f"{schema}_then")
        assert kept(connection, f"{schema}_then", inventory) == documents


def test_as_of_a_time_is_what_the_view_was_at_that_time(connection, schema):
    log, half = ListLog(SHOP), len(SHOP) // 2
    at = SHOP[half].recorded_at
    known = [record for record in SHOP if record.recorded_at <= at]
    for view in EVERY:
        assert documents_as_of(view, log, at, Axis.RECORDED) == view.fold(known), view.name


def test_a_history_is_the_log_in_pages_and_by_type(monkeypatch):
    assert tuple(history(ListLog(SHOP))) == tuple(SHOP)
    only = frozenset({StockReceived})
    assert [type(r.event) for r in history(ListLog(SHOP), only)] == [
        StockReceived for record in SHOP if type(record.event) is StockReceived
    ]


def test_a_hold_is_a_row_that_people_can_query(connection, schema):
    held = OrderHeld("web:1001", "fraud:1", HoldKind.FRAUD, (), "looks odd")
    Projector(connection, ListLog(recorded(held)), [orders], schema).catch_up()
    query = SQL("SELECT state, holds -> 0 ->> 'kind', holds -> 0 ->> 'reason' FROM {}")
    row = connection.execute(query.format(Identifier(schema, "orders"))).fetchone()
    assert row == ("held", "fraud", "looks odd")
