"""State topics: whoever reads one from its beginning has the read model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event as Flag

import pytest
from confluent_kafka.admin import AdminClient, NewTopic
from psycopg.sql import SQL

from adapters.bootstrap import Shop, open_shop
from adapters.kafka.records import RecordCodec
from adapters.kafka.registry import ConfluentRegistry
from adapters.kafka.resumption import Unpublishable
from adapters.kafka.transactions import Superseded, Transactions
from adapters.kafka.wire import Wire
from adapters.outflow import run_state
from adapters.postgres.documents import Documents
from adapters.postgres.projections import Projector, install
from adapters.postgres.rebuild import rebuild
from adapters.postgres.tables import table_of
from oms_core.kernel import View
from projections.catalog import VIEWS
from projections.inventory import inventory
from projections.orders import orders
from tests.support.kafka.cell import Cell
from tests.support.process import running, until
from tests.support.relayed import seen
from tests.support.shop import must, placement, receipt

SECONDS = 30.0


@pytest.fixture
def shop(cell: Cell, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(cell.settings.model_copy(update={"home": tmp_path})) as shop:
        yield shop


def trade(shop: Shop, *numbers: int) -> None:
    """Receive mugs and sell one, for each number, and bring the read models up to date."""
    with shop.engine() as engine:
        for number in numbers:
            must(engine, receipt("MUG", 5, document=f"R{number}"), placement(number, ("MUG", 1)))
    project(shop)


def project(shop: Shop) -> None:
    with shop.connection() as connection, shop.log() as log:
        install(connection, schema=shop.settings.views_schema)
        Projector(connection, log, (), shop.settings.views_schema).catch_up()


def publish(shop: Shop, *views: View) -> int:
    return run_state(shop, Flag(), views, once=True)


def on_topic(shop: Shop, cell: Cell, view: View) -> dict[str, object]:
    """Return what a subscriber has who read a state topic from its beginning."""
    messages = seen(shop.settings, [cell.names.state(view.name)])
    found = {one.wire.key.decode(): one.wire.value for one in messages}
    with closing(ConfluentRegistry(shop.settings)) as registry:
        codec = RecordCodec(registry, [view.document])
        return {key: codec.decode(value) for key, value in found.items() if value}


def in_table(shop: Shop, view: View) -> dict[str, object]:
    with shop.connection() as connection:
        return Documents(connection, table_of(view, shop.settings.views_schema)).all()


def test_a_read_model_that_is_named_is_published_as_a_whole_and_then_what_changes(
    shop: Shop, cell: Cell
):
    trade(shop, 1, 2)
    assert publish(shop, orders, inventory) == 3
    assert on_topic(shop, cell, orders) == in_table(shop, orders)
    assert publish(shop) == 0
    trade(shop, 3)
    assert publish(shop) == 2
    for view in (orders, inventory):
        assert on_topic(shop, cell, view) == in_table(shop, view) != {}


def test_every_read_model_can_be_published(shop: Shop, cell: Cell):
    trade(shop, 1)
    publish(shop, *VIEWS.values())
    for view in VIEWS.values():
        assert on_topic(shop, cell, view) == in_table(shop, view)


def test_a_document_that_is_gone_leaves_a_tombstone(shop: Shop, cell: Cell):
    trade(shop, 1, 2)
    publish(shop, orders)
    with shop.connection() as connection:
        name = table_of(orders, shop.settings.views_schema).identifier
        connection.execute(SQL("DELETE FROM {} WHERE key = 'web:1'").format(name))
    publish(shop)
    assert list(on_topic(shop, cell, orders)) == ["web:2"]
    found = seen(shop.settings, [cell.names.state("orders")])
    (tombstone,) = (one.wire for one in found if not one.wire.value)
    assert dict(tombstone.headers)["ce_subject"] == b"web:1"


def test_a_message_names_its_type_its_view_and_the_position(shop: Shop, cell: Cell):
    trade(shop, 1)
    publish(shop, orders)
    (one,) = seen(shop.settings, [cell.names.state("orders")])
    headers = dict(one.wire.headers)
    with shop.log() as log:
        position = b"%d" % log.head()
    assert headers.pop("ce_time").endswith(b"Z")
    assert headers == {
        "content-type": b"application/avro",
        "ce_specversion": b"1.0",
        "ce_type": b"oms.state.Orders",
        "ce_source": f"/{shop.settings.kafka_prefix}/orders".encode(),
        "ce_position": position,
        "ce_id": b"orders/web:1@" + position,
        "ce_subject": b"web:1",
    }


def test_a_topic_that_was_emptied_is_filled_again(shop: Shop, cell: Cell):
    trade(shop, 1, 2)
    publish(shop, orders)
    topic = cell.names.state("orders")
    admin = AdminClient({"bootstrap.servers": shop.settings.kafka_bootstrap})
    admin.delete_topics([topic])[topic].result(SECONDS)
    until(lambda: topic not in admin.list_topics(timeout=SECONDS).topics, told="deleted")
    admin.create_topics([NewTopic(topic, 1)])[topic].result(SECONDS)
    until(lambda: topic in admin.list_topics(timeout=SECONDS).topics, told="made")
    publish(shop)
    assert on_topic(shop, cell, orders) == in_table(shop, orders) != {}


def test_what_a_topic_has_and_the_read_model_has_not_is_taken_back(shop: Shop, cell: Cell):
    trade(shop, 1)
    before = Transactions(shop.settings, "before")
    before.send([Wire(cell.names.state("orders"), b"web:99", b"of another time", [])])
    before.settle()
    before.close()
    publish(shop, orders)
    assert on_topic(shop, cell, orders) == in_table(shop, orders) != {}


def test_a_rebuild_publishes_only_what_it_changed(shop: Shop, cell: Cell):
    trade(shop, 1, 2)
    publish(shop, orders)
    with shop.connection() as connection, shop.log() as log:
        name = table_of(orders, shop.settings.views_schema).identifier
        connection.execute(SQL("UPDATE {} SET total_minor = 1 WHERE key = 'web:2'").format(name))
        rebuild(connection, log, [orders], shop.settings.views_schema)
    assert publish(shop) == 1
    assert on_topic(shop, cell, orders) == in_table(shop, orders)


def test_a_topic_that_is_missing_is_named(shop: Shop, cell: Cell):
    trade(shop, 1)
    other = Shop(shop.dsn, shop.settings.model_copy(update={"kafka_prefix": "nowhere"}))
    with pytest.raises(Unpublishable, match=r"no nowhere\.orders\.state\.v1"):
        publish(other, orders)


def test_a_publisher_that_another_has_followed_publishes_nothing_more(shop: Shop, cell: Cell):
    first = Transactions(shop.settings, f"{shop.settings.kafka_prefix}.state")
    trade(shop, 1)
    publish(shop, orders)

    def publish_late() -> None:
        first.send([Wire(cell.names.state("orders"), b"web:1", b"old", [])])
        first.settle()

    with pytest.raises(Superseded):
        publish_late()
    first.close()
    assert on_topic(shop, cell, orders) == in_table(shop, orders)


def test_a_publisher_that_is_killed_leaves_the_last_state_of_everything(
    shop: Shop, cell: Cell, tmp_path: Path
):
    env = {**cell.env, "OMS_HOME": str(tmp_path)}
    trade(shop, 0)
    for number in range(1, 4):
        with running("publish", "orders", "--standby", env=env, log=tmp_path / "log") as process:
            process.await_line("publishing")
            trade(shop, number)
            process.kill()
    with running("publish", "--once", "--standby", "--json", env=env, log=tmp_path / "log") as last:
        assert last.close() == 0, last.said()
    assert on_topic(shop, cell, orders) == in_table(shop, orders) != {}
