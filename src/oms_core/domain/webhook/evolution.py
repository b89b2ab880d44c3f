"""What each event makes of a webhook."""

from __future__ import annotations

from msgspec.structs import replace

from oms_core.domain.webhook import events
from oms_core.domain.webhook.state import Webhook
from oms_core.kernel import Instant
from oms_core.policies.place import Place


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
    return replace(_at(webhook, _place(webhook).moved(event.after)), attempts=0)


def replay_wanted(webhook: Webhook, event: events.EventReplayRequested) -> Webhook:
    """Have one more event to deliver, before the others."""
    return replace(_at(webhook, _place(webhook).wanted_again(event.position)), attempts=0)


def moved_on(webhook: Webhook, event: events.DeliveriesMade) -> Webhook:
    """Be further, and well."""
    return replace(
        _at(webhook, _place(webhook).moved(event.position)), attempts=0, failing_since=Instant(0)
    )


def replayed(webhook: Webhook, event: events.EventReplayed) -> Webhook:
    """Have one event less to deliver, and be well."""
    return replace(
        _at(webhook, _place(webhook).told_again(event.position)),
        attempts=0,
        failing_since=Instant(0),
    )


def failed(webhook: Webhook, event: events.DeliveryFailed) -> Webhook:
    """Know how often it was tried, and since when in vain."""
    since = webhook.failing_since or event.failed_at
    return replace(webhook, attempts=event.attempt, failing_since=since)


def abandoned(webhook: Webhook, event: events.DeliveryAbandoned) -> Webhook:
    """Leave the message behind; nothing was taken."""
    return replace(_at(webhook, _place(webhook).without(event.position)), attempts=0)


def _place(webhook: Webhook) -> Place:
    return Place(webhook.position, webhook.replays)


def _at(webhook: Webhook, place: Place) -> Webhook:
    return replace(webhook, position=place.position, replays=place.replays)
