"""Read models kept up to date from Kafka: the same bytes as from the log itself."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Event as Flag

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic
from psycopg.sql import SQL, Identifier

from adapters.bootstrap import open_shop
from adapters.kafka import configuration
from adapters.kafka.arrivals import event_topics
from adapters.kafka.names import category_of
from adapters.outflow import run_relay
from adapters.postgres.bookmarks import Laned
from adapters.postgres.projections import Projector, install
from adapters.postgres.rebuild import rebuild
from adapters.projecting import project
from adapters.simulation.run import simulate
from oms_core.domain.order.events import OrderPlaced
from oms_core.domain.payment.events import AuthorizationRequested
from projections.catalog import STREAM_CLOSED, VIEWS
from tests.support.kafka.cell import PARTITIONS
from tests.support.kafka.projected import embedded, history, parked, rows
from tests.support.kafka.publishing import publishing
from tests.support.process import until
from tests.support.shop import must, receipt

SECONDS = 30.0
EVERY = tuple(VIEWS.values())
LIVELY = {"orders", "inventory", "payments", "journal", "trial_balance", "customers", "timeline"}
"""What a simulated shop certainly has something of."""


@pytest.fixture
def shop(cell, tmp_path):
    """A shop in which some orders have gone their way."""
    with open_shop(cell.settings.model_copy(update={"home": tmp_path})) as opened:
        simulate(opened, orders=60, seed=3)
        yield opened


@pytest.fixture
def publisher(cell):
    """A publisher to the cell's event topics."""
    with publishing(cell.settings) as opened:
        yield opened


def project_all(shop, views=EVERY):
    """Take in what is on the topics."""
    return project(shop, Flag(), views, "main", once=True)


def test_all_views_over_kafka_are_the_embedded_ones_byte_for_byte(shop):
    run_relay(shop, Flag(), once=True)
    assert project_all(shop) > 0
    expected = embedded(shop)
    assert {name for name, found in expected.items() if found} >= LIVELY
    assert rows(shop) == expected


def test_what_comes_twice_or_thrice_changes_nothing(shop, publisher):
    happened = history(shop)
    for start in range(0, len(happened), 700):
        publisher.publish(happened[max(0, start - 400) : start + 700])
        publisher.publish(happened[start : start + 50])
        if start % 3 == 0:
            project_all(shop)
    publisher.publish(happened)
    project_all(shop)
    assert rows(shop) == embedded(shop)


@pytest.mark.parametrize("pages", [1, 3])
def test_topics_that_were_made_anew_and_filled_again_change_nothing(shop, publisher, pages):
    happened = history(shop)
    half = len(happened) // 2
    for start in range(0, half, 10):
        publisher.publish(happened[start : min(half, start + 10)])
    project_all(shop)
    empty(shop.settings)
    size = len(happened) // pages + 1
    for start in range(0, len(happened), size):
        publisher.publish(happened[start : start + size])
    project_all(shop)
    assert rows(shop) == embedded(shop)


def test_a_topic_that_was_made_anew_and_is_shorter_than_it_was_is_read_whole(
    cell, tmp_path, publisher
):
    """Each transaction takes an offset of its own: what came in many is filled again by one."""
    with open_shop(cell.settings.model_copy(update={"home": tmp_path})) as shop:
        with shop.engine() as engine:
            must(engine, *(receipt("MUG", 1, document=f"R{n}") for n in range(7)))
        happened = history(shop)
        for recorded in happened[:5]:
            publisher.publish([recorded])
        project_all(shop)
        empty(shop.settings)
        publisher.publish(happened)
        project_all(shop)
        assert rows(shop) == embedded(shop)


def empty(settings):
    """Make the cell's event topics anew."""
    topics = event_topics(settings.kafka_prefix)
    admin = AdminClient(configuration.connection(settings))
    for future in admin.delete_topics(list(topics)).values():
        future.result(SECONDS)

    def made() -> bool:
        new = [NewTopic(topic, PARTITIONS, 1) for topic in topics]
        try:
            for future in admin.create_topics(new).values():
                future.result(SECONDS)
        except KafkaException:  # The broker has not got rid of the old ones yet.
            return False
        return True

    until(made)


def test_a_subscriber_never_sees_what_is_not_committed_nor_misses_what_is(shop, publisher):
    """P19 for those who consume: what is projected is what was appended, and in the end all of it.

    A read model that is asked on receipt of an event never shows an older state than the event.
    """
    happened = history(shop)
    for start in range(0, len(happened), 500):
        page = happened[start : start + 500]
        publisher.publish(page)
        project_all(shop)
        with shop.connection() as connection:
            views = Identifier(shop.settings.views_schema, "orders")
            seen = dict(
                connection.execute(SQL("SELECT order_id, last_position FROM {}").format(views))
            )
        so_far = VIEWS["orders"].fold(happened[: start + 500])
        assert seen == {order_id: order.last_position for order_id, order in so_far.items()}
    invented = publisher.codec.encode(happened[5])
    headers = [(n, b"999999" if n == "ce_position" else v) for n, v in invented.headers]
    publisher.send([invented._replace(headers=headers)])
    project_all(shop, [VIEWS[name] for name in STREAM_CLOSED])
    found, expected = rows(shop), embedded(shop)
    assert {name for name in VIEWS if found[name] != expected[name]} == set()


