"""A simulated world on a real PostgreSQL, killed with SIGKILL at any moment."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from adapters.bootstrap import Shop, open_shop
from adapters.settings import Settings
from adapters.simulation.run import simulate

ORDERS, SEED, KILLS = 25, 11, 4
PROGRAM = """
import sys
from adapters.bootstrap import open_shop
from adapters.settings import Settings
from adapters.simulation.run import simulate
with open_shop(Settings(dsn=sys.argv[1], log_schema=sys.argv[2])) as shop:
    print("begun", flush=True)
    simulate(shop, orders=int(sys.argv[3]), seed=int(sys.argv[4]))
"""


def content(shop: Shop) -> tuple[int, str]:
    """Return how many events there are, and a digest of all that is stored of them."""
    digest, count = hashlib.sha256(), 0
    query = sql.SQL(
        "SELECT originator_id, originator_version, topic, state FROM {} ORDER BY notification_id"
    ).format(sql.Identifier(shop.settings.log_schema, "oms_events"))
    with psycopg.connect(shop.dsn) as connection:
        for row in connection.execute(query):
            count += 1
            digest.update(repr(row).encode())
        head = connection.execute(
            sql.SQL("SELECT position, hash FROM {}").format(
                sql.Identifier(shop.settings.log_schema, "oms_events_head")
            )
        ).fetchone()
    assert head is not None
    assert head[0] == count
    digest.update(bytes(head[1]))
    return count, digest.hexdigest()


@pytest.fixture
def opened(dsn: str, schema: str, tmp_path: Path) -> Callable[[], Settings]:
    """Gives settings for one more empty log; all are dropped after the test."""

    def settings() -> Settings:
        return Settings(dsn=dsn, home=tmp_path, log_schema=f"{schema}_{uuid4().hex[:6]}")

    return settings


def test_a_world_killed_at_any_moment_ends_with_the_same_bytes(opened: Callable[[], Settings]):
    with open_shop(opened()) as shop:
        summary = simulate(shop, orders=ORDERS, seed=SEED)
        expected = content(shop)
    assert expected[0] == summary.events
    dice = Random(5)
    with open_shop(opened()) as shop:
        for _ in range(KILLS):
            child = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    PROGRAM,
                    shop.dsn,
                    shop.settings.log_schema,
                    str(ORDERS),
                    str(SEED),
                ],
                stdout=subprocess.PIPE,
            )
            assert child.stdout is not None
            assert child.stdout.readline() == b"begun\n"
            try:
                child.wait(dice.uniform(0.2, 1.2))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            child.stdout.close()
        assert simulate(shop, orders=ORDERS, seed=SEED) == summary
        assert content(shop) == expected
