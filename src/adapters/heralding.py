"""Telling webhooks beside the engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from psycopg_pool import ConnectionPool

from adapters.bootstrap import Shop
from adapters.clock import system_clock
from adapters.postgres.log import PostgresLog
from adapters.postgres.privacy import vault_of
from adapters.webhooks.crew import Crew
from adapters.webhooks.follower import WebhookFollower
from adapters.webhooks.posting import HttpPost
from oms_core.effects.herald import Herald

READERS_MAX = 4
"""Connections that runners share; one is taken only for as long as a page is read."""


@contextmanager
def heralding_of(shop: Shop, position: int) -> Iterator[WebhookFollower]:
    """Tell a shop's webhooks, which are known up to a position of the log."""
    settings = shop.settings
    pool = ConnectionPool(
        shop.dsn, min_size=0, max_size=READERS_MAX, kwargs={"autocommit": True}, open=True
    )

    @contextmanager
    def reading() -> Iterator[PostgresLog]:
        with pool.connection() as connection:
            yield PostgresLog(connection, settings.log_schema)

    with pool, shop.log() as log, shop.connection() as connection:
        post = HttpPost(system_clock, loopback=settings.webhooks_loopback)
        unseal = vault_of(settings, connection).open
        with closing(Crew(reading, post, unseal, system_clock)) as crew:
            yield WebhookFollower(log, position, Herald(crew, log.head))
