"""Publishing until asked to stop: one process does it, others stand by.

A broker that is away is waited for. Nothing is lost meanwhile: the log keeps what is not published,
and each attempt begins anew from what the broker says.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from threading import Event as Flag
from time import monotonic
from typing import Any, Protocol

import structlog

from adapters.bootstrap import GC_THRESHOLD, Shop
from adapters.clock import system_clock
from adapters.kafka.messages import EventCodec
from adapters.kafka.registry import ConfluentRegistry, RegistryUnavailable
from adapters.kafka.relay import Relay
from adapters.kafka.resumption import Restart
from adapters.kafka.state import StatePublisher
from adapters.kafka.transactions import Behind, Interrupted
from adapters.postgres.bell import Bell
from adapters.postgres.changes import Changes
from adapters.postgres.lease import Lease
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.projections import install
from adapters.postgres.tables import table_of
from adapters.serving import rest_until
from adapters.telemetry import Told, telemetry
from oms_core.kernel import Instant, View
from projections.catalog import VIEWS

RELAY = "relay"
STATE = "state"
STANDBY = "standby"
MICROS = 1_000_000
IDLE_SECONDS = 0.5
PACE_SECONDS = 0.025
"""How long a turn lasts at least: each costs the broker a marker in every partition it touches."""

BACKOFF_SECONDS = 1.0
BACKOFF_SECONDS_MAX = 30.0
FAILURES_MAX = 20
"""Attempts in a row before the process ends; whoever supervises it starts it again."""

FAILURES_MAX_ONCE = 3

log = structlog.get_logger("oms")

Tell = Callable[[int], None]
Clock = Callable[[], Instant]


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

    def behind(self) -> Behind:
        """Return what is still to be published."""


class Publishing:
    """One process that publishes, as long as it holds the lease, and tells how it goes."""

    def __init__(self, lease: Lease, bell: Bell, told: Told, clock: Clock = system_clock) -> None:
        """Wait for the `bell` when there is nothing to publish."""
        self._lease, self._bell, self._told, self._clock = lease, bell, told, clock
        gc.set_threshold(GC_THRESHOLD)

    def beat(self) -> None:
        """Say that we are at work.

        :raises LeaseLost: if another process may do the work now.
        """
        self._lease.beat()
        self._told.beat(ready=True)

    def run(
        self,
        publisher: Publisher,
        stop: Flag,
        *,
        once: bool = False,
        tell: Tell = lambda _: None,
    ) -> int:
        """Publish until `stop` is set or, with `once`, until there is nothing; return how much.

        :raises Interrupted: if the broker could not be reached in many attempts.
        :raises RegistryUnavailable: if the registry could not.
        """
        published = failures = 0
        begun = False
        while not stop.is_set():
            self.beat()
            ends_at = monotonic() + PACE_SECONDS
            try:
                if not begun:
                    publisher.begin()
                    log.info("publishing", work=self._lease.name, position=publisher.position)
                begun = True
                count = self._turn(publisher)
            except (Interrupted, RegistryUnavailable) as error:
                begun, failures = False, failures + 1
                if failures >= (FAILURES_MAX_ONCE if once else FAILURES_MAX):
                    raise
                self._pause(stop, failures, str(error))
                continue
            failures, published = 0, published + count
            tell(publisher.position)
            if not count:
                if once:
                    break
                self._bell.wait(IDLE_SECONDS)
            elif not once:
                rest_until(ends_at, stop)
        if begun:
            publisher.settle()
        return published

    def _turn(self, publisher: Publisher) -> int:
        began = self._clock()
        count = publisher.turn()
        behind = publisher.behind()
        now = self._clock()
        age = max(0, now - behind.since) / MICROS if behind.events else 0.0
        self._told.lag(self._lease.name, behind.events, age)
        if count:
            self._told.batch(count, (now - began) / MICROS)
        return count

    def _pause(self, stop: Flag, failures: int, detail: str) -> None:
        """Give the broker time: twice as long after each failure."""
        seconds = min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS * 2 ** (failures - 1))
        work = self._lease.name
        log.warning("interrupted", work=work, detail=detail, failures=failures, seconds=seconds)
        while seconds > 0 and not stop.wait(min(seconds, BACKOFF_SECONDS)):
            seconds -= BACKOFF_SECONDS
            self._lease.beat()
            self._told.beat(ready=False, why=detail)


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
        told, lease = _held(stack, shop, RELAY, stop, standby=standby)
        registry = stack.enter_context(closing(ConfluentRegistry(settings)))
        connection = stack.enter_context(shop.connection())
        reader = stack.enter_context(shop.log())
        publishing = Publishing(lease, Bell(connection), told)
        relay = Relay(
            settings,
            reader,
            PostgresOutbox(connection, settings.log_schema),
            EventCodec(registry, settings.kafka_prefix).encode,
            publishing.beat,
            restart,
        )
        stack.callback(relay.close)
        return publishing.run(relay, stop, once=once, tell=tell)


def run_state(
    shop: Shop,
    stop: Flag,
    views: Sequence[View[Any]] = (),
    *,
    once: bool = False,
    standby: bool = False,
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
        told, lease = _held(stack, shop, STATE, stop, standby=standby)
        registry = stack.enter_context(closing(ConfluentRegistry(settings)))
        connection = stack.enter_context(shop.connection())
        install(connection, schema=settings.views_schema)
        changes = Changes(connection, settings.views_schema)
        changes.install()
        chosen = {view.name for view in views} | {view.name for view in watched(shop, changes)}
        named = [view for name, view in VIEWS.items() if name in chosen]
        publishing = Publishing(lease, Bell(connection, changes.channel), told)
        publisher = StatePublisher(
            settings, changes, named, registry, system_clock, publishing.beat
        )
        stack.callback(publisher.close)
        return publishing.run(publisher, stop, once=once)


def _held(
    stack: ExitStack, shop: Shop, name: str, stop: Flag, *, standby: bool
) -> tuple[Told, Lease]:
    """Hold the lease of some work, and tell how it goes; while we stand by, that we do."""
    told = stack.enter_context(telemetry(shop.settings, name))

    def stand_by() -> None:
        told.beat(ready=True, why=STANDBY)

    lease = stack.enter_context(shop.lease(name, wait=standby, stop=stop, on_wait=stand_by))
    return told, lease


def watched(shop: Shop, changes: Changes) -> list[View[Any]]:
    """Return the views whose documents are published."""
    schema = shop.settings.views_schema
    return [view for view in VIEWS.values() if changes.is_watched(table_of(view, schema))]
