"""Publishing until asked to stop: one process does it, others stand by.

A broker that is away is waited for. Nothing is lost meanwhile: the log keeps what is not published,
and each attempt begins anew from what the broker says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from threading import Event as Flag
from typing import Any, Protocol

import structlog

from adapters.bootstrap import Shop
from adapters.clock import system_clock
from adapters.kafka.messages import EventCodec
from adapters.kafka.registry import ConfluentRegistry, RegistryUnavailable
from adapters.kafka.relay import Relay
from adapters.kafka.resumption import Restart
from adapters.kafka.state import StatePublisher
from adapters.kafka.transactions import Interrupted
from adapters.postgres.bell import Bell
from adapters.postgres.changes import Changes
from adapters.postgres.lease import Lease
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.projections import install
from adapters.postgres.tables import table_of
from oms_core.kernel import View
from projections.catalog import VIEWS

RELAY = "relay"
STATE = "state"
IDLE_SECONDS = 0.5
BACKOFF_SECONDS = 1.0
BACKOFF_SECONDS_MAX = 30.0
FAILURES_MAX = 20
"""Attempts in a row before the process ends; whoever supervises it starts it again."""

FAILURES_MAX_ONCE = 3

log = structlog.get_logger("oms")

Tell = Callable[[int], None]


class Publisher(Protocol):
    """Something that publishes piece by piece, and can begin anew from what the broker says."""

    @property
    def position(self) -> int:
        """How far it has published."""

    def begin(self) -> None:
        """Find out where to go on."""

    def turn(self) -> int:
        """Publish the next piece; return 0 if there is nothing."""

    def settle(self) -> None:
        """Wait until everything is published."""

    def close(self) -> None:
        """Give up what is not published yet."""


def publish(
    publisher: Publisher,
    lease: Lease,
    bell: Bell,
    stop: Flag,
    *,
    once: bool = False,
    tell: Tell = lambda _: None,
) -> int:
    """Publish until `stop` is set or, with `once`, until there is nothing; return how much.

    :raises Interrupted: if the broker could not be reached in many attempts; `RegistryUnavailable`
        if the registry could not.
    """
    published = failures = 0
    begun = False
    while not stop.is_set():
        lease.beat()
        try:
            if not begun:
                publisher.begin()
                log.info("publishing", work=lease.name, position=publisher.position)
            begun = True
            count = publisher.turn()
        except (Interrupted, RegistryUnavailable) as error:
            begun, failures = False, failures + 1
            if failures >= (FAILURES_MAX_ONCE if once else FAILURES_MAX):
                raise
            _pause(lease, stop, failures, str(error))
            continue
        failures, published = 0, published + count
        tell(publisher.position)
        if not count:
            if once:
                break
            bell.wait(IDLE_SECONDS)
    if begun:
        publisher.settle()
    return published


def _pause(lease: Lease, stop: Flag, failures: int, detail: str) -> None:
    """Give the broker time: twice as long after each failure."""
    seconds = min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS * 2 ** (failures - 1))
    log.warning("interrupted", work=lease.name, detail=detail, failures=failures, seconds=seconds)
    while seconds > 0 and not stop.wait(min(seconds, BACKOFF_SECONDS)):
        seconds -= BACKOFF_SECONDS
        lease.beat()


def run_relay(
    shop: Shop,
    stop: Flag,
    *,
    once: bool = False,
    standby: bool = False,
    restart: Restart | None = None,
    tell: Tell = lambda _: None,
) -> int:
    """Relay a shop's log to Kafka; return how many messages were published.

    With `restart` it does not go on where it was, but there.

    :raises LeaseHeld: if another relay runs, and we do not stand by.
    :raises LeaseLost: if we stood still for so long that another may have taken over.
    :raises Superseded: if another has.
    :raises Unpublishable: if the log and the cluster do not fit together.
    """
    settings = shop.settings
    with ExitStack() as stack:
        registry = stack.enter_context(closing(ConfluentRegistry(settings)))
        encode = EventCodec(registry, settings.kafka_prefix).encode
        lease = stack.enter_context(shop.lease(RELAY, wait=standby, stop=stop))
        connection = stack.enter_context(shop.connection())
        reader = stack.enter_context(shop.log())
        outbox = PostgresOutbox(connection, settings.log_schema)
        relay = Relay(settings, reader, outbox, encode, lease.beat, restart)
        stack.callback(relay.close)
        return publish(relay, lease, Bell(connection), stop, once=once, tell=tell)


def run_state(
    shop: Shop,
    stop: Flag,
    views: Sequence[View[Any]] = (),
    *,
    once: bool = False,
    standby: bool = False,
    tell: Tell = lambda _: None,
) -> int:
    """Publish the documents of views to their state topics; return how many messages that was.

    Views that were published before go on to be; `views` begin to be.

    :raises LeaseHeld: if another publisher runs, and we do not stand by.
    :raises LeaseLost: if we stood still for so long that another may have taken over.
    :raises Superseded: if another has.
    :raises Unpublishable: if topics are missing.
    """
    settings = shop.settings
    with ExitStack() as stack:
        lease = stack.enter_context(shop.lease(STATE, wait=standby, stop=stop))
        registry = stack.enter_context(closing(ConfluentRegistry(settings)))
        connection = stack.enter_context(shop.connection())
        install(connection, schema=settings.views_schema)
        changes = Changes(connection, settings.views_schema)
        changes.install()
        chosen = {view.name for view in views} | {view.name for view in watched(shop, changes)}
        named = [view for name, view in VIEWS.items() if name in chosen]
        publisher = StatePublisher(settings, changes, named, registry, system_clock, lease.beat)
        stack.callback(publisher.close)
        bell = Bell(connection, changes.channel)
        return publish(publisher, lease, bell, stop, once=once, tell=tell)


def watched(shop: Shop, changes: Changes) -> list[View[Any]]:
    """Return the views whose documents are published."""
    schema = shop.settings.views_schema
    return [view for view in VIEWS.values() if changes.is_watched(table_of(view, schema))]
