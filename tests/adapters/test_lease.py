"""Two engines are not started on one log by mistake."""

import pytest

from adapters.bootstrap import open_shop
from adapters.postgres.lease import EngineRunning
from adapters.settings import Settings


@pytest.fixture
def shop(dsn, schema):
    with open_shop(Settings(dsn=dsn, log_schema=schema, views_schema=f"{schema}_views")) as shop:
        yield shop


def test_a_second_engine_is_told_who_runs_the_first(shop):
    with (
        shop.engine(),
        pytest.raises(EngineRunning, match=r"an engine \(.* pid \d+\) has been running"),
        shop.engine(),
    ):
        pass


def test_an_engine_that_has_ended_leaves_the_log_to_the_next(shop):
    with shop.engine() as first:
        pass
    with shop.engine() as second:
        assert second.epoch == first.epoch + 1
