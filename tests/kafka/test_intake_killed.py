"""S10: no message is lost, doubled or left without an answer, whenever the engine is killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import ItemsView
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from subprocess import TimeoutExpired

import msgspec
import pytest
from msgspec.structs import replace
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from adapters.bootstrap import open_shop
from adapters.intake import inbound
from adapters.intake.replies import REPLIES, IntakeDuplicateIgnored, OrderPlaced, OrderRejected
from adapters.kafka.inlet import source_of
from adapters.kafka.names import TopicNames
from adapters.kafka.records import RecordCodec
from adapters.kafka.registry import ConfluentRegistry
from adapters.postgres.outbox import PostgresOutbox
from adapters.settings import Settings
from oms_core.domain.order import events as ordered
from tests.support.inbound_wire import order
from tests.support.kafka.cell import Cell
from tests.support.kafka.desk import Post
from tests.support.process import running, until

CHANNELS = ("web", "marketplace", "till")
ORDERS = 120
KILLS = 5
DICE = Random(10)
SECONDS = 120


def read_to(connection: Connection[TupleRow], settings: Settings) -> ItemsView[str, int]:
    """Return how far each source was read."""
    table = Identifier(settings.log_schema, "oms_tracking")
    query = SQL("SELECT application_name, notification_id FROM {}").format(table)
    return dict(connection.execute(query).fetchall()).items()


class Sent(msgspec.Struct):
    """What one channel has sent, by what must become of it."""

    placed: set[str] = msgspec.field(default_factory=set)
    rejected: set[str] = msgspec.field(default_factory=set)
    messages: int = 0


def wave(sent: Sent, start: int) -> list[inbound.Inbound]:
    """Return some orders: some wrong, some sent twice or more, some with other content."""
    messages: list[inbound.Inbound] = []
    for number in range(start, start + ORDERS // (KILLS + 1)):
        reference = f"{number}"
        right = order(reference, ("MUG", 1 + number % 3))
        if number % 10 == 0:
            sent.rejected.add(reference)
            messages.append(replace(right, currency="EURO"))
            continue
        sent.placed.add(reference)
        copies = DICE.choice((1, 1, 2, 3))
        others = [order(reference, ("MUG", 9))] if number % 7 == 0 else []
        messages += [right] * copies + others
    sent.messages += len(messages)
    return messages


def test_s10_every_message_has_one_outcome_though_the_engine_is_killed_again_and_again(
    cell: Cell, tmp_path: Path
):
    settings = cell.settings
    env = {**cell.env, "OMS_CHANNELS": ",".join(CHANNELS), "OMS_HOME": str(tmp_path)}
    sent = {channel: Sent() for channel in CHANNELS}
    with (
        closing(ConfluentRegistry(settings)) as registry,
        open_shop(settings) as shop,
        shop.connection() as connection,
    ):
        post = Post(settings, registry)
        for life in range(KILLS + 1):
            with running("run", env=env, log=tmp_path / f"run{life}.log") as engine:
                engine.await_line("started")
                for channel in CHANNELS:
                    start = life * ORDERS // (KILLS + 1)
                    post.send(channel, *wave(sent[channel], start))
                if life < KILLS:
                    with suppress(TimeoutExpired):
                        engine.process.wait(DICE.uniform(0.0, 0.8))
                    engine.kill()
                else:
                    until(lambda: read_to(connection, settings) >= post.ends.items(), SECONDS)
                    assert engine.ask_to_stop() == 0
        outbox = PostgresOutbox(connection, settings.log_schema)
        check(TopicNames(settings.kafka_prefix), RecordCodec(registry, REPLIES), sent, post, outbox)
        with shop.log() as log:
            kinds = frozenset({ordered.OrderPlaced, ordered.OrderRejected})
            happened = Counter(
                (r.stream, type(r.event).__name__) for r in log.read(0, 1_000_000, kinds)
            )
    expected = Counter(
        (f"order:{channel}:{reference}", name)
        for channel, part in sent.items()
        for name, references in (
            ("OrderPlaced", part.placed),
            ("OrderRejected", part.rejected),
        )
        for reference in references
    )
    assert happened == expected


def check(names, records, sent, post, outbox):
    """Check that each message of each channel has exactly one outcome, and that the counts tie."""
    letters = [letter for _, letter in outbox.read(0, 1_000_000)]
    for channel, part in sent.items():
        replies = [records.decode(x.value) for x in letters if x.topic == names.outcomes(channel)]
        everything = {
            f"{source_of(names.inbound(channel), partition)}@{offset}"
            for partition in range(3)
            for offset in range(post.ends.get(source_of(names.inbound(channel), partition), 0))
        }
        assert Counter(reply.message_id for reply in replies) == Counter(everything)
        assert len(everything) == part.messages
        placed = [reply.key for reply in replies if isinstance(reply, OrderPlaced)]
        rejected = [reply.key for reply in replies if isinstance(reply, OrderRejected)]
        ignored = [reply for reply in replies if isinstance(reply, IntakeDuplicateIgnored)]
        assert (sorted(placed), sorted(rejected)) == (sorted(part.placed), sorted(part.rejected))
        assert len(placed) + len(rejected) + len(ignored) == part.messages


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_waves_hold_orders_of_every_kind(channel: str):
    del channel
    sent = Sent()
    messages = wave(sent, 0)
    assert sent.rejected
    assert len(messages) > len(sent.placed) + len(sent.rejected)
