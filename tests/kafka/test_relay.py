"""What is in the log is on the topics: once, in order, whole; and the answers to channels too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from threading import Event as Flag

import msgspec
import psycopg
import pytest
from confluent_kafka.admin import AdminClient, NewTopic
from psycopg.sql import SQL, Identifier

from adapters.bootstrap import Shop, open_shop
from adapters.kafka.arrivals import event_topics
from adapters.kafka.checkpoint import Checkpoint
from adapters.kafka.messages import EventCodec
from adapters.kafka.registry import ConfluentRegistry, NotRegistered
from adapters.kafka.relay import Relay
from adapters.kafka.resumption import Restart, Unpublishable
from adapters.kafka.transactions import Interrupted, Oversized, Superseded, Transactions
from adapters.kafka.wire import Wire
from adapters.outflow import run_relay
from adapters.postgres.outbox import PostgresOutbox
from oms_core.engine.application import Engine
from oms_core.engine.cause import Answer, Cause, Letter
from tests.support.kafka.cell import Cell
from tests.support.process import until
from tests.support.registry import MemoryRegistry
from tests.support.relayed import events_seen, in_order, log_of, seen
from tests.support.shop import placement, receipt

SECONDS = 30.0
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def shop(cell: Cell, tmp_path) -> Iterator[Shop]:
    with open_shop(cell.settings.model_copy(update={"home": tmp_path})) as shop:
        yield shop


def letters_to(topic: str):
    """Answer each cause by a letter that tells its id and how many events it led to."""

    def letters(answers: Sequence[Answer]) -> list[Letter]:
        return [
            Letter(topic, a.cause_id.encode(), b"%d" % len(a.recorded), (("n", b"1"),))
            for a in answers
        ]

    return letters


def sell(engine: Engine, cell: Cell, *numbers: int) -> None:
    """Receive a mug and order it, once for each number; the channel is told."""
    letters = letters_to(cell.names.outcomes("web"))
    for number in numbers:
        receiving = Cause(receipt("MUG", 1, document=f"R{number}"), f"r{number}", "test")
        ordering = Cause(placement(number, ("MUG", 1)), f"o{number}", "test", trace=TRACE)
        engine.handle([receiving, ordering], letters=letters)


def relay_all(shop: Shop, restart: Restart | None = None) -> int:
    return run_relay(shop, Flag(), once=True, restart=restart)


@contextmanager
def relay_of(shop: Shop, registry=None) -> Iterator[Relay]:
    settings = shop.settings
    with shop.log() as log, shop.connection() as connection, ExitStack() as stack:
        registry = registry or stack.enter_context(closing(ConfluentRegistry(settings)))
        codec = EventCodec(registry, settings.kafka_prefix)
        relay = Relay(settings, log, PostgresOutbox(connection, settings.log_schema), codec.encode)
        until(lambda: _begun(relay), told="topics made a moment ago have leaders")
        try:
            yield relay
        finally:
            relay.close()


def _begun(relay: Relay) -> bool:
    try:
        relay.begin()
    except Interrupted:
        return False
    return True


def outcomes(cell: Cell) -> list[bytes]:
    found = seen(cell.settings, [cell.names.outcomes("web")])
    return sorted((one.wire.key for one in found), key=lambda key: (int(key[1:]), key[:1] != b"r"))


def empty(cell: Cell, *topics: str) -> None:
    """Delete topics with all that is in them, and make them again."""
    admin = AdminClient({"bootstrap.servers": cell.settings.kafka_bootstrap})
    for future in admin.delete_topics(list(topics)).values():
        future.result(SECONDS)
    until(lambda: not {*topics} & {*admin.list_topics(timeout=SECONDS).topics}, told="deleted")
    for future in admin.create_topics([NewTopic(topic, 1) for topic in topics]).values():
        future.result(SECONDS)
    until(lambda: {*topics} <= {*admin.list_topics(timeout=SECONDS).topics}, told="made")


def test_the_log_can_be_made_again_of_the_topics(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        sell(engine, cell, 1, 2, 3)
    log = log_of(shop)
    assert relay_all(shop) == len(log) + 6
    assert events_seen(cell.settings) == log
    assert {recorded.trace for recorded in log} == {"", TRACE}
    assert in_order(seen(cell.settings, event_topics(cell.names.prefix)))


def test_what_is_published_is_not_published_again(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        sell(engine, cell, 1)
        assert relay_all(shop) > 0
        assert relay_all(shop) == 0
        sell(engine, cell, 2)
        assert relay_all(shop) > 0
    assert events_seen(cell.settings) == log_of(shop)


def test_letters_are_published_once_in_their_order_and_then_forgotten(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        sell(engine, cell, 1, 2, 3)
        relay_all(shop)
        sell(engine, cell, 4)
        relay_all(shop)
    letters = seen(cell.settings, [cell.names.outcomes("web")])
    assert outcomes(cell) == [b"r1", b"o1", b"r2", b"o2", b"r3", b"o3", b"r4", b"o4"]
    assert letters[0].wire.headers == [("n", b"1")]
    with shop.connection() as connection:
        assert PostgresOutbox(connection, cell.settings.log_schema).read(0, 10) == []


def test_a_letter_is_not_published_before_the_events_that_it_tells_of(
    shop: Shop, cell: Cell, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("adapters.kafka.relay.PAGE_EVENTS", 2)
    with shop.engine() as engine:
        sell(engine, cell, 1)
    with relay_of(shop) as relay:
        relay.turn()
        relay.settle()
        assert relay.position == 2
        assert outcomes(cell) == []
        while relay.turn():
            pass
        assert relay.position == len(log_of(shop))
        assert outcomes(cell) == [b"r1", b"o1"]


def test_an_emptied_cluster_is_filled_again_by_itself(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        sell(engine, cell, 1, 2)
    relay_all(shop)
    empty(cell, *event_topics(cell.names.prefix), cell.names.checkpoint)
    assert events_seen(cell.settings) == []
    relay_all(shop)
    assert events_seen(cell.settings) == log_of(shop)
    assert outcomes(cell) == [b"r1", b"o1", b"r2", b"o2"]


def test_topics_that_are_missing_are_named(shop: Shop, cell: Cell):
    admin = AdminClient({"bootstrap.servers": cell.settings.kafka_bootstrap})
    gone = cell.names.events("stock")
    admin.delete_topics([gone])[gone].result(SECONDS)
    until(lambda: gone not in admin.list_topics(timeout=SECONDS).topics, told="deleted")
    with pytest.raises(Unpublishable, match=rf"no {gone}\. Run `oms kafka topics apply`"):
        relay_all(shop)
    admin.create_topics([NewTopic(gone, 1)])[gone].result(SECONDS)


def test_a_topic_that_is_missing_for_a_letter_is_named_and_the_letter_waits(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        cause = Cause(receipt("MUG", 1), "r1", "test")
        engine.handle([cause], letters=letters_to("nowhere"))
    with pytest.raises(Unpublishable, match="no nowhere"):
        relay_all(shop)
    assert events_seen(cell.settings) == []
    with shop.connection() as connection:
        assert len(PostgresOutbox(connection, cell.settings.log_schema).read(0, 10)) == 1


def test_schemas_that_are_not_registered_are_named(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        sell(engine, cell, 1)
    told = r"oms\.stock\.StockReceived"
    with relay_of(shop, MemoryRegistry()) as relay, pytest.raises(NotRegistered, match=told):
        relay.turn()
    assert events_seen(cell.settings) == []


def test_a_log_that_ends_before_what_is_published_is_refused(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        sell(engine, cell, 1)
    relay_all(shop)
    published = len(log_of(shop))
    with psycopg.connect(shop.dsn) as connection:
        names = (shop.settings.log_schema, "oms_events_head")
        connection.execute(SQL("UPDATE {} SET position = 1").format(Identifier(*names)))
    with pytest.raises(Unpublishable, match=rf"ends at position 1, but {published} is published"):
        relay_all(shop)


def test_a_log_that_went_another_way_than_what_is_published_is_refused(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        sell(engine, cell, 1)
    relay_all(shop)
    last = log_of(shop)[-1]
    other = Checkpoint(last.position, 0, "order:web:99#1", last.recorded_at)
    transactions = Transactions(cell.settings, "other")
    transactions.send([other.wire(cell.names.checkpoint)])
    transactions.settle()
    transactions.close()
    with pytest.raises(Unpublishable, match=r"is .*, but order:web:99#1, recorded at another time"):
        relay_all(shop)


def test_topics_without_a_checkpoint_are_not_filled_a_second_time(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        sell(engine, cell, 1)
        relay_all(shop)
        empty(cell, cell.names.checkpoint)
        position = len(log_of(shop))
        told = rf"has position {position}\. .*republish --from {position + 1}"
        with pytest.raises(Unpublishable, match=told):
            relay_all(shop)
        relay_all(shop, Restart(position + 1))
        sell(engine, cell, 2)
    relay_all(shop)
    assert events_seen(cell.settings) == log_of(shop)


def test_publishing_again_what_topics_have_must_be_meant(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        sell(engine, cell, 1)
    relay_all(shop)
    log = log_of(shop)
    with pytest.raises(Unpublishable, match=r"order\.events\.v1 has position"):
        relay_all(shop, Restart(1))
    assert events_seen(cell.settings) == log
    assert relay_all(shop, Restart(len(log), repeat=True)) == 1
    assert events_seen(cell.settings) == [*log, log[-1]]
    assert relay_all(shop) == 0


def test_publishing_again_leaves_nothing_out(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        sell(engine, cell, 1)
    head = len(log_of(shop))
    with pytest.raises(Unpublishable, match="Positions 1 to 2 are not published yet"):
        relay_all(shop, Restart(3))
    for position in (0, head + 2):
        with pytest.raises(Unpublishable, match=f"positions 1 to {head}"):
            relay_all(shop, Restart(position))


def test_a_relay_that_another_has_followed_can_publish_no_more(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        sell(engine, cell, 1)
    with relay_of(shop) as first, relay_of(shop) as second:
        second.turn()
        with pytest.raises(Superseded, match="A later process publishes now"):
            first.turn()
    assert events_seen(cell.settings) == log_of(shop)


def test_a_page_that_was_sent_but_not_committed_is_seen_by_nobody(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        sell(engine, cell, 1)
    left = Transactions(cell.settings, f"{cell.settings.kafka_prefix}.relay")
    producer, topic = left._producer, cell.names.events("order")
    producer.begin_transaction()
    producer.produce(topic, b"of a relay that was killed", b"order:x")
    producer.flush(SECONDS)
    with relay_of(shop) as relay:
        relay.turn()
    left.close()
    assert events_seen(cell.settings) == log_of(shop)


def test_a_message_that_is_too_large_is_named(cell: Cell):
    transactions = Transactions(cell.settings, "large")
    wire = Wire(cell.names.outcomes("web"), b"k", bytes(2_000_000), [("ce_id", b"order:web:1#1")])
    with pytest.raises(Oversized, match=r"order:web:1#1 for .* has 2000000 bytes"):
        transactions.send([wire])
    transactions.close()


def test_a_broker_that_is_not_there_is_told_of(cell: Cell):
    away = cell.settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"})
    with pytest.raises(Interrupted):
        Transactions(away, "away")


def test_a_checkpoint_is_readable_to_anyone(shop: Shop, cell: Cell):
    with shop.engine() as engine:
        sell(engine, cell, 1)
    relay_all(shop)
    (checkpoint,) = seen(cell.settings, [cell.names.checkpoint])
    last = log_of(shop)[-1]
    assert checkpoint.wire.key == b"relay"
    assert msgspec.json.decode(checkpoint.wire.value) == {
        "position": last.position,
        "outbox": 2,
        "event": last.id,
        "recorded_at": last.recorded_at,
    }
