"""Hearing what partners send of their own, until asked to stop: a process beside the engine.

What comes is put where the engine takes it from, so it is heard while no engine runs as well, and
several of these processes may share the work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from threading import Event as Flag

import structlog

from adapters.bootstrap import Shop
from adapters.clock import system_clock
from adapters.postgres.inbox import Inbox
from adapters.postgres.payment_queries import payment_of
from adapters.postgres.projections import install
from adapters.postgres.queries import ReadModels
from adapters.posts import Reply, Taker, posts
from adapters.serving import serve
from adapters.settings import UnusableSetting
from adapters.telemetry import Told, telemetry
from oms_core.engine.cause import Cause
from oms_core.kernel import Instant

STRIPE = "/stripe"

log = structlog.get_logger("oms")


def hear(shop: Shop, stop: Flag, clock: Callable[[], Instant] = system_clock) -> None:
    """Take events in until `stop` is set; what is being stored then is answered first.

    :raises UnusableSetting: if there is no secret, no client of Stripe's, or nowhere to listen.
    """
    settings = shop.settings
    taker = _stripe(shop, clock)
    with ExitStack() as stack:
        told = stack.enter_context(telemetry(settings, "webhooks"))
        with shop.connection() as connection:
            install(connection, schema=settings.views_schema)
            Inbox(connection, settings.log_schema)
        address = settings.webhooks_host, settings.webhooks_port
        takers = {STRIPE: taker._replace(noted=_counting(told))}
        port = stack.enter_context(posts(*address, takers))
        log.info("started", host=settings.webhooks_host, port=port, paths=sorted(takers))

        def turn() -> bool:
            told.beat(ready=True)
            return False

        serve(turn, stop)
        log.info("stopped")


def _stripe(shop: Shop, clock: Callable[[], Instant]) -> Taker:
    secret = shop.settings.stripe_webhook_secret.get_secret_value()
    name = "OMS_STRIPE_WEBHOOK_SECRET"
    if not secret:
        remedy = "Add an endpoint at Stripe, and set this to its signing secret, `whsec_…`."
        raise UnusableSetting(name, "", "There is no secret to check events with.", remedy)
    try:
        from adapters.payments.stripe_hook import SIGNATURE, StripeHook  # noqa: PLC0415  (an extra)
    except ImportError:
        rule = "It is set, but Stripe's client is not installed."
        remedy = "Install it: pip install 'oms[stripe]'."
        raise UnusableSetting(name, "(a secret)", rule, remedy) from None

    def hand_in(causes: Sequence[Cause]) -> None:
        with shop.connection() as connection:
            Inbox(connection, shop.settings.log_schema).put(causes)

    def found(provider_ref: str) -> str | None:
        with shop.connection() as connection:
            return payment_of(ReadModels(connection, shop.settings.views_schema), provider_ref)

    return Taker(SIGNATURE, StripeHook(secret, clock, hand_in, found).receive)


def _counting(told: Told) -> Callable[[Reply], None]:
    return lambda reply: told.messages(1, str(int(reply.status)))
