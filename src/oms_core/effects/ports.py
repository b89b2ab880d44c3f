"""What the core asks of the world outside, in its own words."""

from __future__ import annotations

from typing import Protocol

from oms_core.kernel import Instant, State
from oms_core.kernel.money import Money


class ProviderTimeout(Exception):
    """The answer did not come. What happened is unknown until the provider is asked."""


class ProviderPending(ProviderTimeout):
    """The provider knows of the request and cannot say yet how it ends. It will, in hours."""


class Succeeded(State, frozen=True):
    """It is done. `expires_at` is when an amount set aside lapses (zero: never)."""

    provider_ref: str = ""
    expires_at: Instant = Instant(0)


class Failed(State, frozen=True):
    """It is not done and will not be."""

    reason: str


class ActionRequired(State, frozen=True):
    """The customer must do something first, at `url`."""

    url: str


Result = Succeeded | Failed | ActionRequired


class PaymentProvider(Protocol):
    """Moves money. What a key asks for is done once, however often it is asked for."""

    def authorize(self, key: str, amount: Money, token: str) -> Result:
        """Set an amount aside.

        :raises ProviderTimeout: if the answer did not come.
        """

    def capture(self, key: str, provider_ref: str, amount: Money) -> Result:
        """Take a part of what is set aside.

        :raises ProviderTimeout: if the answer did not come.
        """

    def void(self, key: str, provider_ref: str) -> Result:
        """Let go of what is set aside and not taken.

        :raises ProviderTimeout: if the answer did not come.
        """

    def refund(self, key: str, provider_ref: str, amount: Money) -> Result:
        """Give back a part of what was taken.

        :raises ProviderTimeout: if the answer did not come.
        """

    def query(self, key: str, provider_ref: str = "") -> Result | None:
        """Say what became of a key; None if it was never seen.

        `provider_ref` is the provider's own name of what the key is about, where we know it.

        :raises ProviderPending: if the provider itself does not know yet.
        :raises ProviderTimeout: if the answer did not come.
        """
