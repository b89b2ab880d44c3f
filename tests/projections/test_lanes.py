"""Read models fed lane by lane, by several writers, each event once, whoever dies or lingers."""

from __future__ import annotations

from collections import defaultdict

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.postgres.bookmarks import Fenced, Laned, Outgrown
from adapters.postgres.documents import Documents
from adapters.postgres.laned import LanedProjection
from adapters.postgres.lanes import Lane, LaneBookmarks, Mark
from adapters.postgres.partitioning import partition_of
from adapters.postgres.projections import Projector, install, prepare
from adapters.postgres.rebuild import rebuild
from adapters.postgres.tables import table_of
from adapters.postgres.taking_up import take_up, waiting
from oms_core.kernel import CommandRefused, View
from projections.catalog import STREAM_CLOSED, VIEWS, WRITTEN_ONCE
from projections.inventory import inventory
from projections.refusals import refusals
from tests.projections.histories import shop_history
from tests.projections.records import ListLog, recorded

SHOP = shop_history(40)
LANES = tuple(Lane("oms.stock.events.v1", partition) for partition in range(3))


@pytest.fixture
def connection(dsn, schema):
    """A connection that commits by itself, and a schema with every view's table."""
    with psycopg.connect(dsn, autocommit=True) as opened:
        prepare(opened)
        install(opened, (), schema)
        yield opened


def laned(connection, schema, view, owner=""):
    """Return a writer of lanes of a view that holds none yet."""
    return LanedProjection(
        connection,
        view,
        table_of(view, schema),
        LaneBookmarks(connection, schema, owner),
        written_once=view.name in WRITTEN_ONCE,
    )


def lane_of(record):
    """Return the lane that holds the stream of an event."""
    return LANES[partition_of(record.stream.encode(), len(LANES))]


def news(log, lanes=LANES):
    """Return what a batch holds, and where it ends, as a reader of some lanes would have it."""
    found, marks = defaultdict(list), {}
    for offset, record in enumerate(log):
        lane = lane_of(record)
        if lane in lanes:
            found[lane].append(record)
            marks[lane] = Mark(record.position, offset + 1)
    return found, marks


def kept(connection, schema, view):
    """Return the documents that the view's table holds."""
    return Documents(connection, table_of(view, schema)).all()


def parked(connection, schema):
    """Return what is parked."""
    query = SQL("SELECT view, stream, version, position FROM {} ORDER BY 1, 2")
    return connection.execute(query.format(Identifier(schema, "_parked_events"))).fetchall()


@pytest.mark.parametrize("name", sorted(STREAM_CLOSED))
def test_two_writers_that_share_the_lanes_make_the_table_that_one_would(connection, schema, name):
    view = VIEWS[name]
    first, second = (laned(connection, schema, view) for _ in range(2))
    first.take(LANES[:1])
    second.take(LANES[1:])
    for start in range(0, len(SHOP), 100):
        page = SHOP[start : start + 100]
        for writer, lanes in ((second, LANES[1:]), (first, LANES[:1])):
            writer.apply(*news(page, lanes))
    assert kept(connection, schema, view) == view.fold(SHOP)


def test_events_that_come_again_change_nothing(connection, schema):
    writer = laned(connection, schema, inventory)
    writer.take(LANES)
    for start in range(0, len(SHOP), 50):
        writer.apply(*news(SHOP[max(0, start - 70) : start + 50]))
    assert kept(connection, schema, inventory) == inventory.fold(SHOP)


def test_a_lane_goes_on_where_its_last_writer_ended(connection, schema):
    half = len(SHOP) // 2
    first = laned(connection, schema, inventory)
    first.take(LANES)
    first.apply(*news(SHOP[:half]))
    second = laned(connection, schema, inventory)
    second.take(LANES)
    assert second.marks == first.marks
    second.apply(*news(SHOP))
    assert kept(connection, schema, inventory) == inventory.fold(SHOP)


def test_a_writer_whose_lane_another_has_taken_writes_nothing(connection, schema):
    zombie = laned(connection, schema, inventory)
    zombie.take(LANES)
    successor = laned(connection, schema, inventory)
    successor.take(LANES[:1])
    with pytest.raises(Fenced, match=r"inventory has another writer of .*\[0\]: epoch 2"):
        zombie.apply(*news(SHOP))
    assert kept(connection, schema, inventory) == {}
    successor.apply(*news(SHOP, LANES[:1]))
    zombie.release(LANES[:1])
    zombie.apply(*news(SHOP, LANES[1:]))
    assert kept(connection, schema, inventory) == inventory.fold(SHOP)


def test_lanes_go_on_from_where_the_whole_log_was_read_to(connection, schema):
    half = len(SHOP) // 2
    whole = Projector(connection, ListLog(SHOP[:half]), [inventory], schema)
    whole.catch_up()
    writer = laned(connection, schema, inventory)
    writer.take(LANES)
    writer.apply(*news(SHOP))
    assert kept(connection, schema, inventory) == inventory.fold(SHOP)
    with pytest.raises(Fenced):
        whole.projections[0].apply(SHOP, len(SHOP))


