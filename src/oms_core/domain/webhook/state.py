"""What a webhook must know of itself to decide."""

from __future__ import annotations

from oms_core.domain.webhook import events
from oms_core.kernel import Instant, State


class Webhook(State, frozen=True):
    """Who is told of what, how far, and how often in vain.

    `sealed` is the secret in use. `replays` are positions that are to be delivered once more.
    `attempts` are those of the message that is due, `failing_since` the first in vain since the
    last that was taken.
    """

    subscribed: events.WebhookSubscribed | None = None
    enabled: bool = False
    sealed: bytes = b""
    position: int = 0
    replays: tuple[int, ...] = ()
    attempts: int = 0
    failing_since: Instant = Instant(0)
