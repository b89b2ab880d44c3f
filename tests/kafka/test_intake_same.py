"""Read models of what came by Kafka are those of the same input without it, byte for byte.

The same input is: the very messages, in the order and at the times that the log says that they were
taken. The whole of the real file is compared where OMS_REAL_WHOLE is set.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog

from adapters.bootstrap import open_shop
from adapters.intake.mapping import load
from adapters.intake.publishing import causes_of
from adapters.intake.retelling import channel_of, message_of
from adapters.kafka.publishing import Publisher
from adapters.kafka.reading import Reader
from adapters.kafka.registry import ConfluentRegistry
from adapters.settings import Settings
from adapters.simulation.saying import sayings
from oms_core.domain.order.events import OrderPlaced
from oms_core.engine.cause import Cause
from tests.support.kafka.cell import Cell
from tests.support.kafka.desk import Desk, desk_of
from tests.support.kafka.retaken import batches, causes_in, content, retake, views
from tests.support.real import needs_real_file, part_of_real_file, real_file

CHANNELS = ("web", "marketplace", "till", "callcentre", "edi")
MAPPING = Path("deploy/mappings/online-retail-ii.toml")
PUBLISHED_AT_ONCE = 2_000
ORDERS, SEED = 150, 7


@pytest.fixture
def settings(cell: Cell) -> Settings:
    """A cell with all channels."""
    return cell.settings.model_copy(update={"channels": CHANNELS})


@pytest.fixture
def other(settings: Settings) -> Settings:
    """A log and read models beside those of the cell, without Kafka."""
    names = {
        "log_schema": f"{settings.log_schema}_other",
        "views_schema": f"{settings.log_schema}_other_views",
        "kafka_bootstrap": "",
    }
    return settings.model_copy(update=names)


@pytest.fixture
def registry(settings: Settings) -> Iterator[ConfluentRegistry]:
    """The real registry."""
    with closing(ConfluentRegistry(settings)) as made:
        yield made


def take_in(desk: Desk, publisher: Publisher, causes: Iterable[Cause], channel: str = "") -> int:
    """Publish all that can be said, and take it in meanwhile, until the end of every topic."""
    count = 0
    for cause in causes:
        message = message_of(cause.command)
        if message is None:
            continue
        through = channel or channel_of(cause.command)
        publisher.publish(through, message, cause.occurred_at or None, cause.cause_id)
        count += 1
        if count % PUBLISHED_AT_ONCE == 0:
            desk.take_in(count)
    publisher.flush()
    desk.take_in(count)
    return count


def check_the_same(
    settings: Settings, other: Settings, registry: ConfluentRegistry, causes: Iterable[Cause]
) -> Counter[str]:
    """Take something in by Kafka and once more without it, and compare every byte."""
    with desk_of(settings, registry) as desk:
        count = take_in(desk, Publisher(settings, registry), causes)
        ends = desk.ends()
        outcomes = Counter(
            type(reply).__name__ for channel in CHANNELS for reply in desk.outcomes(channel)
        )
        assert outcomes.total() == count
        placed = {recorded.stream for recorded in desk.events(OrderPlaced)}
        assert len(placed) == outcomes["OrderPlaced"]
    with open_shop(settings) as shop, open_shop(other) as embedded:
        retake(batches(shop, causes_in(settings, Reader(registry), ends)), embedded)
        assert content(embedded) == content(shop)
        found = views(shop)
        assert views(embedded) == found
        assert len(found) > 10
    return outcomes


def test_a_simulated_world_is_the_same_with_kafka_and_without(
    settings: Settings, other: Settings, registry: ConfluentRegistry
):
    outcomes = check_the_same(settings, other, registry, sayings(SEED, ORDERS))
    assert outcomes["OrderPlaced"] > ORDERS * 0.9
    assert outcomes["IntakeDuplicateIgnored"]
    assert outcomes["Applied"]


@needs_real_file
def test_the_real_file_is_the_same_with_kafka_and_without(
    settings: Settings, other: Settings, registry: ConfluentRegistry, tmp_path: Path
):
    whole = bool(os.environ.get("OMS_REAL_WHOLE"))
    file = real_file if whole else part_of_real_file(tmp_path, "2009-12-01")
    mapping = load(MAPPING).model_copy(update={"channel": "web"})
    outcomes = check_the_same(settings, other, registry, causes_of(file, mapping))
    structlog.get_logger("tests").info("retaken", **outcomes)
    assert outcomes["OrderPlaced"]
    assert outcomes["Applied"]
