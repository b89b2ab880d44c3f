"""Shared inbound topics are handed to cells by a table: exactly once, in order, whoever dies."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from adapters.kafka import configuration
from adapters.kafka.cells import CellTable
from adapters.kafka.names import TopicNames, dead_letters
from adapters.kafka.router import Router
from tests.support.kafka.cell import Cell
from tests.support.kafka.reading import Found, read_all
from tests.support.process import running, until

CHANNEL = "web"
MARKETS = ("DE", "KR", "JP", "US")
TABLE = {
    "cells": {"eu": {"dsn_variable": "OMS_CELL_EU_DSN"}, "asia": {}},
    "markets": {
        "DE": {"cell": "eu"},
        "KR": {"cell": "asia"},
        "JP": {"cell": "asia", "draining": "eu"},
    },
}
KEYS, MESSAGES, KILLS = 40, 1_200, 6


@pytest.fixture
def topics(cell: Cell) -> Iterator[Mapping[str, str]]:
    """Where messages end, by the name of the cell; those that no cell takes under an empty name."""
    made = {
        name: TopicNames(f"{cell.settings.kafka_prefix}.{name}").inbound(CHANNEL)
        for name in TABLE["cells"]
    }
    admin = AdminClient({"bootstrap.servers": cell.settings.kafka_bootstrap})
    creating = admin.create_topics([NewTopic(name, 3, 1) for name in made.values()])
    for future in creating.values():
        future.result(30)
    yield {**made, "": dead_letters(cell.names.inbound(CHANNEL), "route")}
    for future in admin.delete_topics(list(creating)).values():
        future.result(30)


def publish(cell: Cell, start: int, stop: int) -> None:
    """Publish messages of every market, numbered from `start`, with several to a key."""
    producer = Producer(configuration.producer(cell.settings))
    for number in range(start, stop):
        headers = [("ce_market", MARKETS[number % KEYS % len(MARKETS)])]
        topic = cell.names.inbound(CHANNEL)
        producer.produce(topic, str(number), f"k{number % KEYS}", headers=headers)
    assert producer.flush(30) == 0


def found(cell: Cell, topics: Mapping[str, str]) -> dict[str, list[Found]]:
    """Return what has arrived, by cell."""
    return {name: list(read_all(cell.settings, [topic])) for name, topic in topics.items()}


def numbers(messages: list[Found]) -> list[int]:
    return sorted(int(message.value) for message in messages)


def of_market(count: int, *markets: str) -> list[int]:
    return [n for n in range(count) if MARKETS[n % KEYS % len(MARKETS)] in markets]


def test_each_message_goes_to_the_cell_of_its_market_and_the_rest_to_the_dead_letters(
    cell: Cell, topics: Mapping[str, str]
):
    kept = {"web:k2", "web:k6"}  # Orders of Japan, which moved from one cell to the other.
    publish(cell, 0, 200)
    router = Router(
        cell.settings,
        CellTable.model_validate(TABLE),
        [CHANNEL],
        lambda name, order_id: name == "eu" and order_id in kept,
    )
    with closing(router):
        routed = 0
        while routed < 200:
            routed += router.turn()
    arrived = found(cell, topics)
    stayed = [n for n in of_market(200, "JP") if f"web:k{n % KEYS}" in kept]
    moved = [n for n in of_market(200, "JP") if n not in stayed]
    assert numbers(arrived["eu"]) == sorted(of_market(200, "DE") + stayed)
    assert numbers(arrived["asia"]) == sorted(of_market(200, "KR") + moved)
    assert numbers(arrived[""]) == of_market(200, "US")
    headers = dict(arrived[""][0].headers)
    assert headers["oms_error_code"] == b"route.unknown_market"
    assert headers["ce_market"] == b"US"
    assert headers["oms_origin"].startswith(cell.names.inbound(CHANNEL).encode())


def test_routers_that_are_killed_at_any_moment_lose_double_and_reorder_nothing(
    cell: Cell, topics: Mapping[str, str], tmp_path: Path
):
    table = tmp_path / "cells.yaml"
    table.write_text(json.dumps({**TABLE, "markets": {"DE": {"cell": "eu"}}, "default": "asia"}))
    session = {"session.timeout.ms": "1500", "heartbeat.interval.ms": "300"}
    env = {
        **cell.env,
        "OMS_CELL_EU_DSN": cell.settings.dsn,
        "OMS_KAFKA_CONFIG": json.dumps(session),
    }
    order = ("kafka", "route", str(table), "--channel", CHANNEL)
    dice = Random(3)
    for life in range(KILLS):
        publish(cell, life * MESSAGES // KILLS, (life + 1) * MESSAGES // KILLS)
        with running(*order, env=env, log=tmp_path / f"{life}.log") as router:
            until(lambda: dice.random() < 0.1 or router.process.poll() is not None, 30)
    with running(*order, env=env, log=tmp_path / "last.log"):
        until(lambda: sum(map(len, found(cell, topics).values())) >= MESSAGES, 60, "all routed")
    arrived = found(cell, topics)
    assert numbers(arrived["eu"]) == of_market(MESSAGES, "DE")
    assert numbers(arrived["asia"]) == of_market(MESSAGES, "KR", "JP", "US")
    for messages in arrived.values():
        by_key = defaultdict[bytes, list[int]](list)
        for message in messages:
            by_key[message.key].append(int(message.value))
        assert all(taken == sorted(taken) for taken in by_key.values())
