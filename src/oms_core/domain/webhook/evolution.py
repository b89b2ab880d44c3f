"""What each event makes of a webhook."""

from __future__ import annotations

from msgspec.structs import replace

from oms_core.domain.webhook import events
from oms_core.domain.webhook.state import Webhook
from oms_core.kernel import Instant


def subscribed(_: Webhook, event: events.WebhookSubscribed) -> Webhook:
    """Begin."""
    return Webhook(event, enabled=True, sealed=event.sealed, position=event.after)


def disabled(webhook: Webhook, _: events.WebhookDisabled) -> Webhook:
    """Rest."""
    return replace(webhook, enabled=False)


def enabled(webhook: Webhook, _: events.WebhookEnabled) -> Webhook:
    """Go on, and begin to count anew."""
    return replace(webhook, enabled=True, attempts=0, failing_since=Instant(0))


def rotated(webhook: Webhook, event: events.SecretRotated) -> Webhook:
    """Know the secret in use."""
    return replace(webhook, sealed=event.sealed)


def rewound(webhook: Webhook, event: events.ReplayRequested) -> Webhook:
    """Be where it is told from again."""
    return replace(webhook, position=event.after, attempts=0)


def replay_wanted(webhook: Webhook, event: events.EventReplayRequested) -> Webhook:
    """Have one more event to deliver, before the others."""
    return replace(webhook, replays=(*webhook.replays, event.position), attempts=0)


def moved_on(webhook: Webhook, event: events.DeliveriesMade) -> Webhook:
    """Be further, and well."""
    return replace(webhook, position=event.position, attempts=0, failing_since=Instant(0))


def replayed(webhook: Webhook, event: events.EventReplayed) -> Webhook:
    """Have one event less to deliver, and be well."""
    webhook = _without(webhook, event.position)
    return replace(webhook, attempts=0, failing_since=Instant(0))


def failed(webhook: Webhook, event: events.DeliveryFailed) -> Webhook:
    """Know how often it was tried, and since when in vain."""
    since = webhook.failing_since or event.failed_at
    return replace(webhook, attempts=event.attempt, failing_since=since)


def abandoned(webhook: Webhook, event: events.DeliveryAbandoned) -> Webhook:
    """Leave the message behind; nothing was taken."""
    if event.position in webhook.replays:
        webhook = _without(webhook, event.position)
    else:
        webhook = replace(webhook, position=event.position)
    return replace(webhook, attempts=0)


def _without(webhook: Webhook, position: int) -> Webhook:
    return replace(webhook, replays=tuple(at for at in webhook.replays if at != position))
