"""Bringing the read models up to the log, for commands that look at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.bootstrap import Shop
from adapters.cli.faults import Failed, Fault
from adapters.cli.opening import opened
from adapters.cli.output import Options, progress
from adapters.postgres.bookmarks import Fenced, Laned, Outgrown
from adapters.postgres.lease import EngineRunning, lease
from adapters.postgres.projections import Projector, install
from adapters.postgres.queries import ReadModels

QUIET_EVENTS = 5_000
"""Up to so many events no progress is shown: they are taken in a blink."""


def follow(shop: Shop) -> None:
    """Bring every read model up to the end of the log.

    Where an engine is running in another process, that one does it; where Kafka is configured, the
    projector does: nothing is done here.
    """
    schema = shop.settings.views_schema
    with shop.connection() as connection:
        install(connection, schema=schema)
        if shop.settings.kafka_bootstrap:
            return
        with shop.log() as log:
            models = ReadModels(connection, schema)
            head, reached = log.head(), models.reached()
            if reached >= head:
                return
            try:
                with lease(shop.dsn, shop.settings.log_schema), progress() as bars:
                    projector = Projector(connection, log, schema=schema)
                    shown = head - reached > QUIET_EVENTS
                    task = bars.add_task("Reading the log", total=head - reached, visible=shown)
                    projector.catch_up(lambda at: bars.update(task, completed=at - reached))
            except (EngineRunning, Fenced):  # Another process does it.
                return
            except (Laned, Outgrown) as error:
                remedy = "Run `oms rebuild`: it works the view out again from the log."
                raise Failed(Fault("view", "", str(error), remedy)) from None


@contextmanager
def reading(options: Options) -> Iterator[ReadModels]:
    """Open the shop and ask its read models, brought up to the log."""
    with opened(options) as shop:
        follow(shop)
        with shop.connection() as connection:
            yield ReadModels(connection, shop.settings.views_schema)