def test_whoever_reads_the_whole_log_cannot_take_a_view_whose_lanes_are_ahead(connection, schema):
    writer = laned(connection, schema, inventory)
    writer.take(LANES)
    writer.apply(*news(SHOP))
    with pytest.raises(Laned, match="inventory is kept up to date from Kafka"):
        Projector(connection, ListLog(SHOP), [inventory], schema)
    rebuild(connection, ListLog(SHOP), [inventory], schema)
    whole = Projector(connection, ListLog(SHOP), [inventory], schema)
    with pytest.raises(Fenced, match="inventory is read from the whole log by another"):
        writer.apply({}, {LANES[0]: Mark(len(SHOP), 9_999)})
    assert whole.catch_up() == len(SHOP)
    assert kept(connection, schema, inventory) == inventory.fold(SHOP)


def test_lanes_go_on_with_a_table_that_was_rebuilt(connection, schema):
    third = len(SHOP) // 3
    writer = laned(connection, schema, inventory)
    writer.take(LANES)
    writer.apply(*news(SHOP[:third]))
    connection.execute(SQL("DELETE FROM {}").format(Identifier(schema, "inventory")))
    rebuild(connection, ListLog(SHOP[: 2 * third]), [inventory], schema)
    writer.apply(*news(SHOP))
    assert kept(connection, schema, inventory) == inventory.fold(SHOP)


def test_a_table_of_other_fields_is_not_written(connection, schema):
    bookmarks = Identifier(schema, "_projections")
    connection.execute(SQL("UPDATE {} SET shape = 'other'").format(bookmarks))
    with pytest.raises(Outgrown, match="inventory has other fields than its table"):
        laned(connection, schema, inventory).take(LANES)


def test_a_bug_stops_one_stream_also_for_the_next_writer(connection, schema):
    def evolve(key, before, record):
        if before is not None and record.event.item_id == "ITEM-3":
            raise ZeroDivisionError("no such thing")
        return inventory.evolve(key, before, record)

    failing = View(inventory.name, inventory.document, inventory.keys, evolve)
    half = len(SHOP) // 2
    for page in (SHOP[:half], SHOP[half:]):
        writer = laned(connection, schema, failing)
        writer.take(LANES)
        writer.apply(*news(page))
    found, expected = kept(connection, schema, inventory), inventory.fold(SHOP)
    assert {key for key in expected if found[key] != expected[key]} == {
        key for key in expected if key.startswith("ITEM-3@") and found[key] != expected[key]
    }
    assert [row[:2] for row in parked(connection, schema)] == [("inventory", "stock:ITEM-3")]


def test_what_cannot_be_stored_is_parked_and_the_rest_is_not(connection, schema):
    good, bad = (CommandRefused("C", "c", text, "t") for text in ("fine", "a\0b"))
    log = recorded(good, bad, good, stream="p:1")
    writer = laned(connection, schema, refusals)
    writer.take(LANES)
    writer.apply(*news(log))
    assert list(kept(connection, schema, refusals)) == ["p:1#1"]
    assert parked(connection, schema) == [("refusals", "p:1", 2, 2)]
    assert writer.marks[lane_of(log[0])] == Mark(3, 3)


class StreamLog(ListLog):
    """A list of events that can be asked for a stream."""

    def stream(self, *streams):
        """Return the events of streams."""
        return [record for record in self.records if record.stream in streams]


def test_a_parked_stream_is_taken_up_again_while_the_writer_goes_on(connection, schema):
    third = len(SHOP) // 3
    log, stream = StreamLog(SHOP), "stock:ITEM-3"
    lane = next(lane_of(record) for record in SHOP if record.stream == stream)
    writer = laned(connection, schema, inventory)
    writer.take(LANES)
    writer.apply(*news(SHOP[:third]))
    writer.park(lane, stream, "body.truncated: The value ends.", 1_000_000)
    writer.apply(*news(SHOP[third : 2 * third]))
    assert kept(connection, schema, inventory) != inventory.fold(SHOP[: 2 * third])
    (waits,) = waiting(connection, schema)
    assert (waits.view, waits.stream) == ("inventory", stream)
    assert take_up(connection, log, inventory, stream, schema) == ""
    assert waiting(connection, schema) == []
    assert kept(connection, schema, inventory) == inventory.fold(SHOP[: 2 * third])
    writer.apply(*news(SHOP[2 * third :]))
    assert kept(connection, schema, inventory) == inventory.fold(SHOP)


def test_a_stream_that_still_fails_stays_parked(connection, schema):
    def evolve(key, before, record):
        raise ZeroDivisionError("no such thing")

    failing = View(inventory.name, inventory.document, inventory.keys, evolve)
    writer = laned(connection, schema, failing)
    writer.take(LANES)
    writer.apply(*news(SHOP))
    before = waiting(connection, schema)
    error = take_up(connection, StreamLog(SHOP), failing, before[0].stream, schema)
    assert error == "ZeroDivisionError: no such thing"
    assert waiting(connection, schema) == before
