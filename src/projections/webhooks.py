"""Webhooks: who is told of what, how far, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oms_core.domain.webhook import events
from oms_core.kernel import Event, Instant, Recorded, State
from oms_core.policies.place import Place
from projections.rules import Change, one, view


class Webhook(State, frozen=True):
    """One webhook. `state` is enabled, failing (it is tried again), or disabled; `why` says why.

    Everything up to `position` of the log that it wants was delivered or left out. `failing_since`
    is the first try in vain since the last message that was taken, `failing_event` what waits.
    `replays` says of how many events it is to be told once more, `replaying` where these stand.
    """

    webhook_id: str
    url: str = ""
    types: tuple[str, ...] = ()
    state: str = "enabled"
    why: str = ""
    position: int = 0
    delivered: int = 0
    abandoned: int = 0
    replays: int = 0
    attempts: int = 0
    last_success_at: Instant = Instant(0)
    failing_since: Instant = Instant(0)
    failing_event: str = ""
    last_error: str = ""
    retry_at: Instant = Instant(0)
    last_abandoned: str = ""
    subscribed_at: Instant = Instant(0)
    replaying: tuple[int, ...] = ()


def blank(key: str, _: Any) -> Webhook:
    """Return a webhook that nothing is known of but its name."""
    return Webhook(key)


def _well(webhook: Webhook, **changes: Any) -> Webhook:
    """Return a webhook that nothing stands in the way of any more."""
    calm = replace(webhook, attempts=0, failing_event="", retry_at=Instant(0))
    return replace(calm, **changes)


def _place(webhook: Webhook) -> Place:
    return Place(webhook.position, webhook.replaying)


def _at(webhook: Webhook, place: Place) -> Webhook:
    count = len(place.replays)
    return replace(webhook, position=place.position, replays=count, replaying=place.replays)


def subscribed(webhook: Webhook, event: events.WebhookSubscribed, recorded: Recorded) -> Webhook:
    """Show who is told of what."""
    return replace(
        webhook,
        url=event.url,
        types=event.types,
        position=event.after,
        subscribed_at=recorded.occurred_at,
    )


def disabled(webhook: Webhook, event: events.WebhookDisabled, _: Recorded) -> Webhook:
    """Show why it rests."""
    return replace(
        webhook,
        state="disabled",
        why=event.why.value,
        last_error=event.detail or webhook.last_error,
        retry_at=Instant(0),
    )


def enabled(webhook: Webhook, _: events.WebhookEnabled, __: Recorded) -> Webhook:
    """Go on."""
    return _well(webhook, state="enabled", why="", failing_since=Instant(0))


def rewound(webhook: Webhook, event: events.ReplayRequested, _: Recorded) -> Webhook:
    """Be where it is told from again."""
    return _well(_at(webhook, _place(webhook).moved(event.after)))


def replay_wanted(webhook: Webhook, event: events.EventReplayRequested, _: Recorded) -> Webhook:
    """Count an event that is to be delivered once more."""
    return _well(_at(webhook, _place(webhook).wanted_again(event.position)))


def _taken(webhook: Webhook, recorded: Recorded, count: int) -> Webhook:
    return _well(
        webhook,
        state="enabled" if webhook.state == "failing" else webhook.state,
        delivered=webhook.delivered + count,
        last_success_at=recorded.occurred_at,
        failing_since=Instant(0),
        last_error="",
    )


def moved_on(webhook: Webhook, event: events.DeliveriesMade, recorded: Recorded) -> Webhook:
    """Count messages that were taken."""
    return _taken(_at(webhook, _place(webhook).moved(event.position)), recorded, event.count)


def replayed(webhook: Webhook, event: events.EventReplayed, recorded: Recorded) -> Webhook:
    """Count a message that was taken once more."""
    return _taken(_at(webhook, _place(webhook).told_again(event.position)), recorded, 1)


def failed(webhook: Webhook, event: events.DeliveryFailed, _: Recorded) -> Webhook:
    """Show what stands in the way, and when it is tried again."""
    return replace(
        webhook,
        state="failing",
        attempts=event.attempt,
        failing_since=webhook.failing_since or event.failed_at,
        failing_event=event.event_id,
        last_error=event.detail,
        retry_at=event.retry_at,
    )


def abandoned(webhook: Webhook, event: events.DeliveryAbandoned, _: Recorded) -> Webhook:
    """Count a message that was left out."""
    return _well(
        _at(webhook, _place(webhook).without(event.position)),
        abandoned=webhook.abandoned + 1,
        last_abandoned=event.event_id,
        last_error=event.detail,
    )


CHANGES: Mapping[type[Event], Change[Webhook]] = {
    events.WebhookSubscribed: subscribed,
    events.WebhookDisabled: disabled,
    events.WebhookEnabled: enabled,
    events.ReplayRequested: rewound,
    events.EventReplayRequested: replay_wanted,
    events.DeliveriesMade: moved_on,
    events.EventReplayed: replayed,
    events.DeliveryFailed: failed,
    events.DeliveryAbandoned: abandoned,
}

webhooks = view(
    "webhooks",
    Webhook,
    blank,
    {event: (one("webhook_id"), change) for event, change in CHANGES.items()},
)