def damaged(wire, kind):
    """Return a message that has come to harm in one way."""
    headers: Mapping[str, bytes] = dict(wire.headers)

    def with_header(name, value):
        return wire._replace(headers=[*{**headers, name: value}.items()])

    return {
        "empty": wire._replace(value=b""),
        "cut short": wire._replace(value=wire.value[: len(wire.value) // 2]),
        "another schema": wire._replace(value=b"\0\x7f\xff\xff\xff" + wire.value[5:]),
        "no frame": wire._replace(value=b"{}"),
        "more than a record": wire._replace(value=wire.value + b"!"),
        "no headers": wire._replace(headers=[]),
        "no position": with_header("ce_position", b"soon"),
        "position 0": with_header("ce_position", b"0"),
        "beyond the log": with_header("ce_position", b"9999999"),
        "another key": wire._replace(key=b"\xff\xfe"),
        "no key": wire._replace(key=None),
        "another source": with_header("ce_source", b"/elsewhere"),
        "a future version": with_header("ce_specversion", b"2.0"),
        "JSON": with_header("content-type", b"application/json"),
        "an unknown type": with_header("ce_type", b"oms.order.OrderTeleported"),
        "a type that is not text": with_header("ce_type", b"\xff\xff"),
        "huge": wire._replace(value=b"x" * 900_000, headers=[]),
        "no time": with_header("ce_time", b"yesterday"),
        "an actor that is not text": with_header("ce_actor", b"\xff"),
        "another id": with_header("ce_id", b"order:web:1#77"),
    }[kind]


KINDS = (
    "empty",
    "cut short",
    "another schema",
    "no frame",
    "more than a record",
    "no headers",
    "no position",
    "position 0",
    "beyond the log",
    "another key",
    "no key",
    "another source",
    "a future version",
    "JSON",
    "an unknown type",
    "a type that is not text",
    "huge",
    "no time",
    "an actor that is not text",
    "another id",
)


def test_poison_of_twenty_kinds_stops_no_stream_but_its_own(shop, publisher):
    happened = history(shop)
    orders = [r for r in happened if isinstance(r.event, OrderPlaced)]
    struck = {kind: orders[n] for n, kind in enumerate(KINDS)}
    half = len(happened) // 2
    publisher.publish(happened[:half])
    project_all(shop)
    publisher.send([damaged(publisher.codec.encode(r), kind) for kind, r in struck.items()])
    publisher.publish(happened[half:])
    project_all(shop)
    streams = {recorded.stream for recorded in struck.values()}
    assert {stream for _, stream in parked(shop)} <= streams
    found, expected = rows(shop), embedded(shop)
    for name, lines in expected.items():
        others = [line for line in lines if not any(stream_of(s) in line for s in streams)]
        assert set(others) <= set(found[name]), name
    with shop.connection() as connection, shop.log() as log:
        rebuild(connection, log, (), shop.settings.views_schema)
    assert parked(shop) == []
    assert rows(shop) == expected


def stream_of(stream):
    """Return the order that a stream is about."""
    assert category_of(stream) == "order"
    return stream.removeprefix("order:")


def test_an_event_that_came_to_harm_stops_its_stream_in_the_views_that_mind_it(shop, publisher):
    happened = history(shop)
    hit = next(r for r in happened if isinstance(r.event, AuthorizationRequested))
    wires = [publisher.codec.encode(r) for r in happened]
    wires[hit.position - 1] = wires[hit.position - 1]._replace(value=wires[0].value[:9])
    publisher.send(wires)
    project_all(shop)
    assert {stream for _, stream in parked(shop)} == {hit.stream}
    assert "payments" in {view for view, _ in parked(shop)}
    found, expected = rows(shop), embedded(shop)
    assert found["inventory"] == expected["inventory"]
    assert len(found["payments"]) == len(expected["payments"]) - 1
    letters = Identifier(shop.settings.views_schema, "_dead_letters")
    with shop.connection() as connection:
        kept = connection.execute(SQL("SELECT topic, key FROM {}").format(letters)).fetchall()
    topic = f"{shop.settings.kafka_prefix}.payment.events.v1.dlq.projector"
    assert set(kept) == {(topic, hit.stream.encode())}


def test_whoever_reads_the_log_itself_cannot_take_views_back_by_mistake(shop):
    run_relay(shop, Flag(), once=True)
    project_all(shop)
    with shop.connection() as connection, shop.log() as log:
        install(connection, schema=shop.settings.views_schema)
        with pytest.raises(Laned):
            Projector(connection, log, schema=shop.settings.views_schema)
