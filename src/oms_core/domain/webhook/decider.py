"""The rules of a webhook, and which command each of them answers."""

from __future__ import annotations

from operator import attrgetter

from oms_core.domain.webhook import commands, delivering, events, evolution, subscribing
from oms_core.domain.webhook.state import Webhook
from oms_core.kernel import Decider, deciding, evolving

webhook = Decider(
    "webhook",
    attrgetter("webhook_id"),
    Webhook(),
    deciding(
        {
            commands.SubscribeWebhook: subscribing.subscribe,
            commands.DisableWebhook: subscribing.disable,
            commands.EnableWebhook: subscribing.enable,
            commands.RotateSecret: subscribing.rotate,
            commands.ReplayWebhook: subscribing.replay,
            commands.ReplayEvent: subscribing.replay_event,
            commands.RecordDeliveries: delivering.record_deliveries,
            commands.RecordReplay: delivering.record_replay,
            commands.RecordDeliveryFailure: delivering.record_failure,
        }
    ),
    evolving(
        {
            events.WebhookSubscribed: evolution.subscribed,
            events.WebhookDisabled: evolution.disabled,
            events.WebhookEnabled: evolution.enabled,
            events.SecretRotated: evolution.rotated,
            events.ReplayRequested: evolution.rewound,
            events.EventReplayRequested: evolution.replay_wanted,
            events.DeliveriesMade: evolution.moved_on,
            events.EventReplayed: evolution.replayed,
            events.DeliveryFailed: evolution.failed,
            events.DeliveryAbandoned: evolution.abandoned,
        }
    ),
)
