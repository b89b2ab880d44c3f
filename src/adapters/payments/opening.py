"""The payment provider that the settings choose, ready to be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Protocol

from adapters.payments.journal import JournaledGateway
from adapters.settings import Settings, UnusableSetting
from oms_core.effects.ports import PaymentProvider
from oms_core.kernel import Command, Instant


class Gateway(PaymentProvider, Protocol):
    """A provider with connections of its own."""

    def messages(self) -> Iterator[Command]:
        """Yield what the provider has said of its own by now."""

    def close(self) -> None:
        """Close the connections."""


@contextmanager
def gateway(settings: Settings, clock: Callable[[], Instant], seed: int = 1) -> Iterator[Gateway]:
    """Open Stripe if there is a key for it, or else the simulated gateway with its journal.

    :raises UnusableSetting: if there is a key, and Stripe's client is not installed.
    """
    with closing(_opened(settings, clock, seed)) as opened:
        yield opened


def _opened(settings: Settings, clock: Callable[[], Instant], seed: int) -> Gateway:
    key = settings.stripe_key.get_secret_value()
    if not key:
        return JournaledGateway(settings.home / "gateway.jsonl", clock, seed)
    try:
        from adapters.payments.stripe_gateway import StripeGateway  # noqa: PLC0415  (an extra)
    except ImportError:
        rule = "It is set, but Stripe's client is not installed."
        remedy = "Install it: pip install 'oms[stripe]'."
        raise UnusableSetting("OMS_STRIPE_KEY", "(a secret)", rule, remedy) from None
    return StripeGateway(
        key, clock, return_url=settings.stripe_return_url, address=settings.stripe_address
    )
